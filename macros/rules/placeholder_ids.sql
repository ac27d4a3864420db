{#- SQL list, in parentheses: the IDs that stand for no ID (U8), lowercase; var `aam_placeholder_ids`. -#}
{% macro placeholder_ids() -%}
    {%- set words = var('aam_placeholder_ids', [
        'null', 'none', 'nan', 'undefined', 'unknown', 'n/a', 'na', 'anonymous', 'test', '0', '-1', '-',
    ]) -%}
    {#- The empty text is no ID either; it also keeps the list from being empty, which SQL does not allow. -#}
    {%- set literals = [''] + words -%}
    ({% for word in literals -%}
        {{ dbt.string_literal(dbt.escape_single_quotes(word | string | lower)) }}{{ ', ' if not loop.last }}
    {%- endfor %})
{%- endmacro %}
