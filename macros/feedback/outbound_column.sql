{#- SQL expression: a column of a row, by its template (macro row_template); lists as entries between commas. -#}
{% macro outbound_column(template, name) -%}
    {%- set column = template.columns.get(name) -%}
    {%- if not column -%}
        {{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}
    {%- endif -%}
    {%- set parted_by = 'chr(' ~ {'\t': 9, '\x01': 1}[template.parted_by] ~ ')' if template.parted_by in ('\t', '\x01')
        else aam_inbound.text_literal(template.parted_by or '') -%}
    {%- set text = 'split_part(line, ' ~ parted_by ~ ', ' ~ column.place ~ ')' if column.place
        else aam_inbound.regexp_first('line', column.pattern) -%}
    {{ return(aam_inbound.joined_matches(text, column.item) if column.item else text) }}
{%- endmacro %}
