{#- How many signals there may be where profiles are made of one list of all of them (profiles_of_numbers). With so
    many it is still faster than sorting texts. -#}
{% macro most_listed_signals() -%}
    {{ return(500000) }}
{%- endmacro %}
