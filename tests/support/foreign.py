"""A stranger's dbt project: everything that a package must not take for granted, in a folder whose name has blanks."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import forked_programs
import yaml
from postgres import Database
from sandbox import REPOSITORY

NAME = "hotel_2go"
SCHEMAS = {"dev": "dbt_jane", "prod": "analytics"}
GUESTS = 40
FILES = {
    "macros/generate_schema_name.sql": """\
        {% macro generate_schema_name(custom_schema_name, node) -%}
            {%- if not custom_schema_name -%} {{ target.schema }}
            {%- elif target.name == 'prod' -%} {{ custom_schema_name | trim }}
            {%- else -%} {{ target.schema }}__{{ custom_schema_name | trim }} {%- endif -%}
        {%- endmacro %}""",
    "lists/aam_data_sources.csv": """\
        data_source,dpid,id_type,target_data_owner_dpid,refresh_mode,id_placement,description
        guests,200001,dpuuid,,sync,page:guest_no,Guests under their number
        android,20914,gaid,200001,sync,none,Android devices
        email,200003,hashed_email,,sync,none,Hashed addresses""",
    "lists/aam_traits.csv": """\
        trait_id,dpid,trait_name,trait_type,ttl_days,signal_key,signal_value
        8001001,200001,Tier gold,onboarded,0,tier,gold
        8003001,200003,Reads mails,ON_BOARDED_TRAIT,120,,""",
    "lists/aam_signal_keys.csv": """\
        data_source,signal_key,value_type,accepts
        guests,tier,enum,gold|silver""",
    "lists/aam_id_syncs.csv": """\
        id_sync,file_prefix,dpids,description
        android,adobe_id,20914_200001,Phones to guests""",
    "sql/guests.sql": "select * from {{ source('hotel', 'guest_book') }}",
    "sql/signals__guests.sql": """\
        select 'guests' as data_source, guest_no as user_id, 'tier' as signal_key, tier as signal_value
        from {{ ref('guests') }}
        where {{ aam_inbound.aam_now() }} > '2020-01-01'""",
    "sql/mail_images.sql": """\
        select {{ aam_inbound.id_sync_url('200001', 'guest_no') }} as image_url from {{ ref('guests') }}""",
    "sql/signals__mails.sql": """\
        select
            'email' as data_source, {{ aam_inbound.hash_email('"E-Mail"') }} as user_id,
            'd_sid' as signal_key, '8003001' as signal_value
        from {{ ref('guests') }}""",
    "sql/opted_out.sql": """\
        select 'guests' as data_source, guest_no as user_id from {{ ref('guests') }} where opted_out = 'yes'
        union all
        select 'email', {{ aam_inbound.hash_email('"E-Mail"') }} from {{ ref('guests') }} where opted_out = 'yes'""",
    "sql/id_sync__android.sql": "select device as id_1, guest_no as id_2 from {{ ref('guests') }}",
    "sql/_sql.yml": """\
        sources:
          - name: hotel
            schema: raw
            tables:
              - name: guest_book
                identifier: Guest Book
                columns:
                  - name: full_name
                    config: {meta: {contains_pii: true}}
                  - name: E-Mail
                    quote: true
                    data_tests: [not_null]
                    config: {meta: {contains_pii: true, pii_kind: email}}
        models:
          - name: signals__mails
            columns:
              - name: user_id
                data_tests: [aam_inbound.hashed_email]""",
}


def settings() -> dict[str, Any]:
    """dbt_project.yml."""
    return {
        "name": NAME,
        "version": "1.0.0",
        "profile": "hotel",
        "model-paths": ["sql"],
        "seed-paths": ["lists"],
        "models": {NAME: {"+schema": "marts"}, "aam_inbound": {"+schema": "aam"}},
        "seeds": {NAME: {"+schema": "lists", "aam_id_syncs": {"+column_types": {"dpids": "varchar"}}}},
        "vars": {
            "aam_inbound": {
                "aam_signal_models": ["signals__guests", "signals__mails"],
                "aam_id_sync_models": ["id_sync__android"],
                "aam_suppressions_model": "opted_out",
                "aam_ledger_schema": {"prod": "ledger"},
            }
        },
        "exposures": {
            "aam_inbound": {
                "+meta": {"aam": {"partner_name": "meridian", "destination": "file:drops/{{ target.name }}"}}
            }
        },
        "unit_tests": {"aam_inbound": {"+enabled": False}},
        "dispatch": [{"macro_namespace": "dbt", "search_order": [NAME, "aam_inbound", "dbt"]}],
        # Every clause of a package's SQL is to bear both.
        "quoting": {"database": True, "schema": True, "identifier": True},
        "flags": {"send_anonymous_usage_stats": False},
    }


@dataclass(frozen=True)
class Guest:
    number: int

    @property
    def guest_no(self) -> str:
        return "G-" + hashlib.md5(str(self.number).encode()).hexdigest()

    @property
    def full_name(self) -> str:
        return f"Guest of Room {self.number}"

    @property
    def email(self) -> str:
        return f"Guest.{self.number}@Example.com "

    @property
    def email_hash(self) -> str:
        return hashlib.sha256(self.email.strip().lower().encode()).hexdigest()

    @property
    def device(self) -> str:
        return f"{self.number:08d}-1111-4111-8111-111111111111"

    @property
    def tier(self) -> str:
        return "gold" if self.number % 2 else "silver"

    @property
    def opted_out(self) -> bool:
        return self.number % 10 == 0

    def row(self) -> tuple[str, ...]:
        return (self.guest_no, self.full_name, self.email, self.device, self.tier, "yes" if self.opted_out else "no")


ALL_GUESTS = [Guest(number) for number in range(GUESTS)]
RAW = [
    "create schema raw",
    'create table raw."Guest Book" (guest_no text, full_name text, "E-Mail" text, device text, tier text, opted_out text)',
    *(f'insert into raw."Guest Book" values {guest.row()}' for guest in ALL_GUESTS),
]


def expected_lines(file_name: str) -> list[str]:
    """The lines of a file of the drop, by the beginning of its name."""
    present = [guest for guest in ALL_GUESTS if not guest.opted_out]
    if file_name.startswith("adobe_id_20914_200001_"):
        return sorted(f"{guest.device}\t{guest.guest_no}" for guest in present)
    if file_name.startswith("ftp_dpm_200001_"):
        return sorted(f'{guest.guest_no}\t"tier"="{guest.tier}"' for guest in present)
    assert file_name.startswith("ftp_dpm_200003_"), file_name
    return sorted(f"{guest.email_hash}\td_sid=8003001" for guest in present)


@dataclass(frozen=True)
class ForeignProject:
    """The project, and a folder that is not it: from there every command is called."""

    folder: Path
    elsewhere: Path
    database: Database | None = None
    settings: dict[str, Any] = field(default_factory=settings)

    @classmethod
    def create(cls, parent: Path, package: Mapping[str, str], database: Database | None = None) -> ForeignProject:
        """Write it, with `package` as the entry of packages.yml."""
        project = cls(parent / "my pro ject", parent / "else where", database)
        project.elsewhere.mkdir(parents=True)
        for path, text in FILES.items():
            lines = text.splitlines()
            indent = len(lines[0]) - len(lines[0].lstrip())
            project.write(path, "".join(f"{line[indent:]}\n" for line in lines))
        project.write("packages.yml", yaml.safe_dump({"packages": [dict(package)]}))
        outputs = {name: project.output(name) for name in SCHEMAS}
        project.write("profiles.yml", yaml.safe_dump({"hotel": {"target": "dev", "outputs": outputs}}))
        project.configure(project.settings)
        for target in SCHEMAS if database is None else ["dev"]:
            project.execute(target, *RAW)
        return project

    def output(self, target: str) -> dict[str, Any]:
        if self.database is not None:
            return {**self.database.output(), "schema": SCHEMAS[target]}
        return {"type": "duckdb", "path": str(self.duckdb_file(target)), "schema": SCHEMAS[target], "threads": 2}

    def duckdb_file(self, target: str) -> Path:
        return self.folder / f"{target}.duckdb"

    def configure(self, content: Mapping[str, Any]) -> None:
        self.write("dbt_project.yml", yaml.safe_dump(dict(content), sort_keys=False))

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def have_as_model(self, name: str) -> None:
        """One of the account's lists, no longer a seed but a model of the same name and rows."""
        seed = self.folder / f"lists/{name}.csv"
        with seed.open(encoding="utf-8", newline="") as rows:
            selects = [
                "select " + ", ".join(f"cast('{value}' as text) as {column}" for column, value in row.items())
                for row in csv.DictReader(rows)
            ]
        seed.unlink()
        self.write(f"sql/{name}.sql", "\nunion all ".join(selects))

    def execute(self, target: str, *statements: str) -> None:
        if self.database is not None:
            self.database.execute(*statements)
            return
        with duckdb.connect(str(self.duckdb_file(target))) as connection:
            for statement in statements:
                connection.execute(statement)

    def query(self, target: str, sql: str) -> list[tuple[Any, ...]]:
        if self.database is not None:
            return self.database.query(sql)
        with duckdb.connect(str(self.duckdb_file(target)), read_only=True) as connection:
            return connection.sql(sql).fetchall()

    def tables(self, target: str) -> set[tuple[str, str]]:
        """Schema and name of everything that can be selected from."""
        return {
            (schema, name)
            for schema, name in self.query(target, "select table_schema, table_name from information_schema.tables")
        }

    def run(
        self, *command: str, program: Path | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Call dbt or aam-export, in a fork of a process that has it ready or as the `program` given, from elsewhere, on this project."""
        name, *rest = command
        arguments = [*rest, "--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        environment = {
            **os.environ, "NO_COLOR": "1", "DBT_USE_COLORS": "false", "DBT_TARGET_PATH": "out put", **(env or {})
        }  # fmt: skip
        if program is None:
            return forked_programs.run(name, self.elsewhere, arguments, environment)
        return subprocess.run(
            [str(program), *arguments],
            cwd=self.elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


def tagged_repository(folder: Path, tag: str) -> str:
    """A git repository of the package as it stands in this checkout, with a tag; returns its URL."""
    for name in ("models", "macros", "tests/generic"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for file in (REPOSITORY / "dbt_project.yml", *(REPOSITORY / "tests").glob("*.sql")):
        shutil.copy(file, folder / file.relative_to(REPOSITORY))
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "The package"], ["tag", tag]):
        subprocess.run([*git, *command], cwd=folder, check=True, capture_output=True)
    return folder.as_uri()
