{#- The columns of the ledger's aam_batch_records that tell about the user, in its order; its other columns tell about
    the line. -#}
{% macro user_columns() -%}
    {{ return([
        'change', 'profile', 'asserts_all', 'asserted', 'removed', 'still_to_remove', 'repeat_after_batch',
        'refreshed_on',
    ]) }}
{%- endmacro %}
