"""A delivery: what it would do (plan), what it does (run), and what stops it (safeguards)."""
