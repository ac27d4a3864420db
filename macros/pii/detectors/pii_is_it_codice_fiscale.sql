{#- True where a normalised text holds an Italian codice fiscale with the right check letter, omocodia included.

    Digits count as the letters a to j, in odd and in even places; an odd place's value is the letter's place in
    `bakplcqdrevosftguhminjwzyx`, an even one's its place in the alphabet. The 15 is for counting places from 1. -#}
{% macro pii_is_it_codice_fiscale(text) -%}
    {%- set n = '[0-9l-np-v]' -%}
    {%- set s = '[ .-]?' -%}
    {#- In groups of 3-3-2-1-2-1-3-1, some of them joined, or of 4-4-4-4. -#}
    {%- set written = '[a-z]{3}' ~ s ~ '[a-z]' ~ s ~ '[a-z]{2}' ~ s ~ n ~ '{2}' ~ s ~ '[a-ehlmprst]' ~ s ~ n ~ '{2}' ~ s ~ '[a-z]' ~ s ~ n ~ '{3}' ~ s ~ '[a-z]' -%}
    {%- set terms = [] -%}
    {%- for i in range(1, 16) -%}
        {%- do terms.append(dbt.position('substr(cf_letters, ' ~ i ~ ', 1)', "'bakplcqdrevosftguhminjwzyx'" if i % 2 else "'abcdefghijklmnopqrstuvwxyz'") | trim) -%}
    {%- endfor -%}
    {%- set check_letter = "substr('abcdefghijklmnopqrstuvwxyz', 1 + mod(" ~ terms | join(' + ') ~ " - 15, 26), 1)" -%}
    case
        when {{ aam_inbound.regexp_contains(text, n ~ '{2}' ~ s ~ '[a-ehlmprst]' ~ s ~ n ~ '{2}' ~ s ~ '[a-z]' ~ s ~ n ~ '{3}') }}
            then {{ aam_inbound.bind_once(
                'cf_letters',
                "translate(" ~ aam_inbound.regexp_first(text, '(?:^|[^0-9a-z])(' ~ written ~ ')(?:$|[^0-9a-z])') ~ ", '0123456789 .-', 'abcdefghij')",
                "case when cf_letters <> '' then " ~ check_letter ~ " = substr(cf_letters, 16, 1) else false end",
            ) }}
        else false
    end
{%- endmacro %}
