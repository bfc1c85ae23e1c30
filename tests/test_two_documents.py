"""Two documents in one registry that print a table of one title: each keeps its cells, its patients and its claims."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from plro_core.cohort import Cohort
from plro_core.schema import completed, stored
from plro_core.series.claims import check_claims
from plro_core.series.folder import read_series
from plro_core.store import Registry, open_registry, publish
from plro_core.tables import printed_table, printed_tables
from plro_core.vocabulary import words_of

SERIES = Path(__file__).parent / "second_series"
ABOUT = {"version": "1", "title": "Two series", "author": "a test", "note": "both", "time": "2026-11-26T00:00:00Z"}
LATER = 5  # patients 1 to 5 of the second are 6 to 10 here


def second(home: Path) -> Path:
    """The same series once more as another document: other name, age of its first patient, and printed words."""
    copy = home / "other-patients"
    shutil.copytree(SERIES, copy)
    for name, old, new in (
        ("document.toml", "five-patients", "other-patients"),
        ("document.toml", "Five patients", "Other patients"),
        ("document.toml", "Five published patients of other papers", "Five patients of a second paper"),
        ("registry.toml", "Five published patients of other papers", "Five patients of a second paper"),
        ("printed.csv", "zoledronate", "alendronate"),
        ("claims.csv", "teriparatide-count,", "teriparatide-listed,"),
        (
            "claims.csv",
            "three,treated,agent=teriparatide,",
            "three,listed_in,document=Table A; column=Agents; words=alendronate,",
        ),
    ):
        path = copy / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    return copy


def renumbered(table: pa.Table) -> pa.Table:
    """The rows of patients under the numbers that they have beside others."""
    if "case_id" in table.column_names:
        at = table.column_names.index("case_id")
        return table.set_column(at, table.schema.field(at), pc.add(table["case_id"], LATER))
    if "key" in table.column_names:
        keys = [key.split("/") for key in table["key"].to_pylist()]
        moved = ["/".join([str(int(patient) + LATER), *rest]) for patient, *rest in keys]
        return table.set_column(table.column_names.index("key"), table.schema.field("key"), pa.array(moved))
    return table


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    home = tmp_path_factory.mktemp("two")
    folder = home / "registry"
    other = second(home)
    for source, name in ((SERIES, "five-patients"), (other, "other-patients")):
        shutil.copytree(source, folder / "series" / name)
    shutil.copy(SERIES / "variables.toml", folder)
    read = [read_series(source, folder) for source in (SERIES, other)]
    tables: dict[str, Any] = {
        name: pa.concat_tables([read[0].tables[name], renumbered(read[1].tables[name])]) for name in read[0].tables
    }
    tables["claims"] = read[0].tables["claims"]
    about = ABOUT | {"source": "; ".join(series.about["source"] for series in read), "synthetic": False}
    publish(tables, about, folder, words_of(folder))
    opened = open_registry(folder)
    yield opened
    opened.close()


def test_each_document_has_its_own_patients(registry: Registry) -> None:
    assert {bound.document.short: bound.patients for bound in registry.documents} == {
        "Five patients": {1, 2, 3, 4, 5},
        "Other patients": {6, 7, 8, 9, 10},
    }


def test_tables_of_one_title_are_told_apart_and_keep_their_cells(registry: Registry) -> None:
    first, other = printed_tables(registry)
    assert (first, other) == ("Table A (Five patients)", "Table A (Other patients)")
    assert printed_table(registry, first).rows[0][-1] == "zoledronate"
    assert printed_table(registry, other).rows[0][-1] == "alendronate"
    assert [len(printed_table(registry, title).rows) for title in (first, other)] == [5, 5]
    chosen = Cohort.parse("age=35-*", registry.vocabulary)
    assert [[row[0] for row in printed_table(registry, title, chosen).rows] for title in (first, other)] == [
        ["2"],
        ["2"],
    ]


def test_claims_are_checked_on_the_cells_of_their_own_document(registry: Registry) -> None:
    found = {(claim.document, claim.id): claim.recomputed for claim in check_claims(registry)}
    assert found["Five patients", "teriparatide-count"] == "3 of 5"
    assert found["Other patients", "teriparatide-listed"] == "2 of 5"


def test_a_cell_that_names_no_document_is_of_the_only_one_that_prints_such_a_table(tmp_path: Path) -> None:
    """Versions that were stored before cells named their document open as they did."""
    folder = tmp_path / "registry"
    shutil.copytree(SERIES, folder / "series" / "five-patients")
    shutil.copy(SERIES / "variables.toml", folder)
    series = read_series(SERIES, folder)
    words = words_of(folder)
    older = {
        name: table.drop_columns("series") if "series" in table.column_names else table
        for name, table in series.tables.items()
    }
    kept = stored(completed(older, words), words)
    assert "series" not in {*kept["printed"].column_names, *kept["provenance"].column_names}
    publish(completed(older, words), series.about, folder, words)
    opened = open_registry(folder)
    assert [bound.patients for bound in opened.documents] == [{1, 2, 3, 4, 5}]
    assert printed_table(opened, "Table A").rows[1][-1] == "teriparatide, then zoledronate"
    opened.close()
