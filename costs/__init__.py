"""What it costs: charges, credits and their append-only ledger.

How a credit follows from results is a rule of contracts.calc.
"""
