"""The ledger: what has been sent, in tables beside the models.

    aam_batches         a row an event of a batch: proposed, opened, committed (and settled, by hand) or abandoned
    aam_files           a row an event of a file: staged, uploading, arrived under a temporary name, delivered
    aam_batch_records   what each batch says of each user, frozen before the first byte leaves
    aam_batch_id_syncs  the pairs of IDs that each batch synchronises, frozen with it
    aam_leases          a row: which run holds the drop, or held it last

Rows are only appended (the lease, proposals that no run opened, and compaction aside). A batch counts for good
once its row `committed` stands.
dbt creates the tables (macro create_ledger) and renders the lines of frozen rows (view inbound_batch_lines).
"""

from aam_export.ledger.batches import Batch, Batches, FileEvents
from aam_export.ledger.changes import (
    SignalTotals,
    SourceTotals,
    UserChange,
    opted_out_before,
    signal_totals,
    source_totals,
    user_changes,
)
from aam_export.ledger.context import ARRIVED, DELIVERED, STAGED, UPLOADING, LedgerContext, open_ledger
from aam_export.ledger.file_lines import DataFileLines, FileLines, data_lines, files_of
from aam_export.ledger.history import BatchRow, FileRow, History
from aam_export.ledger.id_syncs import Coverage, IdSyncFileLines, IdSyncTotals, coverage, id_sync_totals, pair_lines
from aam_export.ledger.lease import Lease, hold_lease
from aam_export.ledger.writing import BatchWriter

__all__ = [
    "ARRIVED",
    "DELIVERED",
    "STAGED",
    "UPLOADING",
    "Batch",
    "BatchRow",
    "BatchWriter",
    "Batches",
    "Coverage",
    "DataFileLines",
    "FileEvents",
    "FileLines",
    "FileRow",
    "History",
    "IdSyncFileLines",
    "IdSyncTotals",
    "Lease",
    "LedgerContext",
    "SignalTotals",
    "SourceTotals",
    "UserChange",
    "coverage",
    "data_lines",
    "files_of",
    "hold_lease",
    "id_sync_totals",
    "open_ledger",
    "opted_out_before",
    "pair_lines",
    "signal_totals",
    "source_totals",
    "user_changes",
]
