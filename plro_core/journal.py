"""The journal of a registry: who did what to which version and when, appended and never changed.

``journal.jsonl`` in the registry's folder holds one JSON object a line. Each line carries the checksum of the line
before it and its own, so that a line that was altered or taken out is noticed. What changes a registry is written here
first and done afterwards: when the journal cannot be written, nothing is done.

A crash may leave the last line cut off. Readers pass over it; the next line keeps it where it is and says so by its
checksum. Lines taken off the *end* leave a journal that is whole: only its last checksum, kept elsewhere, tells.

``PLRO_JOURNAL`` names a folder for the journals outside the registries' folders, so that a registry which cannot be written
is journalled too: ``<PLRO_JOURNAL>/<name of the registry's folder>/journal.jsonl``. What stands in the registry's own
folder is read first and stays as it is. ``PLRO_JOURNAL_KEY`` names a key that signs every line (see :mod:`signing`).
Nothing is written after a line that was altered.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plro_core import durable, plain_files, signing, strict
from plro_core.answering import patient
from plro_core.problems import JournalProblem

NAME = "journal.jsonl"
SETTING = "PLRO_JOURNAL"
#: What the first line gives as the line before it.
FIRST = "0" * 64
LONGEST_WHO = 120
LONGEST_NOTE = 1000
_LONGEST_LINE = 200_000
_LINE = strict.Form(JournalProblem, "a line of the journal", _LONGEST_LINE)


@dataclass(frozen=True)
class Entry:
    """One line: when, what, who, on which version, with the checksums that chain it to the line before.

    ``cut`` is the checksum of a cut-off line that stands before this one, and otherwise empty; ``signature`` is that of
    ``sha256``, empty where the team has no key.
    """

    time: str
    what: str
    who: str
    version: str | None = None
    parent: str | None = None
    note: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    cut: str = ""
    previous: str = FIRST
    sha256: str = ""
    signature: str = ""

    @property
    def checksum(self) -> str:
        """The checksum that this line should carry."""
        entries = asdict(self)
        del entries["sha256"], entries["signature"]
        return _sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode())

    @property
    def line(self) -> bytes:
        entries = asdict(self)
        if not self.signature:
            del entries["signature"]
        return json.dumps(entries, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Verdict:
    """What a check of the whole journal found: its lines, the checksum of the last, whether that one is cut off.

    ``signed`` is how many lines carry a signature, ``checked`` whether these were held against the team's key. ``before``
    is what the check of the journal in the registry's own folder found, where another one follows it.
    """

    lines: int
    last: str
    cut_off: bool
    signed: int = 0
    checked: bool = False
    before: "Verdict | None" = None

    @property
    def sentence(self) -> str:
        own = f"In the registry's own folder: {self.before.sentence} " if self.before and self.before.lines else ""
        if not self.lines:
            return own or "The journal is empty."
        noun = "line" if self.lines == 1 else "lines"
        ending = " A further line was cut off by a crash." if self.cut_off else ""
        whole = f"The journal is whole: {self.lines} {noun}, the last with checksum {self.last[:12]}."
        return f"{own}{whole}{self._signatures}{ending}"

    @property
    def _signatures(self) -> str:
        if not self.signed:
            return " No line is signed." if self.checked else ""
        left = self.lines - self.signed
        how = "with the team's key" if self.checked else f"which {signing.SETTING} is needed to check"
        return f" {self.signed} of them are signed, {how}." if left else f" All are signed, {how}."


def record(
    folder: Path,
    what: str,
    *,
    who: str,
    version: str | None = None,
    parent: str | None = None,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Append one line, durably: it is on the disk when this returns.

    Call it before the thing itself is done. A name and a note are single lines of printable text.

    Raises:
        JournalProblem: the journal cannot be written, or the name or the note cannot stand in it.
    """
    check_words(who, note)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        with _writer(place(folder)) as handle:
            found = _sound_before(folder, handle)
            entry = Entry(moment, what, who, version, parent, note, dict(detail or {}), _cut(found.rest), found.last)
            entry = _signed(replace(entry, sha256=entry.checksum), found)
            if len(entry.line) > _LONGEST_LINE:
                raise JournalProblem("The journal was not written: the entry is too long for one line.")
            durable.append(handle, (b"\n" if found.rest else b"") + entry.line)
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        raise JournalProblem(f"The journal cannot be written, so nothing was done: {reason}.") from None
    return entry


def place(folder: Path) -> Path:
    """The file that the next line of a registry's journal goes into."""
    outside = os.environ.get(SETTING, "")
    return patient(outside) / folder.resolve().name / NAME if outside else folder / NAME


def _sound_before(folder: Path, handle: int) -> "_Chain":
    """The lines that are there before one is added.

    Raises:
        JournalProblem: one of them was altered.
    """
    path = place(folder)
    own = folder / NAME
    found = _chain(path, _all_of(handle))
    for problem in (found.problem, "" if path == own else _chain(own, _content(own)).problem):
        if problem:
            raise JournalProblem(f"Nothing was done, because {problem}")
    return found


def _signed(entry: Entry, found: "_Chain") -> Entry:
    key = signing.key()
    if key is not None:
        return replace(entry, signature=key.signature(entry.sha256))
    if found.signed:
        raise JournalProblem(
            f"Nothing was done: the journal is signed, and {signing.SETTING} names no key to sign the next line with."
        )
    return entry


def check_words(who: str, note: str) -> None:
    """Refuse a name or a note that cannot stand in the journal.

    Raises:
        JournalProblem: one of them is empty where it must not be, too long, or not one line of printable text.
    """
    if not who.strip():
        raise JournalProblem("Nobody is named as the author; expected a name, as the journal says who did what.")
    for words, text, longest in (("author", who, LONGEST_WHO), ("note", note, LONGEST_NOTE)):
        if len(text) > longest or not text.isprintable():
            raise JournalProblem(
                f"The {words} cannot be journalled; expected one line of at most {longest} characters."
            )


def read(folder: Path) -> tuple[Entry, ...]:
    """Every line that can be read, in order; a line that cannot is passed over, and :func:`verify` names it.

    Raises:
        JournalProblem: the file is there and cannot be read.
    """
    own, path = folder / NAME, place(folder)
    found = _chain(own, _content(own)).entries
    if path != own:  # lines of one second stay in their order
        found = tuple(sorted((*found, *_chain(path, _content(path)).entries), key=lambda entry: entry.time))
    return found


def verify(folder: Path) -> Verdict:
    """Check every line against its own checksum, the line before, and its signature where a key is known.

    Raises:
        JournalProblem: names the first line that was altered, or before which one was altered or removed.
    """
    key, own, path = signing.key(), folder / NAME, place(folder)
    before = _verdict(own, key)
    return before if path == own else replace(_verdict(path, key), before=before)


def is_whole(folder: Path) -> bool:
    """Whether what the journal says can be believed."""
    try:
        verify(folder)
    except JournalProblem:
        return False
    return True


def _verdict(path: Path, key: signing.Key | None) -> Verdict:
    found = _chain(path, _content(path))
    if found.problem:
        raise JournalProblem(found.problem)
    if key is not None:
        for number, entry in enumerate(found.entries, 1):
            if entry.signature and not key.made(entry.signature, entry.sha256):
                raise JournalProblem(
                    f"{NAME}, entry {number} was not signed with the team's key; compare it with a backup."
                )
    return Verdict(len(found.entries), found.last, found.is_cut_off, found.signed, key is not None)


@dataclass(frozen=True)
class _Chain:
    """The lines of a journal as far as they were read, and what is wrong with the first that is not as it was written."""

    size: int = 0
    digest: str = ""
    entries: tuple[Entry, ...] = ()
    last: str = FIRST
    signed: int = 0
    fragment: bytes = b""
    number: int = 0
    problem: str = ""
    #: What stands after the last line break.
    rest: bytes = b""

    @property
    def is_cut_off(self) -> bool:
        return bool(self.rest) and _parsed(self.rest) is None


#: What was found in each journal when it was last read, without what follows the last line break.
_known: dict[Path, _Chain] = {}


def _chain(path: Path, content: bytes) -> _Chain:
    """The lines of a journal; those that were read before are not read again while they are the same bytes."""
    before = _known.get(path, _Chain())
    if before.size > len(content) or _sha256(content[: before.size]) != before.digest:
        before = _Chain()
    *lines, rest = content[before.size :].split(b"\n")
    found = before
    entries = list(before.entries)
    for line in lines:
        found = _followed(found, line, entries)
    size = len(content) - len(rest)
    found = replace(found, size=size, digest=_sha256(content[:size]), entries=tuple(entries))
    _known[path] = found
    return _with_rest(found, rest)


def _followed(found: _Chain, line: bytes, entries: list[Entry]) -> _Chain:
    """The chain with one line more, which is put to the entries if it can be read."""
    found = replace(found, number=found.number + 1)
    entry = _parsed(line)
    if entry:
        entries.append(entry)
    if found.problem:
        return found
    if found.fragment and (entry is None or entry.cut != _sha256(found.fragment)):
        return replace(found, problem=_altered(found.number - 1, "was altered"))
    if entry is None:
        return replace(found, fragment=line or b"\n")  # an empty line is no line that a crash leaves
    return replace(_joined(found, entry, line), fragment=b"")


def _joined(found: _Chain, entry: Entry, line: bytes) -> _Chain:
    """The chain with a line that can be read."""
    how = ""
    if entry.sha256 != entry.checksum or not _is_as_written(line) or (entry.cut and not found.fragment):
        how = "was altered, or the line before it removed" if entry.cut else "was altered"
    elif entry.previous != found.last:
        how = "does not follow: a line before it was altered or removed"
    elif found.signed and not entry.signature:
        how = "is not signed, although lines before it are"
    problem = _altered(found.number, how) if how else ""
    return replace(found, last=entry.sha256, signed=found.signed + bool(entry.signature), problem=problem)


def _with_rest(found: _Chain, rest: bytes) -> _Chain:
    """The chain with what stands after the last line break: a whole line that lacks only that, or a cut-off one."""
    if not found.problem and found.fragment:
        found = replace(found, problem=_altered(found.number, "was altered"))
    entry = _parsed(rest)
    if entry is None:
        if not found.problem and _parsed(rest[:-1]):  # no crash leaves a line with something else at its end
            found = replace(found, problem=_altered(found.number + 1, "was altered"))
        return replace(found, rest=rest)
    found = replace(found, number=found.number + 1, entries=(*found.entries, entry), rest=rest)
    return found if found.problem else _joined(found, entry, rest)


def _is_as_written(line: bytes) -> bool:
    """Whether a line is what this program writes for what it says, white space included."""
    return json.dumps(_LINE.json(line), ensure_ascii=False).encode() == line


def _altered(number: int, how: str) -> str:
    return f"{NAME}, line {number} {how}; compare it with a backup."


def _content(path: Path) -> bytes:
    try:
        return plain_files.content(path)
    except FileNotFoundError:
        return b""
    except OSError as problem:
        raise JournalProblem(f"{NAME} cannot be read: {(problem.strerror or 'unknown reason').lower()}.") from None


def _parsed(line: bytes) -> Entry | None:
    """A line as an entry; nothing where it is cut off or is not one."""
    try:
        return _LINE.record(Entry, _LINE.json(line), "the line")
    except JournalProblem:
        return None


@contextmanager
def _writer(path: Path) -> Iterator[int]:
    """The journal, opened for one writer at a time."""
    if os.environ.get(SETTING):
        path.parent.mkdir(parents=True, exist_ok=True)
    with durable.locked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as handle:
        if not os.fstat(handle).st_size:
            durable.sync_folder(path.parent)
        yield handle


def _all_of(handle: int) -> bytes:
    """All that an open file holds."""
    size, parts = os.fstat(handle).st_size, list[bytes]()
    while (at := sum(map(len, parts))) < size and (part := os.pread(handle, size - at, at)):
        parts.append(part)
    return b"".join(parts)


def _cut(fragment: bytes) -> str:
    """The checksum of a cut-off line; a line that lacks only its line break is not one."""
    return _sha256(fragment) if fragment and not _parsed(fragment) else ""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
