{#- True where a normalised text holds a French social security number (NIR) with its key, written in groups.

    In one piece it is certain only with a Corsican department (2A, 2B); digits alone are ambiguous. -#}
{% macro pii_is_fr_nir(text) -%}
    {%- set s = '[ ./-]{0,3}' -%}
    {%- set department = '(?:2[ab]|[0-9]{2})' -%}
    {%- set grouped = ['[1-478]', '[0-9]{2}', '[0-9]{2}', department, '[0-9]{3}', '[0-9]{3}', '[0-9]{2}'] | join(s) -%}
    {%- set may_be = ['[0-9]{2}', '(2[ab]|[0-9]{2})', '[0-9]{3}', '[0-9]'] | join(s) -%}
    {%- set passes -%}
        case
            when
                {{ aam_inbound.regexp_contains('nir_grouped', '[ /-]|[.][0-9ab]+[.]|[ab]') }}
                and {{ aam_inbound.bind_once(
                    'nir_joined', "translate(nir_grouped, ' ./-', '')", aam_inbound.fr_nir_passes('nir_joined')
                ) }}
                then true
        end
    {%- endset -%}
    case
        when {{ aam_inbound.regexp_contains(text, may_be) }}
            then coalesce({{ aam_inbound.first_of_matches(
                text, '(?:^|[^0-9a-z])(' ~ grouped ~ ')(?:$|[^0-9a-z])', 'nir_grouped', passes
            ) }}, false)
        else false
    end
{%- endmacro %}
