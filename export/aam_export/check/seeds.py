"""What the project's seeds say about the AAM account: data sources, traits, declared keys."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aam_export.errors import ConfigurationError
from aam_export.printable import printable

# As the product and its API spell it (A7).
ONBOARDED = frozenset({"onboarded", "on_boarded_trait"})
_COLUMNS = {
    "aam_data_sources": ("data_source", "dpid", "id_type", "target_data_owner_dpid"),
    "aam_traits": ("trait_id", "dpid", "trait_type", "signal_key", "signal_value"),
    "aam_signal_keys": ("data_source", "signal_key"),
}
_FIRST = "aam_data_sources.csv"
_ALL = "aam_data_sources.csv, aam_traits.csv and aam_signal_keys.csv"


@dataclass(frozen=True)
class Trait:
    """A trait, and the data source that owns it."""

    dpid: str
    trait_type: str


@dataclass(frozen=True, eq=False)  # compared by identity, and so a key of caches
class Account:
    """What one file may hold, as the seeds have it.

    `owner` is the DPID whose traits the file names: the target data owner where there is one (L3). `keys` and `codes`
    are the declared keys and the `ic` codes (L5).
    """

    owner: str
    traits: dict[str, Trait]
    keys: frozenset[str]
    codes: frozenset[str]

    def trait_problem(self, trait_id: str) -> str:
        """Why a trait can't be sent in the file, or an empty text (L3)."""
        trait = self.traits.get(trait_id)
        if trait is None:
            return f"trait {trait_id[:20]} is not in aam_traits"
        if trait.dpid != self.owner:
            return f"trait {trait_id} belongs to data source {trait.dpid}, not to {self.owner}"
        if trait.trait_type.lower() not in ONBOARDED:
            return f"trait {trait_id} is not an onboarded trait"
        return ""


@dataclass(frozen=True)
class Seeds:
    """Rows of the seeds that files can be checked against."""

    id_types: dict[str, str]
    data_sources: dict[tuple[str, str], str]
    traits: dict[str, Trait]
    keys: dict[str, frozenset[str]]
    codes: dict[str, frozenset[str]]

    def owners(self, dpid: str) -> list[str]:
        """The target data owners that data files of this DPID may name, an empty text for none (N4)."""
        return sorted(owner for source, owner in self.data_sources if source == dpid)

    def account(self, dpid: str, target_data_owner_dpid: str | None) -> Account | None:
        """What a data file of this data source may hold; None where the seeds do not have the data source."""
        data_source = self.data_sources.get((dpid, target_data_owner_dpid or ""))
        if data_source is None:
            return None
        owner = target_data_owner_dpid or dpid
        return Account(owner, self.traits, self.keys.get(data_source, frozenset()), self.codes.get(owner, frozenset()))


def find_lists(folders: Iterable[Path]) -> Path | None:
    """The one folder, among these and those below them, that holds aam_data_sources.csv; None where none does.

    Raises ConfigurationError where several do.
    """
    found = sorted({file.parent for folder in folders for file in folder.rglob(_FIRST)})
    if len(found) > 1:
        raise ConfigurationError(
            f"{_FIRST} stands in several folders: {', '.join(printable(str(folder)) for folder in found)}",
            hint="say with --seeds FOLDER which of them holds the account's lists",
        )
    return found[0] if found else None


def load_seeds(folder: Path) -> Seeds:
    """Read aam_data_sources.csv, aam_traits.csv and aam_signal_keys.csv from a folder, or the one below with them."""
    if not os.path.isfile(folder / _FIRST):  # noqa: PTH113 - False, too, where we may not look
        below = find_lists([folder])
        if below is None:
            raise ConfigurationError(
                f"there is no {_FIRST} in {printable(str(folder))} or below that can be read",
                hint=f"name the folder that holds {_ALL}; `aam-export init` writes them",
            )
        folder = below
    sources = _rows(folder, "aam_data_sources")
    traits = _rows(folder, "aam_traits")
    keys: dict[str, set[str]] = {}
    for row in _rows(folder, "aam_signal_keys"):
        keys.setdefault(row["data_source"], set()).add(row["signal_key"])
    codes: dict[str, set[str]] = {}
    for row in traits:
        if row["signal_key"] == "ic":
            codes.setdefault(row["dpid"], set()).add(row["signal_value"])
    return Seeds(
        id_types={row["dpid"]: row["id_type"] for row in sources},
        data_sources={(row["dpid"], row["target_data_owner_dpid"]): row["data_source"] for row in sources},
        traits={row["trait_id"]: Trait(row["dpid"], row["trait_type"]) for row in traits},
        keys={data_source: frozenset(names) for data_source, names in keys.items()},
        codes={dpid: frozenset(names) for dpid, names in codes.items()},
    )


def _rows(folder: Path, seed: str) -> list[dict[str, str]]:
    path = folder / f"{seed}.csv"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restval="")
            missing = [name for name in _COLUMNS[seed] if name not in (reader.fieldnames or ())]
            if not missing:
                return [{name: row[name].strip() for name in _COLUMNS[seed]} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"the seed {path} can't be read: {error}",
            hint=f"have {_ALL} in one folder, and name it with --seeds",
        ) from error
    raise ConfigurationError(
        f"the seed {path} lacks {', '.join(missing)}", hint="give it the columns that docs/check.md lists"
    )
