{#- Unique IDs of the nodes that a test is a test of: the one that it is attached to or else, as for those of tests/, all that it reads. -#}
{% macro tested_nodes(node) -%}
    {%- if node.resource_type == 'test' and node.attached_node -%}
        {{ return([node.attached_node]) }}
    {%- endif -%}
    {{ return(node.depends_on.nodes | list) }}
{%- endmacro %}
