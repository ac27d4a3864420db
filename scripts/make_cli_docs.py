"""Writes the help texts of all commands into docs/cli.md, below its marker; a test compares them.

make docs
"""

from __future__ import annotations

from pathlib import Path

import click

from aam_export.cli import COMMANDS, cli, command

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
MARKER = "<!-- Written by `make docs` from here on. -->\n"
WIDTH = 100


def help_of(shown: click.Command, name: str, parent: click.Context | None = None) -> str:
    """A command's --help, without the exit codes that all of them end with."""
    context = click.Context(
        shown, info_name=name, parent=parent, max_content_width=WIDTH, terminal_width=WIDTH, **cli.context_settings
    )
    text = shown.get_help(context)
    return text.partition("\n\n  Exit codes:")[0].rstrip()


def help_texts() -> str:
    """All commands of aam-export, a section each."""
    group = click.Context(cli, info_name="aam-export", terminal_width=WIDTH)
    texts = [("aam-export", help_of(cli, "aam-export"))]
    texts += [(f"aam-export {name}", help_of(command(name), name, group)) for name in COMMANDS]
    return "".join(f"\n### {title}\n\n```text\n{text}\n```\n" for title, text in texts)


def main() -> None:
    written, marker, _ = PAGE.read_text(encoding="utf-8").partition(MARKER)
    PAGE.write_text(written + marker + help_texts(), encoding="utf-8")


if __name__ == "__main__":
    main()
