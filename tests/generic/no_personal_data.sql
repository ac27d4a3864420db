{#- What: no value looks like personal data (P1): an e-mail address, a phone number, a card, bank or national ID number,
    an IP address. Shapes that honest IDs share are flagged only where more values of the shape pass its check than
    chance allows.
    Why: AAM forbids directly identifiable data; sending it is a breach, not a mistake in a report.
    How to mend: replace the value by a random ID or by a one-way hash (macro hash_email for e-mail addresses), or drop
    it. The failures hold the value's SHA-256 only; find the row by comparing sha256_hex of the column.
    Option: `population_column` (such as data_source): ambiguous shapes are judged within each of its values. -#}
{% test no_personal_data(model, column_name, population_column=none) %}
{{ config(static_analysis='off') }}
with distinct_values as (
    select
        {{ population_column or "''" }} as population,
        {{ aam_inbound.text_by_bytes(column_name) }} as tested_value,
        count(*) as failing_rows
    from {{ model }}
    where {{ column_name }} is not null
    group by 1, 2
),

typed as {% call aam_inbound.computed_once() %}
    select
        *,
        {{ aam_inbound.regexp_full_match('tested_value', aam_inbound.pii_bare_digits()) }} as is_digits
    from distinct_values
{% endcall %},

texts as (
    select distinct tested_value as text
    from typed
    where {{ aam_inbound.pii_may_be_found('tested_value', 'is_digits') }}
),

found as {% call aam_inbound.computed_once() %}
    {{ aam_inbound.pii_found('texts') }}
{% endcall %},

-- Digits are searched here, because whole columns are digits.
searched as {% call aam_inbound.computed_once() %}
    select
        typed.population,
        typed.tested_value,
        typed.failing_rows,
        found.certain_kind,
        case
            when typed.is_digits then {{ aam_inbound.pii_shape_of_token('typed.tested_value') }}
            else found.ambiguous_shape
        end as ambiguous_shape,
        case
            when typed.is_digits then {{ aam_inbound.pii_kind_of_digits('typed.tested_value') }}
            else found.ambiguous_kind
        end as ambiguous_kind
    from typed
    left join found on typed.tested_value = found.text
{% endcall %},

suspects as (
    {{ aam_inbound.suspect_populations('searched', ['population'], 'tested_value') }}
),

flagged as (
    select
        searched.tested_value,
        searched.failing_rows,
        coalesce(searched.certain_kind, suspects.ambiguous_kind) as kind
    from searched
    left join suspects
        on
            searched.population = suspects.population
            and searched.ambiguous_shape = suspects.ambiguous_shape
            and searched.ambiguous_kind = suspects.ambiguous_kind
)

select
    'pii_' || kind as reason,
    'P1' as rule,
    {{ aam_inbound.sha256_hex('tested_value') }} as value_sha256,
    failing_rows
from flagged
where kind is not null
{% endtest %}
