{#- Statement: drops the rows of batches that were proposed and never opened; not those of `batch_id`, the newest.

    Where no transaction spans two tables a build, or a run, that was killed leaves rows that no event names: these too,
    but while a run holds the lease, for it may be just writing them. -#}
{% macro withdrawal(records, events, batch_id) -%}
    delete from {{ records }}
    where
        (
            batch_id <> '{{ batch_id }}'
            and batch_id in (select batch_id from {{ events }} where event = 'proposed')
            and batch_id not in (select batch_id from {{ events }} where event = 'opened')
        )
        {%- if not aam_inbound.has_transactions() %}
        or (
            batch_id < '{{ batch_id }}'
            and batch_id not in (select batch_id from {{ events }})
            and (
                select count(*) from {{ aam_inbound.ledger_table('aam_leases') }}
                where expires_at > {{ aam_inbound.aam_now() }}
            ) = 0
        )
        {%- endif %}
{%- endmacro %}
