"""Checks of whole tables: what single cells cannot tell. Each works on Arrow tables, so stored registries can be asked too.

A check finds rows, all at once; what it says of a row is made for those that are told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from plro_core.intake.heads import given_tables
from plro_core.intake.model import Severity, Value
from plro_core.keys import Places
from plro_core.vocabulary import Key, Range, Variable, Vocabulary

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class TableFinding:
    """What a check finds in a cell of a table, or in a row if ``column`` is its key; ``key`` are the row's key values."""

    table: str
    key: Key
    column: str
    value: Value
    message: str
    suggestion: str = ""


@dataclass(frozen=True)
class Hits:
    """The rows of a table that a check asks about; -1 for a row that the table does not have.

    ``column`` is the one that it asks about; empty if each row has its own. ``tell`` says what it finds at some of the hits.
    """

    table: str
    column: str
    rows: Places
    tell: Callable[[Places], Iterable[TableFinding]]

    def told(self, hits: Places | None = None) -> Iterator[TableFinding]:
        """What is found at some of the hits, otherwise at all."""
        yield from self.tell(np.arange(len(self.rows)) if hits is None else hits)


@dataclass(frozen=True)
class Check:
    """A check by its stable name, which its findings name as their rule; ``says`` is what it asks for."""

    name: str
    severity: Severity
    says: str
    applies: Callable[[Tables, Vocabulary], Iterable[Hits]]


def asked(tables: Tables, words: Vocabulary) -> Iterator[tuple[Check, Hits]]:
    """What the checks ask about, column by column."""
    for check in CHECKS:
        for hits in check.applies(tables, words):
            if len(hits.rows):
                yield check, hits


def checked(tables: Tables, words: Vocabulary) -> Iterator[tuple[Check, TableFinding]]:
    """Everything that the checks find, one by one."""
    for check, hits in asked(tables, words):
        for finding in hits.told():
            yield check, finding


def _numbers(words: Vocabulary) -> Iterator[Variable]:
    return (entry for table in given_tables(words) for entry in words.columns(table.name) if entry.is_number)


def _places(where: pa.ChunkedArray | pa.Array) -> Places:
    """The rows for which a condition holds."""
    return np.flatnonzero(pc.fill_null(where, False).to_numpy(zero_copy_only=False))


def _cells(
    words: Vocabulary, frame: pa.Table, entry: Variable, rows: Places, tell: Callable[[Key, Any], TableFinding]
) -> Hits:
    """Hits on cells of one column, by key and value."""

    def told(hits: Places) -> Iterator[TableFinding]:
        for key, value in _keyed(words, frame, entry.table, [entry.name], rows[hits]):
            yield tell(key, value)

    return Hits(entry.table, entry.name, rows, told)


def _keyed(
    words: Vocabulary, frame: pa.Table, table: str, names: Sequence[str], rows: Places
) -> Iterator[tuple[Any, ...]]:
    """The keys of some rows, and their values of some columns."""
    declared = words.table(table)
    found = frame.select(list(dict.fromkeys([*declared.identity, *names]))).take(pa.array(rows))
    keys = declared.keys({name: found[name].to_pylist() for name in declared.identity})
    return zip(keys, *(found[name].to_pylist() for name in names), strict=True)


def _outside(frame: pa.Table, entry: Variable) -> Places:
    column, usual = frame[entry.name], entry.reference
    low = pc.less(column, usual.low) if usual and usual.low is not None else pa.scalar(False)
    high = pc.greater(column, usual.high) if usual and usual.high is not None else pa.scalar(False)
    both = pc.or_(low, high)
    return np.empty(0, dtype=np.int64) if isinstance(both, pa.Scalar) else _places(both)


def _usual_otherwise(frame: pa.Table, entry: Variable, usual: Range, rows: Places) -> NDArray[np.bool_]:
    """Which values outside their reference range would be usual ones in the other unit of their analyte."""
    values = frame[entry.name].take(pa.array(rows)).to_numpy()
    if not entry.si_factor:
        return np.zeros(len(values), dtype=np.bool_)
    values = values / entry.si_factor
    inside = np.ones(len(values), dtype=np.bool_)
    if usual.low is not None:
        inside &= values >= usual.low
    if usual.high is not None:
        inside &= values <= usual.high
    return inside


def _reference(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    for entry in _numbers(words):
        usual = entry.reference
        if not usual:
            continue
        low, high = (f"{end:g}" if end is not None else "any" for end in (usual.low, usual.high))
        message = f"outside the reference range of {low} to {high} {entry.stated_unit}".rstrip()
        message += f" ({usual.by})."
        frame = tables[entry.table]
        rows = _outside(frame, entry)
        rows = rows[~_usual_otherwise(frame, entry, usual, rows)]

        def told(key: Key, value: float, entry: Variable = entry, message: str = message) -> TableFinding:
            return TableFinding(entry.table, key, entry.name, value, message)

        yield _cells(words, frame, entry, rows, told)


def _unit_doubt(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    for entry in _numbers(words):
        usual = entry.reference
        if not (usual and entry.si_factor):
            continue
        frame = tables[entry.table]
        rows = _outside(frame, entry)
        rows = rows[_usual_otherwise(frame, entry, usual, rows)]

        def told(key: Key, value: float, entry: Variable = entry, factor: float = entry.si_factor) -> TableFinding:
            message = f"outside the reference range as {entry.stated_unit}, but usual as {entry.si_unit}."
            hint = f"{entry.si_unit}? It would be {value / factor:.{entry.decimals}f} {entry.stated_unit}."
            return TableFinding(entry.table, key, entry.name, value, message, hint)

        yield _cells(words, frame, entry, rows, told)


def _score_sign(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    """A positive T-score of a patient whose other T-scores, two or more, are all negative."""
    names, cases = [entry.name for entry in words.scores], tables["cases"]
    if not names:
        return
    scores = np.array([pc.fill_null(cases[name].cast(pa.float64()), np.nan).to_numpy() for name in names])
    above, below, known = ((scores > 0).sum(axis=0), (scores < 0).sum(axis=0), (~np.isnan(scores)).sum(axis=0))
    rows = np.flatnonzero((above == 1) & (known > 2) & (below == known - 1))
    message = "positive, while the other T-scores of the patient are negative."

    def told(hits: Places) -> Iterator[TableFinding]:
        for key, *values in _keyed(words, cases, "cases", names, rows[hits]):
            name, value = next((name, value) for name, value in zip(names, values, strict=True) if (value or 0) > 0)
            yield TableFinding("cases", key, name, value, message, "Is a minus sign missing?")

    yield Hits("cases", "", rows, told)


def _jump(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    """A value far from that of the visit next before it, where both are recorded."""
    order = pc.sort_indices(tables["visits"], [("case_id", "ascending"), ("month", "ascending")])
    frame, places = tables["visits"].take(order).combine_chunks(), order.to_numpy().astype(np.int64)
    before, after = frame.slice(0, max(frame.num_rows - 1, 0)), frame.slice(1)
    steps = [pc.and_(pc.equal(before["month"], a), pc.equal(after["month"], b)) for a, b in pairwise(words.months)]
    neighbours = reduce(pc.or_, steps, pc.not_equal(before["case_id"], before["case_id"]))
    neighbours = pc.and_(neighbours, pc.equal(before["case_id"], after["case_id"]))
    for entry in words.columns("visits"):
        if not entry.is_number or entry.levels:
            continue
        at = _places(pc.and_(neighbours, _jumps(entry, before[entry.name], after[entry.name])))

        def told(hits: Places, entry: Variable = entry, at: Places = at) -> Iterator[TableFinding]:
            names = ["month", entry.name]
            pairs = (_keyed(words, part, "visits", names, at[hits]) for part in (before, after))
            for (_, earlier, was), (key, later, value) in zip(*pairs, strict=True):
                message = f"{was:g} at month {earlier}, then {value:g} at month {later}: a large step."
                yield TableFinding("visits", key, entry.name, value, message, "Is one of the two mistyped?")

        yield Hits("visits", entry.name, places[at + 1], told)


def _jumps(entry: Variable, before: pa.ChunkedArray, after: pa.ChunkedArray) -> pa.ChunkedArray:
    """Where a value is a jump from the one before, by the guard of its variable; nowhere if it has none."""
    if entry.jump is None:
        return pc.not_equal(before, before)
    if entry.jump.by == "points":
        step = pc.subtract(after, before)
        fall = entry.jump.size if entry.jump.fall is None else entry.jump.fall
        return pc.or_(pc.greater_equal(step, entry.jump.size), pc.less_equal(step, -fall))
    low, high = pc.min_element_wise(before, after), pc.max_element_wise(before, after)
    far = pc.greater(high, pc.multiply(low, entry.jump.size))
    recorded = pc.and_(pc.is_valid(before), pc.is_valid(after))
    return pc.and_(recorded, pc.and_(pc.greater(low, 0), far))


def _flag(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    """A reported flag that the value and the reference range do not bear out."""
    frame = tables["visits"]
    names = {entry.name for entry in words.columns("visits")}
    for lab in words.columns("visits"):
        flag = f"{lab.name}_flag"
        if flag not in names:
            continue
        value, mark, usual = frame[lab.name], frame[flag], lab.reference
        wrong = [pc.is_null(value)]
        if usual and usual.high is not None:
            wrong.append(pc.and_(pc.equal(mark, "H"), pc.less_equal(value, usual.high)))
        if usual and usual.low is not None:
            wrong.append(pc.and_(pc.equal(mark, "L"), pc.greater_equal(value, usual.low)))
        rows = _places(pc.and_(pc.is_valid(mark), reduce(pc.or_kleene, wrong)))

        def told(hits: Places, lab: Variable = lab, flag: str = flag, rows: Places = rows) -> Iterator[TableFinding]:
            for key, value, mark in _keyed(words, frame, "visits", [lab.name, flag], rows[hits]):
                yield TableFinding("visits", key, flag, mark, _flag_words(lab, value, mark))

        yield Hits("visits", flag, rows, told)


def _flag_words(lab: Variable, value: float | None, mark: str) -> str:
    if value is None:
        return f"a flag, but no value of {lab.words}."
    usual = lab.reference
    if mark == "H":
        return f"marked high, but {value:g} is not above {usual.high if usual else 0:g}."
    return f"marked low, but {value:g} is not below {usual.low if usual else 0:g}."


def _fractured_lumbar(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    fractures, cases = tables["fractures"], tables["cases"]
    for entry in words.scores:
        measured = pc.is_in(fractures["level"], value_set=pa.array(entry.measures, pa.string()))
        broken = fractures.filter(measured)
        own = pc.is_in(cases["case_id"], value_set=pc.unique(broken["case_id"]))
        rows = _places(pc.and_(own, pc.is_valid(cases[entry.name])))

        def told(
            hits: Places, entry: Variable = entry, broken: pa.Table = broken, rows: Places = rows
        ) -> Iterator[TableFinding]:
            found = list(_keyed(words, cases, "cases", [entry.name], rows[hits]))
            levels = _levels(broken, [key[0] for key, _ in found])
            for key, score in found:
                both = [level for level in entry.measures if level in levels[key[0]]]
                message = f"a T-score over {', '.join(both)}, where the patient has a fracture."
                hint = "A fractured vertebra reads too dense; ISCD leaves it out."
                yield TableFinding("cases", key, entry.name, score, message, hint)

        yield Hits("cases", entry.name, rows, told)


def _levels(broken: pa.Table, patients: Sequence[Value]) -> dict[Value, set[str]]:
    """The fractured vertebrae of some patients."""
    own = broken.filter(pc.is_in(broken["case_id"], value_set=pa.array(patients, pa.int64())))
    levels: dict[Value, set[str]] = {}
    for number, level in zip(own["case_id"].to_pylist(), own["level"].to_pylist(), strict=True):
        levels.setdefault(number, set()).add(level)
    return levels


def _stop_before_start(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    frame = tables["treatments"]

    def told(key: Key, stop: float) -> TableFinding:
        return TableFinding("treatments", key, "stop", stop, "the treatment stops before it starts.")

    rows = _places(pc.less(frame["stop"], frame["start"]))
    yield _cells(words, frame, words.variable("stop", "treatments"), rows, told)


def _before_delivery(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    """Breastfeeding that ends before the child is born."""
    frame, cases = tables["treatments"], tables["cases"]
    weeks = cases["weeks_postpartum"].take(_found_in(frame["case_id"], cases))
    early = pc.less(frame["stop"], pc.negate(weeks))
    rows = _places(pc.and_(pc.equal(frame["kind"], "breastfeeding"), early))

    def told(hits: Places) -> Iterator[TableFinding]:
        found = _keyed(words, frame, "treatments", ["stop"], rows[hits])
        for (key, stop), since in zip(found, weeks.take(pa.array(rows[hits])).to_pylist(), strict=True):
            message = f"breastfeeding stops before delivery, {since} weeks before diagnosis."
            yield TableFinding("treatments", key, "stop", stop, message, "Weeks are counted from diagnosis.")

    yield Hits("treatments", "stop", rows, told)


def _found_in(numbers: pa.ChunkedArray, frame: pa.Table) -> pa.Array:
    """The row of each patient in a table that has each of them once; missing where she is not there."""
    return pc.index_in(numbers, value_set=frame["case_id"].combine_chunks()).combine_chunks()


def _baseline_twice(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    """A column of cases named ``baseline_vas`` or ``vas_baseline`` repeats a baseline value; both must agree."""
    cases = tables["cases"]
    measured = {entry.name for entry in words.columns("visits")}
    for entry in words.columns("cases"):
        name = entry.name.removeprefix("baseline_").removesuffix("_baseline")
        if name == entry.name or name not in measured:
            continue
        baseline = tables["visits"].filter(pc.equal(tables["visits"]["month"], 0))
        visits = baseline[name].take(_found_in(cases["case_id"], baseline)).to_pylist()
        pairs = zip(cases[entry.name].to_pylist(), visits, strict=True)
        differs = [value is not None and visit is not None and value != visit for value, visit in pairs]
        rows = np.flatnonzero(np.array(differs, dtype=np.bool_))

        def told(
            hits: Places, entry: Variable = entry, rows: Places = rows, visits: Sequence[Value] = visits
        ) -> Iterator[TableFinding]:
            found = _keyed(words, cases, "cases", [entry.name], rows[hits])
            for (key, value), row in zip(found, rows[hits].tolist(), strict=True):
                yield TableFinding("cases", key, entry.name, value, f"the visit at baseline says {visits[row]}.")

        yield Hits("cases", entry.name, rows, told)


def _no_visits(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    numbers = tables["cases"]["case_id"]
    seen = pc.is_in(numbers, value_set=pc.unique(tables["visits"]["case_id"]))
    yield _patients(tables, numbers.to_numpy()[~seen.to_numpy()], "the patient has no visit.")


def _no_pain_score(tables: Tables, words: Vocabulary) -> Iterator[Hits]:
    visits = tables["visits"]
    numbers = pc.unique(visits["case_id"])
    scored = pc.unique(visits["case_id"].filter(pc.is_valid(visits["vas"])))
    never = numbers.filter(pc.invert(pc.is_in(numbers, value_set=scored)))
    yield _patients(tables, never.to_numpy(), "no visit of the patient has a VAS score.")


def _patients(tables: Tables, numbers: Places, message: str) -> Hits:
    """Hits on patients as a whole, who need not be in cases."""
    known = pc.index_in(pa.array(numbers, pa.int64()), value_set=tables["cases"]["case_id"].combine_chunks())
    rows = pc.fill_null(known.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)

    def told(hits: Places) -> Iterator[TableFinding]:
        for number in numbers[hits].tolist():
            yield TableFinding("cases", (number,), "case_id", number, message)

    return Hits("cases", "case_id", rows, told)


CHECKS: tuple[Check, ...] = (
    Check(
        "unit_doubt",
        "warning",
        "A value fits the other unit of its analyte better (an error in a column head).",
        _unit_doubt,
    ),
    Check("reference", "warning", "A value lies outside its reference range: a finding, not a fault.", _reference),
    Check("sign", "warning", "One T-score is positive while the others are negative.", _score_sign),
    Check("jump", "warning", "A value is far from the one at the visit before (our own guard).", _jump),
    Check("flag", "warning", "A reported flag has a value that bears it out.", _flag),
    Check("fractured_lumbar", "warning", "A spine T-score covers a fractured vertebra.", _fractured_lumbar),
    Check("stop_before_start", "error", "A treatment does not stop before it starts.", _stop_before_start),
    Check("before_delivery", "warning", "Breastfeeding does not end before delivery.", _before_delivery),
    Check("baseline_twice", "warning", "A baseline value given twice is the same.", _baseline_twice),
    Check("no_visits", "warning", "Every patient has a visit.", _no_visits),
    Check("no_pain_score", "warning", "Every patient has a VAS score at some visit.", _no_pain_score),
)
