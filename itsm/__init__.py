"""What happened: tickets, clock events, waits, measurement, sealed months.

What was promised lives in contracts, what a miss costs in costs.
"""
