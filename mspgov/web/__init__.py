"""Doors, components, the kit for plain records and quiet templates.

Pages of one module live in its app, pages that span modules in mspgov.desk.
"""
