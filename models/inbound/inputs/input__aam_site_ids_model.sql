{{ config(materialized='view') }}

{{ aam_inbound.optional_ids('aam_site_ids_model') }}
