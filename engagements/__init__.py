"""What an engagement is about: services, vendors, locations.

What was promised for them lives in contracts.
"""
