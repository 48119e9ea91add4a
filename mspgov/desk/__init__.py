"""Pages that span modules: home, search, people, runs, tokens.

A page of one module lives in its app.
"""
