{#- SQL condition: AAM skips a record of this data source unless its ID was synchronised (M5).

    `relation` has data_source and id_type. Not so the IDs that AAM knows by themselves (its own, and those of devices),
    and the data sources that are cross-device in AAM (var `aam_cross_device_data_sources`), whose records are kept for
    a later synchronisation. -#}
{% macro needs_id_sync(relation) -%}
    (
        {{ relation }}.id_type in ('dpuuid', 'hashed_email')
        {%- for data_source in var('aam_cross_device_data_sources', []) %}
        and {{ relation }}.data_source <> {{ aam_inbound.text_literal(data_source) }}
        {%- endfor %}
    )
{%- endmacro %}
