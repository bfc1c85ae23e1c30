"""A saved view: a page, a cohort and options under a name, as readable JSON that a registry can keep beside its data.

One view is one file, ``views/<slug>.json`` in the registry's folder::

    {
      "plro_view": 1,
      "name": "Smokers, first month",
      "description": "For the ward round",
      "page": "pain",
      "cohort": "smoking=yes",
      "options": {"by": "breastfeeding"},
      "data_version": "2022-2",
      "saved": "2026-11-23T08:00:00Z"
    }

A view may carry ``notes``, which its speaker sees, and its ``place`` in a talk, counted from 1; those without a place
come first, by name. A slide of words alone is a view with the option ``slide_words``. A view holds no data: it is opened like a link, on whatever version the registry publishes then. What is read back is
never trusted, whoever wrote it.
"""

import json
import os
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plro_core import durable, sealed, strict
from plro_core.cohort import EVERYONE, Cohort
from plro_core.problems import QueryProblem, ViewProblem
from plro_core.store import SHIPPED
from plro_core.text import printable, slug
from plro_core.vocabulary import Vocabulary

FORM = sealed.PLAIN
_MARK = "plro_view"
FOLDER = "views"
LONGEST_NAME = 80
LONGEST_DESCRIPTION = 400
LONGEST_NOTES = 4000
#: More views than a reader could find their way in; more text than they need.
MOST_VIEWS = 200
MOST_BYTES = 500_000

_LONGEST_VALUE = 2000
_MOST_OPTIONS = 20
_KEYS = ("plro_view", "name", "description", "page", "cohort", "options", "data_version", "saved", "notes", "place")
_MAY_BE_LEFT_OUT = {"description", "options", "notes", "place"}
_PAGE = re.compile(r"[a-z][a-z_]{0,39}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SAVED = "%Y-%m-%dT%H:%M:%SZ"
_JSON = strict.Form(ViewProblem, "a view or a list of views", MOST_BYTES)
_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")


@dataclass(frozen=True)
class SavedView:
    """A page as somebody left it: whom it shows and how, under a name that readers choose.

    Raises:
        ViewProblem: one sentence that names the part that is too long, malformed or of the wrong kind.
    """

    name: str
    description: str
    page: str
    cohort: Cohort
    options: tuple[tuple[str, str], ...]
    data_version: str
    saved: str
    #: What its speaker says, in lines.
    notes: str = ""
    #: Where it stands in a talk, from 1; 0 where nobody has said.
    place: int = 0

    def __post_init__(self) -> None:
        _check_text("name", self.name, LONGEST_NAME)
        if not self.name:
            raise ViewProblem("The view has no name; expected a few words that tell what it shows.")
        _check_text("description", self.description, LONGEST_DESCRIPTION)
        _check_form("page", self.page, _PAGE, "a page's name such as pain")
        _check_form("data_version", self.data_version, _VERSION, "a version such as 2022-2")
        _check_time(self.saved)
        _check_options(self.options)
        _check_notes(self.notes)
        if type(self.place) is not int or not 0 <= self.place <= MOST_VIEWS:
            raise ViewProblem(f"“place” is not a whole number from 0 to {MOST_VIEWS}.")

    @classmethod
    def now(
        cls,
        name: str,
        description: str,
        page: str,
        cohort: Cohort,
        options: Iterable[tuple[str, str]],
        version: str,
        notes: str = "",
    ) -> "SavedView":
        """A view as it is left now; line breaks and double spaces in the words become single spaces, except in notes."""
        moment = datetime.now(UTC).strftime(_SAVED)
        told = tuple(sorted(options))
        return cls(_tidied(name), _tidied(description), page, cohort, told, version, moment, tidied_notes(notes))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The parameters of the link that shows the same."""
        return (*self.cohort.pairs, *self.options)

    @property
    def slug(self) -> str:
        """The name as a file name: small letters, digits and hyphens, with a short hash where that loses anything."""
        return slug(self.name, "view")

    @property
    def json(self) -> str:
        return _written(self._entries())

    @property
    def sealed(self) -> bytes:
        """The bytes of its file in a registry, which carries its own checksum."""
        return sealed.sealed(_MARK, self._entries())

    def _entries(self) -> dict[str, Any]:
        return {
            "plro_view": FORM,
            "name": self.name,
            "description": self.description,
            "page": self.page,
            "cohort": self.cohort.query,
            "options": dict(self.options),
            "data_version": self.data_version,
            "saved": self.saved,
            **({"notes": self.notes} if self.notes else {}),
            **({"place": self.place} if self.place else {}),
        }

    @classmethod
    def from_json(cls, text: str | bytes, vocabulary: Vocabulary) -> "SavedView":
        """Read the JSON of one view.

        Raises:
            ViewProblem: one sentence that names the part at fault.
        """
        views = views_from_json(text, vocabulary)
        if len(views) != 1:
            raise ViewProblem(f"The file holds {len(views)} views; expected one.")
        return views[0]


def views_as_json(views: Iterable[SavedView]) -> str:
    """Several views as one JSON list."""
    return _written([view._entries() for view in views])


def views_from_json(text: str | bytes, vocabulary: Vocabulary) -> tuple[SavedView, ...]:
    """Read one view, or a list of views: all of them, or none.

    Raises:
        ViewProblem: one sentence that names the view and the part at fault.
    """
    entries = sealed.opened(_JSON, _MARK, text).value
    if not isinstance(entries, list):
        return (_view(entries, vocabulary),)
    if not 0 < len(entries) <= MOST_VIEWS:
        raise ViewProblem(f"The file holds {len(entries)} views; expected 1 to {MOST_VIEWS}.")
    views = []
    for number, entry in enumerate(entries, 1):
        try:
            views.append(_view(entry, vocabulary))
        except ViewProblem as problem:
            raise ViewProblem(f"View {number} of {len(entries)}: {problem}") from None
    slugs = [view.slug for view in views]
    twice = next((view for view in views if slugs.count(view.slug) > 1), None)
    if twice:
        raise ViewProblem(f"The file holds two views named “{twice.name}”; expected each name once.")
    return tuple(views)


def in_order(views: Iterable[SavedView]) -> tuple[SavedView, ...]:
    """Views as they are stepped through: by their place, and by name where they have none."""
    return tuple(sorted(views, key=lambda view: (view.place, view.name.casefold())))


def moved(views: Iterable[SavedView], view: SavedView, by: int) -> tuple[SavedView, ...]:
    """The views with one of them moved up (-1) or down (1), each with its place; at the ends nothing moves."""
    order = list(in_order(views))
    at = order.index(view)
    to = min(max(at + by, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    return tuple(replace(view, place=place) for place, view in enumerate(order, 1))


def tidied_notes(text: str) -> str:
    """Notes with one space between words and no empty lines at the ends."""
    return "\n".join(_tidied(line) for line in text.strip().splitlines())


def _tidied(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


# The registry's folder


def why_not_kept(folder: Path) -> str:
    """Why this registry cannot keep views, in one sentence; nothing when it can."""
    if folder.resolve() == SHIPPED.resolve():
        return "The shipped registry keeps no views: use the link, or download the view."
    if not os.access(folder, os.W_OK):
        return "This registry's folder cannot be written to: use the link, or download the view."
    return ""


def read_views(folder: Path, vocabulary: Vocabulary) -> tuple[tuple[SavedView, ...], tuple[str, ...]]:
    """The views that a registry keeps, by name, and a sentence for each file that is not one."""
    views, problems = [], []
    paths = sorted(path for path in (folder / FOLDER).glob("*.json") if not path.name.startswith("."))
    for path in paths[:MOST_VIEWS]:
        try:
            view = _read(path, vocabulary)
        except ViewProblem as problem:
            problems.append(f"views/{printable(path.name)}: {problem}")
        else:
            views.append(view)
    if len(paths) > MOST_VIEWS:
        problems.append(f"The registry holds {len(paths)} views; the first {MOST_VIEWS} are shown.")
    return in_order(views), tuple(problems)


def save_view(folder: Path, view: SavedView) -> Path:
    """Keep a view in a registry's folder: whole or not at all, and never in the place of another.

    Raises:
        ViewProblem: the folder keeps no views, holds enough of them, or has one of this name.
    """
    _refuse_unkept(folder)
    path = folder / FOLDER / f"{view.slug}.json"
    try:
        path.parent.mkdir(exist_ok=True)
        with durable.writing(path.parent):
            if path.exists():
                raise ViewProblem(f"A view named “{view.name}” exists; choose another name, or delete that one first.")
            if len(list(path.parent.glob("*.json"))) >= MOST_VIEWS:
                raise ViewProblem(f"The registry holds {MOST_VIEWS} views, which is the most; delete one first.")
            durable.write_whole(path, view.sealed)
    except OSError:
        raise ViewProblem("The view could not be written to the registry's folder; download it instead.") from None
    return path


def change_views(folder: Path, changed: Iterable[SavedView]) -> None:
    """Write views that a registry keeps anew: their place in a talk, or what their speakers say.

    Raises:
        ViewProblem: the folder keeps no views, or has none of such a name.
    """
    _refuse_unkept(folder)
    try:
        with durable.writing(folder / FOLDER):
            for view in changed:
                path = folder / FOLDER / f"{view.slug}.json"
                if not path.exists():
                    raise ViewProblem(f"There is no view named “{view.name}” in this registry.")
                durable.write_whole(path, view.sealed)
    except OSError:
        raise ViewProblem("The views could not be written to the registry's folder.") from None


def delete_view(folder: Path, view: SavedView) -> None:
    """Take a view out of a registry's folder.

    Raises:
        ViewProblem: the folder keeps no views, or has none of this name.
    """
    _refuse_unkept(folder)
    try:
        with durable.writing(folder / FOLDER):
            (folder / FOLDER / f"{view.slug}.json").unlink()
            durable.sync_folder(folder / FOLDER)
    except FileNotFoundError:
        raise ViewProblem(f"There is no view named “{view.name}” in this registry.") from None
    except OSError:
        raise ViewProblem(f"The view “{view.name}” could not be deleted from the registry's folder.") from None


def _refuse_unkept(folder: Path) -> None:
    if reason := why_not_kept(folder):
        raise ViewProblem(reason)


def _read(path: Path, vocabulary: Vocabulary) -> SavedView:
    view = SavedView.from_json(_JSON.file(path), vocabulary)
    if path.stem != view.slug:
        raise ViewProblem(f"the file holds the view “{view.name}”; expected it in {view.slug}.json.")
    return view


# Reading what nobody vouches for


def _written(entries: Any) -> str:
    return json.dumps(entries, indent=2, ensure_ascii=False)


def _view(entries: Any, vocabulary: Vocabulary) -> SavedView:
    if not isinstance(entries, dict) or "plro_view" not in entries:
        raise ViewProblem("This is not a saved view; expected an object with “plro_view”.")
    form = entries["plro_view"]
    if type(form) is not int or form != FORM:
        raise ViewProblem(f"“plro_view” is not {FORM}, the form that this program reads.")
    _JSON.check_keys("the view", entries, _KEYS, _MAY_BE_LEFT_OUT)
    options = _JSON.object("options", entries.get("options", {}), 'names with values such as {"by": "smoking"}')
    taken = next((key for key in options if key in vocabulary.filters), None)
    if taken is not None:
        raise ViewProblem(f"“options” names {taken}, which is a filter; expected it in “cohort”.")
    return SavedView(
        entries["name"],
        entries.get("description", ""),
        entries["page"],
        _cohort(entries["cohort"], vocabulary),
        tuple(sorted(options.items())),
        entries["data_version"],
        entries["saved"],
        entries.get("notes", ""),
        entries.get("place", 0),
    )


def _cohort(query: Any, vocabulary: Vocabulary) -> Cohort:
    _check_text("cohort", query, MOST_BYTES)
    try:
        return Cohort.parse(query, vocabulary) if query else EVERYONE
    except QueryProblem as problem:
        raise ViewProblem(f"“cohort” cannot be read: {problem}") from None


def _check_text(part: str, text: Any, longest: int) -> None:
    if not isinstance(text, str):
        raise ViewProblem(f"“{part}” is not text; expected words in quotes.")
    if len(text) > longest:
        raise ViewProblem(f"“{part}” has {len(text)} characters; expected at most {longest}.")
    if not text.isprintable():
        raise ViewProblem(f"“{part}” holds a character that cannot be seen; expected plain words on one line.")
    if text != text.strip():
        raise ViewProblem(f"“{part}” begins or ends with a space; expected none.")


def _check_notes(text: Any) -> None:
    if not isinstance(text, str):
        raise ViewProblem("“notes” is not text; expected words in quotes.")
    if len(text) > LONGEST_NOTES:
        raise ViewProblem(f"“notes” has {len(text)} characters; expected at most {LONGEST_NOTES}.")
    if not all(line.isprintable() for line in text.split("\n")):
        raise ViewProblem("“notes” holds a character that cannot be seen; expected plain words in lines.")


def _check_form(part: str, text: Any, form: re.Pattern[str], expected: str) -> None:
    if not isinstance(text, str) or not form.fullmatch(text):
        raise ViewProblem(f"“{part}” is not {expected}.")


def _check_time(text: Any) -> None:
    expected = "a time such as 2026-11-23T08:00:00Z"
    _check_form("saved", text, _TIME, expected)
    try:
        datetime.strptime(text, _SAVED)
    except ValueError:
        raise ViewProblem(f"“saved” is not {expected}.") from None


def _check_options(options: tuple[tuple[str, str], ...]) -> None:
    if len(options) > _MOST_OPTIONS:
        raise ViewProblem(f"“options” has {len(options)} entries; expected at most {_MOST_OPTIONS}.")
    for key, text in options:
        _check_form("options", key, _PAGE, "named by small letters, such as by")
        _check_text(f"options: {key}", text, _LONGEST_VALUE)
