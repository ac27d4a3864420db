{#- Regular expression for `word`, in letters of any case. -#}
{% macro any_case(word) -%}
    {%- set classes = [] -%}
    {%- for letter in word -%}
        {%- do classes.append('[' ~ letter | upper ~ letter | lower ~ ']') -%}
    {%- endfor -%}
    {{ return(classes | join) }}
{%- endmacro %}
