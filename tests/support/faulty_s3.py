"""An HTTP server in front of a real S3 server, which fails as networks and services do: over real sockets."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

RESET = "reset"
"""The connection breaks before the request reaches the server."""
LOSE = "lose"
"""The server does the work, and the connection breaks before its answer arrives."""
SILENT = "silent"
"""The server does the work, and never answers: the client waits until it has enough."""

CODES = {
    403: "AccessDenied",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    500: "InternalError",
    503: "SlowDown",
    501: "NotImplemented",
}


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: str = field(repr=False)
    """What was sent, where it is short and text."""


def nth(number: int) -> Callable[[Request], bool]:
    """Concerns the `number`-th request from now on, and all after it."""
    seen = 0

    def concerns(_: Request) -> bool:
        nonlocal seen
        seen += 1
        return seen >= number

    return concerns


@dataclass
class _Fault:
    how: int | str
    times: float
    concerns: Callable[[Request], bool]


class FaultyS3:
    """Forwards to `upstream`, except where a fault says otherwise; keeps a list of the requests it got."""

    def __init__(self, upstream: str) -> None:
        self.requests: list[Request] = []
        self._upstream = urlsplit(upstream).netloc
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def fail(
        self, how: int | str, *, times: float = float("inf"), when: Callable[[Request], bool] = lambda _: True
    ) -> None:
        """Fail the next `times` requests that `when` concerns: an HTTP status, RESET, LOSE or SILENT."""
        self._faults.append(_Fault(how, times, when))

    def heal(self) -> None:
        self._faults.clear()

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.requests)

    def __enter__(self) -> FaultyS3:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _fault(self, request: Request) -> int | str | None:
        with self._lock:
            self.requests.append(request)
            for fault in self._faults:
                if fault.times > 0 and fault.concerns(request):
                    fault.times -= 1
                    return fault.how
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                text = body.decode(errors="replace") if len(body) < 10_000 else ""
                request = Request(
                    self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, text
                )
                how = proxy._fault(request)
                if isinstance(how, int):
                    code = CODES[how]
                    error = f"<Error><Code>{code}</Code><Message>as the test wants</Message></Error>"
                    if request.method == "POST" and request.path == "/":  # STS has it in an envelope
                        error = f"<ErrorResponse>{error}</ErrorResponse>"
                    self._answer(how, [("Content-Type", "application/xml")], error.encode())
                elif how == RESET:
                    self._break_off()
                else:
                    status, headers, answer = self._forward(body)
                    if how == SILENT:
                        self.connection.recv(1)  # comes back when the client has hung up
                    if how in (LOSE, SILENT):
                        self._break_off()
                    else:
                        self._answer(status, headers, answer)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815

            def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
                connection = http.client.HTTPConnection(proxy._upstream, timeout=30)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                return answer.status, answer.getheaders(), content

            def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                length = {name.lower(): value for name, value in headers}.get("content-length", "0")
                self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def _break_off(self) -> None:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

            def log_message(self, format: str, *args: object) -> None:
                return

        return Handler
