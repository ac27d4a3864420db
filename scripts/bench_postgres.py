"""Speed and memory of aam-export on PostgreSQL, beside psql on the same view.

    make bench-postgres USERS=5000000

Builds the project with that many users of ten signals, and delivers them. The server is a private one of this machine's
binaries, or that of AAM_TEST_POSTGRES_URL; it works on the same cores. Every figure is of a whole process; compare the
ratios, for machines are noisy.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import bench

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
from postgres import SCHEMA, Database, Server, running_server
from sandbox import Warehouse

TABLES = {
    "signals": ("data_source", "user_id", "signal_key", "signal_value"),
    "opted_out": ("data_source", "user_id"),
    "captured": ("data_source", "user_id"),
    "customers": ("email", "full_name"),
}
# As bench.py makes them: seven traits, a code and two key-values a user.
SIGNALS = f"""
insert into bench.signals
select 'crm', 'CRM-' || substr(md5(i::text), 1, 16),
    case when j < 7 then 'd_sid' when j = 7 then 'ic' when j = 8 then 'tier' else 'baskets' end,
    case
        when j < 7 then (7000000 + (i * 31 + j * 97) % {bench.TRAITS})::text
        when j = 7 then 'code-' || i % {bench.CODES}
        when j = 8 then (array['gold', 'silver', 'bronze', 'none'])[1 + i % 4]
        else (i * 7919 % 200)::text
    end
from generate_series(1, cast({{users}} as bigint)) as users (i), generate_series(0, 9) as signals (j)
"""


def prepare(folder: Path, server: Server, users: int) -> Database:
    """The project with that many users, not built; returns its database."""
    database = bench.make_project(folder, Warehouse("postgres", server), checked=True).postgres
    assert database
    database.execute("create schema bench")
    for table, columns in TABLES.items():
        database.execute(f"create table bench.{table} ({', '.join(f'{column} text' for column in columns)})")
    database.execute(SIGNALS.format(users=users), "vacuum analyze bench.signals")
    return database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    users = parser.parse_args().users
    with tempfile.TemporaryDirectory(prefix="aam-bench-") as root, running_server() as server:
        folder = Path(root)
        database = prepare(folder, server, users)
        built = bench.dbt_build(folder, bench.DAYS[0])
        megabytes = "select cast((sum(octet_length(record)) + count(*)) / 1e6 as float) from inbound_records"
        [(size,)] = database.query(megabytes)
        print(f"PostgreSQL, {users:,} users, ten signals each, {size:,.0f} MB of lines, {os.cpu_count()} cores")
        bench.row("dbt build, first day, without the server's processor and memory", built)
        if shutil.which("psql"):
            os.environ.update(
                PGHOST=server.host, PGPORT=str(server.port), PGUSER=server.user, PGPASSWORD=server.password,
                PGDATABASE=database.name,
            )  # fmt: skip
            query = f"\\copy (select record from {SCHEMA}.inbound_records) to stdout"
            for level in (1, 6):
                copied = bench.measure(
                    folder, "bash", "-o", "pipefail", "-c", f"psql -c '{query}' | gzip -{level} > copied.gz"
                )
                bench.row(f"psql \\copy | gzip -{level}, unsorted, neither frozen nor verified", copied, size)
        else:
            print("psql is not on PATH: nothing to compare with")
        delivered = bench.deliver(folder, bench.DAYS[0])
        bench.row("aam-export run: sort, write, read back, deliver, commit", delivered, size)


if __name__ == "__main__":
    main()
