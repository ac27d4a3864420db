{#- The ID of a batch that is proposed after batch `newest` (empty where there is none): the present as digits,
    yyyymmddhhmmss, or one more than the newest, whichever is later. IDs never repeat, and as texts they have the order
    of the batches. -#}
{% macro next_batch_id(newest) -%}
    {%- set present = var('aam_now', '') or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
    {%- set digits = modules.re.sub('[^0-9]', '', present) -%}
    {{ return([(digits ~ '00000000000000')[:14] | int, (newest or '0') | int + 1] | max | string) }}
{%- endmacro %}
