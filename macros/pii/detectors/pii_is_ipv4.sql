{#- True where a normalised text holds an IPv4 address that is no part of a longer dotted number, a name or a
    version. -#}
{% macro pii_is_ipv4(text) -%}
    {%- set octet = '(25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])' -%}
    {{ aam_inbound.regexp_contains(
        text,
        '(^|[^0-9a-z.]|ip)' ~ octet ~ '([[(]?[.][])]?' ~ octet ~ '){3}($|[^0-9a-z.+-]|-($|[^a-z])|[.]($|[^0-9a-z]))',
    ) }}
{%- endmacro %}
