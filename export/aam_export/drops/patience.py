"""How long a drop is waited for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """What is tried how often, and how long a silence may be.

    `attempts` are those of a request to S3, at most (AWS_MAX_ATTEMPTS goes before it), with waits that double up to 20
    seconds: two minutes, or so. `pauses` are seconds to wait before a server is tried again. `silence` is how many
    seconds a server may say and take nothing before a connection counts as lost; slow is not silent.
    """

    attempts: int = 8
    pauses: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0)
    silence: float = 60


USUAL = Patience()
