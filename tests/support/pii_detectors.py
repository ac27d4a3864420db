"""The package's detectors, asked what texts are, in one call of dbt."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from pii_samples import Sample
from sandbox import Sandbox

QUERY = """
{#- In three steps, each sorted and so ended before the next: PostgreSQL keeps no more than 32 regular expressions ready. -#}
with kinds as {% call aam_inbound.computed_once() %}
    select
        *,
        {{ aam_inbound.pii_kind('text') }} as kind
    from {{ target.schema }}.samples
    order by id
{% endcall %},

kinds_without_filter as {% call aam_inbound.computed_once() %}
    select
        *,
        coalesce(
            {{ aam_inbound.bind_once('pii_text', aam_inbound.pii_normalised('text'), aam_inbound.pii_kind_of_normalised('pii_text')) }},
            case when {{ aam_inbound.pii_is_encoded_email('text') }} then 'email' end
        ) as kind_without_filter
    from kinds
    order by id
{% endcall %},

detected as {% call aam_inbound.computed_once() %}
    select
        *,
        {{ aam_inbound.pii_ambiguous_shape('text') }} as ambiguous_shape,
        {{ aam_inbound.pii_ambiguous_kind('text') }} as ambiguous_kind
    from kinds_without_filter
{% endcall %},

suspects as (
    {{ aam_inbound.suspect_populations('detected', ['data_source'], 'text') }}
),

final as (
    select
        detected.id,
        detected.kind,
        detected.kind_without_filter,
        suspects.ambiguous_kind as population_kind
    from detected
    left join suspects
        on
            detected.data_source = suspects.data_source
            and detected.ambiguous_shape = suspects.ambiguous_shape
            and detected.ambiguous_kind = suspects.ambiguous_kind
)

select * from final
"""


@dataclass(frozen=True)
class Detected:
    """What the macros say of a sample: kinds or None."""

    sample: Sample
    kind: str | None
    kind_without_filter: str | None
    population_kind: str | None


def fill(sandbox: Sandbox, samples: list[Sample]) -> None:
    rows = [(number, sample.group, sample.text) for number, sample in enumerate(samples)]
    if sandbox.postgres:
        sandbox.execute(
            "create table if not exists samples (id integer, data_source varchar, text varchar)", "delete from samples"
        )
        sandbox.postgres.insert("samples", rows)
        return
    with duckdb.connect(str(sandbox.database)) as connection:
        connection.execute("create or replace table samples (id integer, data_source varchar, text varchar)")
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute("insert into samples select unnest($1), unnest($2), unnest($3)", columns)


def detect(sandbox: Sandbox, samples: list[Sample]) -> list[Detected]:
    """What the macros say of each sample, those of a group as the IDs of a data source; the project needs nothing."""
    sandbox.own_package(only_macros=True)
    sandbox.configure({})
    sandbox.write("models/detected.sql", QUERY)
    fill(sandbox, samples)
    result = sandbox.dbt("run", "--select", "detected")
    if result.returncode:
        raise AssertionError(result.stdout)
    return [Detected(samples[i], *kinds) for i, *kinds in sandbox.query("select * from detected order by id")]
