{#- Regular expression for an IBAN in lower case, in one piece or with a separator of `separators` (a bracket class's
    inside) between any two characters.

    Countries by the structure of their account numbers, as the IBAN registry or, for the rows after Andorra's, the
    countries themselves give it: n digits, a letters, c either. -#}
{% macro iban_pattern(separators) -%}
    {%- set structures = {
        'ad': 'n8 c12',
        'ao|cv|mz': 'n21',
        'bf|bj|ci|ml|ne|sn|tg': 'c2 n22',
        'cf|cg|cm|ga|gq|km|mg|td': 'n23',
        'dz|ir': 'n22',
        'gw': 'c2 n19',
        'ma': 'n24',
        'ae|il|so|tl': 'n19',
        'al|cy': 'n8 c16',
        'at|ba|ee|lt|mn|xk': 'n16',
        'az': 'a4 c20',
        'be': 'n12',
        'bg': 'a4 n6 c8',
        'bh': 'a4 c14',
        'bi|dj|mr': 'n23',
        'br': 'n23 a1 c1',
        'by': 'c4 n4 c16',
        'ch|li': 'n5 c12',
        'cr|de|me|rs|va': 'n18',
        'cz|es|se|sk|tn': 'n20',
        'dk|fi|fo|gl|sd': 'n14',
        'do': 'c4 n20',
        'eg': 'n25',
        'fk': 'a2 n12',
        'fr|mc': 'n10 c11 n2',
        'gb|ie': 'a4 n14',
        'ge': 'a2 n16',
        'gi': 'a4 c15',
        'gr': 'n7 c16',
        'gt': 'c24',
        'hn|ni|sv': 'a4 n20',
        'hr': 'n17',
        'hu|pl': 'n24',
        'iq': 'a4 n15',
        'is': 'n22',
        'it|sm': 'a1 n10 c12',
        'jo|ye': 'a4 n4 c18',
        'kw': 'a4 c22',
        'kz|lu': 'n3 c13',
        'lb': 'n4 c20',
        'lc': 'a4 c24',
        'lv': 'a4 c13',
        'ly|pt|st': 'n21',
        'md': 'c20',
        'mk': 'n3 c10 n2',
        'mt': 'a4 n5 c18',
        'mu': 'a4 n19 a3',
        'nl': 'a4 n10',
        'no': 'n11',
        'om': 'n3 c16',
        'pk|ro': 'a4 c16',
        'ps|qa': 'a4 c21',
        'ru': 'n14 c15',
        'sa': 'n2 c18',
        'sc': 'a4 n20 a3',
        'si': 'n15',
        'tr': 'n6 c16',
        'ua': 'n6 c19',
        'vg': 'a4 n16'
    } -%}
    {%- set class_of = {'n': '[0-9]', 'a': '[a-z]', 'c': '[0-9a-z]'} -%}
    {%- set s = '[' ~ separators ~ ']?' -%}
    {%- set alternatives = [] -%}
    {%- for countries, structure in structures.items() -%}
        {%- set parts = [] -%}
        {%- for part in ('n2 ' ~ structure).split() -%}
            {%- do parts.append('(?:' ~ s ~ class_of[part[0]] ~ '){' ~ part[1:] ~ '}') -%}
        {%- endfor -%}
        {%- do alternatives.append('(?:' ~ countries ~ ')' ~ parts | join) -%}
    {%- endfor -%}
    {{ return('(?:' ~ alternatives | join('|') ~ ')') }}
{%- endmacro %}
