"""A line between a client and a server, over real sockets, that breaks, falls silent or is slow as a test says."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType

SERVER = "127.0.0.1"
WIRE = "127.0.0.2"
"""Another loopback address, where the same ports are free: an FTP server names the ports of its data connections."""
PIECE = 1 << 13


class Wire:
    """Forwards every connection to a port of WIRE to the same port of SERVER."""

    def __init__(self, ports: range) -> None:
        self.connections = 0
        self.seconds_a_piece = 0.0
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._due: list[tuple[int, Callable[[], None]]] = []
        self._silent = threading.Event()
        self._listeners = [_listener(port) for port in ports]

    def after(self, size: int, action: Callable[[], None]) -> None:
        """Do something once `size` more bytes have gone towards the server."""
        self._due.append((size, action))

    def reset(self) -> None:
        """Break every connection off, for both ends to see."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.shutdown(socket.SHUT_RDWR)  # wakes whoever reads from it
                    end.close()

    def stall(self) -> None:
        """Carry nothing any more over the connections of now."""
        self._silent.set()

    def heal(self) -> None:
        """Break off what is stalled, and carry everything again."""
        self._due.clear()
        self.seconds_a_piece = 0.0
        if self._silent.is_set():
            self.reset()
            self._silent.clear()

    def __enter__(self) -> Wire:
        for listener in self._listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.reset()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((SERVER, listener.getsockname()[1]), timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            with self._lock:
                self._pairs.append((client, server))
            for source, sink, counted in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._carry, args=(source, sink, counted), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        try:
            while data := source.recv(PIECE):
                if counted:
                    self._count(len(data))
                    time.sleep(self.seconds_a_piece)
                if self._silent.is_set():
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)

    def _count(self, size: int) -> None:
        with self._lock:
            left = [(due - size, action) for due, action in self._due]
            self._due = [(due, action) for due, action in left if due > 0]
        for due, action in left:
            if due <= 0:
                action()


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((WIRE, port))
    listener.listen(64)
    return listener
