{{ aam_inbound.account_list('aam_id_syncs') }}
