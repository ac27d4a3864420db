{{ aam_inbound.account_list('aam_signal_keys') }}
