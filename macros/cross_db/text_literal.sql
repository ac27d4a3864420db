{#- A SQL literal of `text`, whatever stands in it. Without quotes, backslashes and `${` it is the same on every
    warehouse; none is asked then, which thousands of times a build would be a second. -#}
{% macro text_literal(text) -%}
    {%- if "'" in text or '\\' in text or '${' in text -%}
        {{ return(adapter.dispatch('text_literal', 'aam_inbound')(text)) }}
    {%- endif -%}
    {{ return("'" ~ text ~ "'") }}
{%- endmacro %}

{% macro default__text_literal(text) -%}
    {{ return(dbt.string_literal(dbt.escape_single_quotes(text))) }}
{%- endmacro %}

{#- Spark reads backslashes as escapes, `''` as nothing, and `${env:HOME}` as a variable, wherever it stands. -#}
{% macro spark__text_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") | replace('${', '\\u0024{') ~ "'") }}
{%- endmacro %}
