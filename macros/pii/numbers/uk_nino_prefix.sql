{#- Regular expression for the two letters that a UK National Insurance number may begin with, in lower case.

    Not d, f, i, q, u, v; no o in second place; not bg, gb, kn, nk, nt, tn, zz. -#}
{% macro uk_nino_prefix() -%}
    {{ return('(' ~ [
        '[acehjlmoprswxy][abceghj-nprstw-z]',
        'b[abcehj-nprstw-z]',
        'g[aceghj-nprstw-z]',
        'k[abceghj-mprstw-z]',
        'n[abceghjlmnprsw-z]',
        't[abceghj-mprstw-z]',
        'z[abceghj-nprstw-y]',
    ] | join('|') ~ ')') }}
{%- endmacro %}
