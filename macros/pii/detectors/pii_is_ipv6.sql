{#- True where a normalised text holds an IPv6 address: full, compressed, IPv4-mapped, with zone, port or prefix length.

    Not `::` alone, no time, no MAC address, no fingerprint of two-digit groups. -#}
{% macro pii_is_ipv6(text) -%}
    {%- set h = '[0-9a-f]{1,4}' -%}
    {%- set v4 = '[0-9]{1,3}([.][0-9]{1,3}){3}' -%}
    {%- set forms = [
        '(' ~ h ~ ':){7}' ~ h,
        '(' ~ h ~ ':){6}' ~ v4,
        '(' ~ h ~ ':){1,7}:',
        '::(' ~ h ~ ':){0,6}(' ~ h ~ '|' ~ v4 ~ ')',
        '(' ~ h ~ ':){1,6}(:' ~ h ~ '){1,6}',
        '(' ~ h ~ ':){1,5}:(' ~ h ~ ':){0,4}' ~ v4,
    ] -%}
    {%- set address = '(^|[^0-9a-z:.]|[g-z]:)(' ~ forms | join('|') ~ ')($|[^0-9a-z:.]|[.:]($|[^0-9a-f:]))' -%}
    {%- set fingerprint = '(^|[^0-9a-f:])([0-9a-f]{2}:){7}[0-9a-f]{2}($|[^0-9a-f:])' -%}
    case
        when {{ aam_inbound.regexp_contains(text, ':[0-9a-f.]*:') }}
            then {{ aam_inbound.regexp_contains(text, address) }}
                and not {{ aam_inbound.regexp_contains(text, fingerprint) }}
        else false
    end
{%- endmacro %}
