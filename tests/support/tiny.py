"""A project of a few users and every kind of data source, with the real models: for tests that build it day by day."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sandbox import DUCKDB, NO_PACKAGE_TESTS, Sandbox, Warehouse

Signal = tuple[str, str, str, str]
"""data_source, user_id, signal_key, signal_value"""

AAM_UUID = "3" * 37 + "{}"
GAID = "0000000{}-1111-4111-8111-111111111111"
SEEDS = {
    "aam_data_sources": (
        "data_source,dpid,id_type,target_data_owner_dpid,refresh_mode,id_placement,description\n"
        "crm,100001,dpuuid,,sync,none,Customers\n"
        "site_user,100002,dpuuid,,overwrite,none,Accounts\n"
        "android,20914,gaid,100001,sync,none,Devices\n"
    ),
    "aam_traits": (
        "trait_id,dpid,trait_name,trait_type,ttl_days,signal_key,signal_value\n"
        "7001,100001,Buys organic,onboarded,120,,\n"
        "7002,100001,Lapsed,onboarded,120,,\n"
        "7003,100001,Gold,onboarded,120,tier,gold\n"
        "7004,100001,Campaign A,onboarded,120,ic,campaign-a\n"
        "7101,100002,Newsletter,onboarded,120,,\n"
        "7102,100002,Wishlist,onboarded,120,,\n"
    ),
    "aam_signal_keys": (
        "data_source,signal_key,value_type,accepts\n"
        "crm,tier,enum,gold|silver|bronze\n"
        "crm,baskets,integer,\n"
        "android,tier,enum,gold|silver|bronze\n"
        "site_user,registered_on,date,\n"
    ),
    "aam_id_syncs": "id_sync,file_prefix,dpids,description\n",
}
VARIABLES = {
    "aam_signal_models": ["signals__tiny"],
    "aam_id_sync_models": [],
    "aam_suppressions_model": "tiny__opted_out",
    "aam_site_ids_model": "tiny__captured",
}


def first_day() -> list[Signal]:
    """Six customers, four accounts and three devices."""
    signals: list[Signal] = []
    for number in range(6):
        user = f"Customer-{number}"
        signals += [("crm", user, "d_sid", "7001"), ("crm", user, "tier", ("gold", "silver")[number % 2])]
        signals += [("crm", user, "ic", "campaign-a"), ("crm", user, "baskets", str(number))]
    for number in range(4):
        signals += [("site_user", f"acc{number}x", "d_sid", "7101")]
        signals += [("site_user", f"acc{number}x", "registered_on", f"2026-01-0{number + 1}")]
    for number in range(3):
        signals += [("android", GAID.format(number + 1), "d_sid", "7002")]
    return signals


def create(folder: Path, warehouse: Warehouse = DUCKDB) -> Sandbox:
    """The project; its signals and opted-out IDs stand in tables that `set_signals` fills."""
    project = warehouse.adopt(folder)
    project.configure(VARIABLES, **NO_PACKAGE_TESTS)
    project.declare(SEEDS)
    project.write(
        "models/tiny/_tiny.yml",
        "sources: [{name: tiny, schema: tiny, tables: [{name: signals}, {name: opted_out}, {name: captured}]}]",
    )
    for model, table in (
        ("signals__tiny", "signals"),
        ("tiny__opted_out", "opted_out"),
        ("tiny__captured", "captured"),
    ):
        project.write(
            f"models/tiny/{model}.sql",
            f"{{{{ config(materialized='view') }}}} select * from {{{{ source('tiny', '{table}') }}}}",
        )
    set_signals(project, first_day())
    return project


def set_signals(project: Sandbox, signals: Iterable[Signal], opted_out: Iterable[tuple[str, str]] = ()) -> None:
    project.execute("create schema if not exists tiny")
    project.fill("tiny.signals", ("data_source", "user_id", "signal_key", "signal_value"), list(signals))
    project.fill("tiny.opted_out", ("data_source", "user_id"), list(opted_out))
    project.fill("tiny.captured", ("data_source", "user_id"), [])


def build(project: Sandbox, now: str) -> None:
    """`dbt build` with the present at `now`."""
    outcome = project.dbt("build", variables={"aam_now": now})
    assert outcome.returncode == 0, outcome.stdout[-3000:]
