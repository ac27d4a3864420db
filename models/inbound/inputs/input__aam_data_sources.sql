{{ aam_inbound.account_list('aam_data_sources') }}
