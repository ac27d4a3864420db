{#- Stops where a tagged column (an item of tagged_pii_columns) is not ready to be read when `model` is built. -#}
{% macro check_tagged_pii_order(tagged) %}
    {% set known = [] %}
    {% set queue = [model.unique_id] %}
    {% for unique_id in queue %}
        {% for parent in graph.nodes.get(unique_id, {}).get('depends_on', {}).get('nodes', []) if parent not in known %}
            {% do known.append(parent) %}
            {% do queue.append(parent) %}
        {% endfor %}
    {% endfor %}
    {% for item in tagged if item.node.resource_type != 'source' %}
        {% set ephemeral = item.node.config.materialized == 'ephemeral' %}
        {% if item.node.unique_id not in known or (ephemeral and item.node.name not in var('aam_pii_models', [])) %}
            {% do exceptions.raise_compiler_error(
                item.origin ~ ' is tagged contains_pii, but ' ~ item.node.name
                ~ (' is ephemeral' if ephemeral else ' need not be built')
                ~ ' when ' ~ model.name ~ ' is, so its values could not be compared with what is sent (P1). Add '
                ~ item.node.name ~ ' to the var aam_pii_models.'
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}
