{{ config(materialized='view') }}

{{ optional_ids('aam_suppressions_model') }}
