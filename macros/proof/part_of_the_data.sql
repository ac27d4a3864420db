{#- `empty` or `sample` where this invocation builds from some of the data only; else an empty text. -#}
{% macro part_of_the_data() -%}
    {{ return('empty' if flags.EMPTY else ('sample' if flags.SAMPLE else '')) }}
{%- endmacro %}
