"""Answers that stand on servers: SFTP, FTPS and FTP folders, read as a drop's are written, and mailboxes (O41, R1)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import mail_server
import pytest
from mail_server import Imap
from needs import missing
from servers import DropServer, OpenSsh, PyftpdPlain, PyftpdTls, running, unwired

from aam_export.errors import ConfigurationError, DropError
from aam_export.feedback.mailbox import PASSWORD
from aam_export.feedback.mails import read_mail
from aam_export.feedback.refusal import RefusedFile
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
        # pyftpdlib lists no names that it can't decode.
        foreign = [os.fsdecode(b"gr\xf6.csv")] if kind is OpenSsh else []
        for name in ("a.sync", "b.sync.tmp", "mail.eml", *foreign):
            (server.folder / name).write_bytes(DATA)
            os.utime(server.folder / name, (1_514_818_800, 1_514_818_800))
        settings = DropSettings(partner_name="acme", **server.settings)
        seen = {}
        for found in look_into(server.destination, settings, home):
            with found.open() as stream:
                seen[found.name] = (stream.read(1 << 20), found.size, found.is_mail)
            assert found.modified is not None and found.modified.timestamp() == 1_514_818_800
        file = (DATA, len(DATA), False)
        assert seen == {"a.sync": file, "mail.eml": (DATA, len(DATA), True), **dict.fromkeys(foreign, file)}


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


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with mail_server.running(tmp_path) as (address, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield address


def test_mails_of_a_mailbox(mailbox: str, tmp_path: Path) -> None:
    settings = DropSettings(partner_name="acme")
    mails = []
    for found in look_into(f"imaps://receipts@{mailbox}", settings, tmp_path):
        with found.open() as stream:
            data = stream.read()
        assert found.is_mail and found.size is None and data  # a server of mail may not know it to the byte
        mails.append(read_mail(data))
    assert len(mails) == len(Imap.mails) and all(mail.is_receipt for mail in mails)


def test_what_a_mailbox_refuses(mailbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DropSettings(partner_name="acme")
    with pytest.raises(DropError, match="no folder elsewhere"):
        list(look_into(f"imaps://receipts@{mailbox}/elsewhere", settings, tmp_path))
    monkeypatch.setenv(PASSWORD, "hunter2")
    with pytest.raises(DropError, match="wrong user or password"):
        list(look_into(f"imaps://receipts@{mailbox}", settings, tmp_path))
    for unusable, why in (("hunter2\r\na LOGOUT", "a line end"), ("hüter", "only ASCII")):
        monkeypatch.setenv(PASSWORD, unusable)
        with pytest.raises(ConfigurationError, match=f"^{PASSWORD} holds .*{why}"):
            list(look_into(f"imaps://receipts@{mailbox}", settings, tmp_path))
    monkeypatch.setenv(PASSWORD, "right")
    for source in (
        f"imaps://receipts@{mailbox}/Entw%C3%BCrfe",
        f'imaps://receipts@{mailbox}/a"b',
        f"imaps://h%0Ai@{mailbox}",
    ):
        with pytest.raises(ConfigurationError, match="IMAP does not take"):
            list(look_into(source, settings, tmp_path))
    monkeypatch.delenv(PASSWORD)
    with pytest.raises(ConfigurationError, match="nothing proves"):
        list(look_into(f"imaps://receipts@{mailbox}", settings, tmp_path))


@pytest.mark.parametrize("address", ["receipts@localhost:abc", "receipts@localhost:99999", "receipts@[x"])
def test_an_address_of_a_mailbox_that_is_none(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "right")
    with pytest.raises(ConfigurationError):
        list(look_into(f"imaps://{address}/INBOX", DropSettings(partner_name="acme"), tmp_path))


def test_a_mail_that_is_gone_costs_no_other(mailbox: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleted after it was listed: the server answers OK, and nothing."""
    monkeypatch.setattr(Imap, "gone", {"1"})
    read, refused = 0, []
    for found in look_into(f"imaps://receipts@{mailbox}", DropSettings(partner_name="acme"), tmp_path):
        try:
            with found.open() as stream:
                read += bool(stream.read())
        except RefusedFile as error:
            refused.append((found.path, bool(error.hint)))
    assert (read, refused) == (len(Imap.mails) - 1, [("1", True)])
