"""Bytes of a ticket log → frozen events and tickets, and every error of every row.

No database, no network, no clock: what is written, and when, is decided in services.
"""
