"""The demo: two invented clients, two invented providers, one real ticket log.

Everything is made through services, as people would; nothing here is read by the product itself.
"""
