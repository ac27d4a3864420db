{#- Unique IDs of all that the exposure aam_drop is made from: models, seeds, snapshots, sources; a list, empty while dbt parses. -#}
{% macro nodes_behind_the_drop() -%}
    {%- set found = {} -%}
    {%- set waiting = [] -%}
    {%- for exposure in graph.get('exposures', {}).values() if exposure.name == 'aam_drop' -%}
        {%- do waiting.extend(exposure.depends_on.nodes) -%}
    {%- endfor -%}
    {%- for unique_id in waiting if unique_id not in found -%}
        {%- do found.update({unique_id: true}) -%}
        {%- do waiting.extend(graph.nodes.get(unique_id, {}).get('depends_on', {}).get('nodes', [])) -%}
    {%- endfor -%}
    {{ return(found.keys() | list) }}
{%- endmacro %}
