{#- SQL list, in parentheses: the words that stand for no ID (U8), lowercase; var `aam_placeholder_ids`. They are
    compared with bare_word. -#}
{% macro placeholder_ids() -%}
    {%- set words = var('aam_placeholder_ids', [
        'null', 'nul', 'nil', 'none', 'nan', '-nan', 'nat', 'na', 'n/a', 'n.a.', 'n.a', 'n-a', 'n\\a', '\\n', '\\\\n',
        'undefined', 'undef', 'unknown', 'anonymous', 'anon', 'test', 'void', 'empty', 'blank', 'missing', 'nothing',
        'dbnull', 'no value', 'no data', 'no id', 'not set', 'not available', 'not applicable', 'not provided',
        'object object', 'inf', '+inf', '-inf', 'infinity', '+infinity', '-infinity',
        '#n/a', '#n/a n/a', '#na', '#nv', '0', '+0', '-0', '-1', '-', '--', '---', '?', '.', '..', '...', '*', '/',
        '\\', '_',
    ]) -%}
    {#- The empty text is no ID either; it also keeps the list from being empty, which SQL does not allow. -#}
    {%- set literals = [''] + words -%}
    ({% for word in literals -%}
        {{ aam_inbound.text_literal(word | string | lower) }}{{ ', ' if not loop.last }}
    {%- endfor %})
{%- endmacro %}
