"""What spans modules, read: how each engagement stands, what needs a person, what changed, what a search finds."""
