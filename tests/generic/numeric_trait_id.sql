{#- What: every trait ID is ASCII digits (L3). NULL fails.
    Why: AAM does not realise a trait that is named by anything else.
    How to mend: send the trait's ID (SID), not its name or integration code; cast numbers to text without a decimal
    part.
    Options: none. With signals, restrict the test to them: `config: {where: "signal_key = 'd_sid'"}`. -#}
{% test numeric_trait_id(model, column_name) %}
with tested as (
    select coalesce({{ column_name }}, '') as tested_value from {{ model }}
)

select
    'trait_not_numeric' as reason,
    'L3' as rule,
    {{ aam_inbound.sha256_hex('tested_value') }} as value_sha256,
    count(*) as failing_rows
from tested
where not {{ aam_inbound.regexp_full_match('tested_value', '[0-9]+') }}
group by 3
{% endtest %}
