{#- The columns tagged `meta: {contains_pii: true}` on sources, models, seeds and snapshots, from dbt's graph, as a list
    of dicts: `origin` (source.crm.customers.email, stg_crm__customers.email), `node`, `column` (as the YAML gives it),
    `pii_kind` (`email`, or ''), `pii_overlap` (true, false, or none where the rule decides).

    The graph is empty while dbt parses: the list is too. What must be built first is said by
    tagged_pii_dependencies. -#}
{% macro tagged_pii_columns() %}
    {% set found = [] %}
    {% if execute %}
        {% for node in (graph.sources.values() | list) + (graph.nodes.values() | list) %}
            {% if node.resource_type in ('source', 'model', 'seed', 'snapshot') %}
                {% for column in node.columns.values() %}
                    {% set meta = dict(column.get('meta') or {}) %}
                    {% do meta.update((column.get('config') or {}).get('meta') or {}) %}
                    {% if meta.get('contains_pii') | string | lower in ('true', 'yes', '1') %}
                        {% set is_source = node.resource_type == 'source' %}
                        {% set prefix = ('source.' ~ node.source_name ~ '.') if is_source else '' %}
                        {% do found.append({
                            'origin': prefix ~ node.name ~ '.' ~ column.name,
                            'node': node,
                            'column': column,
                            'pii_kind': meta.get('pii_kind') or '',
                            'pii_overlap': meta.get('pii_overlap'),
                        }) %}
                    {% endif %}
                {% endfor %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(found | sort(attribute='origin')) }}
{% endmacro %}
