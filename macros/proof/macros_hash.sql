{#- A hash of the macros that a node's code uses, and those that they use, but for dbt's own; empty where there are
    none, or this dbt does not show them (v2). proof/code.py computes the same from manifest.json. -#}
{% macro macros_hash(node) -%}
    {%- set own = ['dbt', 'dbt_' ~ target.type] -%}
    {%- set found = {} -%}
    {%- set reached = namespace(macros=node.depends_on.macros) -%}
    {%- for step in range(100) if reached.macros -%}
        {%- set used_macros = [] -%}
        {%- for unique_id in reached.macros if unique_id not in found -%}
            {%- set package, name = unique_id.split('.')[1:] -%}
            {%- if package not in own -%}
                {%- set used = context.get(package, {}).get(name) -%}
                {%- if not used or not used.macro -%}
                    {{ return('') }}
                {%- endif -%}
                {%- do found.update({unique_id: used.macro.macro_sql}) -%}
                {%- do used_macros.extend(used.macro.depends_on.macros) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set reached.macros = used_macros -%}
    {%- endfor -%}
    {%- set parts = [] -%}
    {%- for unique_id in found.keys() | sort -%}
        {%- do parts.append(unique_id ~ '\n' ~ found[unique_id]) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n')) if parts else '') }}
{%- endmacro %}
