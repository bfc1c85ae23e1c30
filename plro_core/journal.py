"""The journal of a registry: who did what to which version and when, appended and never changed.

``journal.jsonl`` in the registry's folder holds one JSON object a line. Each line carries the checksum of the line
before it and its own, so that a line that was altered or taken out is noticed. What changes a registry is written here
first and done afterwards: when the journal cannot be written, nothing is done.

A crash may leave the last line cut off. Readers pass over it; the next line keeps it where it is and says so by its
checksum. Lines taken off the *end* leave a journal that is whole: only its last checksum, kept elsewhere, tells.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plro_core import durable, strict
from plro_core.problems import JournalProblem

NAME = "journal.jsonl"
#: What the first line gives as the line before it.
FIRST = "0" * 64
LONGEST_WHO = 120
LONGEST_NOTE = 1000
_LONGEST_LINE = 200_000
_LINE = strict.Form(JournalProblem, "a line of the journal", _LONGEST_LINE)


@dataclass(frozen=True)
class Entry:
    """One line: when, what, who, on which version, with the checksums that chain it to the line before.

    ``cut`` is the checksum of a cut-off line that stands before this one, and otherwise empty.
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

    @property
    def checksum(self) -> str:
        """The checksum that this line should carry."""
        entries = asdict(self)
        del entries["sha256"]
        return _sha256(json.dumps(entries, sort_keys=True, separators=(",", ":")).encode())

    @property
    def line(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True)
class Verdict:
    """What a check of the whole journal found: its lines, the checksum of the last, whether that one is cut off."""

    lines: int
    last: str
    cut_off: bool

    @property
    def sentence(self) -> str:
        if not self.lines:
            return "The journal is empty."
        noun = "line" if self.lines == 1 else "lines"
        ending = " A further line was cut off by a crash." if self.cut_off else ""
        return f"The journal is whole: {self.lines} {noun}, the last with checksum {self.last[:12]}.{ending}"


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
        with _writer(folder / NAME) as handle:
            fragment, last = _end(handle)
            entry = Entry(moment, what, who, version, parent, note, dict(detail or {}), _cut(fragment), last)
            entry = Entry(**{**entry.__dict__, "sha256": entry.checksum})
            if len(entry.line) > _LONGEST_LINE:
                raise JournalProblem("The journal was not written: the entry is too long for one line.")
            durable.append(handle, (b"\n" if fragment else b"") + entry.line)
    except OSError as problem:
        reason = (problem.strerror or "unknown reason").lower()
        raise JournalProblem(f"The journal cannot be written, so nothing was done: {reason}.") from None
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
    entries = (_parsed(line) for line in _content(folder).split(b"\n"))
    return tuple(entry for entry in entries if entry)


def verify(folder: Path) -> Verdict:
    """Check every line against its own checksum and against the line before.

    Raises:
        JournalProblem: names the first line that was altered, or before which one was altered or removed.
    """
    *lines, rest = _content(folder).split(b"\n")
    last, fragment, count = FIRST, b"", 0
    for number, line in enumerate(lines, 1):
        entry = _parsed(line)
        if fragment and (entry is None or entry.cut != _sha256(fragment)):
            raise _altered(number - 1, "was altered")
        if entry is None:
            fragment = line or b"\n"  # an empty line is no line that a crash leaves
            continue
        if entry.sha256 != entry.checksum or (entry.cut and not fragment):
            raise _altered(number, "was altered, or the line before it removed" if entry.cut else "was altered")
        if entry.previous != last:
            raise _altered(number, "does not follow: a line before it was altered or removed")
        last, fragment, count = entry.sha256, b"", count + 1
    if fragment:
        raise _altered(len(lines), "was altered")
    return _with_rest(rest, Verdict(count, last, bool(rest)))


def _with_rest(rest: bytes, verdict: Verdict) -> Verdict:
    """The verdict with what stands after the last line break: a whole line that lacks only that, or a cut-off one."""
    entry = _parsed(rest)
    if entry is None:
        return verdict
    if entry.sha256 != entry.checksum or entry.previous != verdict.last:
        raise _altered(verdict.lines + 1, "was altered")
    return Verdict(verdict.lines + 1, entry.sha256, False)


def _altered(number: int, how: str) -> JournalProblem:
    return JournalProblem(f"{NAME}, line {number} {how}; compare it with a backup.")


def _content(folder: Path) -> bytes:
    try:
        return (folder / NAME).read_bytes()
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
    with durable.locked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as handle:
        if not os.fstat(handle).st_size:
            durable.sync_folder(path.parent)
        yield handle


def _end(handle: int) -> tuple[bytes, str]:
    """What stands after the last line break, if anything, and the checksum of the last line that can be read.

    Of a long journal only the end is read: a line is never longer than the piece, and two crashes in a row are rare.
    """
    size = os.fstat(handle).st_size
    start = max(0, size - 4 * _LONGEST_LINE)
    *lines, rest = os.pread(handle, size - start, start).split(b"\n")
    entry = _parsed(rest)
    if entry:
        return rest, entry.sha256
    last = next((found for line in reversed(lines) if (found := _parsed(line))), None)
    if last is None and start:
        raise JournalProblem(f"{NAME} cannot be continued: its end holds no line; compare it with a backup.")
    return rest, last.sha256 if last else FIRST


def _cut(fragment: bytes) -> str:
    """The checksum of a cut-off line; a line that lacks only its line break is not one."""
    return _sha256(fragment) if fragment and not _parsed(fragment) else ""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
