{#- What: every signal on a finished line is one that the seeds allow (L2, L3, L5): a trait, added or removed, that is
    onboarded and belongs to the file's data source or target data owner; a listed code; a declared key with a value
    that it accepts. And no value looks like personal data (P1).
    Why: it is the last look at what leaves, taken at the line itself, whatever made it.
    How to mend: the failures say data source, reason and the signal's SHA-256; docs/rejects.md says what to do about
    each reason.
    Options: the column is the whole line; `data_source_column` (data_source). -#}
{% test known_signals(model, column_name, data_source_column='data_source') %}
with texts as (
    select
        {{ data_source_column }} as data_source,
        substring({{ column_name }}, position(chr(9) in {{ column_name }}) + 1) as signals
    from {{ model }}
),

signals as (
    select
        data_source,
        {{ aam_inbound.split_signals('signals') }} as signal
    from texts
),

distinct_signals as (
    select
        data_source,
        signal,
        count(*) as failing_rows
    from signals
    group by data_source, signal
),

parsed as (
    select
        data_source,
        signal,
        failing_rows,
        {#- d_unsid names a trait as d_sid does; what is neither quoted nor known is a key without value. #}
        case
            when {{ aam_inbound.regexp_contains('signal', '^"[^"]*"="[^"]*"$') }} then split_part(signal, '"', 2)
            when {{ aam_inbound.regexp_contains('signal', '^d_(un)?sid=') }} then 'd_sid'
            when signal like 'ic=%' then 'ic'
            else signal
        end as signal_key,
        case
            when {{ aam_inbound.regexp_contains('signal', '^"[^"]*"="[^"]*"$') }} then split_part(signal, '"', 4)
            when {{ aam_inbound.regexp_contains('signal', '^(d_sid|d_unsid|ic)=') }} then split_part(signal, '=', 2)
            else ''
        end as signal_value
    from distinct_signals
),

looked_up as (
    {{ aam_inbound.looked_up_signals('parsed') }}
),

values_to_search as (
    select distinct signal_value as text
    from looked_up
    where {{ aam_inbound.pii_may_be_found('signal_value') }}
),

found as {% call aam_inbound.computed_once() %}
    {{ aam_inbound.pii_found('values_to_search') }}
{% endcall %},

reasoned as (
    select
        looked_up.data_source,
        looked_up.signal,
        looked_up.failing_rows,
        coalesce('pii_' || found.certain_kind, {{ aam_inbound.signal_form_reason() }}) as reason
    from looked_up
    left join found on looked_up.signal_value = found.text
)

select
    data_source,
    reason,
    {{ aam_inbound.reason_rule('reason') }} as rule,
    {{ aam_inbound.sha256_hex('signal') }} as value_sha256,
    failing_rows
from reasoned
where reason is not null
{% endtest %}
