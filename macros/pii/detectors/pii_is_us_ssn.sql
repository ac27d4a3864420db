{#- True where a normalised text holds a United States Social Security number in groups of 3-2-4 that can be issued;
    in one piece only where the text says what it is. -#}
{% macro pii_is_us_ssn(text) -%}
    {%- set area = '(00[1-9]|0[1-9][0-9]|[1-57-8][0-9]{2}|6([0-57-9][0-9]|6[0-57-9]))' -%}
    {%- set group = '(0[1-9]|[1-9][0-9])' -%}
    {%- set serial = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})' -%}
    {%- set s = ' ?[ .-] ?' -%}
    {%- set before = '(^|[^0-9a-z.+ -]|(^|[^0-9]) |[a-z]-|ssn)' -%}
    {%- set after = '($|[^0-9a-z.-]|[.]($|[^0-9])|-[a-z])' -%}
    {%- set named = '(ssn|social security)[ .:=#_-]*' ~ area ~ group ~ serial ~ '($|[^0-9a-z])' -%}
    {{ aam_inbound.regexp_contains(text, before ~ area ~ s ~ group ~ s ~ serial ~ after ~ '|' ~ named) }}
{%- endmacro %}
