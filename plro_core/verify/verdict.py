"""What is said of a file: the same, differing cell by cell, made from another version, not checkable here, or not ours."""

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from plro_core.cohort import Cohort
from plro_core.export import FORMATS, Recipe, export_table, figure_html, recipe_for
from plro_core.figures import Chart
from plro_core.figures.style import look as look_named
from plro_core.problems import DataProblem, PlainProblem, RegistryProblem
from plro_core.results import FigureResult, TableResult
from plro_core.series.claims import CheckedClaim, claims_as_table, claims_title
from plro_core.store import Registry
from plro_core.tables import Column, Table, TwoForms
from plro_core.text import counted, printable
from plro_core.verify.reading import REPORT, SOURCE, Cells, Given, given, read
from plro_core.verify.remaking import Find, call_of, made

State = Literal["same", "differs", "other version", "not here", "not ours"]
STATES: dict[State, str] = {
    "same": "Same",
    "differs": "Differs",
    "other version": "Made from another version",
    "not here": "Not checkable here",
    "not ours": "Not ours",
}

MOST_BYTES = 100_000_000
#: As many differences as are listed.
_LISTED = 1_000
#: As much of a foreign text as a sentence holds.
_LONGEST = 200
#: Differences of a picture, which has no cells.
SIZE, DRAWN = "size of the picture", "what the picture shows"
#: A number with a point, its digits alone; as many digits as spreadsheets keep, and by how much the last of them may differ.
_DIGITS = re.compile(r"-?(\d+\.\d+)(?:e[+-]\d+)?")
_KEPT, _LAST_DIGIT = 15, 1.01e-14
_DARK = b"color-scheme: dark"
#: What a recipe says of the data, which the data can contradict.
_CHECKED = {
    "cohort": "cohort",
    "query": "cohort query",
    "n": "n",
    "version": "version",
    "content": "content",
    "source": "source",
    "synthetic": "warning of synthetic data",
    "registry_title": "title of the registry",
    "time": "time of the data",
}

#: What a recipe says of what was asked, which asking again can contradict.
_OF_RESULT = {"title": "title", "sql": "SQL", "command": "command"}

#: What an origin says of the one file that it stands in.
_OF_FILE = ("picture", "numbers")

#: What hangs on the name of a version; another registry may hold the same data under other names.
_OF_NAME = ("version", "registry_title", "time")

#: The registry as it is published now, given the one that a file was made from.
Current = Callable[[Registry], Registry]
#: What is said of a report, given its bytes, what was read of it, and as of :func:`verify`.
OfReport = Callable[[bytes, Given, Find, Current], "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What is said of a file: in one word, in one sentence, and every cell that differs (at most the first thousand)."""

    state: State
    sentence: str
    differences: Table | None = None

    @property
    def is_same(self) -> bool:
        return self.state == "same"


def verify(content: bytes, find: Find, current: Current, of_report: OfReport | None = None) -> Verdict:
    """Hold a file against the data that it says it was made from.

    ``find`` opens the version that holds some content, and ``current`` the published version of the same registry;
    ``of_report`` is asked of a report, which is made of several tables and figures.
    """
    if len(content) > MOST_BYTES:
        return Verdict(
            "not ours", f"It has more than {MOST_BYTES // 1_000_000} MB; no file of this program is so large."
        )
    try:
        file = given(content)
        if file.origin is None:
            return Verdict(
                "not ours", "It carries no origin: it was not made here, or saving it elsewhere has dropped it."
            )
        if REPORT in file.origin and of_report:
            return of_report(content, file, find, current)
        return _Check(content, file, _recipe(file.origin), find, current).verdict()
    except DataProblem as problem:
        return Verdict("not ours", f"It {problem}")


def _recipe(origin: dict[str, Any]) -> Recipe:
    """
    Raises:
        DataProblem: it is not one.
    """
    told = {field.name: origin[field.name] for field in fields(Recipe) if field.name in origin}
    told["synthetic"] = told.get("synthetic") in (True, "True", "true")
    for name in ("title", "cohort", "query", "n", "sql", "version", "content", "source", "snippet"):
        told.setdefault(name, "")
    if not all(isinstance(text, str) for name, text in told.items() if name != "synthetic"):
        raise DataProblem("carries an origin that this program does not write.")
    return Recipe(**told)


@dataclass
class _Check:
    """One file, its recipe, and where to look for the data."""

    content: bytes
    file: Given
    recipe: Recipe
    find: Find
    current: Current

    def verdict(self) -> Verdict:
        """
        Raises:
            DataProblem: the recipe is none of this program.
        """
        opened: list[Registry] = []

        def open_one(content: str, version: str, name: str) -> Registry:
            opened.append(self.find(content, version, name))
            return opened[-1]

        try:
            result = made(self.recipe.snippet, open_one, **self._look)
        except RegistryProblem as problem:
            return Verdict("not here", str(problem))
        except DataProblem:
            raise
        except (PlainProblem, TypeError, AttributeError, KeyError, IndexError, ValueError):
            return Verdict("differs", "What it says that it shows cannot be asked of its version.")
        registry = opened[0]
        differing = [*self._of_recipe(result, opened), *self._of_picture(result), *self._of_cells(result, registry)]
        if differing:
            return Verdict("differs", self._differs(differing), listed_table(differing, "In the file", "Made anew"))
        now = self.current(registry)
        return self._same(result, registry) if now.content == registry.content else self._older(registry, now, result)

    @property
    def _look(self) -> dict[str, str]:
        return {"look": "dark"} if self.file.form == "html" and _DARK in self.content else {}

    # What is compared

    def _of_recipe(self, result: Any, opened: list[Registry]) -> list[tuple[str, str, str]]:
        """Where the words of the recipe are not those of the data."""
        fresh = self._fresh(result, opened)
        same_name = (fresh.registry, fresh.version) == (self.recipe.registry, self.recipe.version)
        names = _CHECKED if same_name else {name: words for name, words in _CHECKED.items() if name not in _OF_NAME}
        own = result.recipe if isinstance(result, (TableResult, FigureResult)) else None
        told = [(name, str(getattr(self.recipe, name)), str(getattr(fresh, name))) for name in names]
        if own and same_name and own.program == self.recipe.program:  # another release may say the same in other words
            told += [(name, str(getattr(self.recipe, name)), str(getattr(own, name))) for name in _OF_RESULT]
        said = _CHECKED | _OF_RESULT
        found = [(f"{said[name]} of the origin", text, anew) for name, text, anew in told if text and text != anew]
        return found + [(f"“{name}” of the origin", str(text), "") for name, text in self._unknown.items()]

    @property
    def _unknown(self) -> dict[str, Any]:
        """What no origin of this program says: of a CSV file its own columns are compared as cells."""
        known = {field.name for field in fields(Recipe)} | {*_OF_FILE}
        told = self.file.origin or {}
        return {} if self.file.form == "csv" else {name: text for name, text in told.items() if name not in known}

    def _fresh(self, result: Any, opened: list[Registry]) -> Recipe:
        if (
            isinstance(result, TableResult) and result.recipe and "plro.aggregates(" in call_of(self.recipe.snippet)
        ):  # aggregates say no exact n
            return result.recipe
        registry, *others = opened
        cohort = Cohort.parse(self.recipe.query, registry.vocabulary)
        beside = others[0] if others else None
        return recipe_for(registry, self.recipe.title, cohort, call_of(self.recipe.snippet), beside=beside)

    def _of_picture(self, result: Any) -> list[tuple[str, str, str]]:
        if self.file.picture is None:
            return []
        told = (self.file.origin or {}).get("picture")
        told = told if isinstance(told, dict) else {}
        now = self.file.picture
        if told.get("size") != now["size"]:
            return [(SIZE, " × ".join(now["size"]), " × ".join(map(str, told.get("size", []))))]
        if told.get("sha256") != now["sha256"]:
            return [(DRAWN, "changed since it was made", "as it was made")]
        chart = chart_of(result)
        if chart is None or (self.file.origin or {}).get("numbers") != chart.sha256:
            return [("what it was drawn from", "other numbers or words", "those of its version")]
        said = {"title": chart.title, "text equivalent": chart.summary}
        return [
            (f"{name} of the picture", self.file.cells.get(name, ""), text)
            for name, text in said.items()
            if self.file.cells.get(name, "") != text
        ]

    def _of_cells(self, result: Any, registry: Registry) -> list[tuple[str, str, str]]:
        if self.file.picture is not None:
            return []
        anew = read(self._file(result, registry)).cells
        told = as_written(self.file.cells, anew)
        return [] if told == anew or _rows(told) == _rows(anew) else differences(told, anew)

    def _file(self, result: Any, registry: Registry) -> bytes:
        """The file as it is made now."""
        chart = chart_of(result)
        if chart is not None and "the drawing" in self.file.cells:
            return figure_html(chart, self.recipe, look_named(self._look.get("look", "light")))
        return export_table(table_of(result, registry), self.file.form, self.recipe)

    # What is said

    def _same(self, result: Any, registry: Registry) -> Verdict:
        if self.file.picture is not None:
            return Verdict("same", f"The picture is as it was made from {self._from}: {self._what}.")
        made_anew = self._file(result, registry)
        if self.content == made_anew:
            return Verdict("same", f"Byte for byte what {self._from} gives: {self._what}.")
        anew = read(made_anew).cells
        order = "" if as_written(self.file.cells, anew) == anew else ", in another order"
        return Verdict(
            "same", f"Every cell is what {self._from} gives{order}: {self._what}. The file itself was saved anew."
        )

    def _older(self, registry: Registry, now: Registry, result: Any) -> Verdict:
        """Right for its version, which is not the published one: what the published one gives."""
        about = f"It is as {self._from} gives it; published now is {now.version}"
        try:
            present = made(self.recipe.snippet, lambda *_: now, **self._look)
            before, after = self._said(result, registry), self._said(present, now)
        except (PlainProblem, TypeError, AttributeError, KeyError, IndexError, ValueError):
            return Verdict("other version", f"{about}, of which this cannot be asked.")
        differing = differences(before, after)
        if not differing:
            return Verdict("other version", f"{about}, which gives the same.")
        many = "1 cell differs" if len(differing) == 1 else f"{counted(len(differing), 'cell')} differ"
        return Verdict(
            "other version", f"{about}, where {many}.", listed_table(differing, registry.version, now.version)
        )

    def _said(self, result: Any, registry: Registry) -> Cells:
        """The cells that readers and programs see, without the recipe: of a figure its points."""
        chart = chart_of(result)
        table = chart.table if chart is not None else table_of(result, registry)
        form = self.file.form if self.file.form in FORMATS and self.file.form != "xlsx" else "csv"
        return read(export_table(table, form, None)).cells

    @property
    def _what(self) -> str:
        return printable(f"“{self.recipe.title}” ({self.recipe.n}; {self.recipe.cohort})", _LONGEST)

    @property
    def _from(self) -> str:
        name = f" of “{printable(self.recipe.registry)}”" if self.recipe.registry else ""
        return f"version {printable(self.recipe.version)}{name}"

    def _differs(self, differing: list[tuple[str, str, str]]) -> str:
        """The first difference, and how many there are."""
        place = differing[0][0]
        told, anew = (f"“{printable(text, _LONGEST)}”" if text else "nothing" for text in differing[0][1:])
        if place == SIZE:
            return f"It was cropped or resized: it was made as {differing[0][2]} and is {differing[0][1]}."
        if place == DRAWN:
            return "What the picture shows was changed after it was made."
        if place == SOURCE:
            return f"Every word is what {self._from} gives, but what stands around the words was changed: it may hide, move or add some."
        many = counted(len(differing), "difference")
        return f"{many} from what {self._from} gives, first {printable(place, _LONGEST)}: {told} in the file, {anew} made anew."


def chart_of(result: Any) -> Chart | None:
    if isinstance(result, FigureResult):
        return result.chart
    return result if isinstance(result, Chart) else None


def table_of(result: Any, registry: Registry) -> Table | TwoForms:
    """
    Raises:
        DataProblem: it is none.
    """
    if isinstance(result, TableResult):
        return result.table
    if (chart := chart_of(result)) is not None:
        return chart.table
    if isinstance(result, (Table, TwoForms)):
        return result
    if isinstance(result, (list, tuple)) and all(isinstance(one, CheckedClaim) for one in result):
        return claims_as_table(tuple(result), claims_title(registry))
    raise DataProblem("carries a recipe that this program does not write.")


def as_written(told: Cells, anew: Cells) -> Cells:
    """The cells of a file, as they were before a spreadsheet wrote them otherwise: it keeps 15 digits, and may round the 15th; and it
    may keep what is true or false as a number.
    """
    return {place: anew[place] if _is_kept_as(text, anew.get(place, "")) else text for place, text in told.items()}


def _is_kept_as(text: str, anew: str) -> bool:
    return (text, anew) in (("0", "false"), ("1", "true")) or _is_rounded(text, anew)


def _is_rounded(text: str, anew: str) -> bool:
    """Whether two numbers of at least 14 digits are the same but for the 15th."""
    if text == anew or min(map(_digits, (text, anew))) < _KEPT - 1:
        return False
    return math.isclose(float(text), float(anew), rel_tol=_LAST_DIGIT)


def _digits(text: str) -> int:
    """How many digits a number with a point has, without zeros before them; none of what is no such number."""
    found = _DIGITS.fullmatch(text)
    return len(found[1].replace(".", "").lstrip("0")) if found else 0


def differences(told: Cells, anew: Cells) -> list[tuple[str, str, str]]:
    """Every place where two files are not alike, in the order of the first."""
    places = dict.fromkeys([*told, *anew])
    found = [
        (place, told.get(place, ""), anew.get(place, "")) for place in places if told.get(place) != anew.get(place)
    ]
    return [one for one in found if one[0] != SOURCE] or found


def _rows(cells: Cells) -> Counter[frozenset[tuple[str, str]]]:
    """The rows of a table for programs, in whatever order they stand, and as one more what stands in no row."""
    rows: dict[str, set[tuple[str, str]]] = {}
    for place, text in cells.items():
        found = re.fullmatch(r"(row \d+), (.*)", place, re.DOTALL)
        row, name = found.groups() if found else ("", place)
        rows.setdefault(row, set()).add((name, text))
    return Counter(map(frozenset, rows.values()))


def listed_table(differing: list[tuple[str, str, str]], told: str, anew: str) -> Table:
    columns = (Column("place", "Place"), Column("file", told), Column("anew", anew))
    table = Table("differences", "What differs", columns, tuple(differing[:_LISTED]))
    if len(differing) <= _LISTED:
        return table
    return replace(table, notes=(f"The first {_LISTED} of {len(differing)} differences.",))
