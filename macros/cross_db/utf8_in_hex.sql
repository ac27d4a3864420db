{#- Regular expression for bytes in hex that are UTF-8 without NUL. For warehouses in which converting others is an
    error. -#}
{% macro utf8_in_hex() -%}
    {%- set next = '[89ab][0-9a-f]' -%}
    {{ return('^(' ~ [
        '0[1-9a-f]',
        '[1-7][0-9a-f]',
        '(c[2-9a-f]|d[0-9a-f])' ~ next,
        'e0[ab][0-9a-f]' ~ next,
        'e[1-9abcef](' ~ next ~ '){2}',
        'ed[89][0-9a-f]' ~ next,
        'f0[9ab][0-9a-f](' ~ next ~ '){2}',
        'f[1-3](' ~ next ~ '){3}',
        'f48[0-9a-f](' ~ next ~ '){2}',
    ] | join('|') ~ ')*$') }}
{%- endmacro %}
