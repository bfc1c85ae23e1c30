"""What a table for a manuscript shows, as one value that a link, a saved view, a file and the command line say alike.

``show`` is text such as ``age,smoking,vas:0-6,calcium:0/6``: variables by name in the order of the rows, after a colon the planned
visits, from the first to the last with a hyphen or one by one with a slash. Without it every summarised variable is shown at
every visit.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from plro_core.manuscript.styles import STYLES, Style
from plro_core.problems import DataProblem, QueryProblem
from plro_core.strict import Form
from plro_core.text import likely, listed, printable
from plro_core.vocabulary import Variable, Vocabulary

Statistics = Literal["median", "mean", "both", "range"]
STATISTICS: dict[Statistics, str] = {
    "median": "median (Q1–Q3)",
    "mean": "mean and SD",
    "both": "median (Q1–Q3), then mean and SD",
    "range": "median (lowest to highest)",
}

_ITEM = re.compile(r"([^:]+)(?::(.+))?")
#: Tables that Roman numerals are written for.
_MOST_TABLES = 39

#: No visit is planned later than months of four digits tell.
_MONTH = re.compile(r"\d{1,4}")
_FROM_TO = re.compile(r"(\d{1,4})-(\d{1,4})")


@dataclass(frozen=True)
class Shown:
    """A variable in the table, and at which visits; none of a variable that is not recorded at visits."""

    variable: Variable
    months: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.variable.name}:{'/'.join(map(str, self.months))}" if self.months else self.variable.name


@dataclass(frozen=True)
class TableSpec:
    """What a table shows: its variables in their order, what numbers are summarised with, and the journal it is for."""

    show: tuple[Shown, ...]
    statistic: Statistics = "median"
    style: str = "plain"
    #: Whether the rows were chosen, and are not all that is summarised.
    chosen: bool = False
    #: Whether two groups are followed by how they differ.
    difference: bool = False

    @classmethod
    def parse(
        cls, words: Vocabulary, show: str = "", statistic: str = "", style: str = "", *, difference: bool = False
    ) -> "TableSpec":
        """Read what is asked for; what is left empty is the usual.

        Raises:
            QueryProblem: a variable, a visit, a statistic or a style that there is not.
        """
        style = style or "plain"
        if style not in STYLES:
            raise QueryProblem(
                f"“{printable(style)}” is not a style{likely(style, list(STYLES))}; expected {listed(list(STYLES), 'or')}."
            )
        statistic = statistic or STYLES[style].statistic
        if statistic not in get_args(Statistics):
            expected = listed(list(get_args(Statistics)), "or")
            raise QueryProblem(f"“{printable(statistic)}” is not a statistic; expected {expected}.")
        chosen = _read(show, words) if show else tuple(_whole(entry, words) for entry in words.summarised)
        return cls(chosen, statistic, style, bool(show), difference)  # type: ignore[arg-type]  # looked up above

    @property
    def text(self) -> str:
        """What is shown, as ``show`` says it."""
        return ",".join(shown.text for shown in self.show)

    @property
    def asked(self) -> dict[str, str | bool]:
        """What differs from the usual, by the names that the library and a file know it by."""
        told: dict[str, str | bool] = {"show": self.text} if self.chosen else {}
        told |= {"statistic": self.statistic} if self.statistic != self.journal.statistic else {}
        told |= {"style": self.style} if self.style != "plain" else {}
        return told | ({"difference": True} if self.difference else {})

    @property
    def journal(self) -> Style:
        return STYLES[self.style]


#: What a file may say.
_KEYS = {"show": str, "statistic": str, "style": str, "number": int, "difference": bool}
#: What is expected of a value of each kind.
_EXPECTED = {str: "text", int: f"a whole number from 1 to {_MOST_TABLES}", bool: "true or false"}
_MOST_BYTES = 100_000


def read_spec(path: Path) -> dict[str, str | int | bool]:
    """What a JSON file says of a table: ``show`` (text, or a list of rows), ``statistic``, ``style``, ``number`` and ``difference``.

    Raises:
        DataProblem: the file cannot be read, is no JSON object, or says something else.
    """
    name = printable(path.name)
    if not path.exists():
        raise DataProblem(f"{name}: there is no such file.")
    form = Form(DataProblem, "what a table shows", _MOST_BYTES, name)
    told = form.json(form.file(path, follow=True))
    if not isinstance(told, dict):
        raise DataProblem(f"{name}: expected an object with {listed(list(_KEYS), 'and')}.")
    for key, value in told.items():
        if key not in _KEYS:
            raise DataProblem(f"{name}: “{printable(key)}” is not known; expected {listed(list(_KEYS), 'or')}.")
        if key == "show" and isinstance(value, list) and all(isinstance(row, str) for row in value):
            told[key] = ",".join(value)
        elif type(value) is not _KEYS[key] or (type(value) is int and not 1 <= value <= _MOST_TABLES):
            raise DataProblem(f"{name}: “{key}” is {printable(json.dumps(value))}; expected {_EXPECTED[_KEYS[key]]}.")
    return dict(told)


def _whole(entry: Variable, words: Vocabulary) -> Shown:
    return Shown(entry, tuple(words.months) if entry.per_visit else ())


def _read(text: str, words: Vocabulary) -> tuple[Shown, ...]:
    found: list[Shown] = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        shown = _one(item, words)
        if shown.variable in [before.variable for before in found]:
            raise QueryProblem(
                f"“{printable(item)}” names “{shown.variable.name}” a second time; give its visits together."
            )
        found.append(shown)
    if not found:
        raise QueryProblem("The table shows nothing; name variables, such as “age,vas:0-6”.")
    return tuple(found)


def _one(item: str, words: Vocabulary) -> Shown:
    parts = _ITEM.fullmatch(item)
    name, months = (parts[1].strip(), parts[2]) if parts else (item, None)
    known = {entry.name: entry for entry in words.summarised}
    if name not in known:
        raise QueryProblem(
            f"“{printable(name)}” is not summarised{likely(name, list(known))}; expected {listed(list(known), 'or')}."
        )
    entry = known[name]
    if months is None:
        return _whole(entry, words)
    if not entry.per_visit:
        raise QueryProblem(
            f"“{printable(item)}”: {entry.label} is not recorded at visits; leave out “:{printable(months)}”."
        )
    return Shown(entry, _months(item, months, words))


def _months(item: str, text: str, words: Vocabulary) -> tuple[int, ...]:
    """The planned visits that a text names, in their order."""
    wanted: set[int] = set()
    for part in text.split("/"):
        ends = _FROM_TO.fullmatch(part.strip())
        if ends:
            wanted |= {month for month in words.months if int(ends[1]) <= month <= int(ends[2])}
        elif _MONTH.fullmatch(part.strip()) and int(part) in words.months:
            wanted.add(int(part))
        else:
            raise QueryProblem(_no_visit(item, words))
    if not wanted:
        raise QueryProblem(_no_visit(item, words))
    return tuple(sorted(wanted))


def _no_visit(item: str, words: Vocabulary) -> str:
    planned = listed([str(month) for month in words.months])
    return f"“{printable(item)}” names no planned visit; visits are planned at months {planned}, such as “vas:0-6” or “vas:0/6”."
