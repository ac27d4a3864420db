{#- A SQL literal of `text`, whatever stands in it. Without quotes and backslashes it is the same on every warehouse;
    dbt is not asked then, which thousands of times a build would be a second. -#}
{% macro text_literal(text) -%}
    {%- if "'" in text or '\\' in text -%}
        {{ return(dbt.string_literal(dbt.escape_single_quotes(text))) }}
    {%- endif -%}
    {{ return("'" ~ text ~ "'") }}
{%- endmacro %}
