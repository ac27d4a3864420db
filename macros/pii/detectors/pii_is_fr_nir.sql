{#- True where a normalised text holds a French social security number (NIR) with its key, written in groups.

    In one piece it is certain only with a Corsican department (2A, 2B); digits alone are ambiguous. -#}
{% macro pii_is_fr_nir(text) -%}
    {%- set s = '[ ./-]{0,3}' -%}
    {%- set department = '(?:2[ab]|[0-9]{2})' -%}
    {%- set grouped = '[1-478]' ~ s ~ '[0-9]{2}' ~ s ~ '[0-9]{2}' ~ s ~ department ~ s ~ '[0-9]{3}' ~ s ~ '[0-9]{3}' ~ s ~ '[0-9]{2}' -%}
    case
        when {{ aam_inbound.regexp_contains(text, '[0-9]{2}[ ./-]{0,3}(2[ab]|[0-9]{2})[ ./-]{0,3}[0-9]{3}[ ./-]{0,3}[0-9]') }}
            then {{ aam_inbound.bind_once(
                'nir_grouped',
                aam_inbound.regexp_first(text, '(?:^|[^0-9a-z])(' ~ grouped ~ ')(?:$|[^0-9a-z])'),
                'case when ' ~ aam_inbound.regexp_contains('nir_grouped', '[ /-]|[.][0-9ab]+[.]|[ab]') ~ ' then '
                ~ aam_inbound.bind_once('nir_joined', "translate(nir_grouped, ' ./-', '')", aam_inbound.fr_nir_passes('nir_joined')) ~ ' else false end',
            ) }}
        else false
    end
{%- endmacro %}
