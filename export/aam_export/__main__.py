"""`python -m aam_export` is `aam-export`."""

from aam_export.cli import main

main()
