"""Two cohorts compared, every variable in the same way: differences with exact intervals, and how little n allows.

The method is fixed by the kind of variable: the Hodges–Lehmann shift with its exact rank-sum interval for numbers, the
risk difference with Newcombe's interval for levels; their tests are the exact rank-sum test and Fisher's exact test.
Tests are for those who ask: a result carries its p-value apart from the estimate, with the smallest p that its split
could reach at all and Holm's adjustment over everything that was tested.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.counts import Frequency, Group, counts, counts_of_two
from plro_core.exact import Tally, cliffs_delta, fisher, holm, rank_sum, risk_difference, shift
from plro_core.problems import QueryProblem
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, quantile
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table, TwoForms
from plro_core.tables.notes import SYNTHETIC
from plro_core.text import NONE, k_of_n, number, patients
from plro_core.vocabulary import Variable

#: Recorded or missing once in every patient, with few values: its total is the size of a group.
_ANY = "smoking"

Found = Mapping[tuple[str, int | None, Group], Frequency]

#: Said once wherever groups are compared.
EXPLORATORY = (
    "Exploratory: nobody was allocated to these groups, they differ in several things at once, and many differences are "
    "looked at together. An interval says what these few patients are compatible with, not what a treatment does."
)
OVERLAP = (
    "{both} in both A and B. A difference needs two groups of different patients, so none is computed; leave them out of "
    "one of the two (A without B, or B without A)."
)
#: What may be done with patients who are in both: leave them out of A, or out of B.
LEAVE_OUT = ("a", "b")


@dataclass(frozen=True)
class Difference:
    """A against B on one variable, at one visit or on one level.

    ``estimate`` is the Hodges–Lehmann shift A − B of a number (in its unit), or the risk difference A − B of a level
    (from −1 to 1); ``level`` of the interval is the attained one for numbers and the nominal one for levels. What
    cannot be computed is ``None``, with the ``reason`` (two sentences where interval and test each have one).
    """

    variable: Variable
    month: int | None
    value: str | None
    a: Frequency
    b: Frequency
    method: str
    estimate: float | None
    interval: tuple[float, float] | None
    level: float | None
    cliffs_delta: float | None
    test: str
    p: float | None
    p_min: float | None
    p_holm: float | None = None
    reason: str | None = None

    @property
    def n_a(self) -> int:
        return self.a.n

    @property
    def n_b(self) -> int:
        return self.b.n

    @property
    def key(self) -> str:
        """The comparison's name, unique within one comparison of two cohorts."""
        parts = (self.variable.name, "" if self.month is None else str(self.month), self.value or "")
        return ".".join(part for part in parts if part)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; a missing value is null."""
        return {
            "variable": self.variable.name,
            "month": self.month,
            "value": self.value,
            "unit": self.variable.stated_unit or None,
            "n_a": self.n_a,
            "n_b": self.n_b,
            "missing_a": self.a.missing,
            "missing_b": self.b.missing,
            **self._positions(),
            "method": self.method,
            "estimate": self.estimate,
            "interval": list(self.interval) if self.interval else None,
            "level": self.level,
            "cliffs_delta": self.cliffs_delta,
            "test": self.test,
            "p": self.p,
            "p_min": self.p_min,
            "p_holm": self.p_holm,
            "reason": self.reason,
        }

    def _positions(self) -> dict[str, Any]:
        """Medians of a number, or how many have the level."""
        if self.value is None:
            return {"median_a": quantile(self.a, 0.5), "median_b": quantile(self.b, 0.5), "k_a": None, "k_b": None}
        return {
            "median_a": None,
            "median_b": None,
            "k_a": having(self.a, self.value),
            "k_b": having(self.b, self.value),
        }


@dataclass(frozen=True)
class Overlap:
    """Patients in A alone, in B alone and in both."""

    only_a: int
    only_b: int
    both: int


@dataclass(frozen=True)
class Comparison:
    """Cohort A against cohort B (``None``: everybody else), with how many are in each and how the two overlap."""

    a: Cohort
    b: Cohort | None
    within: Cohort
    leave_out_of: str | None
    overlap: Overlap
    n_a: int
    n_b: int
    differences: tuple[Difference, ...]
    problem: str | None = None
    #: The registries that A and B are from, where these are two, and the variables that do not mean the same in both.
    a_registry: str = ""
    b_registry: str = ""
    left_out: tuple[str, ...] = ()
    #: Whether patients of A or of B are made up.
    synthetic: bool = False

    @property
    def two_populations(self) -> str:
        """That A and B are of two registries, in a sentence with what could not be compared; empty where they are of one."""
        if not self.b_registry:
            return ""
        said = f"Two populations: A is from {self.a_registry}, B from {self.b_registry}"
        out = f" Not compared, because it is not in both or means something else: {', '.join(self.left_out)}."
        return (
            f"{said}; they were recorded by different people in different places, so a difference may be one of the "
            f"registries.{out if self.left_out else ''}"
        )

    @property
    def tested(self) -> int:
        """How many comparisons have a p-value: the family that Holm's adjustment is over."""
        return sum(difference.p is not None for difference in self.differences)

    @property
    def a_sentence(self) -> str:
        if self.a_registry:
            narrowed = Cohort(tuple(dict.fromkeys((*self.within.who, *self.a.who))))
            return f"{narrowed.sentence} of {self.a_registry}"
        return self.a.sentence + (" without those of B" if self.leave_out_of == "a" and self.overlap.both else "")

    @property
    def b_sentence(self) -> str:
        if self.b_registry:
            return f"{(self.b or EVERYONE).sentence} of {self.b_registry}"
        sentence = self.b.sentence if self.b else "everybody else"
        return sentence + (" without those of A" if self.leave_out_of == "b" and self.overlap.both else "")


def compare(
    registry: Registry,
    a: Cohort,
    b: Cohort | None = None,
    *,
    within: Cohort = EVERYONE,
    leave_out_of: str | None = None,
    other: Registry | None = None,
) -> Comparison:
    """Every summarised variable in cohort A against cohort B; without B, against everybody who is not in A.

    With ``other``, B is a cohort of that registry (without B: all its patients): two populations, compared over the
    variables that mean the same in both and the visits that both plan; the others are named in ``left_out``.

    ``within`` narrows both, with ``other`` only A, whose words it is in. Patients in both are a problem that the result
    tells, unless they are left out of one (``leave_out_of`` "a" compares A without B with B, "b" A with B without A). Of
    A and B only the criteria on patients count, not the choice of visits. Variables that define A or B are left out,
    visit facts at the month that defines.

    Raises:
        QueryProblem: A is everybody, so that nobody is left to compare with.
    """
    a = Cohort(a.who)
    b = None if b is None else Cohort(b.who)
    if b is None and not a.criteria and other is None:
        raise QueryProblem("A is everybody, so there is nobody to compare with; expected a cohort A or a cohort B.")
    defining = _defining(a, b)
    summarised, months, left_out = _in_both(registry, other or registry)
    chosen = [entry for entry in summarised if (entry.name, None) not in defining]
    asked = [*chosen, registry.vocabulary.variable(_ANY, "cases")]
    if other is None:
        found: Found = counts(registry, asked, Cohort(within.who), Membership(a, b))
    else:
        found = counts_of_two(registry, other, asked, Cohort((*within.who, *a.who)), b or EVERYONE)
    only_a, only_b, both = (_size(found, code) for code in ("a", "b", "both"))
    if leave_out_of in LEAVE_OUT:
        found = _moved(found, to="b" if leave_out_of == "a" else "a")
    n_a, n_b, n_both = (_size(found, code) for code in ("a", "b", "both"))
    problem = _same_data(registry, other) or _problem(n_a, n_b, n_both)
    if not summarised:
        problem = problem or "No variable means the same in both registries, so there is nothing to compare."
    found = {key: frequency for key, frequency in found.items() if key[1] is None or key[1] in months}
    differences = () if problem and (n_both or other) else _adjusted(tuple(_differences(chosen, found, defining)))
    return Comparison(
        a,
        b,
        within,
        leave_out_of,
        Overlap(only_a, only_b, both),
        n_a + n_both,
        n_b + n_both,
        differences,
        problem,
        registry.name if other else "",
        other.name if other else "",
        left_out,
        registry.manifest.synthetic or (other or registry).manifest.synthetic,
    )


def _in_both(registry: Registry, other: Registry) -> tuple[list[Variable], set[int], tuple[str, ...]]:
    """The summarised variables that mean the same in both registries, the visits that both plan, and in words the rest."""
    own, theirs = registry.vocabulary, other.vocabulary
    if own is theirs:
        return list(own.summarised), set(own.months), ()
    known = {(entry.table, entry.name): entry for entry in theirs.summarised}
    same = [entry for entry in own.summarised if entry.means_the_same_as(known.get((entry.table, entry.name)))]
    names = {(entry.table, entry.name) for entry in same}
    rest = {
        (entry.table, entry.name): entry.label
        for entry in (*theirs.summarised, *own.summarised)
        if (entry.table, entry.name) not in names
    }
    months = set(own.months) & set(theirs.months)
    apart = [f"visits at month {month}" for month in sorted(set(own.months) ^ set(theirs.months))]
    return same, months, (*dict.fromkeys(rest.values()), *apart)


def _moved(found: Found, to: str) -> Found:
    """Counts with the patients of both cohorts counted in one of them only."""
    moved = {key: frequency for key, frequency in found.items() if key[2] != "both"}
    for (name, month, code), frequency in found.items():
        if code == "both":
            moved[name, month, to] = moved.get((name, month, to), Frequency()) + frequency
    return moved


def _same_data(registry: Registry, other: Registry | None) -> str | None:
    """That two registries are one: then A and B would be the same patients, counted as strangers."""
    if other is None or registry.content != other.content:
        return None
    return (
        "Both registries hold the same data, so A and B may be the same patients; compare two cohorts of one of them."
    )


def _problem(n_a: int, n_b: int, n_both: int) -> str | None:
    if n_both:
        return OVERLAP.format(both=f"{patients(n_both)} {'is' if n_both == 1 else 'are'}")
    for name, n in (("A", n_a), ("B", n_b)):
        if not n:
            return f"Nobody is in {name}, so there is nothing to compare."
    return None


def _size(found: Found, code: str) -> int:
    return found.get((_ANY, None, code), Frequency()).total


def _defining(a: Cohort, b: Cohort | None) -> set[tuple[str, int | None]]:
    """Variables, visit facts with their month, that say who is in A or B: to compare them would repeat the definition."""
    criteria = (*a.criteria, *(b.criteria if b else ()))
    return {(criterion.variable.name, criterion.month) for criterion in criteria}


def _differences(chosen: list[Variable], found: Found, defining: set[tuple[str, int | None]]) -> Iterator[Difference]:
    for entry in chosen:
        months = sorted({month for name, month, _ in found if name == entry.name}, key=lambda month: month or 0)
        for month in months:
            a, b = (found.get((entry.name, month, code), Frequency()) for code in ("a", "b"))
            if (entry.name, month) in defining or (not a.total and not b.total):
                continue
            if entry.is_number:
                yield _of_numbers(entry, month, a, b)
            else:
                codes = ["yes"] if entry.kind == "boolean" else _codes(entry)
                sizes = (_size(found, "a"), _size(found, "b"))
                yield from (
                    _of_level(entry, month, code, a, b, sizes) for code in codes if having(a, code) or having(b, code)
                )


def _of_numbers(entry: Variable, month: int | None, a: Frequency, b: Frequency) -> Difference:
    moved = shift(a, b, decimals=entry.decimals)
    tested = rank_sum(a, b, decimals=entry.decimals)
    interval = None if moved.low is None or moved.high is None else (moved.low, moved.high)
    delta = cliffs_delta(a, b, decimals=entry.decimals).estimate
    return Difference(
        entry,
        month,
        None,
        a,
        b,
        moved.method,
        moved.estimate,
        interval,
        moved.level,
        delta,
        tested.test,
        tested.p,
        tested.p_min,
        reason=_why(moved.estimate, moved.reason, tested.reason),
    )


def _of_level(
    entry: Variable, month: int | None, code: str, a: Frequency, b: Frequency, sizes: tuple[int, int]
) -> Difference:
    """Patients who have the level among those in whom the variable is recorded.

    A patient may have several symptoms, so there the recorded are the group's patients less those without any.
    """
    in_a, in_b = (
        Tally(having(group, code), size - group.missing if entry.many else group.n)
        for group, size in zip((a, b), sizes, strict=True)
    )
    risk, tested = risk_difference(in_a, in_b), fisher(in_a, in_b)
    interval = None if risk.low is None or risk.high is None else (risk.low, risk.high)
    return Difference(
        entry,
        month,
        code,
        Frequency({code: in_a.k, "": in_a.n - in_a.k}, a.missing),
        Frequency({code: in_b.k, "": in_b.n - in_b.k}, b.missing),
        risk.method,
        risk.estimate,
        interval,
        risk.level if interval else None,
        None,
        tested.test,
        tested.p,
        tested.p_min,
        reason=_why(risk.estimate, risk.reason, tested.reason),
    )


def _codes(entry: Variable) -> list[str]:
    """The levels that are compared; of two levels one, because the other only mirrors it."""
    codes = [level.code for level in entry.levels]
    return codes[1:] if len(codes) == 2 else codes


def _why(estimate: float | None, of_estimate: str | None, of_test: str | None) -> str | None:
    """Why something is missing: of the interval and of the test, or of everything where there is no estimate."""
    reasons = [of_estimate] if estimate is None else [of_estimate, of_test]
    return ". ".join(reason for reason in reasons if reason) or None


def having(frequency: Frequency, code: str) -> int:
    """How many have a level, given by its code."""
    return sum(count for value, count in frequency.values.items() if _code(value) == code)


def _code(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _adjusted(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """The same differences with Holm's adjustment over all that were tested."""
    adjusted = holm({difference.key: difference.p for difference in differences}).adjusted
    return tuple(replace(difference, p_holm=adjusted[difference.key]) for difference in differences)


def name_of(difference: Difference) -> str:
    """What is compared, in words: "Pain (VAS) at month 1", "Smoking", "Documented fracture: vertebral fracture"."""
    entry = difference.variable
    name = entry.label
    if difference.month is not None:
        name += " at baseline" if difference.month == 0 else f" at month {difference.month}"
    if difference.value is not None and entry.kind != "boolean":
        name += f": {entry.level_label(difference.value)}"
    return name


def estimate_words(difference: Difference) -> str:
    """The estimate with its interval and the level it attains; percentage points for a level."""
    if difference.estimate is None:
        return "cannot be computed"
    ends = [difference.estimate, *(difference.interval or ())]
    if difference.value is not None:
        written = [_signed(end * 100, 0) for end in ends]
        unit = " points"
    else:
        decimals = difference.variable.decimals
        decimals += any(abs(round(end, decimals) - end) > 1e-9 for end in ends)
        written = [_signed(end, decimals) for end in ends]
        unit = ""
    if not difference.interval or difference.level is None:
        return f"{written[0]}{unit}"
    level = number(difference.level * 100, 1).removesuffix(".0")
    return f"{written[0]}{unit} ({written[1]} to {written[2]}; {level} %)"


def _signed(value: float, decimals: int) -> str:
    return ("+" if value > 0 else "") + number(value, decimals)


_COLUMNS = (
    Column("comparison", "Comparison"),
    Column("unit", "Unit"),
    Column("a", "A: median, or values below n = 3"),
    Column("b", "B"),
    Column("n", "n recorded, A · B"),
    Column("difference", "A − B (interval; level attained)"),
    Column("reason", "What cannot be computed"),
)
_TEST_COLUMNS = (
    Column("p", "p"),
    Column("p_min", "Smallest p this split can reach"),
    Column("p_holm", "p, Holm"),
    Column("test", "Test"),
)
#: The tidy form, in the words of :meth:`Difference.as_dict`; the interval has a column for each end.
_TIDY = (
    Column("cohort_a", "Cohort A"),
    Column("cohort_b", "Cohort B"),
    Column("variable", "Variable"),
    Column("label", "Comparison"),
    Column("month", "Month", "integer"),
    Column("value", "Value that is counted"),
    Column("unit", "Unit"),
    *(
        Column(f"{name}_{side}", f"{label}, {side.upper()}", "integer")
        for name, label in (("n", "n"), ("missing", "Missing"), ("k", "k"))
        for side in "ab"
    ),
    *(Column(f"median_{side}", f"Median, {side.upper()}", "number", None) for side in "ab"),
    Column("method", "Method"),
    Column("estimate", "A − B", "number", None),
    Column("low", "Interval from", "number", None),
    Column("high", "Interval to", "number", None),
    Column("level", "Level of the interval", "number", None),
    Column("cliffs_delta", "Cliff's delta", "number", None),
    Column("reason", "What cannot be computed"),
)
_TIDY_TESTS = (
    Column("test", "Test"),
    Column("p", "p", "number", None),
    Column("p_min", "Smallest p this split can reach", "number", None),
    Column("p_holm", "p, Holm", "number", None),
)


def comparison_table(comparison: Comparison, tests: bool = False) -> TwoForms:
    """A comparison as numbers and for readers; p-values only when ``tests`` are asked for."""
    notes = [*([SYNTHETIC] if comparison.synthetic else ()), EXPLORATORY]
    if comparison.two_populations:
        notes.append(comparison.two_populations)
    if tests:
        notes.append(f"{comparison.tested} comparisons were tested; Holm's adjustment is over all of them.")
    subtitle = f"A: {comparison.a_sentence} (n = {comparison.n_a}). B: {comparison.b_sentence} (n = {comparison.n_b})."

    def table(columns: tuple[Column, ...], rows: Iterable[tuple[Cell, ...]]) -> Table:
        return Table("comparison", "A against B", columns, tuple(rows), tuple(notes), subtitle)

    tidy = _TIDY + (_TIDY_TESTS if tests else ())
    return TwoForms(
        table(tidy, (_tidy_row(comparison, difference, tidy) for difference in comparison.differences)),
        table(
            _COLUMNS + (_TEST_COLUMNS if tests else ()),
            (_row(difference, tests) for difference in comparison.differences),
        ),
    )


def _tidy_row(comparison: Comparison, difference: Difference, columns: Iterable[Column]) -> tuple[Cell, ...]:
    """A difference as numbers, a median only where there are values enough for one."""
    low, high = difference.interval or (None, None)
    told = difference.as_dict() | {
        "cohort_a": comparison.a_sentence,
        "cohort_b": comparison.b_sentence,
        "label": name_of(difference),
        "unit": difference.variable.unit if difference.value is None else None,
        "low": low,
        "high": high,
    }
    for side, n in (("a", difference.n_a), ("b", difference.n_b)):
        if n < SMALLEST_N_FOR_MEDIAN:
            told[f"median_{side}"] = None
    return tuple(told[column.name] or None if column.kind == "text" else told[column.name] for column in columns)


def _row(difference: Difference, tests: bool) -> tuple[Cell, ...]:
    row: tuple[Cell, ...] = (
        name_of(difference),
        difference.variable.stated_unit if difference.value is None else "",
        _position(difference, difference.a),
        _position(difference, difference.b),
        f"{difference.n_a} · {difference.n_b}",
        estimate_words(difference),
        difference.reason or "",
    )
    if not tests:
        return row
    written = (NONE if p is None else number(p, 3) for p in (difference.p, difference.p_min, difference.p_holm))
    return (*row, *written, difference.test)


def _position(difference: Difference, frequency: Frequency) -> str:
    """The median of a number, or how many have the level."""
    if difference.value is not None:
        return k_of_n(having(frequency, difference.value), frequency.n) if frequency.n else NONE
    if frequency.n < SMALLEST_N_FOR_MEDIAN:
        values = [value for value, count in frequency.values.items() for _ in range(count)]
        return ", ".join(map(difference.variable.written, values)) or NONE
    return difference.variable.written(quantile(frequency, 0.5))
