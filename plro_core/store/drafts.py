"""Drafts, their release and their discarding: every step is journalled before it is done."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from plro_core import durable, journal
from plro_core.problems import RegistryProblem
from plro_core.progress import Progress, going_on, part, tell
from plro_core.store.accepted import declared_now, first_accepted, keep_copy, why_not_proposed
from plro_core.store.files import sha256_of, verified_bytes
from plro_core.store.folder import (
    MANIFEST,
    VERSION,
    current_version,
    is_version,
    no_version,
    pointer,
    published_version,
    why_no_folder,
    why_not_written,
)
from plro_core.store.index import INDEX, drop_index
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.moves import discarded_names
from plro_core.store.ondemand import OnDemand
from plro_core.store.published import Standings, checksums_of, settled, write_mark
from plro_core.store.publishing import WRITTEN, Kept, finish, packed, point, write_checked, write_version
from plro_core.store.standing_in import why_lost
from plro_core.store.verifying import CHECKED, sound_manifest, verified, was_checked
from plro_core.text import printable
from plro_core.vocabulary import FILE, Vocabulary

#: Folder of a registry that keeps the drafts which somebody discarded.
TRASH = "trash"
#: What the journal of a folder that was only ever built may hold.
_OF_A_BUILD = {"build", "export", "interrupted"}


def why_not_built(folder: Path, about: Mapping[str, Any]) -> str:
    """Why this transcription may not be built into a folder, in one clause; nothing when it may.

    The shipped registry is built from its own transcription. Any other folder must hold nothing yet, what an interrupted
    build left, or nothing but versions that were built from a transcription with the same title and source.
    """
    if reason := why_no_folder(folder):
        return reason
    if why_not_written(folder) or not folder.exists():
        return ""
    homes = [home for home in (folder / "versions").glob("[!.]*") if home.is_dir()]
    known = {"versions", CHECKED, INDEX, "series", "source", TRASH, FILE, journal.NAME}
    others = {path.name for path in folder.glob("[!.]*")} - known
    if homes:
        others = set() if all(_is_built(home, about) for home in homes) else {"versions"}
    if not others and {entry.what for entry in journal.read(folder)} <= _OF_A_BUILD:
        return ""
    return f"{folder.name} holds something else than “{about['title']}” ({about['source']}), so nothing was built"


def _is_built(home: Path, about: Mapping[str, Any]) -> bool:
    try:
        manifest = Manifest.read(home / MANIFEST)
    except RegistryProblem:
        return False
    return (manifest.title, manifest.source) == (about["title"], about["source"])


def draft(
    tables: Mapping[str, pa.Table],
    about: Mapping[str, Any],
    folder: Path,
    vocabulary: Vocabulary,
    parent: str | None = None,
    detail: Mapping[str, Any] | None = None,
    come: Mapping[str, pa.Table] | None = None,
    progress: Progress = going_on,
    words_from: str | None = None,
) -> Manifest:
    """Write a new immutable version without publishing it; ``parent`` is the published version that it was made from.

    ``about`` gives version, title, source, author, note, time and synthetic; ``detail`` goes into the journal, such as
    the files that the rows came from. ``come`` are the rows, by table, that ``parent`` has not or has otherwise, where nothing else
    is new: the files of other tables are taken over as they are, and only these rows are held against the rules.
    ``words_from`` is the checksum of the ``variables.toml`` that ``vocabulary`` is proposed on, where it is to follow that.
    Whoever breaks it off leaves no version behind; ``progress`` is asked until the first file is written.

    Raises:
        StoppedWork: ``progress`` answered no; then nothing is written, nor journalled.
        RegistryProblem: the registry is the shipped one, the tables break a rule or change nothing, the version has a
            name that is taken, or another version has been published since ``parent``, or other words declared.
        JournalProblem: the journal cannot be written; then neither is the version.
    """
    _refuse_shipped(folder)
    if lost := why_lost(folder):
        raise RegistryProblem(lost)
    kept = _kept(folder, parent, vocabulary, set(tables).difference(come)) if come is not None else None
    only = come if kept is not None else None
    files, manifest = packed(
        _plain(tables, vocabulary),
        about if words_from is None else {**about, "words_from": words_from},
        vocabulary,
        parent,
        kept or {},
        only,
        part(progress, 0, 0.7),
    )
    journal.check_words(manifest.author, manifest.note)
    tell(progress, 0.7, "writing the files")
    home = folder / "versions" / manifest.version
    home.parent.mkdir(parents=True, exist_ok=True)
    with durable.writing(folder, *WRITTEN):
        entries = settled(folder)
        if home.exists() or manifest.version in discarded_names(entries):
            raise RegistryProblem(f"There was a version {manifest.version} before; give the new one another name.")
        _refuse_moved(parent, published_version(folder))
        if words_from is not None and (reason := why_not_proposed(folder, words_from)):
            raise RegistryProblem(reason)
        if parent and content_hash(Manifest.read(folder / "versions" / parent / MANIFEST)) == content_hash(manifest):
            raise RegistryProblem(f"Nothing changes: this is what version {parent} already holds.")
        told = {**(detail or {}), **checksums_of(manifest, manifest.sha256), **first_accepted(folder)}
        _journalled(folder, "draft", manifest.author, manifest.version, parent, manifest.note, told)
        write_version(home, files, manifest)
        try:
            write_checked(folder, manifest, vocabulary)
            finish(folder, manifest, vocabulary)
        except BaseException:  # somebody broke it off, or the disk kept something else
            _remove(folder, manifest.version)
            raise
    return manifest


def release(folder: Path, version: str, who: str, note: str) -> Manifest:
    """Move the pointer to a complete, verified version: a draft is published, an older version is gone back to.

    Raises:
        RegistryProblem: the registry is the shipped one, the version is missing, damaged or published already, or it is
            a draft made from another version than the published one, or of words for another ``variables.toml``.
        JournalProblem: the journal cannot be written; then the pointer stays.
    """
    _refuse_shipped(folder)
    if not is_version(folder, version):
        raise no_version(version)
    with durable.writing(folder, *WRITTEN):
        current = pointer(folder)  # even a broken one, because going back is what mends it
        manifest, _, _ = verified(folder, version)
        settled(folder)
        standings = Standings.of(folder)
        is_draft = version in standings.drafts
        if version == current and not is_draft and _is_well_pointed(folder):
            raise RegistryProblem(f"Version {version} is the published one already.")
        if is_draft:
            _refuse_moved(manifest.parent, None if current == version else current)
        told = checksums_of(manifest, sha256_of(folder / "versions" / version / MANIFEST))
        words = proposed_words(folder, manifest) if is_draft else None
        told |= {} if words is None else {"accepted": {FILE: manifest.files[FILE]["sha256"]}}
        _journalled(folder, "publish" if is_draft else "rollback", who, version, current, note, told)
        if words is not None:  # before the pointer: the version can be read in these words alone
            durable.write_whole(folder / FILE, words)
            keep_copy(folder)
        point(folder, version)
        write_mark(folder, manifest, who=who)
    return manifest


def proposed_words(folder: Path, manifest: Manifest) -> bytes | None:
    """The ``variables.toml`` that the registry gets with a draft of new words; ``None`` if the draft proposes none.

    Raises:
        RegistryProblem: the registry declares something else by now than what they were proposed on.
    """
    if manifest.words_from is None or FILE not in manifest.files:
        return None
    if declared_now(folder) not in (manifest.words_from, manifest.files[FILE]["sha256"]):
        raise RegistryProblem(
            f"{FILE} was changed since version {manifest.version} was made of it; propose its new words again."
        )
    return verified_bytes(folder / "versions" / manifest.version / FILE, manifest)


def _is_well_pointed(folder: Path) -> bool:
    try:
        return bool(current_version(folder))
    except RegistryProblem:
        return False


def discard(folder: Path, version: str, who: str, note: str = "") -> None:
    """Move a draft to the registry's trash. A version that was ever published stays, and one of which nobody knows.

    Raises:
        RegistryProblem: the registry is the shipped one, there is no such version, or it is not known to be a draft.
        JournalProblem: the journal cannot be written; then the draft stays.
    """
    _refuse_shipped(folder)
    if not is_version(folder, version):
        raise no_version(version)
    with durable.writing(folder, *WRITTEN):
        settled(folder)
        standings = Standings.of(folder)
        state = standings.state(version)
        if state == "unknown":
            raise RegistryProblem(f"{standings.why_unknown(version).removesuffix('.')}, so it stays.")
        if state != "draft":
            raise RegistryProblem(f"Version {version} was published, so it stays; only a draft can be discarded.")
        home = folder / "versions" / version
        told = {"manifest": sha256_of(home / MANIFEST)} if (home / MANIFEST).is_file() else {}
        _journalled(folder, "discard", who, version, standings.current, note, told)
        _remove_derived(folder, version)
        durable.move_folder(home, folder / TRASH / version)


def _remove(folder: Path, version: str) -> None:
    """Take a version away, with all that is derived from it."""
    _remove_derived(folder, version)
    durable.remove_folder(folder / "versions" / version)


def _remove_derived(folder: Path, version: str) -> None:
    """Take away what is derived from a version, before the version goes: a version lacks it, but it may not lack its version."""
    (folder / CHECKED / version).unlink(missing_ok=True)
    drop_index(folder, version)


def trashed(folder: Path) -> tuple[str, ...]:
    """The drafts in the registry's trash, by name."""
    homes = (folder / TRASH).glob("[!.]*")
    return tuple(sorted(home.name for home in homes if home.is_dir() and VERSION.fullmatch(home.name)))


def restore_draft(folder: Path, version: str, who: str, note: str = "") -> None:
    """Take a draft out of the trash, so that it is a draft again.

    Raises:
        RegistryProblem: the registry is the shipped one, or the trash has no such draft.
        JournalProblem: the journal cannot be written; then it stays where it is.
    """
    _refuse_shipped(folder)
    with durable.writing(folder, *WRITTEN):
        if version not in trashed(folder) or is_version(folder, version):
            raise RegistryProblem(f"“{printable(version)}” is not in the trash; “trash” lists what is.")
        _journalled(folder, "restore", who, version, pointer(folder), note)
        durable.move_folder(folder / TRASH / version, folder / "versions" / version)


def empty_trash(folder: Path, who: str, note: str = "") -> tuple[str, ...]:
    """Delete the drafts in the trash for good; returns which.

    Raises:
        RegistryProblem: the registry is the shipped one.
        JournalProblem: the journal cannot be written; then they stay.
    """
    _refuse_shipped(folder)
    with durable.writing(folder, *WRITTEN):
        found = trashed(folder)
        if found:
            journal.record(folder, "empty trash", who=who, note=note, detail={"versions": list(found)})
        for version in found:
            durable.remove_folder(folder / TRASH / version)
    return found


def _kept(
    folder: Path, parent: str | None, vocabulary: Vocabulary, unchanged: Collection[str]
) -> dict[str, Kept | None] | None:
    """The files of the tables that a version takes over from its parent; ``None`` if that kept other rules."""
    if parent is None:
        return None
    manifest = sound_manifest(folder, parent)
    if not was_checked(folder, manifest, vocabulary):
        return None
    home = folder / "versions" / parent
    files = {name: f"{name}.parquet" for name in unchanged}
    return {
        name: Kept(verified_bytes(home / file, manifest), manifest.files[file]) if file in manifest.files else None
        for name, file in files.items()
    }


def _plain(tables: Mapping[str, pa.Table], vocabulary: Vocabulary) -> OnDemand:
    """Tables with their columns in the declared order and without metadata: equal rows give equal bytes."""

    def plain(name: str) -> pa.Table:
        table = tables[name]
        names = [entry.name for entry in vocabulary.columns(name) if entry.name in table.column_names]
        if len(names) == table.num_columns:  # otherwise the rules refuse it
            table = table.select(names)
        return table.replace_schema_metadata(None)

    return OnDemand({name: partial(plain, name) for name in tables})


def _refuse_shipped(folder: Path) -> None:
    if reason := why_not_written(folder):
        raise RegistryProblem(reason)


def _refuse_moved(parent: str | None, current: str | None) -> None:
    if parent != current:
        raise RegistryProblem(
            f"The registry moved from {parent or 'nothing'} to {current or 'nothing'} while you looked: preview again."
        )


def _journalled(
    folder: Path,
    what: str,
    who: str,
    version: str,
    parent: str | None,
    note: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    journal.record(folder, what, who=who, version=version, parent=parent, note=note, detail=detail)
