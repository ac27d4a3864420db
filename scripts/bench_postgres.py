"""Speed and memory of aam-export on PostgreSQL, beside psql on the same view.

    make bench-postgres USERS=5000000

Builds the project on empty tables, puts that many users of ten signals into the batch that the build proposed, and
delivers them. The server is a private one of this machine's binaries, or that of AAM_TEST_POSTGRES_URL; it works on the
same cores. Every figure is of a whole process; compare the ratios, for machines are noisy.
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
# As bench.py makes them: seven traits, a code and two key-values.
CHANGES = """
insert into aam_batch_records (
    batch_id, data_source, dpid, sync_mode, user_id, line_number, line_count, change, profile, refreshed_on
)
select (select max(batch_id) from aam_batches),
    'crm', '100001', 'sync', 'CRM-' || substr(md5(i::text), 1, 16), 1, 1, 'new',
    '"baskets"="' || i * 7919 % 200 || '","tier"="' || (array['gold', 'silver', 'bronze', 'none'])[1 + i % 4] || '"'
    || (select string_agg(',d_sid=' || 7000000 + (i * 31 + j * 97) % 500, '') from generate_series(1, 7) as t (j))
    || ',ic=code-' || i % 50,
    date '2026-03-01'
from generate_series(1, cast({users} as bigint)) as users (i)
"""


def prepare(folder: Path, server: Server, users: int) -> Database:
    """The project, built on nothing, and then with the users; returns its database."""
    database = bench.make_project(folder, Warehouse("postgres", server), checked=True).postgres
    assert database
    database.execute("create schema bench")
    for table, columns in TABLES.items():
        database.execute(f"create table bench.{table} ({', '.join(f'{column} text' for column in columns)})")
    bench.dbt_build(folder, bench.DAYS[0])
    database.execute(CHANGES.format(users=users), "vacuum analyze aam_batch_records")
    return database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1_000_000)
    users = parser.parse_args().users
    with tempfile.TemporaryDirectory(prefix="aam-bench-") as root, running_server() as server:
        folder = Path(root)
        database = prepare(folder, server, users)
        [(size,)] = database.query("select (sum(octet_length(record)) + count(*)) / 1e6 from inbound_records")
        print(f"PostgreSQL, {users:,} users, ten signals each, {size:,.0f} MB of lines, {os.cpu_count()} cores")
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
