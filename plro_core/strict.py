"""Reading JSON and TOML that nobody vouches for, as strict as the registry itself.

Refused is what two readers could take differently, or no reader well: a key that is given twice, a text that is not
UTF-8 or holds half a character, a number that is none, nesting without end, more bytes than the form needs. A record
has exactly the declared parts, each of its declared type: a truth value is no number, and a number is no text.
"""

import errno
import json
import math
import re
import tomllib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints, is_typeddict

from plro_core import plain_files
from plro_core.problems import PlainProblem
from plro_core.text import listed, printable

MOST_DEPTH = 32

_BOM = "\ufeff"
#: JSON can say one half of a pair alone, which no file can hold.
_HALF = re.compile("[\ud800-\udfff]")

_WORDS = {str: "text", int: "a whole number", bool: "true or false", NoneType: "null"}

Record = TypeVar("Record")


@dataclass(frozen=True)
class Form:
    """One kind of file: what it should hold, how many bytes at most, and the problem that says what is wrong with it.

    ``name`` is that of the file, where whoever catches the problem does not say it.
    """

    problem: type[PlainProblem]
    expected: str
    most_bytes: int
    name: str = ""

    def text(self, content: str | bytes) -> str:
        """The text in UTF-8 that some bytes are.

        Raises:
            PlainProblem: of this form; it is too long, or it is not text.
        """
        if len(content) > self.most_bytes:
            raise self.refusal(f"The file is larger than {self.most_bytes // 1000} kB; expected {self.expected}.")
        try:
            return content if isinstance(content, str) else content.decode("utf-8")
        except UnicodeDecodeError:
            raise self.refusal(f"The file is not UTF-8 text; expected {self.expected}.") from None

    def json(self, content: str | bytes) -> Any:
        """The value that a JSON text says, a byte order mark before it or not.

        Raises:
            PlainProblem: of this form; one sentence that names the place, or the part that is given twice.
        """
        found = self.parsed(content)
        self._check("", found, MOST_DEPTH)
        return found

    def parsed(self, content: str | bytes) -> Any:
        """As ``json``, but nothing in it is looked at: for millions of cells, each of which its reader checks by type.

        Raises:
            PlainProblem: of this form; one sentence that names the place, or the part that is given twice.
        """
        text = self.text(content).removeprefix(_BOM)
        try:
            return json.loads(text, object_pairs_hook=self._once)
        except json.JSONDecodeError as error:
            raise self._no_json(f"line {error.lineno}, column {error.colno}") from None
        except RecursionError:
            raise self._no_json("nested too deeply") from None
        except ValueError:  # Python reads no number of more than 4300 digits
            raise self._no_json("a number is too long") from None

    def toml(self, content: str | bytes) -> dict[str, Any]:
        """The table that a TOML text says, a byte order mark before it or not.

        Raises:
            PlainProblem: of this form; one sentence that names the place, or the part that is given twice.
        """
        text = self.text(content).removeprefix(_BOM)
        try:
            found = tomllib.loads(text)
        except RecursionError:
            raise self.refusal("The file is nested too deeply; expected TOML.") from None
        except tomllib.TOMLDecodeError as error:
            raise self.refusal(f"{error}; expected TOML.") from None
        except ValueError:
            raise self.refusal("A number is too long; expected TOML.") from None
        self._check("", found, MOST_DEPTH)
        return found

    def file(self, path: Path, *, follow: bool = False) -> bytes:
        """The bytes of a file, and never many more than the form allows; ``follow`` lets it be a link to one.

        Raises:
            PlainProblem: of this form; it is a folder, a device or a link, or it cannot be read.
        """
        try:
            return plain_files.content(path, self.most_bytes + 1, follow=follow)
        except OSError as problem:
            is_no_file = problem.errno in (errno.EINVAL, errno.ELOOP, errno.EISDIR, errno.ENXIO, errno.ENOENT)
            sentence = "this is not a plain file." if is_no_file else "the file cannot be read."
            raise self.refusal(sentence) from None

    def object(self, part: str, value: Any, expected: str = "names with what they mean") -> dict[str, Any]:
        """The value of a part that must be an object."""
        if not isinstance(value, dict):
            raise self.refusal(f"“{printable(part)}” is not an object; expected {expected}.")
        return value

    def check_keys(
        self, whole: str, entries: Iterable[str], known: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        """Refuse a key that ``whole`` does not have, and the lack of one that it must have."""
        known, optional, given = list(known), set(optional), list(entries)
        unknown = next((key for key in given if key not in known), None)
        if unknown is not None:
            raise self.refusal(f"“{printable(unknown)}” is not a part of {printable(whole)}; expected {listed(known)}.")
        missing = next((key for key in known if key not in given and key not in optional), None)
        if missing is not None:
            raise self.refusal(f"“{missing}” is missing from {printable(whole)}.")

    def record(self, kind: type[Record], value: Any, whole: str) -> Record:
        """An object as the dataclass ``kind``, whose fields declare its parts; one with a default may be left out.

        Raises:
            PlainProblem: of this form; the sentence names the part, its value and what was expected.
        """
        entries = self.object(whole, value)
        types, optional = _declared(cast(Hashable, kind))
        self.check_keys(whole, entries, types, optional)
        for part, entry in entries.items():
            self._check_type(part, entry, types[part])
        return kind(**entries)

    def refusal(self, sentence: str) -> PlainProblem:
        """The problem that says this sentence, after the name of the file."""
        return self.problem(f"{self.name}: {sentence}" if self.name else sentence)

    def _no_json(self, why: str) -> PlainProblem:
        return self.refusal(f"The file is not readable JSON ({why}); expected {self.expected}.")

    def _once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """A JSON object; of a key that is given twice, nobody could say which is meant."""
        entries: dict[str, Any] = {}
        for key, value in pairs:
            if key in entries:
                raise self.refusal(f"“{printable(key)}” is given twice; expected it once.")
            entries[key] = value
        return entries

    def _check(self, part: str, value: Any, depth: int) -> None:
        """Refuse what the library lets through: NaN, infinity, half a character, nesting that others could not follow."""
        if isinstance(value, float) and not math.isfinite(value):
            raise self.refusal(f"{_named(part)} is {value}; expected a number.")
        if _HALF.search(part) or (isinstance(value, str) and _HALF.search(value)):
            raise self.refusal(f"{_named(part)} holds a character that cannot be seen; expected plain words.")
        if not isinstance(value, dict | list):
            return
        if not depth:
            raise self.refusal(f"{_named(part)} is nested more than {MOST_DEPTH} deep; expected {self.expected}.")
        for name, inner in _parts(part, value):
            self._check(name, inner, depth - 1)

    def _check_type(self, part: str, value: Any, form: Any) -> None:
        if get_origin(form) is Mapping:
            for name, inner in self.object(part, value).items():
                self._check_type(name, inner, get_args(form)[1])
        elif is_typeddict(form):
            types = get_type_hints(form)
            self.check_keys(part, self.object(part, value), types)
            for name, inner in value.items():
                self._check_type(f"{name} of {part}", inner, types[name])
        elif form is not Any:
            known = get_args(form) if isinstance(form, UnionType) else (form,)
            if type(value) not in known:
                shown = printable(json.dumps(value, ensure_ascii=False, default=str))
                words = listed([_WORDS[kind] for kind in known], "or")
                raise self.refusal(f"“{printable(part)}” is {shown}; expected {words}.")


@cache
def _declared(kind: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The types of a dataclass's fields by name, and the names of those that have a default."""
    optional = (each.name for each in fields(kind) if (each.default, each.default_factory) != (MISSING, MISSING))
    return get_type_hints(kind), frozenset(optional)


def _parts(part: str, value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    """What is in an object or a list, each under its place: "variable 2: label"."""
    if isinstance(value, list):
        yield from ((f"{part} {number}".strip(), inner) for number, inner in enumerate(value, 1))
    else:
        yield from ((f"{part}: {name}" if part else name, inner) for name, inner in value.items())


def _named(part: str) -> str:
    return f"“{printable(part)}”" if part else "The file"
