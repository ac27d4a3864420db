{#- Materialization: a model whose rows (columns: line_columns) are written straight into the ledger, as a batch that is
    proposed and not opened yet, and a view over them. `aam-export run` opens the batch, and need not copy what it
    freezes.

    A batch that was proposed before and never opened is withdrawn. All in one transaction: killed anywhere, the last
    proposal stands (V1). Where no transaction spans two tables the order sees to that: rows say nothing until the event
    stands, and what was proposed before is withdrawn after it, as is what killed builds left behind; not while a run
    is at work, for it may be about to open what it has written, or what was proposed before. -#}
{% materialization proposed_batch, default %}
    {%- set records = aam_inbound.ledger_table('aam_batch_records') -%}
    {%- set events = aam_inbound.ledger_table('aam_batches') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set view = this.incorporate(type='view') -%}
    {%- set columns = aam_inbound.line_columns() | join(', ') -%}
    {%- set event_columns = aam_inbound.ledger_columns()['aam_batches'] -%}
    {%- set newest_sql -%}
        select coalesce(max(batch_id), '') from {{ events }}
    {%- endset -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- call statement('newest', fetch_result=True) -%} {{ newest_sql }} {%- endcall -%}
    {%- set newest = load_result('newest')['data'][0][0] -%}
    {%- set batch_id = aam_inbound.next_batch_id(newest) -%}

    {%- if not aam_inbound.has_transactions() -%}
        {%- call statement('clear') -%} delete from {{ records }} where batch_id = '{{ batch_id }}' {%- endcall -%}
    {%- endif -%}
    {% call statement('main') -%}
        insert into {{ records }} (batch_id, {{ columns }})
        select '{{ batch_id }}' as batch_id, {{ columns }}
        from ({{ sql }}) as lines
    {%- endcall %}

    {%- if aam_inbound.lock_for_writing(events) -%}
        {%- call statement('lock') -%} {{ aam_inbound.lock_for_writing(events) }} {%- endcall -%}
    {%- endif -%}
    {%- call statement('newest_now', fetch_result=True) -%} {{ newest_sql }} {%- endcall -%}
    {%- set newest_now = load_result('newest_now')['data'][0][0] -%}
    {%- if newest_now != newest -%}
        {%- do exceptions.raise_compiler_error(
            'while ' ~ this.identifier ~ ' was built, aam-export or another build wrote batch ' ~ newest_now
            ~ ' into the ledger: build again'
        ) -%}
    {%- endif -%}
    {%- set proposal = {
        'batch_id': "'" ~ batch_id ~ "'",
        'event': "'proposed'",
        'event_at': aam_inbound.aam_now(),
        'note': "'" ~ invocation_id ~ "'",
    } -%}
    {%- call statement('propose') -%}
        insert into {{ events }} ({{ event_columns | join(', ') }})
        select
            {%- for column, type in event_columns.items() %}
            cast({{ proposal.get(column, 'null') }} as {{ type }}) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
    {%- endcall -%}
    {%- if aam_inbound.has_transactions() or not aam_inbound.is_lease_held() -%}
        {%- call statement('withdraw') -%} {{ aam_inbound.withdrawal(records, events, batch_id) }} {%- endcall -%}
    {%- endif -%}

    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- set proposed -%}
        select {{ columns }} from {{ records }} where batch_id = '{{ batch_id }}'
    {%- endset -%}
    {%- call statement('view') -%} {{ get_create_view_as_sql(view, proposed) }} {%- endcall -%}

    {% do apply_grants(view, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=True)) %}
    {% do persist_docs(view, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [view]}) }}
{% endmaterialization %}
