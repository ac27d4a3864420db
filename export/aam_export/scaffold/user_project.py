"""The dbt project that is added to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aam_export.errors import ConfigurationError
from aam_export.exposure import PACKAGE
from aam_export.profile import read_yaml, render
from aam_export.scaffold.additions import read_mapping, read_text


@dataclass(frozen=True)
class UserProject:
    """A folder with dbt_project.yml: its `text`, and its `content` as YAML."""

    folder: Path
    text: str = field(repr=False)
    content: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> UserProject:
        """Raises ConfigurationError where dbt_project.yml can't be read, or is the package's own."""
        file = folder / "dbt_project.yml"
        project = cls(folder, read_text(file), read_yaml(file))
        if not isinstance(project.content.get("name"), str):
            raise ConfigurationError(f"{file} gives the project no name", hint="add `name: …`; dbt needs it too")
        if project.name == PACKAGE:
            raise ConfigurationError(
                f"{folder} is the package {PACKAGE} itself", hint="name your own dbt project with --project-dir"
            )
        return project

    @property
    def file(self) -> Path:
        return self.folder / "dbt_project.yml"

    @property
    def name(self) -> str:
        return str(self.content["name"])

    def folders(self, key: str, default: str) -> list[Path]:
        """Where models (`model-paths`) or seeds (`seed-paths`) are; the first is where new ones go."""
        where = f"{self.file}: {key}"
        paths = render(self.content.get(key, [default]), where=where)
        if not isinstance(paths, list) or not paths:
            raise ConfigurationError(f"{where} is {paths!r}", hint=f"name a folder there, such as [{default}]")
        return [self.folder / str(path) for path in paths]

    @property
    def models(self) -> list[Path]:
        return self.folders("model-paths", "models")

    @property
    def seeds(self) -> list[Path]:
        return self.folders("seed-paths", "seeds")

    def has(self, name: str) -> bool:
        """Whether a model or seed of this name is there."""
        return any(
            file.stem == name and file.suffix in (".sql", ".py", ".csv")
            for folder in (*self.models, *self.seeds)
            for file in folder.rglob(f"{name}.*")
        )

    def described_seeds(self) -> set[str]:
        """Seeds that some YAML file of the project has an entry for: dbt takes no second one."""
        return {
            str(entry.get("name"))
            for content in self._properties()
            for entry in content.get("seeds") or ()
            if isinstance(entry, dict)
        }

    def _properties(self) -> Iterator[dict[str, Any]]:
        for folder in (*self.models, *self.seeds):
            for file in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
                yield read_mapping(file)
