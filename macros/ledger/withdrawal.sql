{#- Statement: drops the rows of batches that were proposed and never opened, and of builds that ended before they
    proposed anything; not those of `batch_id`, which is the newest. -#}
{% macro withdrawal(records, events, batch_id) -%}
    delete from {{ records }}
    where
        (
            batch_id <> '{{ batch_id }}'
            and batch_id in (select batch_id from {{ events }} where event = 'proposed')
            and batch_id not in (select batch_id from {{ events }} where event = 'opened')
        )
        or (
            batch_id < '{{ batch_id }}'
            and batch_id not in (select batch_id from {{ events }})
        )
{%- endmacro %}
