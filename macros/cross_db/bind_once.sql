{#- `body` (SQL text) with `name` standing for `value`, which is computed once however often `body` says `name`.

    A column alias for use inside one expression. Nesting is allowed; `name` must not be part of another word of
    `body`. -#}
{% macro bind_once(name, value, body) -%}
    {{ return(adapter.dispatch('bind_once', 'aam_inbound')(name, value, body)) }}
{%- endmacro %}

{#- Where the engine has no such thing, the value is written out at each use. -#}
{% macro default__bind_once(name, value, body) -%}
    ({{ body | replace(name, '(' ~ value ~ ')') }})
{%- endmacro %}

{% macro duckdb__bind_once(name, value, body) -%}
    list_transform([{{ value }}], lambda {{ name }}: {{ body }})[1]
{%- endmacro %}

{% macro postgres__bind_once(name, value, body) -%}
    (select {{ body }} from (select {{ value }} as {{ name }} offset 0) as bound_{{ name }})
{%- endmacro %}

{% macro spark__bind_once(name, value, body) -%}
    transform(array({{ value }}), {{ name }} -> {{ body }})[0]
{%- endmacro %}
