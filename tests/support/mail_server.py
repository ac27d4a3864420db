"""A mailbox with the samples' receipts on an IMAP server of this machine (R1, R2)."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import trustme
from feedback_world import SAMPLES


class Imap(socketserver.StreamRequestHandler):
    """As much of IMAP4rev1 (RFC 3501) as a reader needs: it refuses whatever would change a mailbox."""

    gone: ClassVar[set[str]] = set()  # UIDs of mails that were deleted since
    mails = tuple(sorted((SAMPLES / "receipts").glob("*.eml")))

    def handle(self) -> None:
        self.say("* OK ready")
        for line in self.rfile:
            tag, command, *rest = line.decode().split()
            words = " ".join(rest)
            if command == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1")
            elif command == "LOGIN" and words != 'receipts "right"':
                self.say(f"{tag} NO wrong user or password: {words}")
                continue
            elif command == "EXAMINE" and words != '"INBOX"':
                self.say(f"{tag} NO no such folder")
                continue
            elif command == "EXAMINE":
                self.say(f"* {len(self.mails)} EXISTS")
            elif command == "UID" and rest[0].lower() == "search":
                assert 'SUBJECT "Server-To-Server Processing Result"' in words
                self.say(f"* SEARCH {' '.join(str(uid) for uid in range(1, len(self.mails) + 1))}")
            elif command == "UID" and "RFC822.SIZE" in words:
                self.say(f"* {rest[1]} FETCH (UID {rest[1]} RFC822.SIZE {len(self.data(rest[1]))})")
            elif command == "UID" and "BODY.PEEK[]" in words and rest[1] in self.gone:
                pass
            elif command == "UID" and "BODY.PEEK[]" in words:
                data = self.data(rest[1])
                self.wfile.write(
                    b"* %s FETCH (UID %s BODY[] {%d}\r\n%b)\r\n" % (rest[1].encode(), rest[1].encode(), len(data), data)
                )
            elif command == "LOGOUT":
                self.say("* BYE")
            elif command != "LOGIN":
                self.say(f"{tag} BAD this would change something")
                continue
            self.say(f"{tag} OK done")

    def data(self, uid: str) -> bytes:
        return self.mails[int(uid) - 1].read_bytes()

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Host and port, and the environment in which it can be read; its certificates stand in `folder`."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Imap) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"SSL_CERT_FILE": str(folder / "ca.pem"), "AAM_MAIL_PASSWORD": "right"}
        yield f"localhost:{server.server_address[1]}", environment
        server.shutdown()
