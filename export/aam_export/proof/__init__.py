"""Proof, from what dbt wrote down, that what would leave was built, tested, and holds no personal data (P1)."""
