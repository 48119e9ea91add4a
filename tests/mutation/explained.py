"""Survivors of `make mutants` that are right to survive: a part of the label, and why no test can notice."""

EXPLAINED: dict[str, str] = {}
