"""`aam-export check`: the report on the terminal, or as one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import click

from aam_export.check.checker import check_trees
from aam_export.check.places import DROP, FILES
from aam_export.check.report import VIOLATION, WARNING, CheckReport, FileSummary, TreeSummary, Violation
from aam_export.check.seeds import find_lists, load_seeds
from aam_export.check.sources import Tree, local_trees
from aam_export.cli.options import EXIT_CODES, json_option
from aam_export.cli.output import plural, print_json
from aam_export.errors import AamExportError, ConfigurationError
from aam_export.project import find_partner, find_project_folder
from aam_export.rules import rules
from aam_export.scaffold.user_project import UserProject

NO_LISTS = "no aam_data_sources.csv was found (--seeds): traits, keys and ID types were not checked"


@dataclass(frozen=True)
class Found:
    """A way in which a file breaks a rule, with the rule's own words; `lines` are the first few of `count`."""

    rule: str
    rule_text: str
    severity: str
    path: str
    message: str
    count: int
    lines: list[int]


@dataclass(frozen=True)
class CheckResult:
    """All files and what is wrong with them. `summary` has the words of a receipt of Audience Manager's (R3)."""

    failed: bool
    violations: int
    warnings: int
    summary: dict[str, int]
    trees: list[TreeSummary]
    files: list[FileSummary]
    found: list[Found]


@click.command(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@click.option(
    "--seeds",
    "seeds_folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with aam_data_sources.csv, aam_traits.csv and aam_signal_keys.csv, or above them: checks traits, "
    "keys and ID types too.  [default: the project's seed-paths, or else seeds, if they are below]",
)
@click.option(
    "--max-examples",
    metavar="N",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Lines to show of each kind of violation; all are counted.",
)
@click.option("--drop", "layout", flag_value=DROP, help="The paths are of a drop: check folders, too (N1).")
@click.option(
    "--files", "layout", flag_value=FILES, help="The paths are loose files.  [default: what the folders' names say]"
)
@json_option
def check(
    paths: tuple[Path, ...], seeds_folder: Path | None, max_examples: int, layout: str | None, as_json: bool
) -> None:
    """Check inbound and ID files, folders or drops against the rules of AAM, by file and line.

    In a dbt project, files of a drop must stand in the folder of its exposure's partner_name.
    """
    trees = local_trees(paths)
    if seeds_folder is None:
        seeds_folder = find_lists(_seed_folders())
    seeds = load_seeds(seeds_folder) if seeds_folder is not None else None
    with _progress(trees) as on_bytes:
        report = check_trees(
            trees, seeds, layout=layout, partner=_partner(), max_examples=max_examples, on_bytes=on_bytes
        )
    if as_json:
        print_json(_result(report))
    else:
        click.echo(render(report, with_lists=seeds is not None))
    if report.failed:
        sys.exit(1)
    if report.empty:
        raise ConfigurationError(
            f"nothing was checked in {', '.join(report.empty)}: no file there has the name of an inbound file",
            hint="name the folder that holds the files; a file that is named by itself is checked whatever its name",
            rule="V13",
        )


def _seed_folders() -> list[Path]:
    """Those of the project that we are in, or else `seeds`."""
    try:
        return UserProject.read(find_project_folder(None)).seeds
    except (AamExportError, OSError):  # a folder above may be closed to us
        return [Path("seeds")]


def _partner() -> str | None:
    """The partner_name of the project that we are in, if we are in one."""
    try:
        return find_partner()
    except (AamExportError, OSError):  # a folder above may be closed to us
        return None


def _result(report: CheckReport) -> CheckResult:
    found = [
        Found(v.rule, rules()[v.rule].text, v.severity, v.path, v.message, v.count, list(v.lines))
        for v in report.violations
    ]
    violations, warnings = report.count(VIOLATION), report.count(WARNING)
    return CheckResult(
        report.failed, violations, warnings, report.received(), list(report.trees), list(report.files), found
    )


def render(report: CheckReport, *, with_lists: bool) -> str:
    """The report for people: by file, then by rule, then the counts of all files; and whether lists were there."""
    lines: list[str] = []
    for path, found in groupby(report.violations, key=lambda violation: violation.path):
        lines.append(path)
        by_rule = sorted(found, key=lambda v: (v.severity != VIOLATION, v.rule[0], int(v.rule[1:])))
        for rule, same in groupby(by_rule, key=lambda violation: violation.rule):
            lines.append(f"  {rule}  {rules()[rule].text}")
            lines += [f"      {_describe(violation)}" for violation in same]
        lines.append("")
    for tree in report.trees:
        kind = "a drop" if tree.kind == DROP else "loose files, whose folders mean nothing (--drop)"
        lines.append(f"{tree.path}: taken for {kind}: {tree.why}")
    if not with_lists:
        lines.append(NO_LISTS)
    counts = report.received()
    width = max(map(len, counts))
    lines.append(plural(len(report.files), "file"))
    lines += [f"  {word + ':':{width + 1}} {count:,}" for word, count in counts.items()]
    violations, warnings = report.count(VIOLATION), report.count(WARNING)
    lines.append(f"{plural(violations, 'violation')}, {plural(warnings, 'warning')}")
    return "\n".join(lines)


def _describe(violation: Violation) -> str:
    mark = "" if violation.severity == VIOLATION else "warning: "
    if not violation.lines:
        return mark + violation.message
    shown = ", ".join(map(str, violation.lines))
    if len(violation.lines) == violation.count:
        return f"{mark}{violation.message}: {_lines(violation.count)} {shown}"
    where = f"first on {_lines(len(violation.lines))} {shown}"
    return f"{mark}{violation.message}: {violation.count:,} times, {where}"


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


@contextmanager
def _progress(trees: list[Tree]) -> Iterator[Callable[[int], None]]:
    """A bar of bytes read, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda size: None
        return
    total = sum(source.size for tree in trees for source in tree.sources)
    with click.progressbar(length=total, label="Checking", file=sys.stderr) as bar:
        yield bar.update
