{#- True where a normalised text holds an Italian codice fiscale with the right check letter, omocodia included.

    Digits count as the letters a to j, in odd and in even places; an odd place's value is the letter's place in
    `bakplcqdrevosftguhminjwzyx`, an even one's its place in the alphabet. The 15 is for counting places from 1. -#}
{% macro pii_is_it_codice_fiscale(text) -%}
    {%- set n = '[0-9l-np-v]' -%}
    {%- set s = '[ .-]?' -%}
    {#- In groups of 3-3-2-1-2-1-3-1, some of them joined, or of 4-4-4-4. -#}
    {%- set born = [n ~ '{2}', '[a-ehlmprst]', n ~ '{2}', '[a-z]', n ~ '{3}'] | join(s) -%}
    {%- set written = ['[a-z]{3}', '[a-z]', '[a-z]{2}', born, '[a-z]'] | join(s) -%}
    {%- set sum -%}
        {%- for place in range(1, 16) -%}
            {%- set values = 'bakplcqdrevosftguhminjwzyx' if place % 2 else 'abcdefghijklmnopqrstuvwxyz' -%}
            position(substr(cf_letters, {{ place }}, 1) in '{{ values }}'){{ ' + ' if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    {%- set passes -%}
        case
            when substr('abcdefghijklmnopqrstuvwxyz', 1 + mod({{ sum }} - 15, 26), 1) = substr(cf_letters, 16, 1)
                then true
        end
    {%- endset -%}
    case
        when {{ aam_inbound.regexp_contains(text, born) }}
            then coalesce({{ aam_inbound.first_of_matches(
                text,
                '(?:^|[^0-9a-z])(' ~ written ~ ')(?:$|[^0-9a-z])',
                'cf_written',
                aam_inbound.bind_once(
                    'cf_letters', "translate(cf_written, '0123456789 .-', 'abcdefghij')", passes
                ),
            ) }}, false)
        else false
    end
{%- endmacro %}
