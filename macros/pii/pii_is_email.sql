{#- True where a normalised text holds an e-mail address, whatever stands around it.

    The sign may be percent-encoded, an HTML entity or spelled (at), with blanks around it; the domain may be
    internationalised or an IP address. `name@host` without a dot counts when it is the whole text; an Adobe
    organisation ID (`…@AdobeOrg`) is none, nor is a handle such as `@name`. -#}
{% macro pii_is_email(text) -%}
    {%- set at = '(@+|%(25)*40|&#0*64;|&#x0*40;|&commat;|[[({<] ?(at|@) ?[])}>])' -%}
    {%- set dot = '([.]+|%(25)*2e| [.] | ?[[({<] ?(dot|[.]) ?[])}>] ?)' -%}
    {%- set label = '([0-9a-z_-]|[^ -~])' -%}
    {%- set domain = '(' ~ label ~ '+' ~ dot ~ ')+([a-z]|[^ -~])' ~ label ~ '+' -%}
    {%- set address = '[[]?(ipv6:[0-9a-f:.]+|[0-9]{1,3}([.][0-9]{1,3}){3})' -%}
    case
        when {{ regexp_contains(text, '@|%(25)*40|&(#|c)|[[({< ]at[])}> ]|[[({<] at ') }}
            then {{ regexp_contains(text, '[^ @] *' ~ at ~ ' *(' ~ domain ~ '|' ~ address ~ ')') }}
                or {{ regexp_contains(text, '[0-9a-z] at ([0-9a-z-]+ dot )+[a-z]{2}') }}
                or (
                    {{ regexp_full_match(text, '[^ @]+@[a-z][0-9a-z-]{3,}') }}
                    and not {{ regexp_contains(text, '@adobeorg$') }}
                )
        else false
    end
{%- endmacro %}
