{#- The destinations of the list aam_destinations that have a row template and an ID type, as dicts of texts; none while
    dbt parses, where the list is not loaded yet, and where this package is built alone. Of the others the test
    destinations_are_well_declared tells. -#}
{% macro declared_destinations() -%}
    {%- set found = [] -%}
    {%- if execute and project_name != 'aam_inbound' and load_relation(ref('input__aam_destinations')) is not none -%}
        {%- set columns = ['destination_id', 'row_template', 'id_type', 'blanks', 'header_lines'] -%}
        {%- set declared -%}
            select {{ columns | join(', ') }}
            from {{ ref('input__aam_destinations') }}
            where
                row_template is not null
                and id_type in ('{{ aam_inbound.id_types() | join("', '") }}')
            order by destination_id
        {%- endset -%}
        {%- for row in run_query(declared).rows -%}
            {%- set destination = {} -%}
            {%- for column in columns -%}
                {%- do destination.update({column: (row[column] | string) if row[column] is not none else ''}) -%}
            {%- endfor -%}
            {%- do found.append(destination) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
