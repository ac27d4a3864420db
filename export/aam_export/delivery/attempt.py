"""A run that is to be made, or foretold."""

from __future__ import annotations

from dataclasses import dataclass

from aam_export.drops import Drop
from aam_export.ledger import Batches, LedgerContext
from aam_export.project import Project
from aam_export.proof.gate import Proof


@dataclass
class Attempt:
    """What a run is made of, and what its safeguards find out that it needs.

    `full`, `new_ledger` and `accepted_removals` are what a person said. `proof` and `delivered_as` (the batch that has
    delivered the last build already) are known once the gate has been asked, `newest_in_drop` (a TIMESTAMP, 0 for none)
    once the drop's history has.
    """

    project: Project
    drop: Drop
    ledger: LedgerContext
    full: bool = False
    new_ledger: bool = False
    accepted_removals: int | None = None
    proof: Proof | None = None
    delivered_as: str | None = None
    newest_in_drop: int = 0

    @property
    def batches(self) -> Batches:
        return Batches(self.ledger)
