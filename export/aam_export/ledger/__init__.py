"""The ledger: what has been sent, in tables beside the models.

    aam_batches         a row an event of a batch: proposed, opened, committed (and settled, by hand) or abandoned
    aam_files           a row an event of a file: staged, uploading, arrived under a temporary name, delivered
    aam_batch_records   what each batch says of each user, frozen before the first byte leaves
    aam_batch_id_syncs  the pairs of IDs that each batch synchronises, frozen with it
    aam_leases          a row a run that held the drop

Rows are only appended (a lease's expiry, proposals that no run opened, and compaction aside). A batch counts for good
once its row `committed` stands.
dbt creates the tables (macro create_ledger) and renders the lines of frozen rows (view inbound_batch_lines).
"""

from aam_export.ledger.batches import Batch, Batches, FileEvents, Stream
from aam_export.ledger.changes import SignalTotals, SourceTotals, UserChange, signal_totals, source_totals, user_changes
from aam_export.ledger.history import BatchRow, FileRow, History
from aam_export.ledger.id_syncs import Coverage, IdSyncStream, IdSyncTotals, coverage, id_sync_totals
from aam_export.ledger.lease import Lease, hold_lease
from aam_export.ledger.tables import ARRIVED, DELIVERED, STAGED, UPLOADING, Tables

__all__ = [
    "ARRIVED",
    "DELIVERED",
    "STAGED",
    "UPLOADING",
    "Batch",
    "BatchRow",
    "Batches",
    "Coverage",
    "FileEvents",
    "FileRow",
    "History",
    "IdSyncStream",
    "IdSyncTotals",
    "Lease",
    "SignalTotals",
    "SourceTotals",
    "Stream",
    "Tables",
    "UserChange",
    "coverage",
    "hold_lease",
    "id_sync_totals",
    "signal_totals",
    "source_totals",
    "user_changes",
]
