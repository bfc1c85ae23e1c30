"""Properties of intake: whatever is valid comes back equal, and no bytes at all raise."""

import csv
import math
from io import StringIO
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from plro_core.intake import Dialect, File, Intake, filled, read
from plro_core.intake.answers import Answers
from plro_core.schema import arrow_schema
from plro_core.text import MISSING_WORDS
from plro_core.vocabulary import STANDARD, Variable
from tests.intake_files import HEAD, ROW, parts, sheet_xml, visits, workbook

pytestmark = pytest.mark.usefixtures("read_here")

GIVEN = ("cases", "visits", "symptoms", "treatments", "fractures", "imaging")
SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

#: Letters that every encoding of the tests has, and signs that delimiters, quotes and formulas are made of.
TEXT = st.text("abzÄöüßéÇ çİı=+-@,;\t\n\"'.09#<_x&", min_size=1, max_size=12).map(str.strip)
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8).map(str.strip)


def valid(entry: Variable, text: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Values that a column may hold, missing ones where it may be empty."""
    if entry.name == "case_id":
        return st.integers(1, 999_999_999)
    if entry.kind == "integer" and entry.levels:
        return st.sampled_from(STANDARD.months)
    low, high = (entry.plausible.low, entry.plausible.high) if entry.plausible else (-1000.0, 1000.0)
    assert low is not None
    assert high is not None
    scale = 10**entry.decimals
    whole = st.integers(math.ceil(low * scale), math.floor(high * scale))
    values: dict[str, st.SearchStrategy[Any]] = {
        "integer": whole,
        "number": whole.map(lambda value: value / scale),
        "boolean": st.booleans(),
        "category": st.sampled_from([level.code for level in entry.levels] or ["x"]),
        "text": text.filter(
            lambda word: bool(word) and word.casefold() not in MISSING_WORDS and not word.startswith("#")
        ),
    }
    return values[entry.kind] if entry.required else st.none() | values[entry.kind]


def table(name: str, text: st.SearchStrategy[str], patients: list[int]) -> st.SearchStrategy[pa.Table]:
    """A valid table of these patients."""
    entries = STANDARD.columns(name)
    key = next(entry.key for entry in STANDARD.tables if entry.name == name)
    row = st.fixed_dictionaries(
        {entry.name: st.sampled_from(patients) if entry.name == "case_id" else valid(entry, text) for entry in entries}
    ).map(lambda row: {**row, "stop": row["start"]} if "stop" in row else row)
    rows = st.lists(row, max_size=5, unique_by=lambda row: tuple(row[column] for column in key))
    order = key if name in ("cases", "visits") else ("case_id",)
    return rows.map(
        lambda found: pa.Table.from_pylist(
            sorted(found, key=lambda row: [row[column] for column in order]), schema=arrow_schema(name, STANDARD)
        )
    )


@st.composite
def registries(draw: st.DrawFn, text: st.SearchStrategy[str]) -> dict[str, pa.Table]:
    patients = draw(st.lists(st.integers(1, 999_999_999), min_size=1, max_size=4, unique=True))
    cases = draw(table("cases", text, patients))
    present = cases["case_id"].to_pylist()
    others = {
        name: draw(table(name, text, present)) if present else arrow_schema(name, STANDARD).empty_table()
        for name in GIVEN[1:]
    }
    return {"cases": cases, **others}


def assert_equal(read_back: pa.Table, written: pa.Table) -> None:
    assert read_back.to_pylist() == written.to_pylist()
    assert read_back.schema.equals(written.schema)


def answered(files: list[File], dialects: dict[str, Dialect] | None = None) -> Intake:
    """The files read, every question whether a number is a code for missing answered with “a value”."""
    questions = read(files, STANDARD, dialects=dialects).questions
    values = frozenset((question.column, question.code) for question in questions)
    return read(files, STANDARD, dialects=dialects, answers=Answers(values=values))


@SLOW
@given(registries(ANY_TEXT))
def test_any_valid_registry_comes_back_from_a_workbook(tables: dict[str, pa.Table]) -> None:
    intake = answered([File("registry.xlsx", filled(STANDARD, tables))])
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    for name in GIVEN:
        assert_equal(intake.tables[name], tables[name])


def as_text(frame: pa.Table, dialect: Dialect) -> bytes:
    def words(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value).replace(".", dialect.decimal) if isinstance(value, float) else str(value)

    text = StringIO()
    writer = csv.writer(text, delimiter=dialect.delimiter)
    writer.writerow(frame.column_names)
    writer.writerows([words(value) for value in row.values()] for row in frame.to_pylist())
    return text.getvalue().encode(dialect.encoding)


DIALECTS = st.builds(
    Dialect,
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1254"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([".", ","]),
)


@SLOW
@given(registries(TEXT), DIALECTS)
def test_any_valid_registry_comes_back_from_text_in_a_declared_dialect(
    tables: dict[str, pa.Table], dialect: Dialect
) -> None:
    files = [File(f"{name}.csv", as_text(frame, dialect)) for name, frame in tables.items()]
    intake = answered(files, {file.name: dialect for file in files})
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert not [finding for finding in intake.warnings if finding.rule == "dialect"]
    for name in GIVEN:
        assert_equal(intake.tables[name], tables[name])


@SLOW
@given(registries(TEXT), st.sampled_from([",", ";", "\t"]), st.sampled_from([".", ","]))
def test_an_undeclared_dialect_is_never_misread(tables: dict[str, pa.Table], delimiter: str, decimal: str) -> None:
    dialect = Dialect("utf-8", delimiter, decimal)
    intake = read([File(f"{name}.csv", as_text(frame, dialect)) for name, frame in tables.items()], STANDARD)
    if intake.tables is not None:
        for name in GIVEN:
            assert_equal(intake.tables[name], tables[name])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["visits.csv", "visits.xlsx", "cases.txt", "x"]))
def test_arbitrary_bytes_are_refused_and_never_raise(content: bytes, name: str) -> None:
    intake = read([File(name, content)], STANDARD)
    assert intake.errors
    assert intake.tables is None


@settings(max_examples=150, deadline=None)
@given(st.text("case_idmonthvas,;\t\n\"'0123456789.-−\r ", max_size=80))
def test_arbitrary_text_below_a_right_head_never_raises(text: str) -> None:
    read([File("visits.csv", visits(text))], STANDARD)


WORKBOOK = workbook([HEAD, ROW])


@example(at=5169, flip=1)
@example(at=5314, flip=1)
@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(WORKBOOK) - 1), st.integers(1, 255))
def test_a_damaged_workbook_never_raises(at: int, flip: int) -> None:
    read([File("visits.xlsx", WORKBOOK[:at] + bytes([WORKBOOK[at] ^ flip]) + WORKBOOK[at + 1 :])], STANDARD)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1200), st.binary(min_size=1, max_size=12))
def test_a_sheet_with_bytes_put_in_never_raises(at: int, extra: bytes) -> None:
    read([File("visits.xlsx", sheet_xml(lambda xml: xml[:at] + extra + xml[at:]))], STANDARD)


@pytest.mark.parametrize("part", ["xl__sharedStrings_xml", "xl__styles_xml", "xl__workbook_xml"])
def test_a_workbook_that_lacks_a_part_never_raises(part: str) -> None:
    intake = read([File("visits.xlsx", parts(WORKBOOK, **{part: None}))], STANDARD)
    assert intake.tables is None
