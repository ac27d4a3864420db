{#- Statement: rewrites the signals in the rows of a ledger of version 1, which were joined by newlines, as they stand on a line. -#}
{% macro join_signals_of_version_1() -%}
    update {{ ledger_table('aam_batch_records') }}
    set
        {%- for column in ['profile', 'sent', 'removed', 'leftover'] %}
        {{ column }} = replace({{ column }}, chr(10), ','){{ ',' if not loop.last }}
        {%- endfor %}
    where position(chr(10) in coalesce(profile, '') || coalesce(sent, '') || coalesce(removed, '') || coalesce(leftover, '')) > 0
{%- endmacro %}
