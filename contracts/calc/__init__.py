"""What a promise is worth: terms, results and the credits that follow. Pure; files are read in importers."""
