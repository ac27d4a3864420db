"""Imports between the exporter's modules run one way: from the rooms of RANKS further down to those further up."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "export" / "aam_export"

# A room may import itself and the rooms above it; rooms of one line know nothing of each other.
RANKS = (
    ("masking",),
    ("errors", "clock", "exposure", "rules", "logs", "progress", "printable", "__init__"),
    ("files",),
    ("artifacts", "profile", "settings"),
    ("project", "variables"),
    ("warehouses", "drops", "check", "scaffold", "versions"),
    ("proof",),
    ("ledger",),
    ("delivery", "feedback"),
    ("doctor", "report"),
    ("cli",),
    ("__main__",),
)
RANK = {room: rank for rank, rooms in enumerate(RANKS) for room in rooms}

Graph = dict[str, set[str]]


def module_name(file: Path, package: Path) -> str:
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(package: Path) -> Graph:
    """Module → the modules of the same package that it imports anywhere, for types and inside functions as well."""
    modules = {module_name(file, package): file for file in package.rglob("*.py")}
    graph: Graph = {}
    for module, file in modules.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{module}: imports are absolute"
                for alias in node.names:
                    submodule = f"{node.module}.{alias.name}"
                    named.add(submodule if submodule in modules else str(node.module))
        graph[module] = {name for name in named if name in modules and name != module}
    return graph


def circle(graph: Graph) -> list[str]:
    """The modules of a circle of imports, or none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def against_the_layers(graph: Graph) -> list[str]:
    """Arrows that run down: from a room to one of the same rank, or to one that is further down."""
    return sorted(
        f"{module} imports {imported}"
        for module, found in graph.items()
        for imported in found
        if room(module) != room(imported) and RANK[room(imported)] >= RANK[room(module)]
    )


def test_every_module_is_in_a_room() -> None:
    assert {room(module) for module in imports(PACKAGE)} == RANK.keys()


def test_no_circles() -> None:
    assert circle(imports(PACKAGE)) == []


def test_arrows_run_one_way() -> None:
    assert against_the_layers(imports(PACKAGE)) == []


def test_a_command_starts_without_what_others_need() -> None:
    asked = "import sys; from aam_export.cli import cli; cli(['status', '--help'], standalone_mode=False)"
    others = [f"aam_export.{name}" for name in ("check.checker", "cli.account", "cli.run", "proof.lineage", "scaffold")]
    code = f"{asked}; sys.exit([name for name in {others} if name in sys.modules] or None)"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("files/names.py", "from aam_export import ledger"),
        ("drops/base.py", "import aam_export.delivery.run"),
        ("drops/base.py", "def later():\n    from aam_export.ledger.lease import Lease"),
        ("settings.py", "from aam_export.profile import Target"),
        ("check/ids.py", "from aam_export.proof.gate import check_gate"),
    ],
)
def test_an_arrow_against_them_is_seen(file: str, line: str, tmp_path: Path) -> None:
    package = copy(tmp_path)
    with (package / file).open("a", encoding="utf-8") as handle:
        handle.write(f"\n{line}\n")
    assert len(against_the_layers(imports(package))) == 1


def test_a_circle_is_seen(tmp_path: Path) -> None:
    package = copy(tmp_path)
    with (package / "ledger/context.py").open("a", encoding="utf-8") as handle:
        handle.write("\ndef later():\n    from aam_export.ledger.batches import Batch\n")
    assert {"aam_export.ledger.context", "aam_export.ledger.batches"} <= set(circle(imports(package)))


def required(distribution: str, *extras: str) -> set[str]:
    """What a distribution requires, those of `extras` too."""
    wanted = set()
    for line in requires(distribution) or ():
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        if not extra or extra[1] in extras:
            wanted.add(re.split(r"[^\w.-]", line)[0].lower())
    return wanted


def test_what_is_imported_is_declared_and_no_dbt() -> None:
    """A program that is installed alone has what it imports. Of `declared`, what they bring along is ours as well."""
    declared = required("aam-export", "postgres", "report", "spark")
    homes = packages_distributions()
    of_spark = set() if "pyspark" in homes else {"pyspark"}  # `make test` does without
    brought = set().union(*(required(name) for name in declared - of_spark))
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                named = [str(node.module)]
            for module in {name.split(".")[0] for name in named} - sys.stdlib_module_names - {PACKAGE.name} - of_spark:
                if module.startswith("mypy_"):  # for the type checker alone
                    continue
                home = {name.lower() for name in homes[module]}
                assert home & (declared | brought), f"{file.name} imports {module}, which nothing declared brings"
    assert not any(name.startswith("dbt") for name in declared | brought)


def copy(folder: Path) -> Path:
    """The package's modules in a folder of the test's."""
    for file in PACKAGE.rglob("*.py"):
        target = folder / file.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    return folder / PACKAGE.name
