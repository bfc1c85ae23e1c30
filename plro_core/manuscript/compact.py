"""The summary of a cohort as a journal prints it: one row a variable, visits side by side, marks for what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat

from plro_core.cohort import EVERYONE, Cohort
from plro_core.confounding import confounded
from plro_core.counts import size
from plro_core.manuscript.cells import EMPTY, MOST_MARKS, Cells, first
from plro_core.manuscript.differences import COLUMNS, Differences, differences
from plro_core.manuscript.model import Align, Head, PrintCell, PrintRow, PrintTable
from plro_core.manuscript.screen import on_screen
from plro_core.manuscript.spec import Shown, TableSpec
from plro_core.manuscript.words import abbreviations
from plro_core.problems import QueryProblem
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN
from plro_core.store import Registry
from plro_core.tables.model import Table, TwoForms, with_unit
from plro_core.tables.notes import SYNTHETIC, general_notes, variable_notes, who
from plro_core.tables.summary import NOT_RECORDED, OVERALL, TIDY, GroupOfPatients, Statistic, measure, tidy_row
from plro_core.tables.table_one import check_grouping
from plro_core.text import NONE, capitalised, grouped, patients, visit_name
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Compact(TwoForms):
    """The summary of a cohort in one row a variable: tidy numbers, a layout for the screen, and the table in print."""

    printed: PrintTable
    spec: TableSpec


def compact_table(
    registry: Registry, spec: TableSpec, cohort: Cohort = EVERYONE, by: Variable | None = None, number: int = 1
) -> Compact:
    """The summary of a cohort, overall and in each group of ``by``; ``number`` is that of the table in print.

    Without groups the visits stand side by side; with groups each visit is a row below its variable. Below three values the
    values themselves stand in the place of a mean or median, as everywhere. A cell of which values are missing has a
    mark that says how many; where there would be more marks than letters, it says its n. The variable that makes the groups is not a row.

    Raises:
        QueryProblem: ``by`` is not a variable that splits patients into groups, or the only row, or a difference is asked for and
            there are not two groups.
    """
    check_grouping(registry, by)
    spec = replace(spec, show=tuple(shown for shown in spec.show if shown.variable != by))
    if not spec.show:
        raise QueryProblem(f"The table shows nothing beside its groups; name more rows than “{by.name if by else ''}”.")
    groups, measured = measure(registry, cohort, by)
    statistics = _shown(spec, measured)
    differ = differences(registry, cohort, by, groups) if spec.difference else None
    visits = sorted({month for shown in spec.show for month in shown.months}) if by is None else []
    columns = _groups(groups) if len(groups) > 1 else _visits(visits)
    rows, cells = _filled(
        _by_place(statistics),
        columns,
        Cells(spec, {group.code: group.patients for group in groups}, bool(cohort.which_visits), differ),
    )
    table = PrintTable(
        _caption(registry, cohort, by),
        _heads(groups, by, visits, differ),
        rows,
        ("left", *_decimal(len(columns)), *_decimal(int(differ is not None))),
        spec.journal.number(number),
        spec.journal.word,
        tuple((mark, note) for note, mark in cells.notes.items()),
        _notes(registry, cells, statistics, cohort, by) + (differ.notes(statistics) if differ else ()),
    )
    table = abbreviations(table, registry.vocabulary)
    return Compact(
        _tidy(statistics, table, by, differ), on_screen(table, _about(by), who(registry, cohort)), table, spec
    )


_Place = tuple[str, int | None]


def _shown(spec: TableSpec, statistics: Iterable[Statistic]) -> list[Statistic]:
    """The statistics that the table shows."""
    shown = {(one.variable.name, month) for one in spec.show for month in one.months or (None,)}
    return [one for one in statistics if (one.variable.name, one.month) in shown]


def _tidy(statistics: Iterable[Statistic], table: PrintTable, by: Variable | None, differ: Differences | None) -> Table:
    """The numbers of what is shown, as programs want them; a difference stands in the rows of everybody."""
    rows = [tidy_row(one, by) for one in statistics]
    if differ is None:
        return Table("summary", table.caption, TIDY, tuple(rows), table.notes)
    nothing = (None,) * len(COLUMNS)
    told = [differ.tidy(one) if one.group == OVERALL else nothing for one in statistics]
    rows = [(*row, *more) for row, more in zip(rows, told, strict=True)]
    return Table("summary", table.caption, (*TIDY, *COLUMNS), tuple(rows), table.notes)


_Found = dict[tuple[str, int | None, str], list[Statistic]]


def _by_place(statistics: Iterable[Statistic]) -> _Found:
    """Statistics by variable, month and group; of a variable with levels one for each level."""
    found: _Found = {}
    for one in statistics:
        found.setdefault((one.variable.name, one.month, one.group), []).append(one)
    return found


def _about(by: Variable | None) -> str:
    return "Characteristics and course" + (f" by {by.words}" if by else "")


def _caption(registry: Registry, cohort: Cohort, by: Variable | None) -> str:
    held = size(registry, cohort)
    synthetic = f"{SYNTHETIC} " if registry.manifest.synthetic else ""
    return f"{synthetic}{_about(by)}: {cohort.sentence}, {held.sentence}"


def _heads(
    groups: Sequence[GroupOfPatients], by: Variable | None, visits: Sequence[int], differ: Differences | None
) -> tuple[tuple[Head, ...], ...]:
    if by is not None:
        over = (Head(""), Head(""), Head(by.label, len(groups) - 1))
        levels = [(group, "Overall" if group.code == OVERALL else _level(by, group.code)) for group in groups]
        last = (Head(""), *(Head(f"{words} (n = {grouped(group.patients)})") for group, words in levels))
        if differ is None:
            return over, last
        return (*over, Head("Difference")), (*last, Head(f"{differ.words} (interval)"))
    if not visits:
        return ((Head(""), Head(f"{patients(groups[0].patients)}")),)
    over = (Head(""), Head("", 1), Head("Visit", len(visits)))
    return (over, (Head(""), Head(patients(groups[0].patients)), *(Head(visit_name(month)) for month in visits)))


def _level(by: Variable, code: str) -> str:
    return code if code == NOT_RECORDED else by.level_label(code)


def _decimal(columns: int) -> tuple[Align, ...]:
    return tuple(repeat("decimal", columns))


def _groups(groups: Sequence[GroupOfPatients]) -> list[_Place]:
    """A column a group, of whatever visit."""
    return [(group.code, None) for group in groups]


def _visits(visits: Sequence[int]) -> list[_Place]:
    """A column for what is not recorded at visits, and one a visit."""
    return [(OVERALL, None), *((OVERALL, month) for month in visits)]


def _filled(found: _Found, columns: Sequence[_Place], cells: Cells) -> tuple[tuple[PrintRow, ...], Cells]:
    """The rows, and how their cells were written: with a mark of their own for each number of missing values if these are few."""
    rows = tuple(_rows(cells.spec, found, columns, cells))
    if len(cells.notes) <= MOST_MARKS:
        return rows, cells
    counted = replace(cells, counted=True, notes={})
    return tuple(_rows(cells.spec, found, columns, counted)), counted


def _rows(spec: TableSpec, found: _Found, columns: Sequence[_Place], cells: Cells) -> Iterable[PrintRow]:
    for shown in spec.show:
        name, label = shown.variable.name, with_unit(shown.variable.label, shown.variable.stated_unit)
        block = partial(_block, cells, shown.variable)
        if columns[-1][0] == OVERALL:
            places = [place if _is_of(shown, place[1]) else None for place in columns]
            yield from block(label, 0, [found.get((name, place[1], place[0]), []) if place else [] for place in places])
        elif not shown.months:
            yield from block(label, 0, [found.get((name, None, group), []) for group, _ in columns])
        else:
            yield _words(label, 0, len(cells.difference(None)) + len(columns))
            for month in shown.months:
                of_groups = [found.get((name, month, group), []) for group, _ in columns]
                yield from block(visit_name(month), 1, of_groups)


def _is_of(shown: Shown, month: int | None) -> bool:
    """Whether a variable has a cell in the column of a visit, or in the one of what is not recorded at visits."""
    return month in shown.months if shown.months else month is None


def _block(
    cells: Cells, entry: Variable, label: str, indent: int, columns: Sequence[Sequence[Statistic]]
) -> Iterable[PrintRow]:
    """The rows of a variable: of a number, and of yes or no, one; of levels its name, and one each below it."""
    if entry.is_number:
        yield _row(label, indent, cells, [cells.number(first(column)) for column in columns], first(columns[0]))
        return
    is_boolean = entry.kind == "boolean"
    if not is_boolean:
        yield _words(label, indent, len(columns) + len(cells.difference(None)))
    for place, level in enumerate(entry.levels):
        if is_boolean and level.code != "yes":
            continue
        of_level = [first(column[place : place + 1]) for column in columns]
        words, deeper = (label, 0) if is_boolean else (level.label, 1)
        yield _row(words, indent + deeper, cells, list(map(cells.share, of_level)), of_level[0])


def _row(words: str, indent: int, cells: Cells, told: Sequence[PrintCell], overall: Statistic | None) -> PrintRow:
    return PrintRow((PrintCell(words), *told, *cells.difference(overall)), indent)


def _words(words: str, indent: int, columns: int) -> PrintRow:
    """A row of words over those that follow."""
    return PrintRow((PrintCell(words), *(EMPTY,) * columns), indent)


def _notes(
    registry: Registry, cells: Cells, statistics: Sequence[Statistic], cohort: Cohort, by: Variable | None
) -> tuple[str, ...]:
    doubtful = [one.variable for one in cells.spec.show if one.variable.uncertain or one.variable.assumed_unit]
    shared = confounded(registry, by, cohort) if by else ()
    return (*general_notes(registry), _how(cells, statistics, cohort), *shared, *variable_notes(doubtful))


def _how(cells: Cells, statistics: Iterable[Statistic], cohort: Cohort) -> str:
    """How the cells are to be read, in one sentence; of what no cell shows nothing is said."""
    spec = cells.spec
    of_numbers = {one.n for one in statistics if one.variable.is_number}
    of_counts = {one.n for one in statistics if not one.variable.is_number}
    few = spec.journal.percent_from
    numbers = {
        "median": "median (Q1–Q3, of type 7)",
        "mean": "mean ± SD of a sample" if spec.journal.plus_minus else "mean (SD of a sample)",
        "both": "median (Q1–Q3, of type 7); mean and SD of a sample",
        "range": "median (lowest to highest)",
    }[spec.statistic]
    has_few, has_many = any(0 < n < few for n in of_counts), any(n >= few for n in of_counts)
    counts = (
        f"counts are k of n recorded{f', from {few} recorded on k with the percentage of them' if has_many else ''}"
    )
    nothing = f"{NONE} nothing recorded{' in the visits in view' if cohort.which_visits else ''}"
    told = {
        f"numbers are {numbers}": any(n >= SMALLEST_N_FOR_MEDIAN for n in of_numbers),
        "fewer than three values are given themselves": any(0 < n < SMALLEST_N_FOR_MEDIAN for n in of_numbers),
        counts if has_few else "counts are k with the percentage of the recorded": has_few or has_many,
        "“n =” and “of” say of how many a value is recorded, where that is not all patients of the column": cells.counted,
        nothing: 0 in of_numbers | of_counts,
    }
    return f"{capitalised('; '.join(words for words, holds in told.items() if holds))}."
