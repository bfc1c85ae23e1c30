"""The cells of a summary in print, each with the mark that leads to what must be said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from plro_core.manuscript.differences import Differences
from plro_core.manuscript.model import Behind, PrintCell
from plro_core.manuscript.spec import TableSpec
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN
from plro_core.tables import formatting
from plro_core.tables.summary import OVERALL, Statistic
from plro_core.text import grouped, number

EMPTY = PrintCell()
#: As many marks as have letters; nobody looks up more of them.
MOST_MARKS = 26


@dataclass
class Cells:
    """The cells of one table. ``notes`` are what its marks lead to, with their marks, in the order in which they were needed.

    ``patients`` are how many there are in each group, and ``in_view`` says whether only some of their visits are looked at. Where
    cells are ``counted``, each of which values are missing says its n, and none has a mark for that.
    """

    spec: TableSpec
    patients: Mapping[str, int]
    in_view: bool = False
    differences: Differences | None = None
    counted: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def number(self, one: Statistic | None) -> PrintCell:
        """A number's summary as the style writes it; below three values the values themselves."""
        if one is None:
            return EMPTY
        text, missing = _written(self.spec, one), self._missing(one) if one.n else ""
        if not self.counted:
            return PrintCell(text, self._mark(missing), _behind(one))
        n = f"; n = {grouped(one.n)}" if missing and one.n >= SMALLEST_N_FOR_MEDIAN else ""
        return PrintCell(text + n, "", _behind(one))

    def share(self, one: Statistic | None) -> PrintCell:
        """How many have a level, from some patients on with the percentage."""
        if one is None:
            return EMPTY
        if one.n < self.spec.journal.percent_from:
            return PrintCell(formatting.share(one), "", _behind(one))
        missing = self._missing(one)
        of = f" of {grouped(one.n)}" if self.counted and missing else ""
        text = f"{grouped(one.k or 0)}{of} ({number(100 * (one.k or 0) / one.n, 1)} %)"
        return PrintCell(text, "" if self.counted else self._mark(missing), _behind(one))

    def difference(self, one: Statistic | None) -> tuple[PrintCell, ...]:
        """How two groups differ in a statistic, in one cell; none where that was not asked for."""
        if self.differences is None:
            return ()
        if one is None:
            return (EMPTY,)
        cell, note = self.differences.cell(one)
        return (replace(cell, mark=self._mark(note), behind=_behind(one) if cell.text else None),)

    def _missing(self, one: Statistic) -> str:
        """Of how many a cell does not tell: of those who had the visit without the value, and of the group without the visit."""
        everybody = self.patients[one.group]
        absent = everybody - one.total if one.month is not None else 0
        visit = f"this visit{' in view' if self.in_view else ''}"
        told = [f"{grouped(one.missing)} of {grouped(one.total)} not recorded"] if one.missing else []
        told += [f"{grouped(absent)} of {grouped(everybody)} without {visit}"] if absent else []
        return ", ".join(told)

    def _mark(self, note: str) -> str:
        """The mark of a note: the next one when it is first needed; none for nothing to say."""
        if not note:
            return ""
        return self.notes.setdefault(note, self.spec.journal.mark(len(self.notes)))


def first(statistics: Sequence[Statistic]) -> Statistic | None:
    return statistics[0] if statistics else None


def _behind(one: Statistic) -> Behind:
    return Behind(one.variable.name, one.month, "" if one.group == OVERALL else one.group)


def _written(spec: TableSpec, one: Statistic) -> str:
    median = formatting.median_and_quartiles(one)
    if one.n < SMALLEST_N_FOR_MEDIAN:
        return median
    mean = _mean(spec, one)
    if spec.statistic == "range":
        return f"{one.variable.written(one.median or 0.0)} ({formatting.extremes(one)})"
    return {"median": median, "mean": mean, "both": f"{median}; {mean}"}[spec.statistic]


def _mean(spec: TableSpec, one: Statistic) -> str:
    if not spec.journal.plus_minus or one.mean is None or one.sd is None:
        return formatting.mean_and_sd(one)
    decimals = one.variable.decimals + 1
    return f"{number(one.mean, decimals)} ± {number(one.sd, decimals)}"
