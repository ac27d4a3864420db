{#- A SQL literal of a regular expression in the subset of regexp_contains, spelled as the warehouse reads it. -#}
{% macro regexp_literal(pattern) -%}
    {{ return(adapter.dispatch('regexp_literal', 'aam_inbound')(pattern)) }}
{%- endmacro %}

{% macro default__regexp_literal(pattern) -%}
    {{ return(aam_inbound.text_literal(pattern)) }}
{%- endmacro %}

{% macro spark__regexp_literal(pattern) -%}
    {%- set parts = aam_inbound.java_regexp_parts() -%}
    {%- set written = [] -%}
    {%- for part in modules.re.findall(parts.part, pattern) -%}
        {%- if part in parts.written -%}
            {%- do written.append(parts.written[part]) -%}
        {%- elif part[0] == '[' and part | length > 1 -%}
            {%- set start = '[^' if part[1] == '^' else '[' -%}
            {%- set inside = modules.re.sub(parts.special, '\\1\\\\\\2', part[start | length:-1]) -%}
            {%- do written.append(start ~ inside ~ ']') -%}
        {%- else -%}
            {%- do written.append(part) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(aam_inbound.text_literal(written | join)) }}
{%- endmacro %}
