{#- `expression` as values are compared when the question is whether they are the same person's: without outer blanks
    and without case. NULL where nothing remains. Never for an ID that is sent: IDs leave as they are (L7). -#}
{% macro comparable_text(expression) -%}
    nullif({{ aam_inbound.lower_case(aam_inbound.trim_blanks(expression)) }}, '')
{%- endmacro %}
