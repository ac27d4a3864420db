"""The connection is read as dbt reads it: dbt's own loader is the judge."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from aam_export.errors import ConfigurationError
from aam_export.profile import load_target

PROFILES = r"""
config: {send_anonymous_usage_stats: false}
shop:
  target: "{{ env_var('SHOP_TARGET', 'dev') }}"
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('SHOP_FILE', 'shop.duckdb') }}"
      threads: "{{ env_var('SHOP_THREADS', '3') | as_number }}"
    prod:
      type: duckdb
      path: "{{ 'data' }}/{{ env_var('SHOP_STAGE', 'live') }}.duckdb"
      schema: "s_{% if env_var('SHOP_STAGE', 'live') == 'live' %}live{% else %}test{% endif %}"
      extensions: [httpfs, "{{ env_var('SHOP_EXTENSION', 'icu') }}"]
      use_credential_provider: "{{ env_var('SHOP_PROVIDER', 'aws') }}"
      settings:
        memory_limit: "{{ env_var('SHOP_MEMORY', '1GB') }}"
        digits: "0123"
        number: 7
        share: "{{ '0.25' | as_number }}"
        flag: "{{ 'True' | as_bool }}"
        text: "{{ '12' | as_text }}"
        list: "{{ '[1, 2]' | as_native }}"
        word: "{{ 'word' | as_native }}"
        plain: "{{ '42' }}"
        maths: "{{ 40 + 2 }}"
        default: "{{ var('unset', 'fallback') }}"
        lines: |
          two
          lines
        comment: "a{# not shown #}b"
        unicode: "Zoë {{ 'Ø' }}"
        nested: {deep: ["{{ env_var('SHOP_STAGE', 'live') }}", {deeper: "{{ 1 }}"}]}
      secrets:
        - type: s3
          name: shop
          key_id: "{{ env_var('DBT_ENV_SECRET_SHOP', 'none') }}"
          secret: "x"
"""


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    (tmp_path / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    return tmp_path


def by_dbt(folder: Path, profile: str, target: str | None) -> dict[str, Any]:
    """What dbt makes of the same profile: the name of the target and its settings, before the adapter looks at them."""
    from dbt.config.profile import Profile
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context

    set_invocation_context(os.environ)
    raw = yaml.safe_load((folder / "profiles.yml").read_text(encoding="utf-8"))
    name, settings = Profile.render_profile(raw[profile], profile, target, ProfileRenderer({}))
    return {"name": name, "settings": settings}


@pytest.mark.parametrize("target", [None, "dev", "prod"])
@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"SHOP_TARGET": "prod", "SHOP_STAGE": "test", "SHOP_THREADS": "12", "SHOP_FILE": "00.duckdb"},
        {
            "SHOP_FILE": "{{ not_rendered_again }}",
            "SHOP_MEMORY": "",
            "SHOP_PROVIDER": "0123",
            "SHOP_EXTENSION": "42",
            "DBT_ENV_SECRET_SHOP": "s3cr3t{%",
        },
    ],
    ids=["defaults", "set", "odd"],
)
def test_a_profile_means_what_it_means_to_dbt(
    profiles: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], target: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ours = load_target("shop", target, profiles)
    theirs = by_dbt(profiles, "shop", target)
    assert {"name": ours.name, "settings": ours.settings} == theirs
    assert ours.type == "duckdb"
    assert ours.default == environment.get("SHOP_TARGET", "dev")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("{{ env_var('SHOP_MISSING') }}", "environment variable SHOP_MISSING is not set"),
        ("{{ target.name }}", "'target' is undefined"),
        ("{{ 'yes' | as_bool }}", "'yes' is neither True nor False"),
        ("{{ 'many' | as_number }}", "'many' is no number"),
        ("{{ 'True' | as_number }}", "'True' is no number"),
        ("{{ broken", "unexpected end of template"),
        ("{% if %}", "Expected an expression"),
        ("{{ 'x' | unknown_filter }}", "No filter named 'unknown_filter'"),
        ("{{ var('shop') }}", "var('shop') has no default"),
        ("{{ 1 + 'a' }}", "unsupported operand"),
    ],
)
def test_what_dbt_refuses_is_refused_and_named(tmp_path: Path, setting: str, words: str) -> None:
    content = {"shop": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "settings": {"x": setting}}}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_target("shop", None, tmp_path)
    assert words in str(caught.value)
    assert "profiles.yml: shop: dev: settings: x" in str(caught.value)
    assert caught.value.hint
    with pytest.raises(Exception, match=r".") as theirs:
        by_dbt(tmp_path, "shop", None)
    assert not isinstance(theirs.value, AssertionError)


def test_an_unknown_name_is_refused_at_once(tmp_path: Path) -> None:
    """dbt passes it on, and the adapter stumbles over it."""
    (tmp_path / "profiles.yml").write_text(
        "shop: {outputs: {default: {type: duckdb, path: '{{ unknown }}'}}}", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=r"shop: default: path: 'unknown' is undefined"):
        load_target("shop", None, tmp_path)


def test_a_password_that_looks_like_jinja_is_a_password(tmp_path: Path) -> None:
    content = {"shop": {"outputs": {"default": {"type": "postgres", "password": "a{%b{{", "user": "u"}}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    target = load_target("shop", None, tmp_path)
    assert target.settings == by_dbt(tmp_path, "shop", None)["settings"]
    assert target.settings["password"] == "a{%b{{"
    assert target.name == target.default == "default"
    assert "a{%b" not in repr(target), "a target in a log shows no secret"


def test_targets_that_are_not_used_may_be_broken(tmp_path: Path) -> None:
    outputs = {"dev": {"type": "duckdb"}, "prod": {"type": "duckdb", "path": "{{ env_var('SHOP_MISSING') }}"}}
    content = {"shop": {"target": "dev", "outputs": outputs}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert load_target("shop", None, tmp_path).name == "dev"


def test_an_unknown_profile_or_target_names_those_that_exist(profiles: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no profile 'ship' \(it has: shop\)") as caught:
        load_target("ship", None, profiles)
    assert "--profile" in caught.value.hint
    with pytest.raises(ConfigurationError, match=r"'shop' has no target 'live' \(it has: dev, prod\)") as caught:
        load_target("shop", "live", profiles)
    assert "--target" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"shop: [", "is not valid YAML"),
        (b"\xff\xfe\xfa", "is not valid YAML"),
        (b"", "holds no settings"),
        (b"- shop", "holds no settings"),
        (b"shop:", "no profile 'shop'"),
        (b"shop: {target: dev}", "no target 'dev'"),
        (b"shop: {target: dev, outputs: }", "no target 'dev'"),
        (b"shop: {target: dev, outputs: [dev]}", "no target 'dev'"),
        (b"shop: {target: dev, outputs: {dev: }}", "no target 'dev'"),
    ],
)
def test_a_broken_profiles_file_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "profiles.yml").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        load_target("shop", None, tmp_path)
    assert words in str(caught.value)
    assert str(tmp_path / "profiles.yml") in str(caught.value)


def test_no_profiles_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf"no profiles.yml in {tmp_path}"):
        load_target("shop", None, tmp_path)
