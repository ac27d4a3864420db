{#- Inside of a regular expression's bracket class: `control` (Unicode Cc), `invisible` (Cf), `separator` (Zl, Zp) or
    `blank` (Zs and ASCII white space).

    The code points stand literally in the pattern, because engines write escapes and Unicode classes each in their own
    way. NUL is not among them (no SQL text can hold it): see contains_nul.

    Of Jinja's escapes only \uXXXX means the same to every dbt (v2 knows neither \xXX nor \UXXXXXXXX); what lies beyond
    four digits is a pair of JSON's. -#}
{% macro character_class(name) -%}
    {%- set beyond_four_digits = fromjson(
        '"\\ud804\\udcbd\\ud804\\udccd\\ud80d\\udc30-\\ud80d\\udc3f\\ud82f\\udca0-\\ud82f\\udca3'
        ~ '\\ud834\\udd73-\\ud834\\udd7a\\udb40\\udc01\\udb40\\udc20-\\udb40\\udc7f"'
    ) -%}
    {%- set classes = {
        'control': "\u0001-\u001f\u007f-\u009f",
        'separator': "\u2028\u2029",
        'blank': "\t\n\u000b\u000c\r \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000",
        'invisible': "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
            ~ "\u202a-\u202e\u2060-\u2064"
            ~ "\u2066-\u206f\ufeff\ufff9-\ufffb" ~ beyond_four_digits,
    } -%}
    {{ return(classes[name]) }}
{%- endmacro %}
