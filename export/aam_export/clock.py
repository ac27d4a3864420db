"""The only place that reads the time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone


@dataclass(frozen=True)
class Clock:
    """UTC now: the machine's clock or, for tests and simulations, a clock that began at `start` and ticks on."""

    start: datetime | None = None
    _began: float = field(default_factory=time.monotonic, repr=False)

    def now(self) -> datetime:
        if self.start is None:
            return datetime.now(timezone.utc)
        return self.start + timedelta(seconds=time.monotonic() - self._began)
