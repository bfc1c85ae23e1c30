"""The library: a registry asked from Python in the words of the dashboard's links.

Wherever a cohort is meant, its query string does (``"smoking=yes&age=25-31"``, or a whole link); wherever a variable is
meant, its name. A word that the registry does not know is refused in one sentence (``QueryProblem``). Everything but
``visits`` comes with how it was made, shows itself in a notebook, and can be saved. ``import plro_core as plro`` has
these names. With ``PLRO_JOURNAL_EXPORTS=yes`` every answer that tells of patients is journalled before it is given.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from plro_core import lookups, store, tables
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import LEAVE_OUT, comparison_table
from plro_core.compare import compare as compared
from plro_core.counts import counts as counted
from plro_core.dictionary import as_table
from plro_core.export import (
    FIGURE_WORDS,
    comparison_recipe,
    dictionary_recipe,
    figure_recipe,
    library_call,
    ranges_recipe,
    recipe_for,
    records_recipe,
    summary_recipe,
    table_one_recipe,
)
from plro_core.figures import FIGURES, figures_of
from plro_core.figures.choosing import panels_asked
from plro_core.figures.style import look as look_named
from plro_core.links import pairs, told_apart
from plro_core.manuscript import TableSpec, compact_table
from plro_core.problems import QueryProblem
from plro_core.results import FigureResult, TableResult, handed
from plro_core.series.claims import STATUSES, claims_listed
from plro_core.shared.answers import told_in_words
from plro_core.shared.tables import recipe as released_recipe
from plro_core.shared.tables import table as released
from plro_core.store import Registry
from plro_core.tables import Column, Table, from_arrow, records_table
from plro_core.tables import table_one as summary_table
from plro_core.tables.notes import who
from plro_core.tables.ranges import ranges_table, thresholds_table
from plro_core.text import likely, listed, printable
from plro_core.vocabulary import Variable

__all__ = [
    "aggregates",
    "claims",
    "cohort",
    "compare",
    "counts",
    "dictionary",
    "figure",
    "open",
    "query",
    "ranges",
    "records",
    "summary",
    "table_one",
    "thresholds",
    "visits",
]


def open(folder: str | Path | None = None, version: str | None = None) -> Registry:
    """Open a verified version of a registry.

    ``folder`` is the registry's folder (otherwise that of ``PLRO_REGISTRY``, otherwise the shipped one); ``version`` an
    older version or a draft (otherwise the published one). Several registries can be open side by side, each with its
    words in ``registry.vocabulary``.

    Raises:
        RegistryProblem: the folder, the version or a file is missing, altered or breaks a rule.

    Source:
        The files of the version, compared with the checksums of its manifest.

    Example:
        >>> registry = plro.open()
        >>> registry
        Registry(“data”, version 2022-2: 10 patients, 40 visits)
        >>> registry.vocabulary.months
        (0, 1, 3, 6)
        >>> registry.vocabulary.variable("calcium").axis_title
        'Calcium (mg/dL)'
    """
    return store.open_registry(folder, version)


def cohort(registry: Registry, query: str | Cohort | None = None) -> Cohort:
    """Read a cohort: a query string or a whole link of the dashboard; nothing means everybody.

    The value has the cohort in English (``sentence``) and as a query string (``query``). What a link says beside its
    patients is left out. The language is told in ``docs/cohorts.md``.

    Raises:
        QueryProblem: the query names a variable, a value or a patient that the registry does not know, or is malformed.

    Example:
        >>> plro.cohort(registry, "smoking=yes&age=25-31").sentence
        'patients with smoking and age 25 to 31 years'
    """
    _registry(registry)
    if query is None or isinstance(query, Cohort):
        return query or EVERYONE
    if not isinstance(query, str):
        raise QueryProblem(f'A cohort is a query such as "smoking=yes"; got {type(query).__name__}.')
    given = pairs(query)
    found = Cohort.parse(
        told_apart(given, registry.vocabulary.filters)[0] if "?" in query else given, registry.vocabulary
    )
    if unknown := lookups.unknown(registry, found):
        raise QueryProblem(unknown)
    return found


def table_one(registry: Registry, cohort: str | Cohort | None = None, by: str | Variable | None = None) -> TableResult:
    """Summarise every summarised variable of a cohort ("Table 1"), overall and in each group of ``by``.

    For readers a row for each variable, visit and statistic, a column for each group. Tidy: one row for each variable,
    month, level and group, with n, missing, total, mean, sd, median, q1, q3, minimum, maximum (in ``unit``) and k. There
    are no p-values, and no SD or quartiles where the group is too small for them.

    Raises:
        QueryProblem: the cohort cannot be read, or ``by`` is not a variable that splits patients into groups.

    Source:
        Counts of the registry's cells; never a printed statistic.

    Example:
        >>> table = plro.table_one(registry, "smoking=yes", by="breastfeeding")
        >>> table.layout.subtitle
        'Patients with smoking: 4 of 10 patients · 16 of 40 visits'
        >>> table.to_frame().query("variable == 'vas' and month == 6 and group == 'overall'")[["n", "median"]]
            n  median
        69  4     0.5
    """
    chosen, group = _cohort(registry, cohort), _grouping(registry, by)
    return handed(
        registry, TableResult(summary_table(registry, chosen, group), table_one_recipe(registry, chosen, group))
    )


def aggregates(registry: Registry, where: str = "", by: str = "", k: int | None = None) -> TableResult:
    """Tell released aggregates alone: no count of fewer than ``k`` patients (otherwise what the registry says), none that gives fewer away.

    ``where`` is at most two levels of facts, as a link of the aggregates page says them; ``by`` a fact whose levels are
    groups. For readers a row for each level, a column for each group. Tidy: one row for each fact, level and group, with
    patients and of; a suppressed cell is the word "suppressed", never 0 or missing.

    Raises:
        QueryProblem: such patients or groups cannot be asked for, or ``k`` is below 2.

    Source:
        Counts of the registry's cells that the rule of release lets through.

    Example:
        >>> table = plro.aggregates(registry)
        >>> [row["patients"] for row in table.tidy.records if row["fact"] in ("smoking", "vas.1")]
        ['suppressed', 'suppressed', '0', '5', '5', '0']
    """
    told = told_in_words(_registry(registry), where, by, k)
    return handed(registry, TableResult(released(registry, told), released_recipe(registry, told)), "aggregates")


def summary(
    registry: Registry,
    cohort: str | Cohort | None = None,
    by: str | Variable | None = None,
    *,
    show: str = "",
    statistic: str = "",
    style: str = "",
    number: int = 1,
    difference: bool = False,
) -> TableResult:
    """Summarise a cohort as a journal prints it: one row a variable, visits side by side, or a column a group.

    ``show`` names the rows in their order, with the planned visits after a colon: "age,smoking,vas:0-6,calcium:0/6" (otherwise
    all that is summarised). ``statistic`` is "median" (Q1–Q3), "mean" (with the SD), "both" or "range"; ``style`` is "plain",
    "turkish-neurosurgery", "osteoporosis-international" or "jama"; ``number`` is that of the table in print.
    ``difference`` sets behind two groups how they differ, with the interval that :func:`compare` gives. Saved as docx, tex or
    rtf it is ready for a manuscript; the tidy form has the numbers of :func:`table_one`.

    Raises:
        QueryProblem: the cohort cannot be read, a variable, visit, statistic or style is not one that there is, or a
            difference is asked for and ``by`` does not make two groups.

    Source:
        Counts of the registry's cells.

    Example:
        >>> table = plro.summary(registry, by="breastfeeding", show="age,vas:0/6", style="turkish-neurosurgery")
        >>> print(table.layout.rows[0])
        ('Age (years)', '29.9 ± 2.9', '29.4 ± 2.8', '30, 34')
    """
    chosen, group = _cohort(registry, cohort), _grouping(registry, by)
    spec = TableSpec.parse(registry.vocabulary, show, statistic, style, difference=difference)
    table = compact_table(registry, spec, chosen, group, number)
    return handed(registry, TableResult(table, summary_recipe(registry, spec, chosen, group, number)))


def records(registry: Registry, table: str, cohort: str | Cohort | None = None) -> TableResult:
    """List the rows of one table of the registry, of a cohort's patients; of visits those that the cohort looks at.

    One row a patient, visit or fact, one typed column a variable, in the unit of its declaration. ``table`` is "cases",
    "visits", "measurements" (one row a recorded value), "provenance" (where each cell was read) or a table of facts.

    Raises:
        QueryProblem: the cohort cannot be read, or there is no such table.

    Source:
        The registry's cells as they are.

    Example:
        >>> plro.records(registry, "symptoms", "smoking=yes").to_frame().shape
        (7, 3)
    """
    chosen = _cohort(registry, cohort)
    return handed(
        registry, TableResult(records_table(registry, table, chosen), records_recipe(registry, table, chosen))
    )


def visits(registry: Registry, cohort: str | Cohort | None = None) -> pd.DataFrame:
    """Give the visits of a cohort's patients as a pandas frame with Arrow types.

    One row a visit, by patient and month; columns are the variables of ``visits``, each in its declared unit. A value
    that was not recorded is ``<NA>``; a visit that did not take place has no row.

    Raises:
        QueryProblem: the cohort cannot be read.

    Source:
        The registry's cells as they are.

    Example:
        >>> plro.visits(registry, "smoking=yes&month=0,1").groupby("month")["vas"].median()
        month
        0    8.0
        1    4.5
        Name: vas, dtype: double[pyarrow]
    """
    return records(registry, "visits", cohort).to_frame()


def compare(
    registry: Registry,
    a: str | Cohort,
    b: str | Cohort | None = None,
    *,
    within: str | Cohort | None = None,
    leave_out_of: str | None = None,
    other: Registry | None = None,
    tests: bool = False,
) -> TableResult:
    """Compare cohort A with cohort B on every summarised variable; without B, with everybody who is not in A.

    With ``other``, B is a cohort of that registry (without B: all its patients), compared over the variables that mean the
    same in both. ``within`` narrows both, with ``other`` only A; patients who are in both are counted in one only if ``leave_out_of`` says "a" or "b". Tidy: one
    row for each variable, month and level, and for each change from baseline, with n, missing and k or median of each side (no
    median below three values), the difference A − B (Hodges–Lehmann shift in ``unit``, or risk difference from −1 to 1), its
    interval, and its level with what that is (attained, at least, nominal). Traits come before treatment and outcomes; one
    outcome is primary. With ``tests`` also p, the smallest p that the split and its ties can reach, and within the family of
    the primary outcome Holm's adjustment.

    Raises:
        QueryProblem: a cohort cannot be read or is empty, A is everybody, or patients are in both.

    Source:
        Exact methods for small samples, computed from counts of the registry's cells.

    Example:
        >>> found = plro.compare(registry, "smoking=yes").to_frame()
        >>> found.query("variable == 'vas' and month == 6")[["change_from_baseline", "n_a", "n_b", "estimate", "low", "high"]]
           change_from_baseline  n_a  n_b  estimate  low  high
        31                False    4    6       0.0 -1.0   1.0
        32                 True    4    6       0.0 -1.0   2.0
    """
    if leave_out_of is not None:
        _among(leave_out_of, LEAVE_OUT, "a cohort to leave patients out of")
    first, narrowed = _cohort(registry, a), _cohort(registry, within)
    second = None if b is None else _cohort(registry if other is None else _registry(other), b)
    found = compared(registry, first, second, within=narrowed, leave_out_of=leave_out_of, other=other)
    if found.problem:
        raise QueryProblem(f"{found.problem}{' Give leave_out_of.' if found.overlap.both else ''}")
    recipe = comparison_recipe(registry, first, second, narrowed, leave_out_of, other, tests)
    return handed(registry, TableResult(comparison_table(found, tests), recipe))


def counts(
    registry: Registry, variable: str | Variable, cohort: str | Cohort | None = None, by: str | Variable | None = None
) -> TableResult:
    """Count how often each value of a variable occurs in a cohort: all that the statistics rest on.

    One row for each month (of a variable that is recorded at visits), group of ``by`` and value (in the variable's unit),
    with ``count``: patients, or visits that took place. An empty value is "not recorded", an empty group likewise.

    Raises:
        QueryProblem: the cohort cannot be read, or the variable or the grouping is not one of the registry's.

    Source:
        Counts of the registry's cells.

    Example:
        >>> plro.counts(registry, "breastfeeding").to_frame()
          breastfeeding  count
        0     continued      2
        1       stopped      8
    """
    chosen, group, entry = _cohort(registry, cohort), _grouping(registry, by), _variable(registry, variable)
    found = counted(registry, [entry], chosen, group)
    shape = [Column("month", "Month", "integer")] * entry.per_visit + [Column("group", "Group")] * (group is not None)
    rows = [
        (*[month] * entry.per_visit, *[code] * (group is not None), value, count)
        for (_, month, code), frequency in found.items()
        for value, count in (*frequency.values.items(), *[(None, frequency.missing)] * bool(frequency.missing))
    ]
    rows.sort(key=lambda row: tuple((cell is None, cell) for cell in row[:-1]))
    columns = (*shape, Column.of(entry), Column("count", "Count", "integer"))
    title = f"Counts of {entry.words}" + (f" by {group.words}" if group else "")
    table = Table("counts", title, tables.told_apart(columns), tuple(rows), subtitle=who(registry, chosen))
    recipe = recipe_for(registry, title, chosen, library_call("counts", entry, chosen, by=group))
    return handed(registry, TableResult(table, recipe))


def figure(registry: Registry, name: str, cohort: str | Cohort | None = None, **options: Any) -> FigureResult:
    """Draw a figure of a cohort.

    Options by what the figure takes: ``by`` (a grouping), ``highlight`` or ``patient`` (a patient's number), ``month``,
    ``definition``, ``axis`` ("score" or "change"), ``labs`` (names of laboratory variables), ``panels`` (of a figure with many: their names in it), ``a``, ``b`` and ``within``
    (cohorts), ``other`` (the registry of B) and ``look`` ("light" or "dark"). The points of the frame are in the units of the axes.

    Raises:
        QueryProblem: there is no such figure, option, cohort, variable or patient.

    Source:
        The registry's cells; ``published_cohorts`` also shows published means, for context only.

    Example:
        >>> figure = plro.figure(registry, "pain_trajectories", "smoking=yes", by="breastfeeding", highlight=5)
        >>> figure.save("pain.html").name
        'pain.html'
    """
    known = figures_of(registry.vocabulary)
    if name in FIGURES and name not in known:
        raise QueryProblem(f"“{name}” needs {FIGURES[name].needs}, which this registry does not declare.")
    if name not in known:
        raise QueryProblem(
            f"“{printable(str(name))}” is not a figure{likely(str(name), known)}; expected {_one_of(known)}."
        )
    draw, takes = FIGURES[name].draw, FIGURES[name].options
    if cohort is not None and "cohort" not in takes and "within" not in takes:
        raise QueryProblem(f"“{name}” takes no cohort: it always draws the same patients.")
    if cohort is not None and "cohort" not in takes:
        options = {"within": cohort} | options
    panels = options.pop("panels", None)
    chosen = _options(registry, name, options)
    if panels:
        chosen |= panels_asked(name, registry, [panels] if isinstance(panels, str) else panels, chosen)
    look = look_named(chosen.pop("look", "light"))
    drawn_of = _cohort(registry, cohort) if "cohort" in takes else EVERYONE
    chart = draw(registry, *([drawn_of] if "cohort" in takes else []), **chosen, look=look)
    return handed(
        registry, FigureResult(chart, figure_recipe(registry, chart.title, draw, drawn_of, chosen.items()), look)
    )


def claims(registry: Registry, status: str | None = None, relations: bool = False) -> TableResult:
    """Check every printed statement of a document against its own tables.

    One row a claim with its place, what is printed, what the cells give, the status, why, and how it stands to other claims.
    ``status`` keeps those of one status. With ``relations`` the rows are the relations themselves, each once. A registry
    without documents has no rows.

    Raises:
        QueryProblem: there is no such status.

    Source:
        The documents that have patients in the registry, and its cells.

    Example:
        >>> plro.claims(registry, "contradicted").to_frame()["id"].tolist()[:2]
        ['weeks-onset', 'weeks-diagnosis']
    """
    if status is not None:
        _among(status, STATUSES, "a status")
    table = claims_listed(registry, status, relations)
    call = library_call("claims", status, relations=relations or None)
    return handed(registry, TableResult(table, recipe_for(registry, table.title, call=call)))


def dictionary(registry: Registry) -> TableResult:
    """Describe every column of the registry.

    One row a column with table, name, label, kind, unit, codes, plausible and reference range with their sources, levels,
    SI factor, note and source.

    Source:
        The declarations of the variables, those of the registry's ``variables.toml`` included.

    Example:
        >>> plro.dictionary(registry).to_frame().set_index("name").loc["calcium", ["unit", "loinc"]].tolist()
        ['mg/dL', '17861-6']
    """
    return TableResult(as_table(registry.vocabulary.variables), dictionary_recipe(registry))


def ranges(registry: Registry, cohort: str | Cohort | None = None) -> TableResult:
    """List every reference range that is known for the registry's analytes, and how many values lie outside each.

    One row a range: its ends in the analyte's unit, whether flags are computed from it, how many of n recorded values of
    the cohort lie below and above it, and whose it is. What is not known of a range is said as unknown. An analyte of which
    it is uncertain what was measured has no range.

    Raises:
        QueryProblem: the cohort cannot be read.

    Source:
        The ranges of ``vocabulary/ranges.toml`` and those of the registry's ``variables.toml``; counts of its cells.

    Example:
        >>> found = plro.ranges(registry).to_frame()
        >>> found[found["analyte"] == "Calcium"][["low", "high", "in_use", "outside", "n"]]
           low  high in_use  outside   n
        0  8.4  10.2   True        6  35
        1  8.6  10.0  False        8  35
        2  8.8  10.4  False       12  35
    """
    chosen = _cohort(registry, cohort)
    return handed(registry, TableResult(ranges_table(registry, chosen), ranges_recipe(registry, chosen)))


def thresholds() -> TableResult:
    """List every threshold that a value is held against: what is said of it, of whom, and who says so.

    One row a threshold, in the unit of its value: responses to treatment, words for a VAS, lines of bone density and of
    vitamin D.

    Source:
        The published recommendation that each row names.

    Example:
        >>> plro.thresholds().to_frame().set_index("name").loc["fall-50", ["bound", "meaning"]].tolist()
        [50.0, 'substantial']
    """
    return TableResult(thresholds_table(), None)


def query(registry: Registry, sql: str) -> TableResult:
    """Answer an SQL question on a read-only copy of the registry.

    Columns and types are those of the answer; dates become text, nested values JSON. The dialect is DuckDB's.

    Raises:
        QueryProblem: the SQL is malformed, names something unknown or tries to write.
        RegistryProblem: the files of the version were altered since it was opened.

    Source:
        The registry's tables as they are.

    Example:
        >>> plro.query(registry, "SELECT count(*) AS n FROM visits WHERE vas >= 7").to_frame()
            n
        0  10
    """
    found = from_arrow("query", "Answer", store.query(sql, registry.folder, registry.version))
    return handed(registry, TableResult(found, None))


# Words as values


def _cohort(registry: Registry, query: str | Cohort | None) -> Cohort:
    return cohort(registry, query)


def _variable(registry: Registry, variable: str | Variable) -> Variable:
    """A variable that is counted: of patients, of visits, or one of which a patient may have several values."""
    return _named(variable, registry.vocabulary.filters.values(), "a variable that can be counted")


def _grouping(registry: Registry, by: str | Variable | None) -> Variable | None:
    return (
        None if by is None else _named(by, registry.vocabulary.groupings, "a variable that splits patients into groups")
    )


def _labs(registry: Registry, labs: str | Variable | Sequence[str | Variable]) -> tuple[Variable, ...]:
    several = [labs] if isinstance(labs, (str, Variable)) else labs
    return tuple(_named(lab, registry.vocabulary.labs, "a laboratory variable") for lab in several)


def _named(word: str | Variable, known: Iterable[Variable], what: str) -> Variable:
    """The variable of that name among those that can be meant."""
    by_name = {entry.name: entry for entry in known}
    name = word.name if isinstance(word, Variable) else str(word)
    if name not in by_name:
        raise QueryProblem(f"“{printable(name)}” is not {what}{likely(name, by_name)}; expected {_one_of(by_name)}.")
    return by_name[name]


def _patient(registry: Registry, case_id: int) -> int:
    if isinstance(case_id, bool) or not isinstance(case_id, int) or not lookups.contains(registry, EVERYONE, case_id):
        raise QueryProblem(f"There is no patient {printable(str(case_id))} in this registry.")
    return case_id


def _among(value: Any, known: Iterable[Any], what: str) -> Any:
    """The value, which has to be one of these."""
    words = {str(one): one for one in known}
    if str(value) not in words or type(words[str(value)]) is not type(value):
        raise QueryProblem(
            f"“{printable(str(value))}” is not {what}{likely(str(value), words)}; expected {_one_of(words)}."
        )
    return value


def _registry(registry: Any) -> Registry:
    if not isinstance(registry, Registry):
        raise QueryProblem(f"Expected a registry, as plro.open() gives it; got {type(registry).__name__}.")
    return registry


#: How the options of figures are read; the others are taken as they are.
_READ: dict[str, Callable[[Registry, Any], Any]] = {
    "a": _cohort,
    "axis": lambda _, name: _among(name, ("score", "change"), "an axis of pain"),
    "b": _cohort,
    "case_id": _patient,
    "columns": lambda _, number: _among(number, range(1, 13), "a number of columns"),
    "group": _grouping,
    "highlight": _patient,
    "labs": _labs,
    "leave_out_lumbar_fracture": lambda _, said: _among(said, (True, False), "a yes or no"),
    "leave_out_of": lambda _, side: _among(side, LEAVE_OUT, "a cohort to leave patients out of"),
    "look": lambda _, name: _among(name, ("light", "dark"), "a look"),
    "month": lambda registry, month: _among(
        month, registry.vocabulary.follow_up, "the month of a visit after baseline"
    ),
    "other": lambda _, other: _registry(other),
    "slide": lambda _, number: _among(number, range(1, 100), "a number of a slide"),
    "within": _cohort,
}


def _options(registry: Registry, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options as the figure takes them; one that it does not take is refused, and one that it needs is asked for."""
    parameters = inspect.signature(FIGURES[name].draw).parameters
    takes = {FIGURE_WORDS.get(key, key): key for key in parameters if key not in ("registry", "cohort")}
    for word in options:
        if word not in takes:
            raise QueryProblem(
                f"“{name}” takes no “{printable(word)}”{likely(word, takes)}; it takes {_one_of(takes, 'and')}."
            )
    for word, key in takes.items():
        if parameters[key].default is inspect.Parameter.empty and options.get(word) is None:
            raise QueryProblem(f"“{name}” needs “{word}”.")
    given = {takes[word]: value for word, value in options.items() if value is not None}
    homes = {"b": given.get("other", registry)}  # cohort B is in the words of the registry that it is from
    return {key: _READ[key](homes.get(key, registry), value) if key in _READ else value for key, value in given.items()}


def _one_of(words: Iterable[str], last: str = "or") -> str:
    return listed(list(words), last)
