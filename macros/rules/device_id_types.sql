{#- The id_types of devices and browsers. Only they may fill the first column of an adobe_id file (U6), and AAM knows
    them without a sync. -#}
{% macro device_id_types() -%}
    {{ return(aam_inbound.id_types() | reject('in', ['dpuuid', 'hashed_email']) | list) }}
{%- endmacro %}
