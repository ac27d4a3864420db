{#- Unique IDs of all that the exposure aam_drop is made from: models, seeds, snapshots, sources; a list, empty while
    dbt parses.

    A step of the graph at a time: a list that grows while a loop goes through it is one that dbt v2 does not
    follow. -#}
{% macro nodes_behind_the_drop() -%}
    {%- set nodes = graph.get('nodes', {}) -%}
    {%- set found = {} -%}
    {%- set reached = namespace(nodes=[]) -%}
    {%- for exposure in graph.get('exposures', {}).values() if exposure.name == 'aam_drop' -%}
        {%- set reached.nodes = exposure.depends_on.nodes -%}
    {%- endfor -%}
    {%- for step in range(nodes | length) if reached.nodes -%}
        {%- set parents = [] -%}
        {%- for unique_id in reached.nodes if unique_id not in found -%}
            {%- do found.update({unique_id: true}) -%}
            {%- do parents.extend(nodes.get(unique_id, {}).get('depends_on', {}).get('nodes', [])) -%}
        {%- endfor -%}
        {%- set reached.nodes = parents -%}
    {%- endfor -%}
    {{ return(found.keys() | list) }}
{%- endmacro %}
