"""The project on Spark, with tables of Iceberg: a real Connect server, and what is the same on DuckDB."""

from __future__ import annotations

from pathlib import Path

from macro_cases import check_results, differences, macro_results
from sandbox import DUCKDB, Warehouse
from spark import SparkServer


def test_macros_say_the_same_as_on_duckdb(spark_server: SparkServer, tmp_path: Path) -> None:
    on_duckdb = macro_results(DUCKDB, tmp_path / "duckdb")
    on_spark = macro_results(Warehouse("spark", spark=spark_server), tmp_path / "spark")
    assert differences(on_spark, on_duckdb) == {}
    check_results(on_spark)
