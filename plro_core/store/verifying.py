"""From the files of a version to its tables: nothing is believed that its manifest and the schema do not say."""

import hashlib
from pathlib import Path

from plro_core import plain_files
from plro_core.problems import RegistryProblem
from plro_core.schema import SCHEMA_VERSION, rules_of, violations
from plro_core.store.files import sha256_of, verified_bytes, verified_file
from plro_core.store.folder import MANIFEST, current_version, existing_folder, is_version, pointer
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.published import check_known
from plro_core.store.tables import StoredTables
from plro_core.text import printable
from plro_core.vocabulary import FILE, Declared, Vocabulary, parse, words_of

#: Folder of a registry in which stands what each of its versions was checked by when it was written.
CHECKED = "checked"


def verified(folder: Path, version: str | None = None) -> tuple[Manifest, Vocabulary, StoredTables]:
    """A version's manifest, the words that it is read with, and its tables, checked against each other.

    Raises:
        RegistryProblem: the pointer, the version, its words, its manifest or a file is missing, altered or breaks a rule.
    """
    manifest = sound_manifest(folder, version)
    home = folder / "versions" / manifest.version
    vocabulary = words(folder, manifest)
    expected = [
        table.name for table in vocabulary.tables if not table.optional or f"{table.name}.parquet" in manifest.files
    ]
    files = {name: verified_file(home / f"{name}.parquet", manifest) for name in expected}
    tables = StoredTables(files, vocabulary, home.name)
    if not was_checked(folder, manifest, vocabulary) and (found := violations(tables, vocabulary)):
        more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
        raise RegistryProblem(f"{home.name}: {found[0].sentence}{more}")
    return manifest, vocabulary, tables


def was_checked(folder: Path, manifest: Manifest, vocabulary: Vocabulary) -> bool:
    """Whether exactly these contents were held against exactly these rules when the version was written."""
    try:
        stated = plain_files.text(folder / CHECKED / manifest.version)
    except (OSError, UnicodeDecodeError):
        return False
    told = checked_words(manifest, vocabulary)
    return stated in (told, sealed_words(told))


def checked_words(manifest: Manifest, vocabulary: Vocabulary) -> str:
    """What is written down of a check: what was checked, and by which rules."""
    return f"{content_hash(manifest)} {rules_of(vocabulary)}\n"


def sealed_words(told: str) -> str:
    """What is written down of a check, with its own checksum; earlier releases wrote none."""
    return f"{told}{hashlib.sha256(told.encode()).hexdigest()}\n"


def sound_manifest(folder: Path, version: str | None = None) -> Manifest:
    """The manifest of a version, or of the published one, that is what its folder says.

    Raises:
        RegistryProblem: there is no such version, or its manifest is missing, damaged or that of another version.
    """
    existing_folder(folder)
    if version is None:
        version = current_version(folder)
    elif not is_version(folder, version):
        raise RegistryProblem(
            f"{folder.name}/versions: “{printable(version)}” is not a version; expected the name of a folder there."
        )
    home = folder / "versions" / version
    manifest = Manifest.read(home / MANIFEST)
    if manifest.schema_version != SCHEMA_VERSION:
        raise RegistryProblem(
            f"{home.name}/{MANIFEST}: schema version {manifest.schema_version}; this program reads {SCHEMA_VERSION}."
        )
    if manifest.version != version:
        raise RegistryProblem(
            f"{home.name}/{MANIFEST}: says version {printable(manifest.version)}; expected {version}, as its folder."
        )
    check_known(folder, version)
    return manifest


def words(folder: Path, manifest: Manifest) -> Vocabulary:
    """The words that a version is read with: those that the registry declares now, if they still mean the same.

    So a new word is known at the next opening, before anything is recorded under it. An older version that contradicts
    what is declared now is read with the words that it was written in, and so is a draft of new words on top of these.

    Raises:
        RegistryProblem: the registry's ``variables.toml`` is at fault, or contradicts the published version.
    """
    now = words_of(folder)
    written_in = Vocabulary(_written_in(folder / "versions" / manifest.version, manifest))
    is_published = manifest.version == pointer(folder)
    if manifest.words_from == now.declared.sha256 and not is_published:
        return written_in
    contradiction = now.contradiction(written_in)
    if contradiction and is_published:
        raise RegistryProblem(f"{FILE}: {contradiction} Version {manifest.version} was written with it.")
    return written_in if contradiction else now


def _written_in(home: Path, manifest: Manifest) -> Declared:
    """What was declared when a version was written."""
    if FILE not in manifest.files:
        return Declared()
    return parse(verified_bytes(home / FILE, manifest))


def check_bytes(home: Path, manifest: Manifest) -> None:
    """Compare a version's files with its manifest without reading what they hold."""
    if manifest.version != home.name:
        raise RegistryProblem(f"{home.name}/{MANIFEST}: says version {printable(manifest.version)}.")
    for name, stated in manifest.files.items():
        path = home / Path(name).name
        if not path.is_file() or sha256_of(path) != stated["sha256"]:
            raise RegistryProblem(
                f"{home.name}/{printable(path.name)}: the file is missing or altered; restore it from a backup."
            )
