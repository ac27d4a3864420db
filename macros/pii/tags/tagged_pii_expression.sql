{#- The column of an item of tagged_pii_columns, quoted as the warehouse spells it.

    A run stops where the table or the column is not there. `dbt compile` and `dbt docs` may run before there are any
    tables: then the tags are believed. -#}
{% macro tagged_pii_expression(item, relation) %}
    {% set declared = adapter.quote(item.column.name) if item.column.get('quote') else item.column.name %}
    {% set node = item.node %}
    {% set file = (node.get('patch_path') or node.original_file_path).split('://') | last %}
    {% set building = flags.WHICH in ('build', 'run') %}
    {% if node.config.materialized == 'ephemeral' %}
        {{ return(declared) }}
    {% endif %}
    {% set place = api.Relation.create(node.database, node.schema, node.get('identifier') or node.alias) %}
    {% set is_table = relation | string == place | string %}
    {% if is_table and adapter.get_relation(node.database, node.schema, node.get('identifier') or node.alias) is none %}
        {% if building %}
            {% do exceptions.raise_compiler_error(
                item.origin ~ ' is tagged contains_pii, but the warehouse has no ' ~ relation ~ '. Load it, or take '
                ~ 'its entry out of ' ~ file ~ '.'
            ) %}
        {% endif %}
        {{ return(declared) }}
    {% endif %}
    {% if building or is_table %}
        {% set names = get_columns_in_query('select * from ' ~ relation) %}
        {% for name in names if name == item.column.name %}
            {{ return(adapter.quote(name)) }}
        {% endfor %}
        {% for name in names if name | lower == item.column.name | lower %}
            {{ return(adapter.quote(name)) }}
        {% endfor %}
        {% do exceptions.raise_compiler_error(
            item.origin ~ ' is tagged contains_pii, but ' ~ relation ~ ' has no column ' ~ item.column.name
            ~ ' (it has ' ~ names | join(', ') ~ '). Correct the name, or the tag, in ' ~ file ~ '.'
        ) %}
    {% endif %}
    {{ return(declared) }}
{% endmacro %}
