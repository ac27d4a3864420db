{#- Whether a node that ran says something of what is sent: it is of `behind` (nodes_behind_the_drop), or a test
    attached to one of these. A test that is attached to nothing, such as one of tests/, must test nothing else. -#}
{% macro is_behind_the_drop(node, behind) -%}
    {%- if node.resource_type not in ('test', 'unit_test') -%}
        {{ return(node.unique_id in behind) }}
    {%- endif -%}
    {%- set tested = aam_inbound.tested_nodes(node) -%}
    {{ return(tested | length > 0 and tested | reject('in', behind) | list | length == 0) }}
{%- endmacro %}
