"""The right to send and to commit: one run at a time has it, and a run that slept too long has lost it (V2)."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from aam_export.errors import BusyError
from aam_export.ledger.context import LedgerContext, utc
from aam_export.warehouses.base import literal

LEASE = timedelta(minutes=10)
RENEWED_EVERY = timedelta(minutes=1)


class Lease:
    """A lease on the drop. `fence` counts the runs that held it: only the newest may commit."""

    def __init__(self, ledger: LedgerContext, fence: int, holder: str) -> None:
        self._ledger = ledger
        self._fence = fence
        self._holder = holder
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
        now = self._ledger.clock.now()
        ours = [
            (fence, holder) == (self._fence, self._holder) and utc(expires_at) > now
            for fence, holder, expires_at in _newest(self._ledger)
        ]
        if not ours or not all(ours):
            raise BusyError(
                "this run's lease on the drop expired, and another run may have begun",
                hint="this run commits nothing; run again, which finishes the batch",
            )

    def give_back(self) -> None:
        self._set_expiry(self._ledger.now())

    def _set_expiry(self, moment: datetime) -> None:
        self._ledger.warehouse.execute(
            f"update {self._ledger.leases} set expires_at = {literal(moment)} "
            f"where fence = {self._fence} and holder = {literal(self._holder)}"
        )


@contextlib.contextmanager
def hold_lease(ledger: LedgerContext) -> Iterator[Lease]:
    """Hold the drop; raises BusyError while another run does.

    A lease that a dead run left expires by itself; at once where the warehouse admits one process only, for then the
    other run can't be alive. One that ends later than any lease could is a clock's mistake and counts as expired.
    """
    with ledger.warehouse.transaction():
        lease = _take(ledger)
    try:
        with contextlib.nullcontext() if ledger.warehouse.exclusive else _kept_meanwhile(lease):
            yield lease
    finally:
        with contextlib.suppress(Exception):  # it expires anyway; what failed before is what matters
            lease.give_back()


def _take(ledger: LedgerContext) -> Lease:
    """Make the newest lease ours, by one statement that only one of those who saw it free can have done."""
    last = 0
    known = _newest(ledger)
    for fence, holder, expires_at in known:
        last = int(fence)
        left = utc(expires_at) - ledger.clock.now()
        if not ledger.warehouse.exclusive and timedelta(0) < left <= LEASE:
            raise _busy(f"{holder}, for {left.seconds} s unless it goes on")
    holder = f"process {os.getpid()} on {socket.gethostname()}, {uuid.uuid4().hex[:8]}"
    now, end = ledger.now(), ledger.now(LEASE)
    if not known:
        ledger.append(ledger.leases, "fence, holder, acquired_at, expires_at", [(last, "nobody yet", now, now)])
    ledger.warehouse.execute(
        f"update {ledger.leases} set fence = {last + 1}, holder = {literal(holder)}, "
        f"acquired_at = {literal(now)}, expires_at = {literal(end)} where fence = {last}"
    )
    lease = Lease(ledger, last + 1, holder)
    # Who came second wrote to nothing, where no error told so; of the first two ever, each may have made a row.
    others = sorted({str(other) for _, other, _ in _newest(ledger)} - {holder})
    if others:
        lease.give_back()
        raise _busy(others[0])
    return lease


def _newest(ledger: LedgerContext) -> list[tuple[Any, ...]]:
    return ledger.warehouse.fetch(
        f"select fence, holder, expires_at from {ledger.leases} where fence = (select max(fence) from {ledger.leases})"
    )


@contextlib.contextmanager
def _kept_meanwhile(lease: Lease) -> Iterator[None]:
    """Keep a lease that nothing else holds, however long a statement takes."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(RENEWED_EVERY.total_seconds()):
            with contextlib.suppress(Exception):  # whoever needs the lease asks for it
                lease.keep()

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _busy(who: str) -> BusyError:
    return BusyError(f"another run holds the drop: {who}", hint="wait for it; if it died, its lease ends by itself")
