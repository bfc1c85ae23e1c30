"""How something was made, in words, SQL and Python: what every export carries inside it."""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from plro_core import __version__
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.export.calls import FIGURE_WORDS, library_call, snippet
from plro_core.export.commands import command_of
from plro_core.store import Registry
from plro_core.vocabulary import Variable

if TYPE_CHECKING:
    from plro_core.manuscript.spec import TableSpec

#: The program that makes files, as they say it.
PROGRAM = f"PLRO dashboard {__version__}"


@dataclass(frozen=True)
class Recipe:
    """Where a table or figure comes from, and everything needed to make it again: what every file carries inside it.

    ``content`` is the checksum of the data; the name of a version may stand for other data in another registry.
    ``registry`` is the name of the registry's folder, ``time`` when the version was made, ``program`` what made the file.
    ``command`` is the command line that gives it, and ``link`` what stands behind the dashboard's address for the page that
    shows it; they are empty where there is none.
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
    registry: str = ""
    registry_title: str = ""
    time: str = ""
    program: str = ""
    command: str = ""
    link: str = ""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The recipe as headings and texts, in the order in which they are shown."""
        warning = (("Warning", "Synthetic data: none of these patients exist."),) if self.synthetic else ()
        return (
            *warning,
            ("Title", self.title),
            ("Cohort", self.cohort),
            ("Cohort query", self.query or self._no_query),
            ("n", self.n),
            ("Data version", self.version),
            ("Data content", self.content),
            *_if_told(("Data of", self.time), ("Registry", self._registry)),
            ("Source", self.source),
            *_if_told(("Made by", self.program), ("Link", self.link), ("Command", self.command)),
            ("SQL", self.sql),
            ("Python", self.snippet),
        )

    @property
    def _no_query(self) -> str:
        """What stands in the place of a query: nothing was chosen, or it was not chosen in the language of cohorts."""
        return "(none: all patients)" if self.cohort == EVERYONE.sentence else "(in the Python below)"

    @property
    def _registry(self) -> str:
        return f"{self.registry_title} ({self.registry})" if self.registry_title else self.registry

    @property
    def as_dict(self) -> dict[str, str | bool]:
        return dict(self.__dict__)


def _if_told(*lines: tuple[str, str]) -> list[tuple[str, str]]:
    return [(head, text) for head, text in lines if text]


def recipe_for(
    registry: Registry,
    title: str,
    cohort: Cohort = EVERYONE,
    call: str = 'records_table(registry, "cases", cohort)',
    sql: str = "",
    beside: Registry | None = None,
) -> Recipe:
    """The recipe of something made from a cohort by ``call``, a Python expression over ``registry`` and ``cohort``.

    It names functions of the library (see :func:`library_call`) or those of :data:`plro_core.export.calls.HOMES`. ``beside`` is
    the registry that the call takes further patients from. Without ``sql``, the statements that read the cohort's patients
    and visits are given.
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
        snippet(registry, cohort, call),
        registry.manifest.synthetic or (beside or registry).manifest.synthetic,
        registry.folder.resolve().name,
        registry.manifest.title,
        registry.manifest.time,
        PROGRAM,
        command_of(call, cohort, registry.version),
    )


def table_one_recipe(registry: Registry, cohort: Cohort = EVERYONE, by: Variable | None = None) -> Recipe:
    """The recipe of ``table_one`` with the same arguments."""
    title = "Summary of the cohort" + (f" by {by.words}" if by else "")
    return recipe_for(registry, title, cohort, library_call("table_one", cohort, by=by))


def summary_recipe(
    registry: Registry, spec: "TableSpec", cohort: Cohort = EVERYONE, by: Variable | None = None, number: int = 1
) -> Recipe:
    """The recipe of ``summary`` with the same arguments."""
    title = "Characteristics and course" + (f" by {by.words}" if by else "")
    call = library_call("summary", cohort, by=by, **spec.asked, number=number if number != 1 else None)
    return recipe_for(registry, title, cohort, call)


def dictionary_recipe(registry: Registry) -> Recipe:
    """The recipe of ``dictionary`` of this registry."""
    return recipe_for(registry, "Data dictionary", call=library_call("dictionary"))


def printed_recipe(registry: Registry, title: str, cohort: Cohort = EVERYONE) -> Recipe:
    """The recipe of ``printed_table`` with the same arguments."""
    return recipe_for(registry, f"{title}, as printed", cohort, f'printed_table(registry, "{title}", cohort)')


def draft_recipe(registry: Registry, title: str, sha256: str, with_answers: bool = False, status: str = "") -> Recipe:
    """The recipe of ``checked_draft`` with the same arguments. The draft is told by its checksum alone: it is nobody else's business."""
    answers = ', answers="ANSWERS"' if with_answers else ""
    only = f', status="{status}"' if status else ""
    recipe = recipe_for(registry, title, call=f'checked_draft(registry, "DRAFT"{answers}{only})')
    source = f"{recipe.source}; a draft that is not within this file (SHA-256 {sha256})"
    return replace(recipe, source=source)


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
