{#- Regular expressions for texts that may hold an `@` in base64 or in hex, by encoding: for any text, and as
    `token` for one of letters, digits, _ and - alone. -#}
{% macro encoded_at() -%}
    {%- set four = '[0-9A-Za-z+/_-]' -%}
    {#- Three characters of ASCII. -#}
    {%- set ascii_four = '[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589]' ~ four -%}
    {%- set at_in_base64 = ['Q[A-P]', four ~ '[EUk0][A-D]', four ~ four ~ '[BFJNRVZdhlptx159]A'] | join('|') -%}
    {%- set byte = '[2-9A-Fa-f][0-9A-Fa-f]' -%}
    {%- set in_hex = '(' ~ byte ~ ')+40(' ~ byte ~ ')+2[Ee](' ~ byte ~ '){2}' -%}
    {{ return({
        'base64': '(^|[^0-9A-Za-z+/])(' ~ four ~ '{4})*(' ~ at_in_base64 ~ ')',
        'hex': '(^|[^0-9A-Za-z]|[0\\\\][Xx])' ~ in_hex,
        'token': '(^|[_-])((' ~ ascii_four ~ '){2}|(0[Xx])?' ~ in_hex ~ ')',
    }) }}
{%- endmacro %}
