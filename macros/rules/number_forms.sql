{#- The ways in which a number that was plain digits comes back: name → regular expression. -#}
{% macro number_forms() -%}
    {{ return({
        'grouped': "[+]?[0-9]{1,3}([.,' \u00a0\u202f\u2019][0-9]{3})+([.,]0+)?",
        'decimal': '[+-]?[0-9]+[.,]0*',
        'exponent': '[+-]?[0-9]+([.,][0-9]*)?[Ee][+]?[0-9]{1,3}',
        'signed': '[+-][0-9]{3,}',
        'quoted': "['\u2019=][\"]?[0-9]{3,}[\"]?",
    }) }}
{%- endmacro %}
