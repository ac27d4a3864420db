"""Files of customers' IDs on this machine: their owner alone may read them, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700


def private_folder(folder: Path) -> Path:
    """Make a folder that nobody else may look into; one that is there already becomes such a one."""
    folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    folder.chmod(OWNER_FOLDER)
    return folder


def create_private(path: Path) -> BinaryIO:
    """Open a file for writing anew that nobody else may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_FILE)
    os.fchmod(descriptor, OWNER_FILE)
    return os.fdopen(descriptor, "wb")
