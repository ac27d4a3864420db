{#- Integer from 0 to `buckets` - 1 that a text always falls on, in every warehouse: its MD5's first 32 bits,
    modulo. -#}
{% macro hash_bucket(expression, buckets) -%}
    {{ return(adapter.dispatch('hash_bucket', 'aam_inbound')(expression, buckets)) }}
{%- endmacro %}

{% macro default__hash_bucket(expression, buckets) -%}
    mod(cast(conv(substring(md5({{ expression }}), 1, 8), 16, 10) as bigint), {{ buckets }})
{%- endmacro %}

{% macro duckdb__hash_bucket(expression, buckets) -%}
    mod(cast('0x' || substr(md5({{ expression }}), 1, 8) as bigint), {{ buckets }})
{%- endmacro %}

{% macro postgres__hash_bucket(expression, buckets) -%}
    mod(cast(cast('x' || substr(md5({{ expression }}), 1, 8) as bit(32)) as bigint), {{ buckets }})
{%- endmacro %}
