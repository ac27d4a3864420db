"""Audience Manager's REST API, which is asked about the account and never told anything (A1-A5, A7).

Who asks proves it with variables of the environment: a token, or what the Adobe Developer Console shows of an OAuth
server-to-server credential, with which a token is asked for, and again where it has expired.
"""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from aam_export.errors import AamExportError, ConfigurationError
from aam_export.feedback.answers import Account, Row, by_data_source, by_trait
from aam_export.masking import remember
from aam_export.profile import refuse_unusable

API, LOGIN = "https://aam.adobe.io/v1", "https://ims-na1.adobelogin.com/ims/token/v3"
CLIENT_ID, CLIENT_SECRET, SCOPES = "AAM_API_CLIENT_ID", "AAM_API_CLIENT_SECRET", "AAM_API_SCOPES"
TOKEN = "AAM_API_TOKEN"  # noqa: S105  (the name of a variable)
API_URL, LOGIN_URL = "AAM_API_URL", "AAM_API_LOGIN_URL"

SECONDS = 60
PAUSES = (1.0, 3.0, 10.0)
"""Seconds to wait before a request without an answer is sent again, unless Retry-After says how long."""

_BUSY = {429, 500, 502, 503, 504}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def ask_account() -> Account:
    """The account's data sources and traits, as the API says them to who asks (A2).

    Raises ConfigurationError where the environment or a right is wrong, AamExportError where there is no answer.
    """
    api = _Api()
    sources = api.rows("/datasources/", "dataSourceId")
    traits = api.rows("/traits/", "sid", includeDetails="true")
    return Account(by_data_source(sources), by_trait(traits))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Another host would be sent our token."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


class _Api:
    def __init__(self) -> None:
        self._url = _address(API_URL, API)
        self._login_url = _address(LOGIN_URL, LOGIN)
        self._client_id = os.environ.get(CLIENT_ID, "")
        self._secret = os.environ.get(CLIENT_SECRET, "")
        self._token = os.environ.get(TOKEN, "")
        self._opener = urllib.request.build_opener(_NoRedirects())
        if not self._client_id or not (self._secret or self._token):
            raise ConfigurationError(
                "there is no file, and nothing proves to Audience Manager's API who we are",
                hint=f"name files with its answers, or set {CLIENT_ID} with {CLIENT_SECRET} and {SCOPES}, as the Adobe "
                f"Developer Console shows them, or with {TOKEN}",
                rule="A1",
            )
        remember(self._secret, self._token)
        for name, value in ((CLIENT_ID, self._client_id), (CLIENT_SECRET, self._secret), (TOKEN, self._token)):
            refuse_unusable(name, value, in_ascii=True)

    def rows(self, path: str, key: str, **query: str) -> list[Row]:
        """A whole list: a bare array, or page after page where the answer is one (A3). Every object has `key`."""
        content = self._get(path, query)
        rows = _listed(path, content)
        if isinstance(content, dict):
            size, total, page = len(rows), _number(content.get("total")), _number(content.get("page"))
            while len(rows) < total:
                page += 1
                more = _listed(path, self._get(path, {**query, "page": str(page), "pageSize": str(size)}))
                if not more:
                    raise AamExportError(
                        f"GET {path} answered {len(rows)} objects in {page} pages, and says that there are {total}",
                        hint="try again: the account may have changed meanwhile",
                        rule="A3",
                    )
                rows += more
        if any(key not in row for row in rows):
            raise AamExportError(
                f"GET {path} answered an object without {key}",
                hint=f"check {API_URL}; if it is right, compare files: aam-export account FILE",
                rule="A4",
            )
        return rows

    def _get(self, path: str, query: Mapping[str, str]) -> Any:
        """The answer's content; an expired token is replaced once, where there is a secret to ask for one."""
        url = f"{self._url}{path}" + (f"?{urlencode(query)}" if query else "")
        asked = False
        if not self._token:
            self._log_in()
            asked = True
        while True:
            headers = {"Authorization": f"Bearer {self._token}", "x-api-key": self._client_id}
            try:
                return self._answer(urllib.request.Request(url, headers=headers), f"GET {path}")  # noqa: S310  (_address)
            except urllib.error.HTTPError as error:
                if error.code == 401 and self._secret and not asked:
                    self._log_in()
                    asked = True
                    continue
                raise _refused(error, f"GET {path}") from None

    def _log_in(self) -> None:
        """A token by client credentials, for 24 hours (A1)."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret,
            "scope": os.environ.get(SCOPES, ""),
        }
        request = urllib.request.Request(self._login_url, data=urlencode(form).encode())  # noqa: S310  (_address)
        try:
            content = self._answer(request, "the login")
        except urllib.error.HTTPError as error:
            if error.code not in (400, 401, 403):
                raise _refused(error, "the login") from None
            raise ConfigurationError(
                f"{_host(self._login_url)} gives no token: {_told(error)}",
                hint=f"check {CLIENT_ID}, {CLIENT_SECRET} and {SCOPES} against the Adobe Developer Console",
                rule="A1",
            ) from None
        token = content.get("access_token") if isinstance(content, dict) else None
        if not isinstance(token, str) or not token:
            raise AamExportError(f"{_host(self._login_url)} answered without a token", hint=f"check {LOGIN_URL}")
        remember(token)
        self._token = token

    def _answer(self, request: urllib.request.Request, what: str) -> Any:
        """What is answered, as JSON; who is busy or silent is asked again. Raises HTTPError for other refusals."""
        for pause in (*PAUSES, None):
            try:
                with self._opener.open(request, timeout=SECONDS) as response:
                    data = response.read()
                break
            except urllib.error.HTTPError as error:
                if error.code not in _BUSY or pause is None:
                    raise
                wanted = error.headers.get("Retry-After", "")
                time.sleep(min(int(wanted), SECONDS) if wanted.isascii() and wanted.isdigit() else pause)
            except (OSError, http.client.HTTPException) as error:
                if pause is None:
                    reason = getattr(error, "reason", error)
                    raise AamExportError(
                        f"{_host(request.full_url)} can't be reached: {reason}",
                        hint="check network, proxy and certificates",
                    ) from None
                time.sleep(pause)
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise AamExportError(
                f"{what} at {_host(request.full_url)} answered no JSON", hint=f"check {API_URL} and {LOGIN_URL}"
            ) from None


def _address(variable: str, usual: str) -> str:
    """A URL of the environment's: HTTPS, for secrets are sent there, or this machine."""
    url = os.environ.get(variable) or usual
    try:
        parts = urlsplit(url)
        # What asking for it would stumble over: a port that is none, and a host that is no name.
        usable = parts.port != 0 and bool((parts.hostname or "").encode("idna"))
    except ValueError:
        usable = False
    if not usable or parts.username or parts.password or not (url.isascii() and url.isprintable()) or " " in url:
        raise ConfigurationError(f"{variable} is no URL of a host alone", hint=f"write it as {usual}")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ConfigurationError(f"{variable} is not HTTPS, and secrets are sent there", hint=f"write it as {usual}")
    return url.rstrip("/")


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _listed(path: str, content: Any) -> list[Row]:
    rows = content.get("list") if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AamExportError(f"GET {path} answered no list of objects", hint=f"check {API_URL}", rule="A3")
    return rows


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _refused(error: urllib.error.HTTPError, what: str) -> AamExportError:
    """Why the API does not answer, with what to do (A1, A2, A3)."""
    said = f"{what} is refused: {_told(error)}"
    if error.code == 401:
        hint = (
            f"check {CLIENT_ID} and {TOKEN}: a token is good for 24 hours; with {CLIENT_SECRET} it is renewed by itself"
        )
        return ConfigurationError(said, hint=hint, rule="A1")
    if error.code == 403:
        hint = "call GET /users/self once with this technical account, and have it put into a group that may see this"
        return ConfigurationError(said, hint=hint, rule="A2")
    if error.code in _BUSY:
        return AamExportError(said, hint="try again later", rule="A3")
    return AamExportError(said, hint=f"check {API_URL}", rule="A3")


def _told(error: urllib.error.HTTPError) -> str:
    """The code and what the answer says of it, in a line."""
    try:
        content = json.loads(error.read(10_000))
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        content = None
    words = ""
    if isinstance(content, dict):
        for member in ("error_description", "message", "error"):
            if isinstance(content.get(member), str):
                words = " ".join(content[member].split())[:200]
                break
    return f"{error.code} {error.reason}" + (f", {words}" if words else "")
