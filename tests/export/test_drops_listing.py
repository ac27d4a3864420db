"""What stands in a drop, and that a drop which does not tell is not taken for an empty one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from needs import missing
from servers import DropServer, OpenSsh, PyftpdPlain, VsftpdPlain, running, unwired

from aam_export.drops import Drop, open_drop
from aam_export.settings import DropSettings

NOBODY = 65534
NAME = "ftp_dpm_100001_1514793600.sync.gz"


class WriteOnlyPyftpd(PyftpdPlain):
    """Files may be stored and renamed; nobody may list them."""

    PROGRAM = PyftpdPlain.PROGRAM.replace("perm=permissions", 'perm="eradfmw"')


class BoundVsftpd(VsftpdPlain):
    """Served by somebody whom the rights of folders bind."""

    def command(self, read_only: bool) -> list[str]:
        program, configuration = super().command(read_only)
        if os.geteuid():
            return [program, configuration]
        os.chown(configuration, NOBODY, NOBODY)
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program, configuration]


def opened(server: DropServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> Drop:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return open_drop(server.destination, DropSettings(partner_name="acme", **server.settings), home)


@pytest.mark.parametrize("kind", [PyftpdPlain, VsftpdPlain, OpenSsh])
def test_an_open_folder(kind: type[DropServer], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind.lacks():
        missing(kind.lacks())
    with running(unwired(kind), home / "server") as (server, _):
        server.move_to("in")
        server.start()
        drop = opened(server, home, monkeypatch)
        assert drop.list_names("acme") == []
        server.write(NAME, b"data")
        assert drop.list_names("acme") == [NAME]


def test_a_server_that_refuses_to_list(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(unwired(WriteOnlyPyftpd), home / "server") as (server, _):
        server.move_to("in")
        server.write(NAME, b"data")
        server.start()
        assert opened(server, home, monkeypatch).list_names("acme") is None


def test_a_folder_that_its_server_may_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """vsftpd answers with an empty list, and says why behind it."""
    if VsftpdPlain.lacks():
        missing(VsftpdPlain.lacks())
    with running(unwired(BoundVsftpd), home / "server") as (server, _):
        server.move_to("in")
        server.write(NAME, b"data")
        server.folder.chmod(0o333)
        server.start()
        assert opened(server, home, monkeypatch).list_names("acme") is None
