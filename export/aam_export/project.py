"""The dbt project as its last build left it: where things are, and the settings of the exposure `aam_drop`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aam_export.artifacts import read_manifest
from aam_export.errors import ConfigurationError
from aam_export.exposure import BUILD, EXPOSURE, LEDGER, PACKAGE
from aam_export.masking import allow
from aam_export.profile import Target, dbt_variable, load_target, read_yaml, render
from aam_export.settings import NAME_THE_PARTNER, DropSettings


@dataclass(frozen=True)
class Project:
    """A dbt project folder with its profile's target and, read from `target_path`, the last build's manifest.

    `default_profile` is what dbt takes where nobody names a profile.
    """

    folder: Path
    target_path: Path
    target: Target
    manifest: Mapping[str, Any] = field(repr=False)
    settings: DropSettings
    default_profile: str

    def relation(self, name: str) -> str:
        """The quoted name, in the warehouse, of a model, a seed or a table of the ledger; the package's first."""
        nodes = [*self.manifest["nodes"].values(), *self.manifest["sources"].values()]
        for node in sorted(nodes, key=lambda node: node.get("package_name") != PACKAGE):
            if (
                node["name"] == name
                and node["resource_type"] in ("model", "seed", "source")
                and node.get("relation_name")
            ):
                return str(node["relation_name"])
        raise ConfigurationError(
            f"{self.target_path / 'manifest.json'} knows no model or source '{name}'",
            hint=f"is it disabled? Then {BUILD}",
        )

    def require_own_tables(self) -> None:
        """Raise ConfigurationError where the manifest is another target's: the tables that it names are, too."""
        ledger = self.manifest["sources"].get(f"source.{PACKAGE}.{LEDGER}.aam_batches") or {}
        meta = (ledger.get("config") or {}).get("meta") or {}
        for what, ours in (("profile", self.target.profile), ("target", self.target.name)):
            theirs = meta.get(what, ours)
            if theirs != ours:
                raise ConfigurationError(
                    f"the last dbt command in {self.target_path} was for {what} '{theirs}', and this is for '{ours}': "
                    "the tables that it left the names of may be another environment's",
                    hint=f"name --{what} {theirs}, or run `{BUILD} --{what} {ours}` first",
                )

    def names_models(self, variable: str) -> bool:
        """Whether the build found a model by that var; also True where the package has no model `input__<variable>`."""
        node = self.manifest["nodes"].get(f"model.{PACKAGE}.input__{variable}")
        return node is None or bool(node["depends_on"]["nodes"])

    @property
    def ids_are_told(self) -> bool:
        """Whether IDs of the site, or pairs of IDs, tell which IDs Audience Manager knows (M5)."""
        return self.names_models("aam_site_ids_model") or self.names_models("aam_id_sync_models")


def load_project(
    *,
    project_dir: str | None = None,
    profiles_dir: str | None = None,
    profile: str | None = None,
    target: str | None = None,
) -> Project:
    """Find and read the project; the arguments mean what dbt's options of these names mean."""
    file = find_project_folder(project_dir) / "dbt_project.yml"
    content = read_yaml(file)
    own_profile = str(render(content.get("profile"), where=f"{file}: profile") or "")
    chosen = _load_target(file, content, profiles_dir, profile, target)
    target_path = _target_path(file, content, lambda: chosen)
    manifest = read_manifest(target_path / "manifest.json")
    settings = _drop_settings(manifest)
    allow(str(file.parent), str(target_path), settings.partner_name)
    return Project(file.parent, target_path, chosen, manifest, settings, own_profile)


def load_own_project(**where: str | None) -> Project:
    """`load_project` for what reads or writes the ledger without the gate, which asks for which target was built."""
    project = load_project(**where)
    project.require_own_tables()
    return project


def load_manifest(
    *,
    target_path: str | None = None,
    project_dir: str | None = None,
    profiles_dir: str | None = None,
    profile: str | None = None,
    target: str | None = None,
) -> dict[str, Any]:
    """The manifest alone, of any dbt command; raises ConfigurationError where there is none.

    It is looked for where `load_project` does, or in `target_path`. No profile is read unless that needs one.
    """
    file = find_project_folder(project_dir) / "dbt_project.yml"
    if target_path:
        folder = file.parent / target_path
    else:
        content = read_yaml(file)
        folder = _target_path(file, content, lambda: _load_target(file, content, profiles_dir, profile, target))
    return read_manifest(folder / "manifest.json", made_by="dbt compile", failure=ConfigurationError)


def _load_target(
    file: Path, content: Mapping[str, Any], profiles_dir: str | None, profile: str | None, target: str | None
) -> Target:
    name = profile or dbt_variable("PROFILE") or render(content.get("profile"), where=f"{file}: profile")
    if not name:
        raise ConfigurationError(f"{file} names no profile", hint="add `profile: …`, or use --profile")
    return load_target(str(name), target or dbt_variable("TARGET"), _find_profiles_folder(profiles_dir))


def _target_path(file: Path, content: Mapping[str, Any], load: Callable[[], Target]) -> Path:
    """Where dbt leaves what it makes; `load` is called where the setting is Jinja, which may speak of the target."""
    named = dbt_variable("TARGET_PATH")
    if named is None:
        named = str(content.get("target-path") or "target")
        if "{" in named:
            target = load()
            visible = {
                **target.settings, "name": target.name, "target_name": target.name, "profile_name": target.profile
            }  # fmt: skip
            named = str(render(named, where=f"{file}: target-path", target=visible))
    return file.parent / named


def find_project_folder(project_dir: str | None) -> Path:
    """The folder of dbt_project.yml: exactly the one that is named, or else the current one or one above."""
    named = project_dir or dbt_variable("PROJECT_DIR")
    start = Path(named or ".").resolve()
    candidates = [start] if named else [start, *start.parents]
    for folder in candidates:
        if (folder / "dbt_project.yml").is_file():
            return folder
    raise ConfigurationError(
        f"no dbt_project.yml in {start}" + ("" if named else " or above"),
        hint="go to the project's folder, or name it with --project-dir",
    )


def _find_profiles_folder(profiles_dir: str | None) -> Path:
    named = profiles_dir or dbt_variable("PROFILES_DIR")
    if named:
        return Path(named)
    return Path.cwd() if (Path.cwd() / "profiles.yml").is_file() else Path.home() / ".dbt"


def find_exposure(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    for exposure in manifest["exposures"].values():
        if exposure["name"] == EXPOSURE:
            return dict(exposure)
    if any(name.split(".")[0] == "exposure" and name.split(".")[-1] == EXPOSURE for name in manifest["disabled"]):
        raise ConfigurationError(
            f"the exposure '{EXPOSURE}' is disabled",
            hint="enable it: it holds the drop's settings and guards a delivery",
        )
    raise ConfigurationError(
        f"the project has no exposure '{EXPOSURE}'",
        hint=f"add the package {PACKAGE} to the project, as `aam-export init` does, and run `{BUILD}`",
    )


def find_partner() -> str | None:
    """The company's name in the settings of the project that we are in; None where no build has left it."""
    manifest = load_manifest()
    settings = _meta(find_exposure(manifest)).get("aam")
    name = settings.get("partner_name") if isinstance(settings, dict) else None
    return name if isinstance(name, str) else None


def _meta(exposure: Mapping[str, Any]) -> dict[str, Any]:
    return {**exposure["meta"], **exposure["config"]["meta"]}


def _drop_settings(manifest: Mapping[str, Any]) -> DropSettings:
    exposure = find_exposure(manifest)
    where = f"dbt_project.yml: exposures: {PACKAGE}: +meta: aam"
    settings = _meta(exposure).get("aam")
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{where} is missing", hint=NAME_THE_PARTNER, rule="N1")
    return DropSettings.from_meta(settings, where=where)
