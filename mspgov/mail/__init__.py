"""E-mails as rows: what a person is to be told, how they want to be told, and what became of each e-mail.

Whom to tell and why is decided above; nothing here knows what an obligation or a credit is.
"""
