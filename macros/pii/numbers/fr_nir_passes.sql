{#- True where `nir` (15 characters) is a French social security number whose key is right: 1 of 4,000 random 15-digit
    IDs.

    Corsica's departments 2A and 2B count as 19 and 18. -#}
{% macro fr_nir_passes(nir) -%}
    {%- set pattern = '[1-478][0-9]{2}(0[1-9]|1[0-2]|[2-9][0-9])([0-9]{2}|2[ab])[0-9]{6}(0[1-9]|[1-8][0-9]|9[0-7])' -%}
    case
        when {{ aam_inbound.regexp_full_match(nir, pattern) }}
            then cast(substr({{ nir }}, 14, 2) as integer)
                = 97 - mod(cast(replace(replace(substr({{ nir }}, 1, 13), '2a', '19'), '2b', '18') as bigint), 97)
        else false
    end
{%- endmacro %}
