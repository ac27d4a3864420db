{#- What: a line of an ID file has one ID for each DPID in the file's name (N10), joined by single tabs, none of them
    empty, none with URL encoding (U4), no blank at the end (I3), no control character (U5). NULL fails.
    Why: AAM drops a line of another form, or reads another ID out of it.
    How to mend: lines are rendered by the macro id_record from checked rows; find the model that makes them otherwise.
    Option: `dpids_column` (dpids): the DPIDs, joined by underscores. -#}
{% test id_line_form(model, column_name, dpids_column='dpids') %}
{%- set forbidden = aam_inbound.character_class('control') ~ aam_inbound.character_class('separator') -%}
{%- set line = '[^' ~ forbidden ~ ']+(\t[^' ~ forbidden ~ ']+)+' -%}
with tested as (
    select
        coalesce({{ column_name }}, '') as tested_line,
        {{ dpids_column }} as dpids
    from {{ model }}
),

checked as (
    select
        tested_line,
        case
            when not {{ aam_inbound.regexp_full_match('tested_line', line) }} then 'N10'
            when
                length(tested_line) - length(replace(tested_line, chr(9), ''))
                <> length(dpids) - length(replace(dpids, '_', ''))
                then 'N10'
            when {{ aam_inbound.regexp_contains('tested_line', '%[0-9A-Fa-f]{2}') }} then 'U4'
            when {{ aam_inbound.has_blank_at_edge('tested_line') }} then 'I3'
        end as rule
    from tested
)

select
    'id_line_form' as reason,
    rule,
    {{ aam_inbound.sha256_hex('tested_line') }} as value_sha256,
    count(*) as failing_rows
from checked
where rule is not null
group by rule, tested_line
{% endtest %}
