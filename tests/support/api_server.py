"""Audience Manager's REST API and its login on this machine, as A1 to A3 have it: answers, pages, tokens that expire."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT_ID, SECRET = "acme-client", "an-api-secret-0000"


@dataclass
class ApiServer:
    """`lists` are the answers by path; a page has `page_size` objects, 0 gives bare arrays.

    `refusals` are codes that the next requests get, whatever they ask. A token is good for `lasts` requests. `asked` are
    the requests for lists, as path and query; `logins` counts tokens.
    """

    port: int = 0
    lists: dict[str, Any] = field(default_factory=dict)
    page_size: int = 0
    lasts: int = 1_000_000
    refusals: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    logins: int = 0
    left: dict[str, int] = field(default_factory=dict)
    sent_on: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """With which the program asks this server, by client credentials."""
        return {
            "AAM_API_URL": f"http://127.0.0.1:{self.port}/v1",
            "AAM_API_LOGIN_URL": f"http://127.0.0.1:{self.port}/ims/token/v3",
            "AAM_API_CLIENT_ID": CLIENT_ID,
            "AAM_API_CLIENT_SECRET": SECRET,
            "AAM_API_SCOPES": "openid",
        }

    def log_in(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "scope": "openid",
        }
        if form != {name: [value] for name, value in wanted.items()}:
            return 401, {"error": "invalid_client", "error_description": f"not {form.get('client_secret')}"}
        self.logins += 1
        token = f"a-bearer-token-{self.logins}"
        self.left[token] = self.lasts
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": 86399}

    def answer(self, url: str, headers: Any) -> tuple[int, Any]:
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        self.asked.append(url.removeprefix("/v1"))
        if self.refusals:
            return self.refusals.pop(0), {"message": "so it is"}
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if headers.get("x-api-key") != CLIENT_ID or self.left.get(token, 0) < 1:
            return 401, {"error_code": "401013", "message": "Oauth token is not valid"}
        self.left[token] -= 1
        content = self.lists[path.removeprefix("/v1")]
        if not self.page_size or not isinstance(content, list):
            return 200, content
        page, size = int(query.get("page", ["0"])[0]), int(query.get("pageSize", [str(self.page_size)])[0])
        rows = content[page * size : (page + 1) * size]
        return 200, {"total": len(content), "page": page, "pageSize": size, "list": rows}


@contextmanager
def running() -> Iterator[ApiServer]:
    server = ApiServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*server.answer(self.path, self.headers))

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(*server.log_in(parse_qs(form)))

        def _send(self, code: int, content: Any) -> None:
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Retry-After", "0")
            if code == 302:
                self.send_header("Location", server.sent_on)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield server
        listening.shutdown()
