{#- dbt-spark's, with the line by which it knows a view: those of catalogs as Iceberg's are described without. -#}
{% macro describe_table_extended_without_caching(table_name) %}
    {%- set facts = [] -%}
    {%- for row in run_query('describe extended ' ~ table_name).rows -%}
        {%- do facts.append((row[0], row[1], row[2])) -%}
        {%- if row[0] == '# Detailed View Information' -%}
            {%- do facts.append(('Type', 'VIEW', '')) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(facts) }}
{% endmacro %}
