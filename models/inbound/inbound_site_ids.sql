{{ config(materialized='view') }}

{{ optional_ids('aam_site_ids_model') }}
