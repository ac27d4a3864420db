{#- Inside of a regular expression's bracket class: `control` (Unicode Cc), `invisible` (Cf), `separator` (Zl, Zp) or `blank` (Zs and
    ASCII white space).

    The code points stand literally in the pattern, because engines write escapes and Unicode classes each in their own way. NUL is
    not among them (no SQL text can hold it): see contains_nul. -#}
{% macro character_class(name) -%}
    {%- set classes = {
        'control': "\x01-\x1f\x7f-\x9f",
        'separator': "\u2028\u2029",
        'blank': "\t\n\x0b\x0c\r \xa0\u1680\u2000-\u200a\u202f\u205f\u3000",
        'invisible': "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
            ~ "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
            ~ "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f",
    } -%}
    {{ return(classes[name]) }}
{%- endmacro %}
