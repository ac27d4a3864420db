"""inbound_known_pii, inbound_known_email_mistakes and hash_email, built by dbt in a project of a few tables."""

from __future__ import annotations

import random
from hashlib import sha256
from pathlib import Path

import pytest
import tiny
from sandbox import NO_PACKAGE_TESTS, Sandbox, Warehouse

VARIABLES = {"aam_signal_models": ["signals__people"], "aam_pii_models": ["eph_nicknames"]}

SOURCES = """
version: 2
sources:
  - name: crm
    schema: "{{ target.schema }}"
    tables:
      - name: people
        columns:
          - {name: FULL_NAME, config: {meta: {contains_pii: true}}}
          - {name: surname, meta: {contains_pii: true}}
          - {name: street, config: {meta: {contains_pii: true}}}
          - {name: city, config: {meta: {contains_pii: true}}}
          - {name: tier, config: {meta: {contains_pii: true}}}
          - {name: consent, config: {meta: {contains_pii: true}}}
          - {name: birth_year, config: {meta: {contains_pii: true}}}
          - {name: birth_date, config: {meta: {contains_pii: true}}}
          - {name: born_at, config: {meta: {contains_pii: true}}}
          - {name: phone, config: {meta: {contains_pii: true}}}
          - {name: "e mail", quote: true, config: {meta: {contains_pii: true}}}
          - {name: login, config: {meta: {contains_pii: true, pii_kind: email}}}
          - {name: initials, config: {meta: {contains_pii: true, pii_overlap: true}}}
          - {name: remark, config: {meta: {contains_pii: true, pii_overlap: false}}}
          - {name: internal_note}
models:
  - name: stg_people
    columns:
      - {name: maiden_name, config: {meta: {contains_pii: true}}}
  - name: eph_nicknames
    columns:
      - {name: nickname, config: {meta: {contains_pii: true}}}
"""

MODELS = {
    "stg_people": "select surname || ' née ' || full_name as maiden_name from {{ source('crm', 'people') }}",
    "signals__people": (
        "select 'crm' as data_source, maiden_name as user_id, 'tier' as signal_key, 'gold' as signal_value"
        " from {{ ref('stg_people') }}"
    ),
    "eph_nicknames": (
        "{{ config(materialized='ephemeral') }} select 'the' || surname as nickname from {{ source('crm', 'people') }}"
    ),
    "hashes": "select address, {{ aam_inbound.hash_email('address') }} as hash from {{ target.schema }}.addresses",
    "fingerprints": (
        "select value, {{ aam_inbound.pii_fingerprint('value') }} as fingerprint from {{ target.schema }}.sent"
    ),
}

COMPARED = """
    (select sent.value, known.kind, known.origin from fingerprints as sent
    left join inbound_known_pii as known on sent.fingerprint = known.value_sha256) as compared
"""

# Every blank of Python's str.strip(), which U7's "trimmed" is read as.
BLANKS = [chr(code) for code in range(0x110000) if chr(code).isspace()]

SENT = {
    "Ada Example-3": "source.crm.people.FULL_NAME",
    "  aDA eXAMPLE-3\t": "source.crm.people.FULL_NAME",
    "\u00a0Ada Example-3": "source.crm.people.FULL_NAME",
    "EXAMPLENAME17": "source.crm.people.surname",
    "7 sample street": "source.crm.people.street",  # a family of two
    "1981-02-03": "source.crm.people.birth_date",
    "1991-02-03": "source.crm.people.born_at",
    "(202) 555-0103": "source.crm.people.phone",
    " PERSON3@Example.com": "source.crm.people.e mail",
    "login3": "source.crm.people.login",
    "EXAMPLENAME3 née ada example-3": "stg_people.maiden_name",
    "the examplename3": "eph_nicknames.nickname",
    "i1": "source.crm.people.initials",
    "Springfield": None,
    "Platinum": None,
    "gold": None,
    "Y": None,
    "1": None,
    "1981": None,
    "remark of Ada 3": None,
    "note of Ada 3": None,
    "not given yet": None,
    "1900-01-01": None,
    "": None,
    "Ada": None,
}


def people(schema: str) -> str:
    """200 people: two to a street, some without a name or with a default birth date; few cities and tiers."""
    return f"""
        create table {schema}.people as
        select
            case when i % 10 = 5 then 'Not given yet' else 'Ada Example-' || i end as full_name,
            ' ExampleName' || i as surname,
            ' ' || cast(floor(i / 2.0) + 6 as integer) || ' Sample Street ' as street,
            (array['Springfield', 'New Sampleton', 'Port Example'])[i % 3 + 1] as city,
            (array['gold', 'Platinum', null])[i % 3 + 1] as tier,
            case when i % 2 = 0 then 'Y' else 'N' end as consent,
            1980 + i % 40 as birth_year,
            case when i % 8 = 7 then date '1900-01-01' else date '1981-01-31' + i::integer end as birth_date,
            timestamp '1991-01-31 00:00:00' + i * interval '1 day' as born_at,
            '(202) 555-01' || lpad((i % 100)::varchar, 2, '0') as phone,
            case i % 3 when 0 then 'Person' || i || '@example.com' when 1 then 'person' || i || '@example.com ' end
                as "e mail",
            'login' || i as login,
            'i' || (i % 2) as initials,
            'Remark of Ada ' || i as remark,
            'Note of Ada ' || i as internal_note
        from generate_series(0, 199) as t(i)
    """


def addresses() -> list[str]:
    generator = random.Random(7)  # the same addresses every time
    letters = "abcXYZ019.+_-éÉñÑßøØżŻЖжΩ"
    made = [f"{blank}User{number}@Example.COM{blank}" for number, blank in enumerate(BLANKS)]
    for _ in range(300):
        local = "".join(generator.choices(letters, k=generator.randint(1, 20)))
        edges = generator.choices([*BLANKS, "", ""], k=2)
        made.append(f"{edges[0]}{local}@Example.org{edges[1]}")
    return [*made, "a b@example.com", "", " ", "\t\u00a0"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse) -> Sandbox:
    sandbox = warehouse.adopt(tmp_path_factory.mktemp("known_pii"))
    sandbox.configure(VARIABLES, **NO_PACKAGE_TESTS)
    sandbox.declare(tiny.SEEDS)
    sandbox.write("models/sources.yml", SOURCES)
    for name, sql in MODELS.items():
        sandbox.write(f"models/{name}.sql", sql)

    # Before there is a table, the project can be compiled.
    compiled = sandbox.dbt("compile", "--quiet")
    assert compiled.returncode == 0, compiled.stdout

    sandbox.execute(people(sandbox.schema))
    sandbox.fill(f"{sandbox.schema}.sent", ("value",), [(value,) for value in SENT])
    sandbox.fill(f"{sandbox.schema}.addresses", ("address",), [(value,) for value in [*addresses(), None]])
    built = sandbox.dbt(
        "build", "--select", "+inbound_known_pii", "inbound_known_email_mistakes", "hashes", "fingerprints"
    )
    assert built.returncode == 0, built.stdout
    return sandbox


def test_values_that_tell_a_person_are_found_whatever_their_case_and_blanks(project: Sandbox) -> None:
    assert dict(project.query(f"select value, origin from {COMPARED}")) == SENT


def test_known_values_are_distinct_and_hashed(project: Sandbox) -> None:
    rows = project.query("select value_sha256, kind, origin from inbound_known_pii")
    assert len({value for value, _, _ in rows}) == len(rows) > 500
    assert all(len(value) == 64 and value == value.lower() for value, _, _ in rows)
    kinds = {(origin, kind) for _, kind, origin in rows}
    assert {origin for origin, kind in kinds if kind == "email"} == {
        "source.crm.people.e mail",
        "source.crm.people.login",
    }
    assert not {origin for origin, _ in kinds} & {f"source.crm.people.{name}" for name in ("city", "tier", "remark")}


def test_hash_email_is_the_sha256_of_the_stripped_lower_case_address(project: Sandbox) -> None:
    rows = project.query("select address, hash from hashes")
    assert len(rows) == len(addresses()) + 1
    for address, hashed in rows:
        folded = (address or "").strip().lower()
        assert hashed == (sha256(folded.encode()).hexdigest() if folded else None), repr(address)


def test_the_right_hash_is_known_and_wrong_ones_by_their_mistake(project: Sandbox) -> None:
    def digest(text: str) -> str:
        return sha256(text.encode()).hexdigest()

    known = dict(project.query("select value_sha256, kind from inbound_known_pii"))
    mistakes = project.query("select distinct hash, mistake from inbound_known_email_mistakes")
    assert len(dict(mistakes)) == len(mistakes)
    assert {hashed for hashed, _ in mistakes}.isdisjoint(known)
    by_hash = dict(mistakes)
    assert {
        text: by_hash.get(digest(text), known.get(digest(text)))
        for text in (
            "person3@example.com",
            "person4@example.com",
            "Person3@example.com",
            "PERSON4@EXAMPLE.COM",
            "person4@example.com ",
            "person4@example.com\n",
            "salt:person3@example.com",
        )
    } == {
        "person3@example.com": "email",
        "person4@example.com": "email",
        "Person3@example.com": "not_lowercased",
        "PERSON4@EXAMPLE.COM": "not_lowercased",
        "person4@example.com ": "not_trimmed",
        "person4@example.com\n": "not_trimmed",
        "salt:person3@example.com": None,
    }


@pytest.fixture
def changed(project: Sandbox, tmp_path: Path) -> Sandbox:
    return project.copy(tmp_path / "project")


def retag(sandbox: Sandbox, old: str, new: str) -> None:
    assert old in SOURCES
    sandbox.write("models/sources.yml", SOURCES.replace(old, new))


def said(sandbox: Sandbox) -> str:
    """What a failing run of the two models says, in one line."""
    result = sandbox.dbt("run", "--select", "inbound_known_pii")
    assert result.returncode == 1, result.stdout
    return " ".join(result.stdout.split())


def test_a_new_tag_counts_in_a_partially_parsed_project(changed: Sandbox) -> None:
    if changed.postgres:  # a copy there has another database, and hence another profile, of which dbt parses all
        assert changed.dbt("parse").returncode == 0
    retag(changed, "{name: internal_note}", "{name: internal_note, config: {meta: {contains_pii: true}}}")
    result = changed.dbt("run", "--select", "inbound_known_pii", "fingerprints")
    assert result.returncode == 0, result.stdout
    assert "Unable to do partial parsing" not in result.stdout
    assert changed.query(f"select origin from {COMPARED} where value = 'note of Ada 3'") == [
        ("source.crm.people.internal_note",)
    ]


def test_a_tagged_column_or_table_that_is_not_there_is_named(changed: Sandbox) -> None:
    retag(changed, "name: surname,", "name: sur_name,")
    message = said(changed)
    database = changed.postgres.name if changed.postgres else "aam_inbound"
    relation = f'"{database}"."{changed.schema}"."people"'
    assert f"source.crm.people.sur_name is tagged contains_pii, but {relation} has no column" in message
    assert "Correct the name, or the tag, in models/sources.yml" in message

    retag(changed, "- name: people\n", "- name: people\n        identifier: persons\n")
    message = said(changed)
    assert "is tagged contains_pii, but the warehouse has no" in message
    assert "models/sources.yml" in message


def test_a_tagged_model_that_need_not_stand_before_is_refused(changed: Sandbox) -> None:
    changed.write("models/aside.sql", "select surname as alias_name from {{ source('crm', 'people') }}")
    tag = "models:\n  - name: aside\n    columns: [{name: alias_name, config: {meta: {contains_pii: true}}}]\n"
    changed.write("models/aside.yml", tag)
    message = said(changed)
    assert "aside.alias_name is tagged contains_pii, but aside need not be built when inbound_known_pii is" in message
    assert "Add aside to the var aam_pii_models." in message

    variables = {"aam_pii_models": ["eph_nicknames", "aside"]}
    result = changed.dbt("run", "--select", "+inbound_known_pii", variables=variables)
    assert result.returncode == 0, result.stdout
    assert f"{changed.schema}.aside" in result.stdout
    assert changed.query("select count(*) from inbound_known_pii where origin = 'aside.alias_name'")[0][0] == 200
