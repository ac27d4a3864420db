{#- On-run-end: prints the rows of this package's own tests that failed or warned; they say which limit was broken,
    where and by how much. -#}
{% macro report_failed_limits() %}
    {%- if aam_inbound.builds_or_tests() -%}
        {%- for result in results -%}
            {%- for row in aam_inbound.failing_rows(result) -%}
                {%- do log(result.node.name ~ ' (' ~ result.node.original_file_path ~ '):', info=true) if loop.first -%}
                {%- do log('  ' ~ row, info=true) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
