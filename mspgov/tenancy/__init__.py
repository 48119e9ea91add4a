"""Tenants, providers, people, memberships, engagements as identities, and the walls between them.

What an engagement contains lives in the eight apps.
"""
