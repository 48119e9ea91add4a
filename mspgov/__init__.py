"""The frame of the product: isolation, records, runs, doors and pages that span modules.

What a module knows (contracts, tickets, credits, packs) does not live here.
"""
