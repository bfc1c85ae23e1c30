"""From the files of a version to its tables: nothing is believed that its manifest and the schema do not say."""

import hashlib
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from plro_core.problems import RegistryProblem
from plro_core.schema import SCHEMA_VERSION, completed, problems
from plro_core.store.folder import current_version, is_version
from plro_core.store.manifest import Manifest
from plro_core.text import printable
from plro_core.variables import OWN, OWN_PROBLEM, TABLES, own


def verified(folder: Path, version: str | None = None) -> tuple[Manifest, dict[str, pa.Table]]:
    """A version's manifest and tables, checked against each other and against the schema."""
    if version is None:
        version = current_version(folder)
    elif not is_version(folder, version):
        raise RegistryProblem(
            f"{folder.name}/versions: “{printable(version)}” is not a version; expected the name of a folder there."
        )
    home = folder / "versions" / version
    manifest = Manifest.read(home / "manifest.json")
    if manifest.schema_version != SCHEMA_VERSION:
        raise RegistryProblem(
            f"{home.name}/manifest.json: schema version {manifest.schema_version}; this program reads {SCHEMA_VERSION}."
        )
    if manifest.version != version:
        raise RegistryProblem(
            f"{home.name}/manifest.json: says version {printable(manifest.version)}; expected {version}, as its folder."
        )
    _check_vocabulary(home, manifest)
    expected = [table.name for table in TABLES if not table.optional or f"{table.name}.parquet" in manifest.files]
    tables = completed({name: _read_verified(home / f"{name}.parquet", manifest) for name in expected})
    found = problems(tables)
    if found:
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        raise RegistryProblem(f"{home.name}: {found[0].sentence}{more}")
    return manifest, tables


def _check_vocabulary(home: Path, manifest: Manifest) -> None:
    """What the version's own vocabulary declares must still be declared, and mean the same.

    Raises:
        RegistryProblem: the registry's ``variables.toml`` is at fault, was not read, or gives a word another meaning.
    """
    if OWN_PROBLEM:
        raise RegistryProblem(OWN_PROBLEM)
    if own.FILE not in manifest.files:
        return
    declared = own.parse(verified_bytes(home / own.FILE, manifest))
    for entry in declared.variables:
        now = next((known for known in OWN.variables if (known.table, known.name) == (entry.table, entry.name)), None)
        if now is None:
            raise RegistryProblem(
                f"{home.name}/{entry.table}: “{entry.name}” is not declared; start the program with PLRO_REGISTRY naming this "
                f"registry, whose {own.FILE} must declare it."
            )
        codes = {level.code for level in now.levels}
        same = (now.kind, now.unit) == (entry.kind, entry.unit)
        if not same or not codes.issuperset(level.code for level in entry.levels):
            raise RegistryProblem(
                f"{own.FILE}: “{entry.name}” now means something else than in version {home.name} (kind, unit or levels "
                "differ); give the new meaning a new name."
            )


def _read_verified(path: Path, manifest: Manifest) -> pa.Table:
    """One Parquet file as a table, its bytes read once and compared with the manifest before they are parsed.

    A flipped bit in a Parquet file is otherwise read without any error, and wrong.
    """
    content = verified_bytes(path, manifest)
    try:
        return pq.read_table(BytesIO(content), page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        name = f"{path.parent.name}/{path.name}"
        raise RegistryProblem(f"{name}: the file is not readable Parquet; restore it from a backup.") from None


def verified_bytes(path: Path, manifest: Manifest) -> bytes:
    name = f"{path.parent.name}/{path.name}"
    stated = manifest.files.get(path.name)
    if stated is None:
        raise RegistryProblem(f"{name}: the manifest does not list the file; restore the manifest from a backup.")
    try:
        content = path.read_bytes()
    except OSError:
        raise RegistryProblem(f"{name}: the file is missing or unreadable; restore it from a backup.") from None
    if hashlib.sha256(content).hexdigest() != stated["sha256"]:
        raise RegistryProblem(
            f"{name}: the file was altered or cut short (its checksum differs); restore it from a backup."
        )
    return content


def check_bytes(home: Path, manifest: Manifest) -> None:
    """Compare a version's files with its manifest without reading what they hold."""
    if manifest.version != home.name:
        raise RegistryProblem(f"{home.name}/manifest.json: says version {printable(manifest.version)}.")
    for name, stated in manifest.files.items():
        path = home / Path(name).name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != stated["sha256"]:
            raise RegistryProblem(
                f"{home.name}/{printable(path.name)}: the file is missing or altered; restore it from a backup."
            )
