"""Integrity to the last byte: a changed bit is never silent, history and marks agree, and nothing brings a reader down."""

import os
import random
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from plro_core import durable, journal, plain_files, sealed, signing, store, upkeep
from plro_core.cli.process import main
from plro_core.intake.kept import keep_mapping, kept_mappings
from plro_core.intake.redcap.writer import own_mapping
from plro_core.problems import DataProblem, JournalProblem, RegistryProblem
from plro_core.store import SHIPPED
from plro_core.store.published import read_mark
from plro_core.views import read_views
from plro_core.vocabulary import FILE, STANDARD, words_of
from tests.test_versions import about, ages, bring_in, tables
from tests.tools.breaking import ACTS, failing_at, what_is_bad
from tests.tools.flips import every_kind_of_file, flips


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture(scope="session")
def _every_kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("every") / "registry"
    every_kind_of_file(folder)
    return folder


@pytest.fixture
def whole(_every_kind: Path, tmp_path: Path) -> Path:
    """A copy of a registry that has every kind of file."""
    return Path(shutil.copytree(_every_kind, tmp_path / "whole"))


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A registry of two published versions, a and b, and a draft c."""
    folder = tmp_path / "two"
    bring_in(folder, "a", 31)
    bring_in(folder, "b", 32)
    store.draft(tables(33), about("c"), folder, STANDARD, "b")
    return folder


def faults(folder: Path) -> str:
    return "\n".join(upkeep.verify_registry(folder).faults)


def state(folder: Path, version: str) -> str:
    return next(info.state for info in store.history(folder) if info.version == version)


def altered(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


# Every file


def test_a_sound_registry_verifies(whole: Path) -> None:
    assert faults(whole) == ""


def test_no_flip_is_silent(whole: Path) -> None:
    found = list(flips(whole, 2, random.Random(7)))
    assert {one.name for one in found if one.silent} == set()
    names = {one.name.partition("/")[0] for one in found}
    assert names == {
        *("CURRENT", "accepted", "checked", "journal.jsonl", "mappings", "shards", "trash", "variables.toml"),
        *("versions", "views"),
    }


@pytest.mark.parametrize("name", ["versions/b/manifest.json", "versions/b/published.json", "CURRENT", "views/all.json"])
def test_no_bit_of_a_small_file_is_silent(whole: Path, name: str) -> None:
    """As its reader sees it, without the rest of the check: every byte, all eight bits of it."""
    path = whole / name
    content = path.read_bytes()
    for place in range(len(content) * 8):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        assert _is_refused(whole, name), f"{name}, byte {place // 8}"


def test_no_sign_between_the_lines_of_a_check_is_silent(whole: Path) -> None:
    path = whole / "checked/a"
    content = path.read_bytes()
    (between,) = [place for place, sign in enumerate(content[:-1]) if sign == ord("\n")]
    for bit in range(8):
        changed = bytearray(content)
        changed[between] ^= 1 << bit
        path.write_bytes(changed)
        (fault,) = upkeep.verify_registry(whole).faults
        assert fault.startswith("checked/a: ")


def _is_refused(folder: Path, name: str) -> bool:
    if name.startswith("views"):
        return bool(read_views(folder, STANDARD)[1])
    try:
        if name.endswith("published.json"):
            read_mark(folder / "versions" / "b")
        elif name == "CURRENT":
            store.current_version(folder)
        else:
            store.Manifest.read(folder / name)
    except RegistryProblem:
        return True
    return False


def test_no_bit_of_the_journal_is_silent(two: Path) -> None:
    path = two / journal.NAME
    content = path.read_bytes()
    for place in range(0, len(content) * 8, 3):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        assert not journal.is_whole(two), f"byte {place // 8}, bit {place % 8}"


def test_files_of_earlier_releases_open_and_are_told(whole: Path) -> None:
    manifest = store.Manifest.read(whole / "versions/b/manifest.json")
    old = manifest.json
    assert store.Manifest.from_json(old) == manifest
    mapping = own_mapping(words_of(whole))
    (whole / "mappings/old.json").write_text(mapping.json, encoding="utf-8")
    (view,), _ = read_views(whole, words_of(whole))
    (whole / "views/all.json").write_text(f"{view.json}\n", encoding="utf-8")
    assert kept_mappings(whole, words_of(whole)) == ({"clinic": mapping, "old": mapping}, ())
    found = upkeep.verify_registry(whole)
    assert found.faults == ()
    assert [note.partition(" ")[0] for note in found.notes] == ["mappings/old.json", "views/all.json"]


def test_the_shipped_registry_is_whole_and_stays_as_it_is() -> None:
    assert faults(SHIPPED) == ""
    assert not list(SHIPPED.rglob("published.json"))


def test_a_file_that_lost_its_checksum_is_refused(whole: Path) -> None:
    path = whole / "views/all.json"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:-3], lines[-3].rstrip(","), "}"]) + "\n", encoding="utf-8")
    assert "is not 1, the form of a file without a checksum" in read_views(whole, STANDARD)[1][0]


def test_a_file_is_whole_only_as_it_was_written() -> None:
    content = sealed.sealed("plro_view", {"plro_view": 1, "name": "Ä"})
    assert sealed.is_sealed(content)
    assert not sealed.is_sealed(b"{}\n")


def test_the_words_of_a_shard_are_held_against_its_list(whole: Path) -> None:
    (path,) = whole.glob("shards/*/01/variables.toml")
    altered(path, b"low = 8.5", b"low = 8.1")
    assert "01/variables.toml: the file was altered" in faults(whole)
    opened = store.open_registry(whole)
    shards = store.shards_of(opened)
    assert shards is not None
    with pytest.raises(RegistryProblem, match=r"01/variables\.toml: these are not the words that its list says"):
        store.open_shard(path.parent.parent, "01", shards)


# What vouches for a version


def test_a_tampered_version_with_a_matching_manifest_is_refused(two: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    bring_in(other, "a", 31)
    bring_in(other, "b", 59)
    for name in ("cases.parquet", "manifest.json"):
        shutil.copy(other / "versions/b" / name, two / "versions/b" / name)
    expected = r"b/manifest\.json: this is not the manifest that the journal says"
    with pytest.raises(RegistryProblem, match=expected):
        store.open_registry(two, "b")
    (two / "CURRENT").write_text("b\n")
    with pytest.raises(RegistryProblem, match=expected):
        store.open_registry(two)
    (two / journal.NAME).unlink()
    with pytest.raises(RegistryProblem, match=r"b/manifest\.json: this is not the manifest that published\.json says"):
        store.open_registry(two)


def test_the_journal_keeps_the_checksums_of_what_it_moves(two: Path) -> None:
    manifest = store.Manifest.read(two / "versions/a/manifest.json")
    store.release(two, "a", "Ada", "")
    told = {"manifest": manifest.sha256, "content": store.content_hash(manifest)}
    assert [entry.detail for entry in journal.read(two) if entry.version == "a"] == [told] * 3


@pytest.mark.parametrize("content", ["c\n", None])
def test_a_pointer_to_a_draft_is_not_served(two: Path, content: str | None) -> None:
    sha256 = store.Manifest.read(two / "versions/c/manifest.json").sha256
    (two / "CURRENT").write_text(content or f"c\n{sha256}\n")
    with pytest.raises(RegistryProblem, match="version c is a draft that nobody published"):
        store.open_registry(two)
    assert (state(two, "c"), state(two, "b")) == ("unknown", "published")
    store.release(two, "b", "Ada", "the pointer was wrong")
    assert (ages(two), state(two, "c")) == ([32], "draft")
    assert faults(two) == ""


def test_a_pointer_to_another_published_version_is_noticed(two: Path) -> None:
    altered(two / "CURRENT", b"b\n", b"a\n")
    with pytest.raises(RegistryProblem, match="CURRENT: it was altered"):
        store.open_registry(two)
    (two / "CURRENT").write_text("a\n")
    assert "CURRENT: names version a; the journal says that b was published last" in faults(two)


def test_one_bit_in_the_journal_makes_no_published_version_a_draft(two: Path) -> None:
    altered(
        two / journal.NAME,
        b'"what": "publish", "who": "Ada", "version": "b"',
        b'"what": "qublish", "who": "Ada", "version": "b"',
    )
    assert (state(two, "a"), state(two, "b"), state(two, "c")) == ("published", "current", "unknown")
    for version in "abc":
        with pytest.raises((RegistryProblem, JournalProblem), match=r"so it stays|Nothing was done"):
            store.discard(two, version, "Ada")
    assert (ages(two), sorted(path.name for path in (two / "versions").iterdir())) == ([32], ["a", "b", "c"])


def test_nothing_is_written_on_a_journal_that_was_altered(two: Path) -> None:
    altered(two / journal.NAME, b'"Ada"', b'"Eve"')
    before = (two / journal.NAME).read_bytes()
    with pytest.raises(JournalProblem, match=r"Nothing was done, because journal\.jsonl, line 1 was altered"):
        store.release(two, "a", "Ada", "")
    assert (two / journal.NAME).read_bytes() == before
    assert ages(two) == [32]


def test_a_mark_and_a_journal_that_contradict_each_other_make_it_unknown(two: Path) -> None:
    shutil.copy(two / "versions/b/published.json", two / "kept")
    (two / "versions/b/published.json").unlink()
    (two / "kept").unlink()
    store.release(two, "a", "Ada", "")
    assert state(two, "b") == "published"  # the writer marked again what the journal and the pointer said
    (two / "versions/b/published.json").unlink()
    assert state(two, "b") == "unknown"
    assert "published.json is missing from its folder" in faults(two)
    mark = read_mark(two / "versions/a")
    assert mark is not None
    told = {**mark.__dict__, "version": "c"}
    (two / "versions/c/published.json").write_bytes(sealed.sealed("plro_published", told))
    assert state(two, "c") == "unknown"
    with pytest.raises(RegistryProblem, match="so it stays"):
        store.discard(two, "c", "Ada")


def test_versions_of_earlier_releases_are_marked_by_the_next_writer(two: Path) -> None:
    for path in two.glob("versions/*/published.json"):
        path.unlink()
    assert [info.state for info in store.history(two)] == ["unknown", "current", "draft"]
    old = tuple(entry for entry in journal.read(two))
    (two / journal.NAME).unlink()
    for entry in old:  # as an earlier release wrote them
        journal.record(two, entry.what, who=entry.who, version=entry.version, parent=entry.parent)
    assert [info.state for info in store.history(two)] == ["published", "current", "draft"]
    store.discard(two, "c", "Ada")
    assert len(list(two.glob("versions/*/published.json"))) == 2
    assert [info.state for info in store.history(two)] == ["published", "current"]


# The trash


def test_a_discarded_draft_lies_in_the_trash_until_somebody_empties_it(two: Path) -> None:
    before = {path.name: path.read_bytes() for path in (two / "versions/c").iterdir()}
    store.discard(two, "c", "Ada")
    assert store.trashed(two) == ("c",)
    store.restore_draft(two, "c", "Bea", "it was right")
    assert {path.name: path.read_bytes() for path in (two / "versions/c").iterdir()} == before
    assert (state(two, "c"), store.trashed(two)) == ("draft", ())
    store.release(two, "c", "Ada", "")
    assert ages(two) == [33]
    assert faults(two) == ""


def test_the_trash_is_emptied_by_a_name_only(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.discard(two, "c", "Ada")
    assert main(["trash", "--registry", str(two), "--empty"]) == 2
    assert store.trashed(two) == ("c",)
    assert main(["trash", "--registry", str(two)]) == 0
    assert "c\n" in capsys.readouterr().out
    assert main(["trash", "--registry", str(two), "--empty", "--author", "Ada"]) == 0
    assert store.trashed(two) == ()
    assert journal.read(two)[-1].detail == {"versions": ["c"]}


# What people write by hand


def test_a_changed_range_is_named_until_somebody_accepts_it(whole: Path) -> None:
    altered(whole / FILE, b"low = 8.5", b"low = 8.1")
    sentence = faults(whole)
    assert "variables.toml: the file was changed since Ada accepted it on" in sentence
    assert "range.calcium.low: 8.5 became 8.1" in sentence
    assert store.accept(whole, "Bea", "the new kit") == (FILE,)
    assert faults(whole) == ""
    assert store.accept(whole, "Bea", "again") == ()


def test_a_document_that_was_changed_or_is_gone_is_named(two: Path) -> None:
    home = two / "source"
    home.mkdir()
    (home / "notes.csv").write_text("a,b\n")
    assert faults(two) == ""
    assert any("Nobody has accepted 1 file" in note for note in upkeep.verify_registry(two).notes)
    assert main(["accept", "--registry", str(two), "--author", "Ada", "--note", "read"]) == 0
    (home / "notes.csv").unlink()
    assert "source/notes.csv: the file is gone" in faults(two)


# The journal elsewhere, and signed


def test_a_journal_outside_the_folder(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (two / journal.NAME).read_bytes()
    monkeypatch.setenv("PLRO_JOURNAL", str(tmp_path / "journals"))
    journal.record(two, "export", who="Ada", version="b")
    assert (two / journal.NAME).read_bytes() == before
    assert [entry.what for entry in journal.read(two)] == ["draft", "publish", "draft", "publish", "draft", "export"]
    assert journal.verify(two).lines == 1
    assert journal.verify(two).sentence.startswith("In the registry's own folder: The journal is whole: 5 lines")
    assert [info.state for info in store.history(two)] == ["published", "current", "draft"]
    store.release(two, "c", "Ada", "")
    assert (ages(two), state(two, "c")) == ([33], "current")
    altered(two / journal.NAME, b'"Ada"', b'"Eve"')
    with pytest.raises(JournalProblem, match="line 1 was altered"):
        journal.record(two, "export", who="Ada")


def test_exports_of_a_registry_that_cannot_be_written_are_journalled_outside(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(path: object, flags: int, *rest: int, **more: int) -> int:
        if str(path).startswith(str(two)) and flags & (os.O_RDWR | os.O_WRONLY | os.O_CREAT):
            raise OSError(30, "Read-only file system")
        return real(path, flags, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", read_only)
    export = ["redcap", "--registry", str(two), "-o", str(tmp_path / "r.csv"), "--author", "Ada"]
    assert main(export) == 1
    monkeypatch.setenv("PLRO_JOURNAL", str(tmp_path / "journals"))
    assert main(export) == 0
    assert journal.read(two)[-1].what == "export"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    signing.write_key(tmp_path / "key")
    return tmp_path / "key"


def test_a_signed_journal_cannot_be_rewritten(two: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_JOURNAL_KEY", str(key))
    assert "No line is signed" in journal.verify(two).sentence
    journal.record(two, "export", who="Ada")
    journal.record(two, "export", who="Bea")
    assert journal.verify(two).sentence.endswith("2 of them are signed, with the team's key.")
    monkeypatch.setenv("PLRO_JOURNAL_KEY", f"{key}.pub")
    assert journal.verify(two).signed == 2
    with pytest.raises(JournalProblem, match="names a public key"):
        journal.record(two, "export", who="Ada")
    monkeypatch.delenv("PLRO_JOURNAL_KEY")
    assert "PLRO_JOURNAL_KEY is needed to check" in journal.verify(two).sentence
    with pytest.raises(JournalProblem, match="names no key to sign the next line with"):
        journal.record(two, "export", who="Ada")


def test_a_history_that_was_written_anew_with_another_key_is_found(
    two: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing.write_key(tmp_path / "other")
    monkeypatch.setenv("PLRO_JOURNAL_KEY", str(tmp_path / "other"))
    journal.record(two, "export", who="Eve")
    monkeypatch.setenv("PLRO_JOURNAL_KEY", str(key))
    with pytest.raises(JournalProblem, match="entry 6 was not signed with the team's key"):
        journal.verify(two)


def test_a_key_is_private_and_never_written_over(key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(JournalProblem, match="never written over"):
        signing.write_key(key)


@pytest.mark.parametrize("content", [b"", b"PRIVATE KEY", None])
def test_a_key_that_is_none(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("PLRO_JOURNAL_KEY", str(tmp_path / "key"))
    with pytest.raises(JournalProblem, match="key"):
        journal.record(two, "export", who="Ada")


# Backups


def held(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_backup_is_the_same_bytes_again(whole: Path, tmp_path: Path) -> None:
    first, copied = upkeep.back_up(whole, tmp_path / "backup")
    assert copied == len(set(first.files.values()))
    assert upkeep.restore(tmp_path / "backup", tmp_path / "again") == first
    assert held(tmp_path / "again") == held(whole)
    store.release(whole, "a", "Ada", "")
    second, copied = upkeep.back_up(whole, tmp_path / "backup")
    assert copied == 2  # the pointer and the journal
    upkeep.restore(tmp_path / "backup", tmp_path / "newest")
    upkeep.restore(tmp_path / "backup", tmp_path / "oldest", first.name)
    assert (held(tmp_path / "newest"), held(tmp_path / "oldest")) == (held(whole), held(tmp_path / "again"))
    assert [found.name for found in upkeep.backups(tmp_path / "backup")] == [first.name, second.name]


def test_what_does_not_verify_is_not_restored(two: Path, tmp_path: Path) -> None:
    made, _ = upkeep.back_up(two, tmp_path / "backup")
    kept = tmp_path / "backup/files" / made.files["versions/b/cases.parquet"]
    content = kept.read_bytes()
    for spoilt in (content[:-1], None):
        kept.unlink()
        if spoilt is not None:
            kept.write_bytes(spoilt)
        with pytest.raises(DataProblem, match=r"altered|missing"):
            upkeep.restore(tmp_path / "backup", tmp_path / "again")
    kept.write_bytes(content)
    altered(two / journal.NAME, b'"Ada"', b'"Eve"')
    upkeep.back_up(two, tmp_path / "backup")
    with pytest.raises(RegistryProblem, match=r"does not verify, so nothing was restored: journal\.jsonl, line 1"):
        upkeep.restore(tmp_path / "backup", tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "two"]
    upkeep.restore(tmp_path / "backup", tmp_path / "again", made.name)
    with pytest.raises(RegistryProblem, match="holds something already"):
        upkeep.restore(tmp_path / "backup", tmp_path / "again")


@pytest.mark.parametrize("step", [(os, "fsync"), (Path, "open"), (shutil, "copyfileobj")])
def test_a_backup_that_is_interrupted_is_none(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str]
) -> None:
    upkeep.back_up(two, tmp_path / "backup")
    store.release(two, "a", "Ada", "")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as failing:
        failing.setattr(*step, killed)
        with pytest.raises(KeyboardInterrupt):
            upkeep.back_up(two, tmp_path / "backup")
        with pytest.raises(KeyboardInterrupt):
            upkeep.restore(tmp_path / "backup", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert len(upkeep.backups(tmp_path / "backup")) == 1
    upkeep.back_up(two, tmp_path / "backup")
    upkeep.restore(tmp_path / "backup", tmp_path / "again")
    assert held(tmp_path / "again") == held(two)


@pytest.mark.parametrize("name", ["discard a draft", "accept declarations"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_what_is_broken_off_leaves_nothing_to_mend(whole: Path, name: str, nth: int) -> None:
    with failing_at(os, "fsync", nth, KeyboardInterrupt()), suppress(KeyboardInterrupt):
        ACTS[name](whole)
    assert what_is_bad(whole, ACTS[name]) == ""


def test_a_backup_does_not_lie_in_the_registry(two: Path) -> None:
    with pytest.raises(RegistryProblem, match="cannot lie in the registry's own folder"):
        upkeep.back_up(two, two / "backup")


# A start on what is broken


def shown(folder: Path) -> store.Shown[store.Registry]:
    return store.shown_version(folder, lambda version: store.open_registry(folder, version))


def _no_pointer(folder: Path) -> None:
    (folder / "CURRENT").unlink()


def _nonsense(folder: Path) -> None:
    (folder / "CURRENT").write_text("nonsense\n")


def _draft(folder: Path) -> None:
    (folder / "CURRENT").write_text("c\n")


def _no_manifest(folder: Path) -> None:
    (folder / "versions/b/manifest.json").unlink()


def _a_cell(folder: Path) -> None:
    (folder / "versions/b/cases.parquet").write_bytes(b"x")


def _gone(folder: Path) -> None:
    shutil.rmtree(folder / "versions/b")


@pytest.mark.parametrize(
    ("broken", "version"),
    [(_no_pointer, "b"), (_nonsense, "b"), (_draft, "b"), (_no_manifest, "a"), (_a_cell, "a"), (_gone, "a")],
)
def test_a_broken_start_shows_the_last_version_that_verifies(
    two: Path, broken: Callable[[Path], None], version: str
) -> None:
    assert shown(two).sentence == ""
    broken(two)
    found = shown(two)
    assert found.version == found.opened.version == version
    assert f"Shown is version {version}, the last published one that verifies." in found.sentence
    assert (journal.read(two)[-1].what, journal.read(two)[-1].version) == ("fallback", version)
    lines = len(journal.read(two))
    shown(two)
    assert len(journal.read(two)) == lines


def test_where_the_journal_is_broken_as_well_the_marks_tell(two: Path) -> None:
    altered(two / journal.NAME, b'"Ada"', b'"Eve"')
    (two / "CURRENT").unlink()
    assert shown(two).version in ("a", "b")
    for version in "ab":
        (two / "versions" / version / "cases.parquet").write_bytes(b"x")
    with pytest.raises(RegistryProblem, match="CURRENT: no published version"):
        shown(two)


def test_a_lost_disk_is_no_empty_registry(two: Path, tmp_path: Path) -> None:
    assert store.unpublished(tmp_path / "new")
    assert store.why_lost(tmp_path / "new") == ""
    store.open_registry(two).close()
    for path in two.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert "is empty, and it held versions before" in store.why_lost(two)
    assert not store.unpublished(two)
    with pytest.raises(RegistryProblem, match="held versions before"):
        store.draft(tables(31), about("a"), two, STANDARD)
    two.rmdir()
    assert "is gone, and it held versions before" in store.why_lost(two)


def test_after_a_restart_the_journal_outside_still_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_JOURNAL", str(tmp_path / "journals"))
    bring_in(tmp_path / "r", "a", 31)
    shutil.rmtree(tmp_path / "r")
    (tmp_path / "r").mkdir()
    assert "is empty, and it held versions before" in store.why_lost(tmp_path / "r")


# What blocks

BLOCKING = ("CURRENT", "journal.jsonl", "variables.toml", "checked/b", "views/all.json", "mappings/clinic.json")


@pytest.mark.parametrize(
    "name", [*BLOCKING, "versions/a/manifest.json", "versions/b/cases.parquet", "versions/a/published.json"]
)
def test_a_pipe_makes_nobody_wait(whole: Path, name: str) -> None:
    (whole / name).unlink()
    os.mkfifo(whole / name)
    assert f"{name}: this is not a plain file" in faults(whole)
    for look in (
        lambda: store.open_registry(whole),
        lambda: store.history(whole),
        lambda: read_views(whole, STANDARD),
        lambda: kept_mappings(whole, STANDARD),
        lambda: store.release(whole, "a", "Ada", ""),
    ):
        with suppress(RegistryProblem, JournalProblem, DataProblem, OSError):
            look()


def test_one_place_opens_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(OSError, match=r"not a plain file|a directory"):
            plain_files.content(path)
    with pytest.raises(OSError, match="not a plain file"), durable.locked(tmp_path / "pipe", os.O_RDWR):
        pass


# Commands


def test_verify_registry_names_every_file_at_fault(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify-registry", "--registry", str(whole)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "whole: whole."
    for name in ("versions/a/cases.parquet", "views/all.json", "mappings/clinic.json", "trash/c/visits.parquet"):
        (whole / name).write_bytes(b"x")
    assert main(["verify-registry", "--registry", str(whole)]) == 1
    told = capsys.readouterr().out
    for name in ("a/cases.parquet", "views/all.json", "mappings/clinic.json", "trash/c/visits.parquet"):
        assert name in told


def test_backup_and_restore_by_command(two: Path, tmp_path: Path) -> None:
    assert main(["backup", str(tmp_path / "backup"), "--registry", str(two)]) == 0
    assert main(["restore", str(tmp_path / "backup"), "--registry", str(tmp_path / "again")]) == 0
    assert held(tmp_path / "again") == held(two)
    assert main(["restore", str(tmp_path / "backup"), "--registry", str(SHIPPED)]) == 1
    assert main(["journal-key", str(tmp_path / "key")]) == 0


def test_a_mapping_is_kept_with_its_checksum(two: Path) -> None:
    keep_mapping(two, "clinic", own_mapping(STANDARD))
    assert sealed.is_sealed((two / "mappings/clinic.json").read_bytes())
    altered(two / "mappings/clinic.json", b"  ", b"\t ")
    assert "its checksum differs" in kept_mappings(two, STANDARD)[1][0]
