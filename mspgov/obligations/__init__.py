"""Who owes what to whom by when, with which evidence: raised once, reminded once, escalated once.

What is owed is decided by the apps above; how a deadline is computed lies in calc, what it leads to in services.
"""
