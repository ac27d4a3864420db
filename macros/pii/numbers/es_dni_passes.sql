{#- True where `dni` is a Spanish DNI (8 digits, letter) or NIE (x, y or z, 7 digits, letter), in one piece and lower
    case, with the right letter: 1 of 23. -#}
{% macro es_dni_passes(dni) -%}
    case
        when {{ aam_inbound.regexp_full_match(dni, '[0-9x-z][0-9]{7}[a-z]') }}
            then substr(
                'trwagmyfpdxbnjzsqvhlcke',
                1 + mod(cast(translate(substr({{ dni }}, 1, 8), 'xyz', '012') as integer), 23),
                1
            ) = substr({{ dni }}, 9, 1)
        else false
    end
{%- endmacro %}
