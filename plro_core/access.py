"""Who may do what with a registry: roles, what each may, and the ``access.toml`` of a registry's folder::

    smallest_cell = 5        # aggregates are told of no fewer patients (5, unless said otherwise)
    two_people = true        # nobody publishes what he drafted
    others = "viewer"        # the role of whoever is logged in and not named; without it, none

    [people]
    "a.name@clinic.example" = "publisher"
    "b.name@clinic.example" = { role = "team", centre = "north" }   # of the patients of one centre alone

People are called as the login calls them; capitals from A to Z make no difference.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from plro_core import journal, store, strict
from plro_core.problems import PlainProblem
from plro_core.series.documents import Document
from plro_core.store import Manifest, OneOf, Registry
from plro_core.store.folder import MANIFEST, is_version
from plro_core.store.published import Standings
from plro_core.text import listed, printable

FILE = "access.toml"
#: The smallest number of patients that aggregates are told of, unless a registry says another.
SMALLEST_CELL = 5
_LEAST_CELL = 2
#: What a registry that wants two people says.
TWO_PEOPLE = "In this registry nobody publishes what he brought in: keep it as a draft, and somebody else publishes it."
_PARTS = ("smallest_cell", "two_people", "others", "people")
_OF_MEMBER = ("role", "centre")


class AccessProblem(PlainProblem):
    """What a registry says about those who may use it cannot be understood; then nobody who is logged in may do anything."""


class RightProblem(PlainProblem):
    """Somebody asks for what he may not."""


_TOML = strict.Form(AccessProblem, "who may use a registry", 1_000_000, name=FILE)


class Role(StrEnum):
    """What somebody is in a registry; each may what those before him may."""

    VIEWER = "viewer"
    TEAM = "team"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    ADMIN = "admin"


class Right(StrEnum):
    """What can be allowed."""

    AGGREGATES = "aggregates"
    ROWS = "rows"
    #: Drafts, imports and exports.
    CHANGE = "change"
    #: Publish, go back to a version, discard a draft.
    PUBLISH = "publish"
    #: Accept words and files, empty the trash.
    MANAGE = "manage"


#: The least role that has each right.
LEAST = {
    Right.AGGREGATES: Role.VIEWER,
    Right.ROWS: Role.TEAM,
    Right.CHANGE: Role.EDITOR,
    Right.PUBLISH: Role.PUBLISHER,
    Right.MANAGE: Role.ADMIN,
}
#: The fact of a case that says of which centre a patient is, and the roles that can be held for one centre alone.
CENTRE = "centre"
OF_ONE_CENTRE = (Role.VIEWER, Role.TEAM)
_RANK = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True)
class Member:
    """What somebody is in a registry, and of which centre's patients alone, if not of all."""

    role: Role
    centre: str | None = None


@dataclass(frozen=True)
class Access:
    """What a registry says about those who may use it.

    ``k`` is the smallest number of patients that aggregates are told of; with ``two_people`` nobody publishes what he drafted;
    ``people`` are called as :func:`_known_as` says; ``others`` is the role of whoever is logged in and not named, nobody's where it is none.
    """

    k: int = SMALLEST_CELL
    two_people: bool = False
    people: Mapping[str, Member] = field(default_factory=dict)
    others: Role | None = None

    def visitor(self, name: str) -> "Visitor":
        """What somebody whom a login calls so is here; without a role he may do nothing."""
        member = self.people.get(_known_as(name))
        if member is None:
            return Visitor(name, self.others, identified=True)
        return Visitor(name, member.role, member.centre, identified=True)


@dataclass(frozen=True)
class Visitor:
    """Who asks: ``identified`` if a login says so, and not he himself."""

    name: str
    role: Role | None
    centre: str | None = None
    identified: bool = False

    def may(self, right: Right) -> bool:
        """Whether the role has the right."""
        return self.role is not None and _RANK[self.role] >= _RANK[LEAST[right]]


#: Whoever sits at this machine where no login is configured; he is asked for his name where the journal needs one.
LOCAL = Visitor("", Role.ADMIN)


def is_public(registry: Registry) -> bool:
    """Whether all patients of a version were published as they stand, so that everybody may see their rows.

    Every cell must be the document's: a later visit of a patient whose earlier ones were printed was not published.
    """
    document = registry.document
    return document is not None and registry.kept("public", lambda: _is_all_of(registry, document))


def _is_all_of(registry: Registry, document: Document) -> bool:
    """Whether every cell of a version was read from a document."""
    own = registry.tables.found("provenance", (OneOf("series", (document.name,)),), ("series",))
    return own.num_rows == registry.tables.rows("provenance")


def read_access(folder: Path) -> Access:
    """What a registry says about those who may use it; without ``access.toml`` nobody is named and nobody else has a role.

    Raises:
        AccessProblem: one sentence that names the part at fault, its value, and what was expected.
    """
    path = folder / FILE
    if not path.exists() and not path.is_symlink():
        return Access()
    return _parsed(_TOML.file(path, follow=True))


@lru_cache(maxsize=8)
def _parsed(content: bytes) -> Access:
    """The file is read whenever somebody asks for something, and hardly ever changes: one that names a hundred takes 5 ms to parse."""
    return parse_access(content)


def parse_access(content: str | bytes) -> Access:
    """The same of the content of an ``access.toml``.

    Raises:
        AccessProblem: as of :func:`read_access`.
    """
    told = _TOML.toml(content)
    _TOML.check_keys("the file", told, _PARTS, _PARTS)
    k = told.get("smallest_cell", SMALLEST_CELL)
    if type(k) is not int or k < _LEAST_CELL:
        raise _refusal("smallest_cell", k, f"a whole number, {_LEAST_CELL} or more")
    two_people = told.get("two_people", False)
    if type(two_people) is not bool:
        raise _refusal("two_people", two_people, "true or false")
    others = _role("others", told["others"]) if "others" in told else None
    return Access(k, two_people, _people(_TOML.object("people", told.get("people", {}))), others)


_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _known_as(name: str) -> str:
    """How somebody is looked up. Letters beyond A to Z stay: folded, one address could be taken for another that only looks like
    it, such as that with a Kelvin sign for that with a K.
    """
    return name.strip().translate(_SMALL)


def _people(told: Mapping[str, Any]) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for name, value in told.items():
        key = _known_as(name)
        if not key or not name.isprintable():
            raise _refusal("people", name, "a name in one line, as the login calls somebody")
        if key in found:
            raise _TOML.refusal(f"“{printable(name)}” is named twice; expected everybody once, whatever the capitals.")
        found[key] = _member(name, value)
    return found


def _member(name: str, value: Any) -> Member:
    if not isinstance(value, dict):
        return Member(_role(name, value))
    _TOML.check_keys(name, value, _OF_MEMBER, ("centre",))
    centre = value.get("centre")
    if centre is not None and (not isinstance(centre, str) or not centre.strip()):
        raise _refusal(f"centre of {name}", centre, "a level of the variable “centre”")
    role = _role(f"role of {name}", value["role"])
    if centre is not None and role not in OF_ONE_CENTRE:
        raise _refusal(
            f"role of {name}",
            role,
            f"{listed(list(OF_ONE_CENTRE), 'or')} beside a centre, as the others act on the whole",
        )
    return Member(role, centre)


def _role(part: str, value: Any) -> Role:
    if not isinstance(value, str) or value not in set(Role):
        raise _refusal(part, value, listed(list(Role), "or"))
    return Role(value)


def _refusal(part: str, value: Any, expected: str) -> PlainProblem:
    return _TOML.refusal(f"“{printable(part)}” is “{printable(str(value))}”; expected {expected}.")


def release(folder: Path, version: str, who: str, note: str) -> Manifest:
    """Publish a draft or go back to a version, as :func:`store.release` does; where the registry wants two people, no draft by
    whoever made it.

    Raises:
        RightProblem: he made it.
        AccessProblem: what the registry says about those who may use it is at fault.
        RegistryProblem, JournalProblem: as of :func:`store.release`.
    """
    if read_access(folder).two_people and who.strip().casefold() in _drafted_by(folder, version):
        raise RightProblem(f"You made the draft {printable(version)}. {TWO_PEOPLE}")
    return store.release(folder, version, who, note)


def _drafted_by(folder: Path, version: str) -> set[str]:
    """Who made a version of which it is not known that it was published before, in small letters."""
    if not is_version(folder, version) or Standings.of(folder).state(version) in ("published", "current"):
        return set()
    entries = [entry for entry in journal.read(folder) if entry.version == version and entry.what == "draft"]
    told = [name for entry in entries for name in (entry.who, entry.detail.get("imported by"))]
    told.append(Manifest.read(folder / "versions" / version / MANIFEST).author)  # whatever became of the journal
    return {str(name).strip().casefold() for name in told if name}
