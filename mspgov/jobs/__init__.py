"""Durable runs: PostgreSQL is the truth, the broker only wakes workers.

What a run does lives in the runs.py of its app.
"""
