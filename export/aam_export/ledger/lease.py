"""The right to send and to commit: one run at a time has it, and a run that slept too long has lost it (V2)."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

from aam_export.errors import BusyError
from aam_export.ledger.context import LedgerContext, utc
from aam_export.warehouses.base import literal

LEASE = timedelta(minutes=10)
RENEWED_EVERY = timedelta(minutes=1)


class Lease:
    """A lease on the drop. `fence` counts the runs that held it: only the newest may commit."""

    def __init__(self, ledger: LedgerContext, fence: int) -> None:
        self._ledger = ledger
        self._fence = fence
        self._renewed = ledger.clock.now()
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Renew the lease if that is due; called often, from any thread. Raises BusyError where it has been lost."""
        with self._lock:
            if self._ledger.clock.now() - self._renewed >= RENEWED_EVERY:
                self.require()
                self._set_expiry(self._ledger.now(LEASE))
                self._renewed = self._ledger.clock.now()

    def require(self) -> None:
        """Raise BusyError unless this lease is the newest and has not expired."""
        ledger = self._ledger
        [(newest,)] = ledger.warehouse.fetch(f"select max(fence) from {ledger.leases}")
        [(expires_at,)] = ledger.warehouse.fetch(f"select expires_at from {ledger.leases} where fence = {self._fence}")
        if newest != self._fence or utc(expires_at) <= ledger.clock.now():
            raise BusyError(
                "this run's lease on the drop expired, and another run may have begun",
                hint="this run commits nothing; run again, which finishes the batch",
            )

    def give_back(self) -> None:
        self._set_expiry(self._ledger.now())

    def _set_expiry(self, moment: str) -> None:
        self._ledger.warehouse.execute(
            f"update {self._ledger.leases} set expires_at = cast({literal(moment)} as timestamp) "
            f"where fence = {self._fence}"
        )


@contextlib.contextmanager
def hold_lease(ledger: LedgerContext) -> Iterator[Lease]:
    """Hold the drop; raises BusyError while another run does.

    A lease that a dead run left expires by itself; at once where the warehouse admits one process only, for then the
    other run can't be alive. One that ends later than any lease could is a clock's mistake and counts as expired.
    """
    with ledger.warehouse.transaction():
        rows = ledger.warehouse.fetch(
            f"select fence, holder, expires_at from {ledger.leases} order by fence desc limit 1"
        )
        fence = 1
        if rows:
            last, holder, expires_at = rows[0]
            fence = last + 1
            left = utc(expires_at) - ledger.clock.now()
            if not ledger.warehouse.exclusive and timedelta(0) < left <= LEASE:
                raise BusyError(
                    f"another run holds the drop: {holder}, for {left.seconds} s unless it goes on",
                    hint="wait for it; if it died, its lease ends by itself",
                )
        holder = f"process {os.getpid()} on {socket.gethostname()}"
        ledger.append(
            ledger.leases, "fence, holder, acquired_at, expires_at", [(fence, holder, ledger.now(), ledger.now(LEASE))]
        )
    lease = Lease(ledger, fence)
    try:
        yield lease
    finally:
        with contextlib.suppress(Exception):  # it expires anyway; what failed before is what matters
            lease.give_back()
