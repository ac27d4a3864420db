{#- True where a normalised text holds a United States Social Security number in groups of 3-2-4 that can be issued. -#}
{% macro pii_is_us_ssn(text) -%}
    {%- set area = '(00[1-9]|0[1-9][0-9]|[1-57-8][0-9]{2}|6([0-57-9][0-9]|6[0-57-9]))' -%}
    {%- set group = '(0[1-9]|[1-9][0-9])' -%}
    {%- set serial = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})' -%}
    {%- set s = ' ?[ .-] ?' -%}
    {{ regexp_contains(text, '(^|[^0-9a-z.+ -]|(^|[^0-9]) |ssn)' ~ area ~ s ~ group ~ s ~ serial ~ '($|[^0-9a-z.-]|[.]($|[^0-9]))') }}
{%- endmacro %}
