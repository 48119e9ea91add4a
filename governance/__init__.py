"""What we conclude: board packs.

Figures come from the floors below; nothing here changes them.
"""
