"""A Spark Connect server of this machine's own, with a catalog of Iceberg's tables and views, to try the demo on.

    make spark-server

It says what to set SPARK_REMOTE to, and ends, with all that was built in it, by Ctrl+C.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from spark import NoSparkError, running_server


def main() -> None:
    try:
        with running_server() as server:
            print(f"export SPARK_REMOTE={server.url}", flush=True)
            signal.pause()
    except NoSparkError as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
