{#- Keeps compiled SQL (hash → text) in aam_proved_code, each text once: the lineage of personal data (P1) is read from
    the code that ran. -#}
{% macro keep_proved_code(codes) %}
    {%- set table = aam_inbound.ledger_table('aam_proved_code') -%}
    {%- set known = run_query('select compiled_hash from ' ~ table).columns[0].values() | list if codes else [] -%}
    {%- set rows = [] -%}
    {%- for compiled_hash, code in codes.items() if compiled_hash not in known -%}
        {%- do rows.append("('" ~ compiled_hash ~ "', " ~ aam_inbound.text_literal(code) ~ ')') -%}
    {%- endfor -%}
    {%- if rows -%}
        {%- do run_query('insert into ' ~ table ~ ' (compiled_hash, compiled_code) values\n' ~ rows | join(',\n')) -%}
    {%- endif -%}
{% endmacro %}
