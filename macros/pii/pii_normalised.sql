{#- A text as the detectors read it: lower case, digits of other scripts as 0-9, the many dashes, blanks, dots and
    full-width signs as their ASCII forms, and without invisible characters, so that none of these can hide personal
    data. -#}
{% macro pii_normalised(expression) -%}
    {%- set variants = {
        '-': '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d',
        ' ': '\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000',
        '.': '\u2024\u3002\uff0e\uff61',
        '@': '\ufe6b\uff20',
        '+': '\ufe62\uff0b',
        '(': '\uff08',
        ')': '\uff09',
        '/': '\u2044\u2215\uff0f',
        ':': '\uff1a',
    } -%}
    {%- set digits = [
        '\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19',
        '\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669',
        '\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9',
        '\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f',
        '\u09e6\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee\u09ef',
        '\u0e50\u0e51\u0e52\u0e53\u0e54\u0e55\u0e56\u0e57\u0e58\u0e59',
    ] -%}
    {%- set letters = '\uff21\uff22\uff23\uff24\uff25\uff26\uff27\uff28\uff29\uff2a\uff2b\uff2c\uff2d'
        ~ '\uff2e\uff2f\uff30\uff31\uff32\uff33\uff34\uff35\uff36\uff37\uff38\uff39\uff3a' -%}
    {%- set invisible = '\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e'
        ~ '\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff' -%}
    {%- set from_to = namespace(read='', written='') -%}
    {%- for ascii, others in variants.items() -%}
        {%- set from_to.read = from_to.read ~ others -%}
        {%- set from_to.written = from_to.written ~ ascii * (others | length) -%}
    {%- endfor -%}
    {%- set from_to.read = from_to.read ~ digits | join ~ letters -%}
    {%- set from_to.written = from_to.written ~ '0123456789' * (digits | length) ~ 'abcdefghijklmnopqrstuvwxyz' -%}
    {%- set in_ascii -%}
        translate({{ expression }}, '{{ from_to.read }}{{ invisible }}', '{{ from_to.written }}')
    {%- endset -%}
    {#- Nearly all texts are ASCII, and translate() with so many characters is slow. -#}
    case
        when {{ aam_inbound.regexp_contains(expression, '[^ -~]') }} then {{ aam_inbound.lower_case(in_ascii) }}
        else {{ aam_inbound.lower_case(expression) }}
    end
{%- endmacro %}
