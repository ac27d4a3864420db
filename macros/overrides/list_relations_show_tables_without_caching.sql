{#- dbt-spark's, for catalogs as Iceberg's: there `show tables` leaves out the views, which dbt would take for
    missing. Returns schema, name and whether it is temporary. -#}
{% macro list_relations_show_tables_without_caching(schema_relation) %}
    {%- set relations = [] -%}
    {%- for kind in ['tables', 'views'] -%}
        {%- for row in run_query('show ' ~ kind ~ ' in ' ~ schema_relation.schema).rows -%}
            {%- do relations.append((row[0], row[1], row[2])) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(relations) }}
{% endmacro %}
