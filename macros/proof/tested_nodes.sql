{#- Unique IDs of the nodes that a test is a test of: the one that it is attached to or else, as for those of tests/,
    all that it reads. -#}
{% macro tested_nodes(node) -%}
    {%- set attached = node.tested_node_unique_id if node.resource_type == 'unit_test' else node.attached_node -%}
    {{ return([attached] if attached else node.depends_on.nodes | list) }}
{%- endmacro %}
