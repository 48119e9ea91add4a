"""Documents of the outside read into frozen records, with every fault named.

No database, no Django: what is done with them lives in services.
"""
