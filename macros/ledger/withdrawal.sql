{#- Statement: drops the rows of batches that were proposed and never opened, all but those of `batch_id`. -#}
{% macro withdrawal(records, events, batch_id) -%}
    delete from {{ records }}
    where
        batch_id <> '{{ batch_id }}'
        and batch_id in (select batch_id from {{ events }} where event = 'proposed')
        and batch_id not in (select batch_id from {{ events }} where event = 'opened')
{%- endmacro %}
