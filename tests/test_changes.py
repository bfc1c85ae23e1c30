"""What differs between two versions: all of it, nothing else, and said in one sentence."""

import time
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.changes import CellChange, Changes, TableChanges, changes
from plro_core.schema import arrow_schema
from plro_core.vocabulary import STANDARD
from tests.oracle import synthetic_tables

Rows = list[dict[str, Any]]


def table(name: str, rows: Rows) -> pa.Table:
    schema = arrow_schema(name, STANDARD)
    return pa.Table.from_pylist([{field: row.get(field) for field in schema.names} for row in rows], schema=schema)


def tables(**rows: Rows) -> dict[str, pa.Table]:
    return {entry.name: table(entry.name, rows.get(entry.name, [])) for entry in STANDARD.tables}


def applied(found: Changes, old: Mapping[str, pa.Table]) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    """The old tables, changed as told, by key."""
    done = by_key(old)
    for changed in found.tables:
        rows = done[changed.table]
        for row in changed.removed.to_pylist():
            del rows[tuple(row[name] for name in changed.key)]
        for row in changed.added.to_pylist():
            rows[tuple(row[name] for name in changed.key)] = row
        for key, column, was, becomes in changed.cells:
            assert rows[key][column] == was
            rows[key][column] = becomes
    return done


def by_key(held: Mapping[str, pa.Table]) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    return {
        entry.name: {tuple(row[name] for name in entry.key): row for row in held[entry.name].to_pylist()}
        for entry in STANDARD.tables
    }


# Nobody, one patient


def test_nothing_follows_nothing() -> None:
    found = changes(tables(), tables(), STANDARD)
    assert (bool(found), found.sentence, list(found.cells)) == (False, "Nothing changes.", [])
    assert changes({}, {}, STANDARD) == Changes(())


def test_the_first_patient() -> None:
    one = tables(cases=[{"case_id": 1, "age": 31}], visits=[{"case_id": 1, "month": 0, "vas": 9}])
    for nothing in (tables(), {}):
        found = changes(nothing, one, STANDARD)
        assert found.sentence == "1 patient and 1 visit new, no cell changed, nothing removed."
        assert list(found.cells)[:2] == [
            CellChange("new", "cases", (1,), "case_id", None, 1),
            CellChange("new", "cases", (1,), "age", None, 31),
        ]
    assert changes(one, tables(), STANDARD).sentence == "Nothing new, no cell changed, 1 patient and 1 visit removed."


@pytest.mark.parametrize(
    ("was", "becomes"), [(31, 32), (None, 31), (31, None)], ids=["other", "recorded at last", "taken back"]
)
def test_one_cell(was: int | None, becomes: int | None) -> None:
    old, new = (tables(cases=[{"case_id": 1, "age": age}, {"case_id": 2, "age": 30}]) for age in (was, becomes))
    found = changes(old, new, STANDARD)
    assert list(found.cells) == [CellChange("changed", "cases", (1,), "age", was, becomes)]
    assert found.sentence == "Nothing new, 1 cell changed, nothing removed."


# Any two versions

VALUES = st.one_of(st.none(), st.integers(0, 2))
CASES = st.dictionaries(st.integers(1, 4), VALUES)
VISITS = st.dictionaries(st.tuples(st.integers(1, 4), st.sampled_from([0, 1])), st.tuples(VALUES, VALUES))
SYMPTOMS = st.dictionaries(
    st.tuples(st.integers(1, 4), st.sampled_from(["hip", "back"])), st.sampled_from([None, "left"])
)
ORIGINS = st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2"])), st.sampled_from([None, "x"]))


@st.composite
def versions(draw: st.DrawFn) -> dict[str, pa.Table]:
    """Four tables with few keys, so that two of them share rows and differ in others; rows stand in any order."""
    rows: dict[str, Rows] = {
        "cases": [{"case_id": case, "age": age} for case, age in draw(CASES).items()],
        "visits": [
            {"case_id": case, "month": month, "vas": vas, "calcium": calcium}
            for (case, month), (vas, calcium) in draw(VISITS).items()
        ],
        "symptoms": [{"case_id": case, "symptom": name, "side": side} for (case, name), side in draw(SYMPTOMS).items()],
        "provenance": [
            {"table": "cases", "key": key, "column": column, "source": "s", "verbatim": words}
            for (column, key), words in draw(ORIGINS).items()
        ],
    }
    return tables(**{name: draw(st.permutations(entries)) for name, entries in rows.items()})


@given(old=versions(), new=versions())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_what_changes_applied_to_the_old_gives_the_new(old: dict[str, pa.Table], new: dict[str, pa.Table]) -> None:
    found = changes(old, new, STANDARD)
    assert applied(found, old) == by_key(new)
    assert bool(found) == (by_key(old) != by_key(new))
    assert len(changes(new, old, STANDARD).tables) == len(found.tables)


@given(version=versions(), other=versions())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_sentence_counts_what_is_listed(version: dict[str, pa.Table], other: dict[str, pa.Table]) -> None:
    found = changes(version, other, STANDARD)
    changed = sum(cell.kind == "changed" for cell in found.cells)
    if found.listed:
        assert f"{changed} cell" in found.sentence or (not changed and "no cell changed" in found.sentence)
    assert all(cell.table != "provenance" for cell in found.cells)


# The rest


def test_the_order_of_rows_and_pieces_is_no_change() -> None:
    held = synthetic_tables(1, 20)
    turned = {name: entry.take(pa.array(range(entry.num_rows)[::-1], pa.int64())) for name, entry in held.items()}
    pieces = {name: pa.concat_tables([entry.slice(0, 3), entry.slice(3)]) for name, entry in held.items()}
    assert not changes(held, turned, STANDARD)
    assert not changes(held, pieces, STANDARD)


def test_a_negative_zero_is_no_change() -> None:
    old, new = (tables(cases=[{"case_id": 1, "t_l1_l4": value}]) for value in (0.0, -0.0))
    assert not changes(old, new, STANDARD)


def test_a_column_that_an_older_version_lacks_was_missing() -> None:
    new = tables(cases=[{"case_id": 1, "age": 31}, {"case_id": 2}])
    old = {**new, "cases": new["cases"].drop_columns(["age"])}
    assert [(cell.key, cell.old, cell.new) for cell in changes(old, new, STANDARD).cells] == [((1,), None, 31)]
    assert [(cell.key, cell.old, cell.new) for cell in changes(new, old, STANDARD).cells] == [((1,), 31, None)]


def test_origins_are_counted_and_not_listed() -> None:
    line = {"table": "cases", "key": "1", "column": "age", "source": "a.csv, row 2, age", "status": "printed"}
    found = changes(tables(), tables(provenance=[line]), STANDARD)
    assert (bool(found), found.origins, list(found.cells)) == (True, 1, [])
    assert found.sentence == "Only the origin of cells changes (lines: 1)."


def test_rows_have_names() -> None:
    nothing = pa.table({})
    labels = {table.name: table.label for table in STANDARD.tables} | {"p": "Pregnancies"}
    named = [
        TableChanges(name, labels[name], (), nothing, nothing, ()) for name in ("cases", "imaging", "p", "printed")
    ]
    assert [changed.noun(count) for changed in named for count in (1, 2)] == [
        *("patient", "patients", "imaging finding", "imaging findings"),
        *("pregnancy", "pregnancies", "cell of a document", "cells of documents"),
    ]


def test_a_hundred_thousand_rows_take_seconds_at_most() -> None:
    old = synthetic_tables(1, 30_000)
    new = synthetic_tables(1, 30_000)
    place = new["visits"].column_names.index("vas")
    moved = pa.array([None if index % 10 == 0 else 3 for index in range(new["visits"].num_rows)], pa.int64())
    new["visits"] = new["visits"].set_column(place, new["visits"].schema.field("vas"), moved).slice(100)
    began = time.monotonic()
    found = changes(old, new, STANDARD)
    assert time.monotonic() - began < 10
    (visits,) = found.tables
    assert visits.removed.num_rows == 100
    assert len(visits.cells) > 50_000
