{#- The numbers that columns of an ID synchronisation may have: id_1, id_2, …

    A list and no limit, for models count with what this returns: while dbt 1.10 parses a unit test it is undefined,
    which can be looped over but not added to. -#}
{% macro id_column_range() -%}
    {{ return(range(1, aam_inbound.aam_max_id_columns() + 1)) }}
{%- endmacro %}
