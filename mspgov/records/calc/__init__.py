"""What a text says about people, and what holds between the links of a chain: pure."""
