{#- The account's list aam_signal_keys. Where dbt says that it was not found, the project has no seed and no model of
    that name: `aam-export init` writes a seed with its columns. -#}
{{ aam_inbound.account_list('aam_signal_keys') }}
