"""dbt and aam-export in processes that are forked from one that has them ready: importing dbt costs seconds, and so does its
first parse; importing the exporter costs half of what most of its commands do.

    python forked_programs.py    what is forked; it reads a request, as JSON, a line and answers each with an exit code

Two things of dbt are replaced. That the var `aam_now` changed does not void the last parse, for no model reads it while dbt
parses. And what dbt tells those who debug it is not told, nor written to logs/dbt.log: that is a sixth of a build.
"""

from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

REPOSITORY = Path(__file__).resolve().parents[2]


def run(
    program: str,
    folder: Path,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    kill: Kill | None = None,
) -> subprocess.CompletedProcess[str]:
    """`dbt ARGUMENTS` or `aam-export ARGUMENTS` in a folder; dbt may be killed at a statement."""
    with tempfile.TemporaryDirectory(prefix="forked-") as output:
        request = {
            "program": program,
            "folder": str(folder), "arguments": list(arguments), "environment": dict(environment), "output": output,
            "kill": kill and asdict(kill),
        }  # fmt: skip
        server = _server()
        assert server.stdin and server.stdout
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        printed = [(Path(output) / name).read_text(encoding="utf-8") for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess([program, *arguments], code, *printed)


@dataclass(frozen=True)
class Kill:
    """The moment `before` or `after` the first statement sent to DuckDB whose beginning the regular expression matches."""

    beginning: str
    moment: Literal["before", "after"]


@functools.cache
def _server() -> subprocess.Popen[str]:
    quiet = "ignore::UserWarning:multiprocessing.resource_tracker"  # forks end without giving back their locks
    server = subprocess.Popen(
        [sys.executable, "-W", quiet, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/"
    )
    atexit.register(server.kill)
    return server


def serve() -> None:
    from dbt.cli.main import dbtRunner

    from aam_export import cli  # noqa: F401  (imported before the fork)

    threads = _threads()  # of NumPy and Arrow, which see to forks themselves
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what dbt prints while it warms up is no answer
    _leave_out_debug_events()
    _warm_up(dbtRunner())
    assert _threads() == threads, "a thread would hold its locks in every fork for ever"
    gc.disable()  # a fork lives for seconds, and looking through all that dbt has parsed is a tenth of them
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = _invoke(request)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _warm_up(dbt: Any) -> None:
    """Parse the package alone, twice; what dbt builds for that, and each macro's template, all forks have."""
    from dbt_common.clients.jinja import template_cache
    from dbt_common.tests import enable_test_caching

    enable_test_caching()  # by the text of a macro's file
    with tempfile.TemporaryDirectory(prefix="forked-") as folder:
        output = {"type": "duckdb", "path": ":memory:"}
        profiles = {"aam_inbound": {"target": "dev", "outputs": {"dev": output}}}
        (Path(folder) / "profiles.yml").write_text(json.dumps(profiles), encoding="utf-8")
        places = ["--project-dir", str(REPOSITORY)]
        for option in ("--profiles-dir", "--target-path", "--log-path"):
            places += [option, folder]
        for _ in range(2):
            # the static parser has threads, and a fork has none of them
            parsed = dbt.invoke(["parse", "--no-static-parser", *places, "--no-send-anonymous-usage-stats", "--quiet"])
            assert parsed.success, parsed.exception
    for macro in parsed.result.macros.values():
        template_cache.get_node_template(macro)


def _leave_out_debug_events() -> None:
    from dbt_common.events.base_types import BaseEvent, DebugLevel
    from dbt_common.events.event_manager import EventManager

    begin, fire = BaseEvent.__init__, EventManager.fire_event

    def begin_unless_debug(event: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(event, DebugLevel):
            begin(event, *args, **kwargs)

    def fire_unless_debug(manager: Any, e: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(e, DebugLevel):
            fire(manager, e, *args, **kwargs)

    setattr(BaseEvent, "__init__", begin_unless_debug)  # noqa: B010
    setattr(EventManager, "fire_event", fire_unless_debug)  # noqa: B010


def _invoke(request: Mapping[str, Any]) -> int:
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = (Path(request["output"]) / name).open("w", encoding="utf-8", buffering=1)
        os.dup2(stream.fileno(), number)
        setattr(sys, name, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    if request["program"] == "dbt":
        return _dbt(request["arguments"], request["kill"])
    return _aam_export(request["arguments"])


def _aam_export(arguments: Sequence[str]) -> int:
    from aam_export import cli

    sys.argv = ["aam-export", *arguments]
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _dbt(arguments: Sequence[str], kill: Mapping[str, Any] | None) -> int:
    from dbt.cli.exceptions import DbtUsageException
    from dbt.cli.main import dbtRunner
    from dbt.parser.manifest import ManifestLoader

    state_check = ManifestLoader.build_manifest_state_check

    def state_without_the_present(loader: Any) -> Any:
        given = loader.root_project.cli_vars
        kept = dict(given)
        given.pop("aam_now", None)
        try:
            return state_check(loader)
        finally:
            given.update(kept)

    ManifestLoader.build_manifest_state_check = state_without_the_present
    if kill:
        _arm(Kill(**kill))
    outcome = dbtRunner().invoke(list(arguments))
    if outcome.success:
        return 0
    # As dbt's own command ends: 1 where a node failed, 2 where nothing came of it.
    if isinstance(outcome.exception, DbtUsageException):
        print(f"Error: {outcome.exception}", file=sys.stderr)
    return 1 if outcome.exception is None else 2


def _arm(kill: Kill) -> None:
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    execute = DuckDBCursorWrapper.execute

    def deadly(cursor: Any, sql: str, bindings: Any = None) -> Any:
        # dbt puts a comment before each statement
        hit = re.match(kill.beginning, sql.split("*/", 1)[-1].lstrip())
        if hit and kill.moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(cursor, sql, bindings)
        if hit:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    DuckDBCursorWrapper.execute = deadly


if __name__ == "__main__":
    serve()
