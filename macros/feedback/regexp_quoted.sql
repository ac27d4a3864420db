{#- A text as a regular expression that matches it and nothing else, in the subset of regexp_contains; inside of
    brackets too, where it stands for its characters. -#}
{% macro regexp_quoted(text) -%}
    {{ return(modules.re.sub('([][.|(){}*+?^$\\\\-])', '\\\\\\1', text)) }}
{%- endmacro %}
