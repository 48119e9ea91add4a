"""The record spine: number, title and state of every governed object, its files, history and hash chain.

Rules of a particular kind of record live in its app.
"""
