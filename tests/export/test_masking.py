"""No secret gets through what all that is written passes (V12): whole, encoded, or in parts, whoever repeats it."""

from __future__ import annotations

import base64
import html
import json
import os
import random
import string
import subprocess
import sys
import textwrap
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from aam_export import masking
from aam_export.errors import ConfigurationError
from aam_export.profile import refuse_unusable

VARIABLES = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AAM_DROP_PASSWORD", "AAM_DROP_KEY_PASSPHRASE",
    "DBT_PASSWORD", "DBT_ENV_SECRET_X", "PGPASSWORD", "MOTHERDUCK_TOKEN", "motherduck_token", "GITHUB_TOKEN",
    "WAREHOUSE_PASS", "SERVICE_API_KEY", "AZURE_STORAGE_CONNECTION_STRING",
    "AAM_API_CLIENT_SECRET", "AAM_API_TOKEN", "AAM_MAIL_PASSWORD",
)  # fmt: skip
IN_TEXT = (
    ("HTTPS_PROXY", "http://us:{}@proxy.example.com:3128"),
    ("https_proxy", "http://{}@proxy.example.com:3128"),
    ("DATABASE_URL", "postgresql://us:{}@db.example.com/x"),
    ("AAM_DESTINATION", "sftp://acme:{}@host.example.com/in"),
    ("AWS_ENDPOINT_URL", "https://us:{}@s3.example.com"),
    ("ANY_STRING", "Server=db;Uid=us;Password={};Timeout=3"),
    ("ANY_DSN_TEXT", "host=db user=us password={} dbname=x"),
    ("ANY_JSON", '{{"type": "x", "private_key": "{}"}}'),
    ("ANY_PATH", "md:wh?motherduck_token={}"),
    ("SOME_LINK", "https://x.example.com/a?sig={}&b=1"),
)
SPELLED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": repr,
    "repr of bytes": lambda text: repr(os.fsencode(text)),
    "JSON": json.dumps,
    "HTML": html.escape,
    "percent": lambda text: quote(os.fsencode(text), safe=""),
    "percent in lower case": lambda text: quote(os.fsencode(text), safe="").replace("%2F", "%2f").replace("%40", "%40"),
    "form": lambda text: quote_plus(os.fsencode(text)),
    "base64": lambda text: base64.b64encode(os.fsencode(text)).decode(),
    "basic": lambda text: base64.b64encode(b"somebody:" + os.fsencode(text)).decode(),
    "url-safe base64": lambda text: base64.urlsafe_b64encode(b"us:" + os.fsencode(text)).decode(),
    "hex": lambda text: os.fsencode(text).hex(),
    "cut at the beginning": lambda text: text[5:],
    "cut at the end": lambda text: text[:-5],
    "six characters": lambda text: text[4:10],
    "behind a sharp": lambda text: text.rpartition("#")[2] if len(text.rpartition("#")[2]) > 5 else text,
    "behind an at": lambda text: text.rpartition("@")[2] if len(text.rpartition("@")[2]) > 5 else text,
    "in a traceback": lambda text: f"ValueError: Invalid header value {os.fsencode(text)!r}",
}
KINDS = {
    "plain": string.ascii_letters + string.digits,
    "of a URL": string.ascii_letters + "#@:/?&=%+",
    "of quotes": string.ascii_letters + "'\"\\<>",
    "not ASCII": string.ascii_letters + "äöüßé€漢",
}


def left(secret: str, text: str) -> str:
    """Six characters in a row of a secret that stand in a text; empty for none."""
    return next((secret[i : i + 6] for i in range(len(secret) - 5) if secret[i : i + 6] in text), "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_is_found_however_it_is_spelled(
    kind: str, monkeypatch: pytest.MonkeyPatch, tally: Callable[[str, int], None]
) -> None:
    draw, tried = random.Random(kind), 0
    for name in VARIABLES:
        secret = "".join(draw.choices(KINDS[kind], k=24))
        with monkeypatch.context() as patch:
            patch.setenv(name, secret)
            for spelling, spell in SPELLED.items():
                said = masking.mask(f"can't connect: {spell(secret)} is wrong")
                assert spell(secret) not in said, (name, spelling)
                assert not left(secret, said), (name, spelling, said)
                assert said.startswith("can't connect: "), said
                tried += 1
    tally("secrets x spellings tried, none of them let through", tried)


@pytest.mark.parametrize(("name", "value"), IN_TEXT)
def test_a_part_of_a_value_is_found(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3Cr8tPart0fUrl"
    monkeypatch.setenv(name, value.format(secret))
    for text in (value.format(secret), secret, secret[3:], base64.b64encode(f"us:{secret}".encode()).decode()):
        assert not left(secret, masking.mask(f"no answer from {text}")), text
    assert base64.b64encode(f"us:{secret}".encode()).decode()[8:20] not in masking.mask(
        base64.b64encode(f"us:{secret}".encode()).decode()
    )


def test_settings_are_remembered_by_their_names() -> None:
    masking.remember_settings(
        {
            "type": "duckdb",
            "secrets": [{"type": "s3", "key_id": "KEYID77777", "secret": "hush-hush-1"}],
            "pass": 12345678,
        }
    )
    said = masking.mask("HTTP 403: KEYID77777 hush-hush-1 12345678 duckdb")
    assert said == "HTTP 403: *** *** *** duckdb"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("AAM_DROP_PASSWORD", "password-of-acme", "set AAM_DROP_PASSWORD, the password of acme"),
        ("AWS_SECRET_ACCESS_KEY", "SECRET", "AWS_SECRET_ACCESS_KEY holds a line end"),
        ("AAM_DROP_PASSWORD", "20260101", "ftp_dpm_100001_1514793600.sync of 2026-01-01"),
        ("PWD", "/srv/some/project", "there is no /srv/some/project/dbt_project.yml"),
        ("TOKENIZERS_PARALLELISM", "false", '{"failed": false}'),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token", "/var/run/token can't be read"),
        ("SOME_TOKEN", "0123456789abcdef" * 2, "sha256 " + "00123456" + "f" * 56),
        ("SOME_TOKEN", "1", "1 file"),
    ],
)
def test_what_is_no_secret_is_let_through(name: str, value: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert masking.mask(text) == text


def test_errors_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes them down: the ledger does, too."""
    monkeypatch.setenv("AAM_DROP_PASSWORD", "Tr0ub4dor&3")
    error = ConfigurationError("refused: Tr0ub4dor&3", hint="not b'Tr0ub4dor&3\\n'")
    assert "Tr0ub4" not in f"{error} {error.hint} {error!r} {error.args} {error.message}"


PROGRAM = """
import logging, sys, threading, traceback, warnings
from aam_export.logs import set_log_level
from aam_export.masking import mask_output, mask
import click
mask_output()
set_log_level("debug")
secret = sys.argv[1]
print(secret)
sys.stderr.write(repr(secret.encode("utf-8", "surrogateescape")) + "\\n")
click.echo(secret)
click.echo(f"at {secret}", err=True)
click.secho(secret, fg="red", err=True)
logging.getLogger("aam_export.x").error("it is %s", secret)
logging.getLogger("other").critical(secret)
warnings.warn(secret)
threading.Thread(target=lambda: 1 / 0 if not secret else [][len(secret)]).start()
try:
    raise KeyError(secret)
except KeyError:
    traceback.print_exc()
raise RuntimeError(f"unexpected: {secret}")
"""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
@pytest.mark.parametrize("secret", [b"kn0ck-kn0ck-it's", b"gr\xfc\xdfe-geheim-77", "größe#@%41-geheim".encode()])
def test_all_that_a_process_writes(secret: bytes, locale: str) -> None:
    env = {"PATH": os.environ["PATH"], "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    outcome = subprocess.run(
        [sys.executable.encode(), b"-c", textwrap.dedent(PROGRAM).encode(), secret],
        env={**{key.encode(): value.encode() for key, value in env.items()}, b"AAM_DROP_PASSWORD": secret},
        capture_output=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert b"RuntimeError: unexpected: ***" in outcome.stderr, outcome.stderr
    for written in (outcome.stdout, outcome.stderr):
        assert b"***" in written
        for start in range(len(secret) - 5):
            assert secret[start : start + 6] not in written, written


@pytest.mark.parametrize("value", ["a\nb", "ab\n", "\rab", "a\x00b", "a\tb", "a\x7f", "a\udcffb"])
def test_a_value_that_can_not_be_right_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        refuse_unusable("AAM_DROP_PASSWORD", value)
    assert str(refused.value).startswith("AAM_DROP_PASSWORD holds ")
    assert value not in str(refused.value)
