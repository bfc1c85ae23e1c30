"""Generated registries: the text of a ``variables.toml``, and a few patients written in the words that it declares."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from plro_core.problems import RegistryProblem
from plro_core.schema import arrow_schema
from plro_core.text import MISSING_WORDS
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary, parse
from plro_core.vocabulary.ready_made import COLUMNS, TABLES, WIDENINGS

Row = dict[str, Any]

#: Signs that delimiters, quotes, formulas, lists of choices and marks of missing values are made of.
_SIGNS = "abxİßé09,;|\t\n\"'=+-@#_/.&<>½"
_LINE = st.text(_SIGNS.replace("\n", "").replace("\t", ""), min_size=1, max_size=12).map(str.strip).filter(bool)
#: What stands in a cell of text: not blank at its ends, and no word for a missing value.
TEXT = (
    st.text(_SIGNS, min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: bool(text) and text.casefold() not in MISSING_WORDS and not text.startswith("#"))
)
#: Names that could be taken for another thing: a column of a fact, a form, a column of REDCap, a label beside them.
_AWKWARD = (
    "p1np", "ctx", "fractures_level", "treatments_start", "symptoms_complete", "cases_further_variables_complete",
    "redcap_event_name", "redcap_repeat_instance", "record_id", "baseline_vas", "machine", "outcome", "bmd", "day2",
    "visits_day", "unscheduled_day", "unscheduled_vas", "pregnancies_number", "densitometry", "visits", "yes", "a___b",
)  # fmt: skip
_NAMES = st.sampled_from(_AWKWARD) | st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
_LABELS = st.sampled_from(("P1NP", "CTX", "Age", "Machine", "Bone density (own)")) | _LINE
_AWKWARD_CODES = ("na", "null", "yes", "no", "a", "b", "H")
_CODES = st.sampled_from(_AWKWARD_CODES[:-1]) | st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)


# The declarations


def declarations() -> st.SearchStrategy[str]:
    """The text of a ``variables.toml`` that a registry may declare."""
    return _declarations().filter(_is_declared)


def _is_declared(text: str) -> bool:
    """Whether the text is accepted: names drawn apart may be taken or reserved."""
    try:
        parse(text)
    except RegistryProblem:
        return False
    return True


@st.composite
def _declarations(draw: st.DrawFn) -> str:
    months = sorted({0, *draw(st.lists(st.integers(1, 600), max_size=3))})
    use = draw(st.lists(st.sampled_from((*COLUMNS, *TABLES, *WIDENINGS)), unique=True, max_size=6))
    parts = [f"months = {months}", f"use = {json.dumps(use)}"]
    centres = draw(st.none() | _levels())
    parts += [] if centres is None else [f"centres = {_toml(centres)}"]
    parts += [_table("[[variable]]", entry) for entry in draw(st.lists(_variable(), max_size=4, unique_by=_name))]
    widened = draw(st.lists(st.sampled_from(tuple(_WIDENED)), unique=True, max_size=2))
    parts += [_table(f"[widen.{json.dumps(name)}]", draw(_WIDENED[name])) for name in widened]
    return "\n".join(parts) + "\n"


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry["name"])


def _table(head: str, entry: Mapping[str, Any]) -> str:
    return "\n".join((head, *(f"{key} = {_toml(value)}" for key, value in entry.items())))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


def _levels() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(_CODES, _LINE | st.sampled_from(_AWKWARD_CODES), min_size=1, max_size=3)


@st.composite
def _variable(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(("integer", "number", "boolean", "category", "text")))
    table = draw(st.sampled_from(("cases", "visits")))
    entry: dict[str, Any] = {"name": draw(_NAMES), "label": draw(_LABELS), "table": table, "kind": kind}
    if kind == "number":
        entry["decimals"] = draw(st.integers(0, 6))
    if kind in ("integer", "number"):
        entry["plausible"] = draw(_range(entry.get("decimals", 0)))
        entry |= draw(st.fixed_dictionaries({}, optional={"unit": st.sampled_from(("ng/mL", "%", "a, b"))}))
    if kind == "category":
        entry["levels"] = draw(_levels())
    group = draw(st.none() | st.sampled_from(("Further variables", "Bone turnover", "Bone-turnover", "骨")))
    return entry if group is None else entry | {"group": group}


@st.composite
def _range(draw: st.DrawFn, decimals: int) -> list[float]:
    """A plausible range that holds a value with these decimals."""
    most = draw(st.sampled_from((1, 100, 1_000_000, 999_999_999_999)))
    low = draw(st.integers(-most, most - 1))
    high = draw(st.integers(low + 1, most))
    return [low / 10**decimals, high / 10**decimals] if draw(st.booleans()) else [low, high]


#: What is widened, each with all that it may be widened by.
_WIDENED: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "vas": st.fixed_dictionaries({"decimals": st.integers(1, 3)}),
    "age": st.fixed_dictionaries({}, optional={"plausible": st.just([10, 70]), "decimals": st.integers(0, 2)}),
    "weeks_postpartum": st.just({"plausible": [-40, 208]}),
    "t_l1_l4": st.fixed_dictionaries({"decimals": st.integers(1, 6)}),
    "calcium": st.fixed_dictionaries({"plausible": st.just([0, 100])}, optional={"decimals": st.integers(1, 4)}),
    "breastfeeding": st.fixed_dictionaries({"levels": _levels()}),
    "fractures.level": st.just({"levels": {"t6": "the sixth", "Sacrum": "sacrum"}}),
    "symptom": st.fixed_dictionaries({"levels": _levels()}),
    "start": st.just({"plausible": [-100, 9000], "decimals": 1}),
    "dose": st.fixed_dictionaries({"decimals": st.integers(0, 6)}),
}


# The patients


@dataclass(frozen=True)
class Generated:
    """The declarations of a registry, and the rows of its tables without what is missing in them."""

    text: str
    rows: Mapping[str, Sequence[Row]]

    @property
    def tables(self) -> dict[str, pa.Table]:
        words = Vocabulary(parse(self.text))
        return {table.name: _frame(table.name, self.rows.get(table.name, ()), words) for table in words.tables}


@st.composite
def registries(draw: st.DrawFn) -> Generated:
    """A registry of up to four patients in words of its own."""
    text = draw(declarations())
    words = Vocabulary(parse(text))
    patients = draw(st.lists(st.integers(1, 999_999_999), max_size=4, unique=True))
    rows = {"cases": [draw(_row(words, "cases", patient)) for patient in sorted(patients)]}
    for table in words.tables:
        if table.name in words.clinical and table.name != "cases":
            found = [draw(_row(words, table.name, patient)) for patient in draw(_some(patients))]
            rows[table.name] = _arranged(table, draw(_with_courses(words, found)) if table.apart else found)
    return Generated(text, {name: found for name, found in rows.items() if found})


def _some(patients: Sequence[int]) -> st.SearchStrategy[list[int]]:
    return st.lists(st.sampled_from(patients), max_size=4) if patients else st.just([])


@st.composite
def _row(draw: st.DrawFn, words: Vocabulary, table: str, patient: int) -> Row:
    """One row of a patient: what every row has, and some of the rest, or nothing of it."""
    required = [entry for entry in words.columns(table) if entry.required and entry.name != "case_id"]
    rest = [entry for entry in words.columns(table) if not entry.required]
    own = [entry for entry in rest if entry.optional]
    filled = draw(st.lists(st.sampled_from(own + rest), max_size=5, unique_by=lambda entry: entry.name))
    row = {"case_id": patient} | {entry.name: draw(_value(words, entry)) for entry in (*required, *filled)}
    if row.get("stop") is not None and row["stop"] < row.get("start", row["stop"]):  # it stops after it starts
        del row["stop"]
    return row


@st.composite
def _with_courses(draw: st.DrawFn, words: Vocabulary, rows: Sequence[Row]) -> list[Row]:
    """Treatments, and further courses of some of them: all else alike, another start or none."""
    start = _value(words, words.variable("start", "treatments"))
    again = [draw(st.lists(st.none() | start, max_size=2)) for _ in rows]
    courses = [
        row | {"start": begun, "stop": None} for row, starts in zip(rows, again, strict=True) for begun in starts
    ]
    return [*rows, *courses]


def _arranged(table: RegistryTable, rows: Sequence[Row]) -> list[Row]:
    """The rows as they are stored: each once, by its key where a table has an order, else patient by patient."""
    once = {tuple(row.get(name) for name in table.identity): row for row in reversed(rows)}
    names = table.key if table.name == "visits" else ("case_id",)
    return sorted(once.values(), key=lambda row: [row[name] for name in names])


def _value(words: Vocabulary, entry: Variable) -> st.SearchStrategy[Any]:
    """The values that a column may hold."""
    if entry.name == "month":
        return st.sampled_from(words.months)
    if entry.is_number:
        return _number(entry)
    if entry.kind == "category":
        return st.sampled_from([level.code for level in entry.levels])
    return st.booleans() if entry.kind == "boolean" else TEXT


def _number(entry: Variable) -> st.SearchStrategy[float]:
    """Numbers within the plausible range with at most the declared decimals; nothing where the range holds none."""
    limits, scale = entry.plausible, 10**entry.decimals
    assert limits is not None
    assert limits.low is not None
    assert limits.high is not None
    low, high = math.ceil(limits.low * scale), math.floor(limits.high * scale)
    if low > high:
        return st.nothing()
    whole = st.integers(low, high)
    return whole if entry.kind == "integer" else whole.map(lambda value: value / scale).filter(limits.__contains__)


def _frame(table: str, rows: Sequence[Row], words: Vocabulary) -> pa.Table:
    schema = arrow_schema(table, words)
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
