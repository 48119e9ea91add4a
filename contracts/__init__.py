"""What was promised: terms, service levels, calendars, credit regimes, amendments.

What happened lives in itsm, what it costs in costs.
"""
