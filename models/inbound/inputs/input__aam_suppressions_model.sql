{{ config(materialized='view') }}

{{ aam_inbound.optional_ids('aam_suppressions_model') }}
