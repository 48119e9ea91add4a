"""Text into terms and results, every fault with its path. No database; what they mean lives in calc."""
