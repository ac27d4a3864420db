"""Check files and what they are together: names and places, then each file's content, then batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aam_export.check.batches import check_batches
from aam_export.check.blocks import Reader
from aam_export.check.places import CheckedFile, Layout, Places
from aam_export.check.report import VIOLATION, CheckReport, Tally, TreeSummary, Violation
from aam_export.check.seeds import Seeds
from aam_export.check.sources import Source, Tree, local_trees
from aam_export.check.users import UserIndex
from aam_export.files.names import unprocessed


def check_paths(
    paths: Iterable[Path],
    seeds: Seeds | None = None,
    *,
    layout: str | None = None,
    partner: str | None = None,
    max_examples: int = 5,
    on_bytes: Callable[[int], None] = lambda size: None,
) -> CheckReport:
    """Check local files and folders against the rules; `seeds` adds what only the AAM account knows (L3, L5, N4, U).

    `layout` says what the paths are: a `drop`, whose folders are checked (N1), or loose `files`; without it, their
    folders tell. `partner` is whose folder a drop's files stand in, `max_examples` how many lines are kept for each
    kind of violation; `on_bytes` is told of progress in bytes read.
    Raises ConfigurationError for a path that does not exist. What can't be read is a violation (V13).
    """
    trees = local_trees(paths)
    return check_trees(trees, seeds, layout=layout, partner=partner, max_examples=max_examples, on_bytes=on_bytes)


def check_trees(
    trees: Iterable[Tree],
    seeds: Seeds | None = None,
    *,
    layout: str | None = None,
    partner: str | None = None,
    max_examples: int = 5,
    on_bytes: Callable[[int], None] = lambda size: None,
) -> CheckReport:
    """The same for files from any kind of drop."""
    files: list[CheckedFile] = []
    summaries: list[TreeSummary] = []
    unreadable: list[Violation] = []
    taken: set[tuple[str, ...]] = set()
    places = Places(seeds)
    for tree in trees:
        found = Layout.of(tree, layout, partner)
        before, marked = len(files), _marked(tree.sources)
        for source in tree.sources:
            if source.parts in taken or (source.parts in marked and unprocessed(source.parts[-1]) != source.parts[-1]):
                continue
            taken.add(source.parts)
            tally = Tally(source.label, source.size, max_examples)
            file = places.place(len(files), source, tally, tree, found)
            tally.summary.processed |= source.parts in marked
            files.append(file)
        recognised = sum(1 for file in files[before:] if file.name is not None or file.lines is not None)
        named_again = len(tree.sources) if before == len(files) else 0
        summaries.append(TreeSummary(tree.label, found.kind, found.why, recognised or named_again))
        unreadable += [
            Violation("V13", VIOLATION, path, None, f"can't be read: {why}", 1) for path, why in tree.unreadable
        ]
    with UserIndex(max_examples) as users, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        reader = Reader(users, pool, on_bytes)
        for file in files:
            if file.lines is not None:
                reader.check(file, file.lines)
        check_batches(files, reader)
    return CheckReport(
        tuple(file.tally.summary for file in files),
        tuple(violation for file in files for violation in file.tally.violations()) + tuple(unreadable),
        tuple(summaries),
    )


def _marked(sources: Iterable[Source]) -> set[tuple[str, ...]]:
    """Files that stand there with and without the receiver's mark behind their name (R9), under both names."""
    every = {source.parts for source in sources}
    marked = set()
    for parts in every:
        plain = (*parts[:-1], unprocessed(parts[-1]))
        if plain != parts and plain in every:
            marked |= {plain, parts}
    return marked
