{#- What: a line is `<user ID><tab><signal>,<signal>,…` (L1) with signals as this project writes them (L2): `d_sid=1`,
    `d_unsid=1`, `ic=code`, `"key"="value"`; nothing after the last signal (L6), no newline, no control character, no
    line or paragraph separator (L4, L5). NULL fails. With `user_id_column`, what stands before the tab is that column
    byte for byte (L7).
    Why: AAM drops a line of another form, or reads another user or another signal out of it.
    How to mend: lines are rendered by macros (render_record, render_signal); find the model that makes them otherwise.
    Options: `user_id_column` (none). -#}
{% test line_form(model, column_name, user_id_column=none) %}
{{ config(static_analysis='off') }}
{%- set forbidden = aam_inbound.character_class('control') ~ aam_inbound.character_class('separator') -%}
{%- set quoted = '"[A-Za-z_][A-Za-z0-9_.]*"="[^"' ~ forbidden ~ ']+"' -%}
{%- set signal = '(d_sid=[0-9]+|d_unsid=[0-9]+|ic=[A-Za-z0-9_.-]+|' ~ quoted ~ ')' -%}
{%- set line = '[^' ~ forbidden ~ ']+\t' ~ signal ~ '(,' ~ signal ~ ')*' -%}
with tested as (
    select
        coalesce({{ aam_inbound.text_by_bytes(column_name) }}, '') as tested_line,
        {{ aam_inbound.text_by_bytes(user_id_column or 'null') }} as user_id
    from {{ model }}
),

checked as (
    select
        tested_line,
        case
            when not {{ aam_inbound.regexp_full_match('tested_line', line) }} then 'line_form'
            when {{ aam_inbound.contains_nul('tested_line') }} then 'line_form'
            {%- if user_id_column %}
            when substring(tested_line, 1, length(user_id) + 1) = user_id || chr(9) then null
            else 'line_of_other_id'
            {%- endif %}
        end as reason
    from tested
)

select
    reason,
    case reason when 'line_form' then 'L1' else 'L7' end as rule,
    {{ aam_inbound.sha256_hex('tested_line') }} as value_sha256,
    count(*) as failing_rows
from checked
where reason is not null
group by 1, 2, 3
{% endtest %}
