{#- The regular expression that the whole of an ID of this type matches (U1, U3, U7, N6); none for `dpuuid`, whose form
    is free. -#}
{% macro id_pattern(id_type) -%}
    {%- set lower_uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}' -%}
    {%- set alphanumeric = '[A-Za-z0-9]+(-[A-Za-z0-9]+)*' -%}
    {%- set patterns = {
        'aam_uuid': '[0-9]{38}',
        'ecid': '[0-9]{38}',
        'gaid': lower_uuid,
        'idfa': lower_uuid | replace('a-f', 'A-F'),
        'rida': lower_uuid,
        'maid': alphanumeric,
        'tifa': alphanumeric,
        'fire_tv': lower_uuid,
        'lgudid': lower_uuid,
        'vizio_ifa': alphanumeric,
        'hashed_email': '[0-9a-f]{64}',
        'dpuuid': none,
    } -%}
    {%- if id_type not in patterns -%}
        {{ exceptions.raise_compiler_error("'" ~ id_type ~ "' is no id_type; there are: " ~ patterns | join(', ')) }}
    {%- endif -%}
    {{ return(patterns[id_type]) }}
{%- endmacro %}
