{#- True where a normalised text holds a UK National Insurance number written in groups; in one piece it is ambiguous. -#}
{% macro pii_is_uk_nino(text) -%}
    {%- set s = '[ .-]' -%}
    {%- set body = '([0-9]{2}' ~ s ~ '?){2}[0-9]{2}' -%}
    {%- set written = '(^|[^0-9a-z])' ~ uk_nino_prefix() ~ s ~ '?' ~ body ~ s ~ '?[a-d]($|[^0-9a-z])' -%}
    case
        when {{ regexp_contains(text, written) }}
            then not {{ regexp_contains(text, '(^|[^0-9a-z])[a-z]{2}[0-9]{6}[a-d]($|[^0-9a-z])') }}
        else false
    end
{%- endmacro %}
