"""Checks of whole tables: what single cells cannot tell. Each works on Arrow tables, so stored registries can be asked too."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from plro_core.intake.checks import TableFinding, Tables, _jumps, _numbers
from plro_core.intake.model import Severity
from plro_core.vocabulary import Key, Variable, Vocabulary


@dataclass(frozen=True)
class Check:
    """A check by its stable name, which its findings name as their rule; ``says`` is what it asks for."""

    name: str
    severity: Severity
    says: str
    applies: Callable[[Tables, Vocabulary], Iterable[TableFinding]]


def checked(tables: Tables, words: Vocabulary) -> Iterator[tuple[Check, TableFinding]]:
    """Everything that the checks find."""
    for check in CHECKS:
        for finding in check.applies(tables, words):
            yield check, finding


def _cells(words: Vocabulary, frame: pa.Table, entry: Variable, where: pa.ChunkedArray) -> Iterator[tuple[Key, Any]]:
    """Key and value of the cells of one column for which a condition holds."""
    found = frame.filter(where)
    table = words.table(entry.table)
    keys = table.keys({name: found[name].to_pylist() for name in table.identity})
    return zip(keys, found[entry.name].to_pylist(), strict=True)


def _outside(frame: pa.Table, entry: Variable) -> pa.ChunkedArray:
    column, usual = frame[entry.name], entry.reference
    low = pc.less(column, usual.low) if usual and usual.low is not None else pa.scalar(False)
    high = pc.greater(column, usual.high) if usual and usual.high is not None else pa.scalar(False)
    return pc.fill_null(pc.or_(low, high), False)


def _reference(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    for entry in _numbers(words):
        if not entry.reference:
            continue
        low, high = (f"{end:g}" if end is not None else "any" for end in (entry.reference.low, entry.reference.high))
        message = f"outside the reference range of {low} to {high} {entry.stated_unit}".rstrip()
        message += f" ({entry.reference.by})."
        frame = tables[entry.table]
        for key, value in _cells(words, frame, entry, _outside(frame, entry)):
            if not _other_unit(entry, value):
                yield TableFinding(entry.table, key, entry.name, value, message)


def _other_unit(entry: Variable, value: float) -> bool:
    """Whether a value outside its reference range would be a usual one in the other unit of its analyte."""
    return bool(entry.si_factor and entry.reference and value / entry.si_factor in entry.reference)


def _unit_doubt(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    for entry in _numbers(words):
        if not (entry.reference and entry.si_factor):
            continue
        frame = tables[entry.table]
        for key, value in _cells(words, frame, entry, _outside(frame, entry)):
            if _other_unit(entry, value):
                message = f"outside the reference range as {entry.stated_unit}, but usual as {entry.si_unit}."
                hint = f"{entry.si_unit}? It would be {value / entry.si_factor:.{entry.decimals}f} {entry.stated_unit}."
                yield TableFinding(entry.table, key, entry.name, value, message, hint)


def _score_sign(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    """A positive T-score of a patient whose other T-scores, two or more, are all negative."""
    names = [entry.name for entry in words.scores]
    for row in tables["cases"].select(["case_id", *names]).to_pylist():
        scores = {name: row[name] for name in names if row[name] is not None}
        above = [name for name, score in scores.items() if score > 0]
        if len(above) == 1 and len(scores) > 2 and all(scores[name] < 0 for name in set(scores) - set(above)):
            message = "positive, while the other T-scores of the patient are negative."
            yield TableFinding(
                "cases", (row["case_id"],), above[0], scores[above[0]], message, "Is a minus sign missing?"
            )


def _jump(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    """A value far from that of the visit next before it, where both are recorded."""
    frame = tables["visits"].sort_by([("case_id", "ascending"), ("month", "ascending")]).combine_chunks()
    before, after = frame.slice(0, max(frame.num_rows - 1, 0)), frame.slice(1)
    steps = [pc.and_(pc.equal(before["month"], a), pc.equal(after["month"], b)) for a, b in pairwise(words.months)]
    neighbours = reduce(pc.or_, steps, pc.not_equal(before["case_id"], before["case_id"]))
    neighbours = pc.and_(neighbours, pc.equal(before["case_id"], after["case_id"]))
    for entry in words.columns("visits"):
        if not entry.is_number or entry.levels:
            continue
        where = pc.fill_null(pc.and_(neighbours, _jumps(entry, before[entry.name], after[entry.name])), False)
        pairs = zip(before.filter(where).to_pylist(), after.filter(where).to_pylist(), strict=True)
        for old, new in pairs:
            was, value = old[entry.name], new[entry.name]
            message = f"{was:g} at month {old['month']}, then {value:g} at month {new['month']}: a large step."
            key = (new["case_id"], new["month"])
            yield TableFinding("visits", key, entry.name, value, message, "Is one of the two mistyped?")


def _flag(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    """A reported flag that the value and the reference range do not bear out."""
    frame = tables["visits"]
    names = {entry.name for entry in words.columns("visits")}
    for lab in words.columns("visits"):
        flag = f"{lab.name}_flag"
        if flag not in names:
            continue
        for key, (value, mark) in _flagged(words, frame, lab.name, flag):
            usual = lab.reference
            if value is None:
                yield TableFinding("visits", key, flag, mark, f"a flag, but no value of {lab.words}.")
            elif usual and mark == "H" and usual.high is not None and value <= usual.high:
                yield TableFinding(
                    "visits", key, flag, mark, f"marked high, but {value:g} is not above {usual.high:g}."
                )
            elif usual and mark == "L" and usual.low is not None and value >= usual.low:
                yield TableFinding("visits", key, flag, mark, f"marked low, but {value:g} is not below {usual.low:g}.")


def _flagged(words: Vocabulary, frame: pa.Table, lab: str, flag: str) -> Iterator[tuple[Key, tuple[Any, str]]]:
    found = frame.filter(pc.is_valid(frame[flag]))
    keys = zip(*(found[name].to_pylist() for name in words.table("visits").key), strict=True)
    return zip(keys, zip(found[lab].to_pylist(), found[flag].to_pylist(), strict=True), strict=True)


def _fractured_lumbar(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    broken: dict[int, set[str]] = {}
    for case_id, level in zip(*(tables["fractures"][name].to_pylist() for name in ("case_id", "level")), strict=True):
        broken.setdefault(case_id, set()).add(level)
    for entry in words.scores if broken else ():
        cells = (tables["cases"][column].to_pylist() for column in ("case_id", entry.name))
        for case_id, score in zip(*cells, strict=True):
            both = [level for level in entry.measures if level in broken.get(case_id, ())]
            if score is not None and both:
                message = f"a T-score over {', '.join(both)}, where the patient has a fracture."
                hint = "A fractured vertebra reads too dense; ISCD leaves it out."
                yield TableFinding("cases", (case_id,), entry.name, score, message, hint)


def _stop_before_start(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    frame = tables["treatments"]
    where = pc.fill_null(pc.less(frame["stop"], frame["start"]), False)
    for key, stop in _cells(words, frame, words.variable("stop", "treatments"), where):
        yield TableFinding("treatments", key, "stop", stop, "the treatment stops before it starts.")


def _before_delivery(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    """Breastfeeding that ends before the child is born."""
    delivery = dict(zip(*(tables["cases"][name].to_pylist() for name in ("case_id", "weeks_postpartum")), strict=True))
    frame = tables["treatments"]
    for key, stop in _cells(
        words, frame, words.variable("stop", "treatments"), pc.equal(frame["kind"], "breastfeeding")
    ):
        weeks = delivery.get(key[0])
        if stop is not None and weeks is not None and stop < -weeks:
            message = f"breastfeeding stops before delivery, {weeks} weeks before diagnosis."
            yield TableFinding("treatments", key, "stop", stop, message, "Weeks are counted from diagnosis.")


def _baseline_twice(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    """A column of cases named ``baseline_vas`` or ``vas_baseline`` repeats a baseline value; both must agree."""
    baseline = {
        row["case_id"]: row for row in tables["visits"].filter(pc.equal(tables["visits"]["month"], 0)).to_pylist()
    }
    measured = {entry.name for entry in words.columns("visits")}
    for entry in words.columns("cases"):
        name = entry.name.removeprefix("baseline_").removesuffix("_baseline")
        if name == entry.name or name not in measured:
            continue
        for case_id, value in zip(
            *(tables["cases"][column].to_pylist() for column in ("case_id", entry.name)), strict=True
        ):
            visit = baseline.get(case_id, {}).get(name)
            if value is not None and visit is not None and value != visit:
                yield TableFinding("cases", (case_id,), entry.name, value, f"the visit at baseline says {visit}.")


def _no_visits(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    seen = set(tables["visits"]["case_id"].to_pylist())
    for case_id in tables["cases"]["case_id"].to_pylist():
        if case_id not in seen:
            yield TableFinding("cases", (case_id,), "case_id", case_id, "the patient has no visit.")


def _no_pain_score(tables: Tables, words: Vocabulary) -> Iterator[TableFinding]:
    scored: dict[int, bool] = {}
    for case_id, vas in zip(*(tables["visits"][name].to_pylist() for name in ("case_id", "vas")), strict=True):
        scored[case_id] = scored.get(case_id, False) or vas is not None
    for case_id, any_score in scored.items():
        if not any_score:
            yield TableFinding("cases", (case_id,), "case_id", case_id, "no visit of the patient has a VAS score.")


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
