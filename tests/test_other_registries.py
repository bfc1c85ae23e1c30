"""Registries that are not the published one: nothing of the paper is said of them, and what is absent is said to be."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from plro_core.headlines import about
from plro_core.origins import cells_behind
from plro_core.preview import held_tables
from plro_core.schema import arrow_schema
from plro_core.store import SHIPPED, Registry, open_registry, publish
from plro_core.vocabulary import STANDARD
from tests.test_pages import PAGES, opened, words

pytest_plugins = ["tests.core_fixtures"]

TITLE = "Registry of *our* clinic"
ABOUT = {
    "title": TITLE,
    "source": "our clinic",
    "author": "a test",
    "note": "",
    "time": "2026-01-01T00:00:00Z",
    "synthetic": False,
}


def made(folder: Path, patients: int) -> Path:
    """A registry of that many patients with age, smoking and pain, and nothing else."""
    rows: dict[str, list[dict[str, object]]] = {table.name: [] for table in STANDARD.tables}
    for case_id in range(1, patients + 1):
        rows["cases"].append({"case_id": case_id, "age": 30 + case_id, "smoking": case_id % 2 == 0})
        rows["visits"] += [{"case_id": case_id, "month": month, "vas": 8 - month} for month in (0, 1, 3)]
        line = {"table": "visits", "source": "visits.csv, row 2, month", "verbatim": "0", "status": "printed"}
        rows["provenance"].append({**line, "key": f"{case_id}/0", "column": "month"})
    tables = {name: pa.Table.from_pylist(found, schema=arrow_schema(name, STANDARD)) for name, found in rows.items()}
    folder.mkdir()
    publish(tables, ABOUT | {"version": "2026-1"}, folder, STANDARD)
    return folder


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    opened = open_registry(made(tmp_path_factory.mktemp("three") / "registry", 3))
    yield opened
    opened.close()


@pytest.mark.parametrize("patients", [0, 1, 3])
def test_every_page_works_and_says_nothing_of_the_ten(
    patients: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(made(tmp_path / "registry", patients)))
    for page in PAGES if patients != 1 else ("overview", "patients", "labs"):
        app = opened(page)
        said = words(app)
        assert not app.exception, page
        assert not app.error, page
        assert "Ten consecutive" not in said
        if page != "dictionary":
            assert f"{patients} of {patients} patient" in said


def test_what_no_patient_has_is_not_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(made(tmp_path / "registry", 3)))
    assert "Twin pregnancy: not recorded in this registry" in words(opened("pain"))


def test_a_link_opens_every_page_at_an_older_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path / "registry", 1)
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    tables = held_tables(open_registry(folder))
    publish(tables | {"visits": tables["visits"].slice(0, 2)}, ABOUT | {"version": "2026-2"}, folder, STANDARD)
    for page in PAGES:
        app = opened(page, version="2026-1")
        assert not app.exception, page
        assert app.query_params["version"] == "2026-1"
        if page not in ("dictionary", "registry"):
            assert "3 of 3 visits · all patients · data 2026-1" in words(app)
    assert "2 of 2 visits · all patients · data 2026-2" in words(opened("pain"))
    assert "version" not in opened("pain", version="2026-2").query_params


@pytest.mark.parametrize("version", ["2027-9", "../../etc", "x" * 300, ""])
def test_a_link_to_no_version_shows_the_published_one_and_says_so(version: str) -> None:
    app = opened("pain", version=version, smoking="yes")
    assert not app.exception
    assert "data 2022-2" in words(app)
    assert "The link asks for another version of the data; the published one is shown." in words(app)
    assert "version" not in app.query_params


def test_the_overview_speaks_of_the_registry_at_hand(three: Registry) -> None:
    assert about(three).startswith(r"Registry of \*our\* clinic · 3 patients. Source: our clinic.")
    assert "Ten patients of the authors' outpatient clinics" in about(open_registry(SHIPPED))


def test_an_imported_cell_leads_back_to_its_row(three: Registry) -> None:
    rows = cells_behind(three, STANDARD.variable("vas"), month=0).rows
    assert [row[6] for row in rows] == ["visits.csv, row 2, month"] * 3
    assert [row[6] for row in cells_behind(three, STANDARD.variable("calcium"), month=0).rows] == [""] * 3


def test_a_published_gap_has_no_place(registry: Registry) -> None:
    """The row's own line must not stand in for a cell in which nothing is printed."""
    rows = {row[0]: row for row in cells_behind(registry, STANDARD.variable("weight_gain_kg")).rows}
    assert sum(bool(row[5]) for row in rows.values()) == 1
