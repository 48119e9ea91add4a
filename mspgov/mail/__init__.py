"""E-mails as rows, sent by a worker.

When and why one is written is decided by the app that writes it.
"""
