{#- SQL condition: an ID that is a number, and not written as plain digits: it went through a float (`12345.0`,
    `1.2346E+4`), a spreadsheet (`12,345`, `'12345`) or a type too small for it (`-12345`).

    Alone it proves nothing: it counts where the other IDs of the data source are plain digits (see checked_ids). -#}
{% macro is_number_form(expression) -%}
    {{ aam_inbound.regexp_full_match(expression, aam_inbound.number_forms().values() | join('|')) }}
{%- endmacro %}
