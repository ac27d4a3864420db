{#- The columns of the ledger's aam_batch_records that tell about the user, in its order; its other columns tell about the line. -#}
{% macro user_columns() -%}
    {{ return(['change', 'profile', 'sent', 'removed', 'leftover', 'assert_again_after', 'refreshed_on']) }}
{%- endmacro %}
