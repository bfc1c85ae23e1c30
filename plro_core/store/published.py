"""What became of each version: what the journal says, and the mark that a version itself carries once it is published.

The mark is ``versions/<id>/published.json``, which carries its own checksum. A version is a draft only if the journal is
whole, calls it one, and it carries no mark; where the two contradict each other its state is *unknown*, and it stays.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from plro_core import durable, journal, sealed, strict
from plro_core.problems import JournalProblem, RegistryProblem
from plro_core.store.files import sha256_of
from plro_core.store.folder import MANIFEST, PUBLISHED, VERSION, pointer, why_not_written
from plro_core.store.manifest import Manifest, content_hash
from plro_core.store.moves import draft_names, last_move, moves_made, stayed

State = Literal["draft", "published", "current", "unknown"]

_MARK = "plro_published"
_JSON = strict.Form(RegistryProblem, "the mark of a published version", 10_000)


@dataclass(frozen=True)
class Mark:
    """That a version was published: when and by whom, with the checksums of its manifest and of what it holds."""

    version: str
    manifest: str
    content: str
    time: str
    who: str


def read_mark(home: Path) -> Mark | None:
    """The mark of a version; nothing where it carries none.

    Raises:
        RegistryProblem: the mark was altered, or is that of another version.
    """
    path = home / PUBLISHED
    if not path.exists():
        return None
    try:
        found = sealed.record(_JSON, _MARK, Mark, _JSON.file(path), "the mark")
    except RegistryProblem as problem:
        raise RegistryProblem(f"{home.name}/{PUBLISHED}: {problem}") from None
    if found.version != home.name:
        raise RegistryProblem(f"{home.name}/{PUBLISHED}: says version {found.version}; restore it from a backup.")
    return found


def write_mark(folder: Path, manifest: Manifest, time: str = "", who: str = "") -> None:
    """Let a version carry the mark that it was published; one that it carries stays. The shipped registry has none.

    Whoever calls holds the folder. A disk that has no room for it stops nothing: the next writer writes it.
    """
    home = folder / "versions" / manifest.version
    if why_not_written(folder) or _is_marked(home):
        return
    moment = time or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mark = Mark(manifest.version, sha256_of(home / MANIFEST), content_hash(manifest), moment, who or manifest.author)
    with suppress(OSError):
        durable.write_whole(home / PUBLISHED, sealed.sealed(_MARK, mark.__dict__), home.parent)


def _is_marked(home: Path) -> bool:
    try:
        return read_mark(home) is not None
    except RegistryProblem:
        return True  # what was altered is looked at by people, not written over


def checksums_of(manifest: Manifest, sha256: str) -> dict[str, Any]:
    """What the journal keeps of a version, so that another one in its place is noticed."""
    return {"manifest": sha256, "content": content_hash(manifest)}


def journalled_checksum(entries: Sequence[journal.Entry], version: str) -> str:
    """The checksum of a version's manifest that the journal says; empty where no line that is as it was written does."""
    for entry in reversed(entries):
        told = entry.detail.get("manifest") if entry.version == version else None
        if isinstance(told, str) and entry.sha256 == entry.checksum:
            return told
    return ""


def check_known(folder: Path, version: str) -> None:
    """Hold a version's manifest against what the journal and the version's own mark say of it.

    Raises:
        RegistryProblem: they say another checksum, or the mark was altered.
    """
    home = folder / "versions" / version
    found, mark = sha256_of(home / MANIFEST), read_mark(home)
    try:
        entries = journal.read(folder)
    except JournalProblem:  # a journal that cannot be read keeps nobody from what its version's own mark vouches for
        entries = ()
    for told, who in ((journalled_checksum(entries, version), "the journal"), (mark and mark.manifest, PUBLISHED)):
        if told and told != found:
            raise RegistryProblem(
                f"{version}/{MANIFEST}: this is not the manifest that {who} says (their checksums differ); restore the "
                "version's folder from a backup."
            )


@dataclass(frozen=True)
class Standings:
    """What became of the versions of a registry, as it stands now."""

    folder: Path
    entries: Sequence[journal.Entry]
    current: str | None
    is_whole: bool

    @classmethod
    def of(cls, folder: Path) -> "Standings":
        """
        Raises:
            JournalProblem: the journal cannot be read.
        """
        return cls(folder, journal.read(folder), pointer(folder), journal.is_whole(folder))

    @cached_property
    def drafts(self) -> set[str]:
        return draft_names(self.entries, self.current, self.marked)

    @cached_property
    def moves(self) -> list[journal.Entry]:
        return moves_made(self.entries, self.current, self.marked)

    @cached_property
    def marked(self) -> frozenset[str]:
        """The versions that carry a mark, sound or not."""
        return frozenset(path.parent.name for path in (self.folder / "versions").glob(f"*/{PUBLISHED}"))

    @property
    def are_marked(self) -> bool:
        """Whether any version carries a mark, so that a published one must."""
        return bool(self.marked)

    def state(self, version: str) -> State:
        """What became of a version; unknown where nobody can say for sure."""
        if self.why_unknown(version):
            return "unknown"
        if version in self.drafts and version not in self.marked:
            return "draft"
        return "current" if version == self.current else "published"

    def why_unknown(self, version: str) -> str:
        """Why nobody can say whether a version was published, in one sentence; empty where it is known."""
        try:
            mark = read_mark(self.folder / "versions" / version)
        except RegistryProblem as problem:
            return str(problem)
        if mark is None:
            return self._why_unknown_without_a_mark(version)
        if self.is_whole and version in self.drafts:
            return f"The journal calls version {version} a draft, and {PUBLISHED} in its folder says that it was published."
        return ""

    def _why_unknown_without_a_mark(self, version: str) -> str:
        if not self.is_whole:
            return f"The journal was altered, so nobody can say whether version {version} was published."
        if version in self.drafts:
            return (
                f"CURRENT names version {version}, which is a draft that nobody published."
                if version == self.current
                else ""
            )
        moves = [entry for entry in self.moves if entry.version == version]
        if version != self.current and any("manifest" in entry.detail for entry in moves):
            return f"The journal says that version {version} was published, and {PUBLISHED} is missing from its folder."
        if not moves and self.are_marked:
            return f"Neither the journal nor a mark of its own says what became of version {version}."
        return ""


def settled(folder: Path) -> tuple[journal.Entry, ...]:
    """The journal, after saying in it that the last publishing was interrupted, if it was, and marking what was published;
    whoever calls holds the folder.

    Raises:
        JournalProblem: the journal cannot be read or written.
    """
    entries, standings = journal.read(folder), Standings.of(folder)
    last = last_move(entries)
    if last and last.what != "interrupted" and stayed(last, standings.current, standings.marked):
        note = f"the pointer stayed on {last.parent or 'nothing'}"
        journal.record(folder, "interrupted", who="the program", version=last.version, parent=last.parent, note=note)
        entries, standings = journal.read(folder), Standings.of(folder)
    mend_marks(folder, standings)
    return entries


def mend_marks(folder: Path, standings: Standings) -> None:
    """Write the mark that an interrupted publishing did not, or those that earlier releases did not know; whoever calls
    holds the folder.
    """
    if not standings.is_whole:
        return
    homes = [folder / "versions" / (standings.current or "")] if standings.are_marked else _homes(folder)
    for home in homes:
        with suppress(RegistryProblem, OSError):
            if VERSION.fullmatch(home.name) and standings.state(home.name) in ("published", "current"):
                check_known(folder, home.name)
                moves = [entry for entry in standings.moves if entry.version == home.name]
                manifest = Manifest.read(home / MANIFEST)
                when, who = (moves[-1].time, moves[-1].who) if moves else (manifest.time, manifest.author)
                write_mark(folder, manifest, when, who)


def _homes(folder: Path) -> list[Path]:
    return sorted(home for home in (folder / "versions").glob("*") if home.is_dir())
