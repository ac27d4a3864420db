"""Check files and what they are together: names and places, then each file's content, then batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from aam_export.check.batches import check_batches
from aam_export.check.blocks import check_content
from aam_export.check.places import CheckedFile, date_folders, place
from aam_export.check.report import CheckReport, Tally
from aam_export.check.seeds import Seeds
from aam_export.check.sources import Tree, local_trees
from aam_export.check.users import UserIndex


def check_paths(
    paths: Iterable[Path],
    seeds: Seeds | None = None,
    *,
    max_examples: int = 5,
    on_bytes: Callable[[int], None] = lambda size: None,
) -> CheckReport:
    """Check local files and folders against the rules; `seeds` adds what only the AAM account knows (L3, L5, U).

    `max_examples` is how many lines are kept for each kind of violation, `on_bytes` is told of progress in bytes read.
    Raises ConfigurationError for a path that does not exist or can't be read.
    """
    return check_trees(local_trees(paths), seeds, max_examples=max_examples, on_bytes=on_bytes)


def check_trees(
    trees: Iterable[Tree],
    seeds: Seeds | None = None,
    *,
    max_examples: int = 5,
    on_bytes: Callable[[int], None] = lambda size: None,
) -> CheckReport:
    """The same for files from any kind of drop."""
    files: list[CheckedFile] = []
    taken: set[tuple[str, ...]] = set()
    for tree in trees:
        in_drop = any(date_folders(source.parts) for source in tree.sources)
        for source in tree.sources:
            if source.parts in taken:
                continue
            taken.add(source.parts)
            tally = Tally(source.label, source.size, max_examples)
            files.append(place(len(files), source, tally, tree, in_drop, seeds))
    with UserIndex(max_examples) as users:
        for file in files:
            if file.lines is not None:
                check_content(file, file.lines, users, on_bytes)
        check_batches(files, users)
    return CheckReport(
        tuple(file.tally.summary for file in files),
        tuple(violation for file in files for violation in file.tally.violations()),
    )
