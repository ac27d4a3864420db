"""`aam-export account` without files asks the API itself, over HTTP (A1 to A5, A7, V12)."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import api_server
import pytest
from api_server import ApiServer
from feedback_world import SAMPLES
from sandbox import Sandbox
from test_account import SOURCE, TIER, TRAIT, told, with_lists

from aam_export.errors import AamExportError
from aam_export.feedback import api


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server.running() as running:
        running.lists = {"/datasources/": [SOURCE], "/traits/": [TRAIT, TIER]}
        yield running


@pytest.fixture
def project(small_project: Sandbox) -> Sandbox:
    return with_lists(small_project)


def ask(project: Sandbox, server: ApiServer, **environment: str) -> tuple[int, str]:
    outcome = project.export("account", env={**server.environment, **environment})
    output = outcome.stdout + outcome.stderr
    assert "Traceback" not in output
    for secret in (api_server.SECRET, *server.left):
        assert secret not in output
    return outcome.returncode, output


def test_it_logs_in_and_asks_for_both_lists(project: Sandbox, server: ApiServer) -> None:
    """A1, A5, A7."""
    assert ask(project, server) == (0, "0 differences, 0 proposals\n")
    assert server.asked == ["/datasources/", "/traits/?includeDetails=true"]
    assert server.logins == 1


def test_pages_are_read_to_the_last(project: Sandbox, server: ApiServer) -> None:
    """A3."""
    server.page_size = 1
    assert ask(project, server)[0] == 0
    assert server.asked[1:] == ["/traits/?includeDetails=true", "/traits/?includeDetails=true&page=1&pageSize=1"]


def test_a_page_that_is_missing_is_not_passed_over(project: Sandbox, server: ApiServer) -> None:
    server.lists["/traits/"] = {"total": 3, "page": 0, "pageSize": 2, "list": []}
    code, output = ask(project, server)
    assert code == 1
    assert "answered 0 objects" in output and "there are 3 (A3)" in output


def test_the_documented_samples_say_the_same_as_files(project: Sandbox, server: ApiServer) -> None:
    files = [SAMPLES / f"api/{name}.json" for name in ("datasources", "traits_include_details")]
    sources, traits = (json.loads(file.read_bytes()) for file in files)
    server.lists = {"/datasources/": sources, "/traits/": traits}
    from_files = project.export("account", "--json", *map(str, files))
    asked = project.export("account", "--json", env=server.environment)
    assert asked.returncode == from_files.returncode == 1
    assert asked.stdout == from_files.stdout
    assert told(json.loads(asked.stdout)["findings"])


def test_an_expired_token_is_renewed_where_there_is_a_secret(project: Sandbox, server: ApiServer) -> None:
    """A1: one that is given, and one that expires between two lists."""
    server.lasts = 1
    assert ask(project, server, AAM_API_TOKEN="an-expired-token")[0] == 0
    assert server.logins == 2


def test_an_expired_token_alone_is_told(project: Sandbox, server: ApiServer) -> None:
    code, output = ask(project, server, AAM_API_TOKEN="an-expired-token", AAM_API_CLIENT_SECRET="")
    assert code == 2
    assert "401 Unauthorized, Oauth token is not valid (A1)" in output and "24 hours" in output
    assert "an-expired-token" not in output
    assert len(server.asked) == 1


def test_a_wrong_secret_is_told_and_not_shown(project: Sandbox, server: ApiServer) -> None:
    """V12: though the login repeats it."""
    code, output = ask(project, server, AAM_API_CLIENT_SECRET="another-secret-9999")
    assert code == 2
    assert "gives no token: 401" in output and "AAM_API_SCOPES" in output
    assert "another-secret-9999" not in output


def test_who_is_busy_is_asked_again(project: Sandbox, server: ApiServer) -> None:
    server.refusals = [503, 429]
    assert ask(project, server)[0] == 0


@pytest.mark.parametrize(
    ("refusals", "code", "words"),
    [
        ([403], 2, "403 Forbidden, so it is (A2)"),
        ([500, 500, 500, 500], 1, "500 Internal Server Error"),
        ([404], 1, "AAM_API_URL"),
    ],
)
def test_refusals(refusals: list[int], code: int, words: str, project: Sandbox, server: ApiServer) -> None:
    """A2, A3."""
    server.refusals = refusals
    found, output = ask(project, server)
    assert (found, words in output) == (code, True), output


def test_no_other_host_is_sent_the_token(project: Sandbox, server: ApiServer) -> None:
    with api_server.running() as other:
        server.refusals, server.sent_on = [302], f"http://127.0.0.1:{other.port}/v1/datasources/"
        code, output = ask(project, server)
        assert (code, "302" in output, other.asked) == (1, True, [])


@pytest.mark.parametrize(("answer", "words"), [(b"<html>", "no JSON"), ({"a": 1}, "(A3)"), ([{"name": "x"}], "(A4)")])
def test_what_is_no_list_of_the_account(answer: Any, words: str, project: Sandbox, server: ApiServer) -> None:
    server.lists["/datasources/"] = answer
    code, output = ask(project, server)
    assert (code, words in output) == (1, True), output


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"AAM_API_CLIENT_ID": ""}, "there is no file"),
        ({"AAM_API_CLIENT_SECRET": ""}, "there is no file"),
        ({"AAM_API_URL": "http://api.example.com/v1"}, "not HTTPS"),
        ({"AAM_API_LOGIN_URL": "https://somebody:aSecretInside@login.example.com"}, "a host alone"),
    ],
)
def test_an_environment_that_is_wrong(environment: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {**ApiServer(port=9).environment, **environment}
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AAM_API_TOKEN", raising=False)
    with pytest.raises(AamExportError) as failure:
        api.ask_account()
    assert failure.value.exit_code == 2
    assert words in str(failure.value)
    assert "aSecretInside" not in str(failure.value) + failure.value.hint


def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as bound:  # listens to nobody
        bound.bind(("127.0.0.1", 0))
        for name, value in ApiServer(port=bound.getsockname()[1]).environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(api, "PAUSES", (0.0,))
        with pytest.raises(AamExportError, match=r"127\.0\.0\.1 can't be reached"):
            api.ask_account()
