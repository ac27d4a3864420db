{#- The counts of a receipt: column → its labels in lower case, today's first and then those of 2013 (R3). -#}
{% macro receipt_labels() -%}
    {{ return({
        'records_received': ['records received'],
        'format_errors': ['format errors', 'invalid lines'],
        'invalid_aam_id': ['invalid aam id', 'invalid uuids'],
        'no_matching_aam_id': ['no matching aam id', 'failed uuid lookup'],
        'no_trait_realized': ['no trait realized', 'records without traits'],
        'records_processed': ['records processed'],
        'stored_records': ['stored records', 'succeeded'],
        'devices': ['total devices'],
        'signals': ['total signals'],
        'unused_signals': ['total unused signals'],
        'realized_traits': ['total realized traits'],
        'removed_traits': ['total removed traits'],
        'failed_traits': ['total traits failed validation'],
        'users_with_failed_traits': ['total users that have traits which failed validation'],
    }) }}
{%- endmacro %}
