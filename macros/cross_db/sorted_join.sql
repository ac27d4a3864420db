{#- Aggregate: the texts of a group, sorted by their bytes and joined by `separator`; of those rows alone for which the
    condition `where` holds, if there is one. NULL where there are none.

    By bytes, whatever the database's collation, so that the same data always gives the same line. -#}
{% macro sorted_join(expression, separator_expression, where=none) -%}
    {{ return(adapter.dispatch('sorted_join', 'aam_inbound')(expression, separator_expression, where)) }}
{%- endmacro %}

{% macro default__sorted_join(expression, separator_expression, where) -%}
    {%- set joined -%}
        {%- if where %}case when {{ where }} then {{ expression }} end{% else %}{{ expression }}{% endif -%}
    {%- endset -%}
    listagg({{ joined }}, {{ separator_expression }}) within group (order by {{ joined }})
{%- endmacro %}

{#- Three times faster here than string_agg(x order by x). -#}
{% macro duckdb__sorted_join(expression, separator_expression, where) -%}
    array_to_string(
        list_sort(list({{ expression }}){% if where %} filter (where {{ where }}){% endif %}),
        {{ separator_expression }}
    )
{%- endmacro %}

{% macro postgres__sorted_join(expression, separator_expression, where) -%}
    string_agg({{ expression }}, {{ separator_expression }} order by ({{ expression }}) collate "C")
    {%- if where %} filter (where {{ where }}){% endif %}
{%- endmacro %}

{% macro spark__sorted_join(expression, separator_expression, where) -%}
    {%- set filter = ' filter (where ' ~ where ~ ')' if where else '' -%}
    case
        when count({{ expression }}){{ filter }} > 0
            then array_join(sort_array(collect_list({{ expression }}){{ filter }}), {{ separator_expression }})
    end
{%- endmacro %}
