"""What the ledger must say next. Pure; the amounts come from contracts.calc."""
