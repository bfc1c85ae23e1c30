"""How something was made, in words, SQL and Python: what every export carries inside it."""

import inspect
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.store import Registry
from plro_core.vocabulary import Variable

#: Names that a snippet may use, and where they are imported from.
_HOMES = {
    "Cohort.parse": "plro_core.cohort",
    "counts": "plro_core.counts",
    "printed_table": "plro_core.tables",
    "records_table": "plro_core.tables",
}

#: Options of figures that the library calls otherwise.
FIGURE_WORDS = {"group": "by", "case_id": "patient"}


@dataclass(frozen=True)
class Recipe:
    """Everything needed to make a table or figure again: cohort, n, SQL, data version, citation, Python snippet.

    ``content`` is the checksum of the data; the name of a version may stand for other data in another registry.
    """

    title: str
    cohort: str
    query: str
    n: str
    sql: str
    version: str
    content: str
    source: str
    snippet: str
    synthetic: bool = False

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The recipe as headings and texts, in the order in which they are shown."""
        warning = (("Warning", "Synthetic data: none of these patients exist."),) if self.synthetic else ()
        return (
            *warning,
            ("Title", self.title),
            ("Cohort", self.cohort),
            ("Cohort query", self.query or "(none: all patients)"),
            ("n", self.n),
            ("Data version", self.version),
            ("Data content", self.content),
            ("Source", self.source),
            ("SQL", self.sql),
            ("Python", self.snippet),
        )

    @property
    def as_dict(self) -> dict[str, str | bool]:
        return dict(self.__dict__)


def recipe_for(
    registry: Registry,
    title: str,
    cohort: Cohort = EVERYONE,
    call: str = 'records_table(registry, "cases", cohort)',
    sql: str = "",
    imports: Iterable[str] = (),
    beside: Registry | None = None,
) -> Recipe:
    """The recipe of something made from a cohort by ``call``, a Python expression over ``registry`` and ``cohort``.

    ``imports`` are further import lines that the call needs; the library and the usual names of the core are imported by
    themselves (see :func:`library_call`). ``beside`` is the registry that the call takes further patients from. Without
    ``sql``, the statements that read the cohort's patients and visits are given.
    """
    return Recipe(
        title,
        cohort.sentence,
        cohort.query,
        size(registry, cohort).sentence,
        sql or cohort_statements(cohort),
        registry.version,
        registry.content,
        "; ".join(dict.fromkeys(held.manifest.source for held in (registry, beside or registry))),
        _snippet(registry, cohort, call, imports),
        registry.manifest.synthetic or (beside or registry).manifest.synthetic,
    )


def table_one_recipe(registry: Registry, cohort: Cohort = EVERYONE, by: Variable | None = None) -> Recipe:
    """The recipe of ``table_one`` with the same arguments."""
    title = "Summary of the cohort" + (f" by {by.words}" if by else "")
    return recipe_for(registry, title, cohort, library_call("table_one", cohort, by=by))


def printed_recipe(registry: Registry, title: str, cohort: Cohort = EVERYONE) -> Recipe:
    """The recipe of ``printed_table`` with the same arguments."""
    return recipe_for(registry, f"{title}, as printed", cohort, f'printed_table(registry, "{title}", cohort)')


def records_recipe(registry: Registry, name: str, cohort: Cohort = EVERYONE) -> Recipe:
    """The recipe of ``records_table`` with the same arguments."""
    return recipe_for(registry, f"Rows of {name}", cohort, library_call("records", name, cohort))


def ranges_recipe(registry: Registry, cohort: Cohort = EVERYONE) -> Recipe:
    """The recipe of ``ranges_table`` with the same arguments."""
    return recipe_for(registry, "Reference ranges", cohort, library_call("ranges", cohort))


def comparison_recipe(
    registry: Registry,
    a: Cohort,
    b: Cohort | None,
    within: Cohort = EVERYONE,
    leave_out_of: str | None = None,
    other: Registry | None = None,
    tests: bool = False,
) -> Recipe:
    """The recipe of a comparison with the same arguments."""
    sides = (a.query, None if b is None else b.query)  # as text: everybody is another B than none
    call = library_call(
        "compare",
        *sides,
        within=within.query or None,
        leave_out_of=leave_out_of,
        other=other,
        tests=tests or None,
    )
    return recipe_for(registry, "A against B", within, call, beside=other)


def figure_recipe(
    registry: Registry,
    title: str,
    draw: Callable[..., object],
    cohort: Cohort = EVERYONE,
    options: Iterable[tuple[str, Any]] = (),
) -> Recipe:
    """The recipe of a figure that ``draw`` makes with these options; what is not drawn is not given."""
    from plro_core.figures.catalogue import ALWAYS  # whoever has a figure has it loaded; a table needs no figures

    name = draw.__name__
    cohort = ALWAYS.get(name, cohort)
    takes = inspect.signature(draw).parameters
    cohorts = [cohort] if "cohort" in takes else []
    chosen = {FIGURE_WORDS.get(key, key): value for key, value in options if value != takes[key].default}
    beside = next((value for value in chosen.values() if isinstance(value, Registry)), None)
    return recipe_for(registry, title, cohort, library_call("figure", name, *cohorts, **chosen), beside=beside)


def library_call(function: str, *given: Any, **options: Any) -> str:
    """A call of the library as Python: cohorts and variables as strings, ``None`` and everybody at the end left out."""
    values = list(given)
    while values and values[-1] in (None, EVERYONE):
        values.pop()
    words = ["registry", *map(_python, values)]
    words += [f"{key}={_python(value)}" for key, value in options.items() if value is not None]
    return f"plro.{function}({', '.join(words)})"


def _python(value: Any) -> str:
    """A value as Python that needs no import."""
    if isinstance(value, Cohort):
        return _quoted(value.query)
    if isinstance(value, Registry):
        return opened(value)
    if isinstance(value, Variable):
        return _quoted(value.name)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_python, value))}]"
    return _quoted(value) if isinstance(value, str) else repr(value)


def cohort_statements(cohort: Cohort) -> str:
    """SQL that reads the cohort's patients with their visits in view, its values written in: to be read and run by people.

    One statement, which ``python -m plro_core query`` answers; a patient without a visit in view has one row without
    visit values. The program itself never runs this text; it binds the values.
    """
    visits = f"FROM visits WHERE {_literal(*cohort.visit_sql())}"
    return (
        f"FROM cases LEFT JOIN ({visits}) USING (case_id) WHERE {_literal(*cohort.case_sql())} ORDER BY case_id, month"
    )


def _literal(condition: str, values: list[Any]) -> str:
    left = iter(values)
    return re.sub(r"\?", lambda _: _sql_value(next(left)), condition)


def _sql_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"


def opened(registry: Registry) -> str:
    """A registry as Python: opened by its content, and told by version and name."""
    names = f"version={_quoted(registry.version)}, registry={_quoted(registry.folder.resolve().name)}"
    return f"open_content({_quoted(registry.content)}, {names})"


def _snippet(registry: Registry, cohort: Cohort, call: str, imports: Iterable[str]) -> str:
    """Python that makes the thing again from the very same data, wherever they lie, or refuses in one sentence.

    The registry's folder is told by its name alone: a path is of no use on another machine, and says too much.
    """
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', call)
    used = {f"from {home} import {name.partition('.')[0]}" for name, home in _HOMES.items() if f"{name}(" in bare}
    lines = sorted({"from plro_core.store import open_content"} | used | set(imports))
    return "\n".join(
        [
            "import plro_core as plro",
            *lines,
            "",
            f"registry = {opened(registry)}",
            *([f"cohort = plro.cohort(registry, {_quoted(cohort.query)})"] if re.search(r"\bcohort\b", bare) else []),
            f"result = {call}",
        ]
    )


def _quoted(text: str) -> str:
    """Text as a Python string in double quotes, on one line."""
    return json.dumps(text)
