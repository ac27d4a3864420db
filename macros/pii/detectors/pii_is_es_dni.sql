{#- True where a normalised text holds a Spanish DNI or NIE with its letter, written with separators; without them it
    is ambiguous, unless the text says what it is. -#}
{% macro pii_is_es_dni(text) -%}
    {%- set s = '[ ./-]{0,3}' -%}
    {%- set dni = '[0-9]{2}[ .-]?[0-9]{3}[ .-]?[0-9]{3}' ~ s ~ '[a-z]' -%}
    {%- set nie = '[xyz]' ~ s ~ '[0-9][ .-]?[0-9]{3}[ .-]?[0-9]{3}' ~ s ~ '[a-z]' -%}
    {%- set named = '(?:^|[^a-z])(?:dni|nif|nie)[ .:=#_-]{1,3}' -%}
    {%- set passes -%}
        case
            when
                (
                    {{ aam_inbound.regexp_contains('dni_grouped', '[ ./-]') }}
                    or {{ aam_inbound.regexp_contains(text, named ~ '[0-9x-z]') }}
                )
                and {{ aam_inbound.bind_once(
                    'dni_joined', "translate(dni_grouped, ' ./-', '')", aam_inbound.es_dni_passes('dni_joined')
                ) }}
                then true
        end
    {%- endset -%}
    case
        when {{ aam_inbound.regexp_contains(text, '[0-9]{3}[ .-]?[0-9]{3}[ ./-]{0,3}[a-z]') }}
            then coalesce({{ aam_inbound.first_of_matches(
                text,
                '(?:^|[^0-9a-z.]|[a-z][.])(' ~ dni ~ '|' ~ nie ~ ')(?:$|[^0-9a-z])',
                'dni_grouped',
                passes,
            ) }}, false)
        else false
    end
{%- endmacro %}
