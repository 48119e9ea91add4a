"""What a board pack says: its facts, their canonical form, and the sentences drawn from them. Pure."""
