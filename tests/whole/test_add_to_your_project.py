"""The page docs/add_to_your_project.md, as it stands there: from a project of a stranger's to files in a drop."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest
from foreign import tagged_repository
from sandbox import REPOSITORY

from aam_export import __version__

PAGE = (REPOSITORY / "docs/add_to_your_project.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
URL = "https://git.example.com/aam.git"
TIMESTAMP = re.compile(r"_\d{10}\.")  # of the second in which the run came to it
LOG_TIME = re.compile(r"^\d\d:\d\d:\d\d  ")


@dataclass
class Step:
    """A command of the page, what the page shows of its output, and what it printed."""

    command: str
    shown: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


def steps(session: str) -> Iterator[Step]:
    step = Step("")
    for line in session.splitlines():
        if line.startswith("$ "):
            step = Step(line[2:])
            yield step
        elif line != "…":
            step.shown.append(line)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    """Every block of the page in its order: files are written, commands called."""
    parent = tmp_path_factory.mktemp("page")
    folder = parent / "shop"
    folder.mkdir()
    origin = tagged_repository(parent / "origin", f"v{__version__}")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "DBT_USE_COLORS": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "0",
        # The page's address is that of the package of this checkout.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{origin}.insteadOf",
        "GIT_CONFIG_VALUE_0": URL,
    }
    done = []
    for kind, name, text in BLOCK.findall(PAGE):
        if kind == "console":
            for step in list(steps(text)):
                outcome = subprocess.run(
                    step.command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
                )
                assert outcome.returncode == 0, (step.command, outcome.stdout[-3000:], outcome.stderr[-3000:])
                step.printed = [LOG_TIME.sub("", line) for line in outcome.stdout.splitlines()]
                done.append(step)
        elif name == "the warehouse":
            with duckdb.connect(str(folder / "shop.duckdb")) as connection:
                connection.execute(text)
        elif name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    return done


def test_every_command_prints_what_the_page_shows(walked: list[Step]) -> None:
    for step in walked:
        printed = {TIMESTAMP.sub("_T.", line) for line in step.printed}
        missing = [line for line in step.shown if TIMESTAMP.sub("_T.", line) not in printed]
        assert missing == [], (step.command, step.printed)


def test_the_page_goes_all_the_way(walked: list[Step]) -> None:
    commands = [step.command for step in walked]
    assert [command.split()[0] for command in commands] == [
        "aam-export", "dbt", "sed", "dbt", "aam-export", "aam-export", "aam-export", "gzip"
    ]  # fmt: skip
    assert URL in commands[0]
    assert "\n".join(walked[-1].printed) == "\n".join(walked[-1].shown)


def test_dbt_warns_of_nothing(walked: list[Step]) -> None:
    for step in walked:
        if step.command.startswith("dbt"):
            assert [line for line in step.printed if "WARN" in line and "WARN=0" not in line] == []
