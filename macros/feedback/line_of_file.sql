{#- SQL expression: the line of a raw row (`rows_alias`) that is of a file (`files_alias`), the two joined by file_id.
    It needs both sides, so that no planner reads as JSON the lines of other files, which are none. -#}
{% macro line_of_file(rows_alias, files_alias) -%}
    case when {{ rows_alias }}.file_id = {{ files_alias }}.file_id then {{ rows_alias }}.line end
{%- endmacro %}
