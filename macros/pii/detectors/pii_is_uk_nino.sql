{#- True where a normalised text holds a UK National Insurance number written in groups; in one piece it is ambiguous,
    unless the text says what it is. -#}
{% macro pii_is_uk_nino(text) -%}
    {%- set s = '[ .-]' -%}
    {%- set d2 = '[0-9]{2}' -%}
    {#- One separator at least, wherever it stands. -#}
    {%- set grouped = [
        s ~ d2 ~ s ~ '?' ~ d2 ~ s ~ '?' ~ d2 ~ s ~ '?',
        d2 ~ s ~ d2 ~ s ~ '?' ~ d2 ~ s ~ '?',
        d2 ~ d2 ~ s ~ d2 ~ s ~ '?',
        '[0-9]{6}' ~ s,
        s ~ '?[0-9]{3}' ~ s ~ '[0-9]{3}' ~ s ~ '?',
    ] | join('|') -%}
    {%- set named = '(^|[^a-z])(ni|nino|national insurance)( ?(number|num|no))?[ .:=#_-]{1,3}' -%}
    {{ aam_inbound.regexp_contains(
        text,
        '((^|[^0-9a-z])' ~ aam_inbound.uk_nino_prefix() ~ '(' ~ grouped ~ ')|'
            ~ named ~ aam_inbound.uk_nino_prefix() ~ '[0-9]{6})[a-d]($|[^0-9a-z])',
    ) }}
{%- endmacro %}
