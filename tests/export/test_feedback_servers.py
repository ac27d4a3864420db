"""Answers that stand on servers: SFTP, FTPS and FTP folders, read as a drop's are written, and mailboxes (O41, R1)."""

from __future__ import annotations

import os
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from feedback_world import SAMPLES
from needs import missing
from servers import DropServer, OpenSsh, PyftpdPlain, PyftpdTls, running, unwired

from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.mailbox import PASSWORD
from aam_export.feedback.mails import read_mail
from aam_export.feedback.sources import look_into
from aam_export.settings import DropSettings

DATA = b"a\t1\t\n" * 100_000


@pytest.mark.parametrize("kind", [OpenSsh, PyftpdTls, PyftpdPlain])
def test_files_of_a_server(kind: type[DropServer], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind.lacks():
        missing(kind.lacks())
    with running(unwired(kind), home / "server") as (server, _):
        server.move_to("out")
        server.start()
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("a.sync", "b.sync.tmp", "mail.eml"):
            (server.folder / name).write_bytes(DATA)
            os.utime(server.folder / name, (1_514_818_800, 1_514_818_800))
        settings = DropSettings(partner_name="acme", **server.settings)
        seen = {}
        for found in look_into(server.destination, settings, home):
            with found.open() as stream:
                seen[found.name] = (stream.read(1 << 20), found.size, found.is_mail)
            assert found.modified is not None and found.modified.timestamp() == 1_514_818_800
        assert seen == {"a.sync": (DATA, len(DATA), False), "mail.eml": (DATA, len(DATA), True)}


def test_a_file_that_is_left_in_its_midst_costs_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(unwired(PyftpdPlain), home / "server") as (server, _):
        server.move_to("out")
        server.start()
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("a.sync", "b.sync"):
            (server.folder / name).write_bytes(DATA * 20)
        read = []
        for found in look_into(server.destination, DropSettings(partner_name="acme", **server.settings), home):
            try:
                with found.open() as stream:
                    if found.name == "a.sync":
                        stream.read(10)
                        raise KeyError("it is of no use")
                    read.append(len(stream.read()))
            except KeyError:
                continue
        assert read == [len(DATA) * 20]


class Imap(socketserver.StreamRequestHandler):
    """As much of IMAP4rev1 (RFC 3501) as a reader needs: it refuses whatever would change a mailbox."""

    mails = tuple(sorted((SAMPLES / "receipts").glob("*.eml")))

    def handle(self) -> None:
        self.say("* OK ready")
        for line in self.rfile:
            tag, command, *rest = line.decode().split()
            words = " ".join(rest)
            if command == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1")
            elif command == "LOGIN" and words != 'receipts "right"':
                self.say(f"{tag} NO wrong user or password")
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


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv(PASSWORD, "right")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Imap) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"localhost:{server.server_address[1]}"
        server.shutdown()


def test_mails_of_a_mailbox(mailbox: str, tmp_path: Path) -> None:
    settings = DropSettings(partner_name="acme")
    mails = []
    for found in look_into(f"imaps://receipts@{mailbox}", settings, tmp_path):
        with found.open() as stream:
            data = stream.read()
        assert found.is_mail and found.size == len(data)
        mails.append(read_mail(data))
    assert len(mails) == len(Imap.mails) and all(mail.is_receipt for mail in mails)


def test_what_a_mailbox_refuses(mailbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DropSettings(partner_name="acme")
    with pytest.raises(DropError, match="no folder elsewhere"):
        list(look_into(f"imaps://receipts@{mailbox}/elsewhere", settings, tmp_path))
    monkeypatch.setenv(PASSWORD, "hunter2")
    with pytest.raises(DropError, match="wrong user or password") as refused:
        list(look_into(f"imaps://receipts@{mailbox}", settings, tmp_path))
    assert "hunter2" not in str(refused.value)
    monkeypatch.delenv(PASSWORD)
    with pytest.raises(ConfigurationError, match="nothing proves"):
        list(look_into(f"imaps://receipts@{mailbox}", settings, tmp_path))
