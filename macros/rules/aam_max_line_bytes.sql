{#- Bytes that a line may have, its newline included (S4). Fixed by AAM; a macro so that unit tests can cut small
    fixtures. -#}
{% macro aam_max_line_bytes() -%}
    {{ return(102400) }}
{%- endmacro %}
