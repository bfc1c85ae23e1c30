"""The paper's tables, typed from the page a second time, against what the build stores."""

import csv
from pathlib import Path
from typing import Any

import pytest

from plro_core.problems import DataProblem, PlainProblem
from plro_core.series.transcription import SOURCE, read_about, read_source
from plro_core.store import SHIPPED, Registry, open_registry, publish, unwritten
from plro_core.vocabulary import STANDARD

pytest_plugins = ["tests.core_fixtures"]
HERE = Path(__file__).parent


def expected(number: int) -> list[dict[str, str]]:
    with (HERE / f"expected_table_{number}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def typed(text: str, kind: str) -> Any:
    if text == "":
        return None
    return {"boolean": text == "yes", "category": text}.get(kind) if not text[-1].isdigit() else float(text)


# Every cell


@pytest.mark.parametrize("row", expected(1), ids=lambda row: f"patient {row['case_id']}")
def test_table_1_is_stored_as_read_a_second_time(registry: Registry, row: dict[str, str]) -> None:
    stored = registry.records("FROM cases WHERE case_id = ?", [int(row["case_id"])])
    assert stored == [{name: typed(text, STANDARD.variable(name, "cases").kind) for name, text in row.items()}]


@pytest.mark.parametrize("row", expected(2), ids=lambda row: f"patient {row['case_id']} month {row['month']}")
def test_table_2_is_stored_as_read_a_second_time(registry: Registry, row: dict[str, str]) -> None:
    stored = registry.records("FROM visits WHERE case_id = ? AND month = ?", [int(row["case_id"]), int(row["month"])])
    cells: dict[str, Any] = {name: int(row[name]) for name in ("case_id", "month", "vas")}
    for lab in STANDARD.labs:
        printed = row[lab.name]
        cells[lab.name] = float(printed.rstrip("HL")) if printed else None
        cells[f"{lab.name}_flag"] = printed[-1] if printed.endswith(("H", "L")) else None
    assert stored == [cells]


FACTS = [
    ("fractures", "level", {3: "talus", 4: "T6 T10 T11", 8: "T9 T10 T12", 10: "T12 L1 L2 L4"}),
    (
        "symptoms",
        "symptom",
        {
            **dict.fromkeys((1, 2, 4, 8, 10), "back low_back"),
            3: "hip ankle difficulty_walking limited_ankle_motion",
            5: "low_back",
            **dict.fromkeys((6, 7), "hip low_back"),
            9: "hip inguinal",
        },
    ),
]


@pytest.mark.parametrize(("table", "column", "by_patient"), FACTS, ids=[fact[0] for fact in FACTS])
def test_the_facts_of_each_patient(registry: Registry, table: str, column: str, by_patient: dict[int, str]) -> None:
    rows = registry.rows(f"SELECT case_id, {column} FROM {table}")
    assert sorted(rows) == sorted((case_id, code) for case_id, codes in by_patient.items() for code in codes.split())


def test_printed_cells_are_kept_character_for_character(registry: Registry) -> None:
    text = 'SELECT text FROM printed WHERE document = ? AND row = ? AND "column" = ?'
    assert registry.rows(text, ["Table I", 6, "Symptoms"]) == [("Hip and low back pain VAS 7)",)]
    assert registry.rows(text, ["Table II", 9, "Ca (mg/dL)"]) == [("11.4↑",)]
    assert registry.rows(text, ["Table II", 10, "Case"]) == [(None,)]
    assert registry.rows("SELECT count(*) FROM printed") == [(10 * 9 + 40 * 9,)]


# Where each cell came from


@pytest.mark.parametrize(("table", "key"), [("cases", "case_id"), ("visits", "concat(case_id, '/', month)")])
def test_every_stored_cell_says_where_it_came_from(registry: Registry, table: str, key: str) -> None:
    """A visit's key comes with its cells, and an arrow with the cell it is printed in."""
    origins = set(registry.rows('SELECT key, "column" FROM provenance WHERE "table" = ?', [table]))
    skipped = {"case_id", "month"} if table == "visits" else set()
    for entry in STANDARD.columns(table):
        if entry.name not in skipped:
            recorded = registry.rows(f"SELECT {key} FROM {table} WHERE {entry.name} IS NOT NULL")
            missing = [row for (row,) in recorded if (str(row), entry.name.removesuffix("_flag")) not in origins]
            assert missing == [], entry.name


def test_every_origin_is_about_a_row_that_exists(registry: Registry) -> None:
    keys = {
        table: {row for (row,) in registry.rows(f"SELECT {key} FROM {table}")}
        for table, key in (
            ("cases", "case_id::VARCHAR"),
            ("visits", "concat(case_id, '/', month)"),
            ("symptoms", "concat(case_id, '/', symptom)"),
            ("treatments", "concat(case_id, '/', kind, '/', agent)"),
            ("fractures", "concat(case_id, '/', level)"),
            ("imaging", "concat(case_id, '/', site, '/', finding)"),
        )
    }
    assert [row for row in registry.rows('SELECT "table", key FROM provenance') if row[1] not in keys[row[0]]] == []


# The build


def test_the_committed_files_are_what_the_build_writes() -> None:
    assert list(unwritten(read_source(), read_about()["version"], SHIPPED, STANDARD)) == []


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    parent = open_registry(SHIPPED).manifest.parent
    for name in ("one", "two"):
        publish(read_source(), read_about(), tmp_path / name, STANDARD, parent)
    files = [
        sorted(path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*.*")) for name in ("one", "two")
    ]
    assert files[0] == files[1]
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files[0])
    assert open_registry(tmp_path / "one").manifest == open_registry(SHIPPED).manifest


# A source that cannot be read

MALFORMED = [
    ("table1.csv", "-2.9,-2.9", "-2.9x,-2.9", "row 1, column t_l1_l4: “-2.9x”; expected a number"),
    ("table1.csv", "-2.9,-2.9", '"-2,9",-2.9', "row 1, column t_l1_l4: “-2,9”; expected a number"),
    ("table1.csv", "1,1,31", "1,1,٣١", "row 1, column age: “٣١”; expected a whole number"),
    ("table1.csv", "1,1,31", "1,1,31.5", "row 1, column age: “31.5”; expected a whole number"),
    ("table1.csv", "1,1,31", "1,1,3" + "1" * 30, "column age: “3111"),
    ("table1.csv", "1,1,31", "1,one,31", "row 1, column patient: “one”; expected a number"),
    (
        "table1.csv",
        "Postpartum 24",
        "24 weeks",
        "row 1, column time_of_diagnosis: “24 weeks”; expected “Postpartum” and",
    ),
    ("table1.csv", "Smoking", "Smoker", "row 5, column risk_factors: “Smoker”; expected “Smoking” or “N/A”"),
    ("table1.csv", "Calcium, Bisphosphonate", "Calcium, bisphosphonate", "row 1, column management: “Discont"),
    ("table1.csv", "(VAS 9)", "(pain 9)", "row 1, column symptoms: “Back and low back pain (pain 9)”; expected a VAS"),
    ("table1.csv", "(VAS 9)", "(VAS 8)", "row 1, column symptoms: VAS 8; expected 9 as in table2.csv at baseline"),
    ("table1.csv", "row,patient", "row,case", "table1.csv, first line: “row,case,"),
    ("table1.csv", "1,1,31,", "1,1,31,,", "table1.csv, row 1: 11 cells; expected 10"),
    ("table2.csv", "11.4↑", "11.4→", "row 9, column ca: “11.4→”; expected a number, perhaps with an arrow"),
    ("table2.csv", "11.4↑", '"11,4↑"', "row 9, column ca: “11,4↑”; expected"),
    ("table2.csv", "11.4↑", "", "row 9, column ca: “”; expected"),
    ("table2.csv", "1,1,Baseline,9", "1,1,Baseline,9.5", "row 1, column vas: “9.5”; expected a whole number"),
    ("table2.csv", "3rd month", "2nd month", "row 3, column time: “2nd month”; expected one of Baseline, 1st"),
    ("table2.csv", "1,1,Baseline", "1,,Baseline", "row 1, column case: “”; expected a whole number"),
    (
        "case_facts.csv",
        "8,pain_control_months,3.5",
        "8,pain_control_months,nan",
        "row 5, column value: “nan”; expected a",
    ),
    ("case_facts.csv", "brace,yes", "brace,Yes", "row 3, column value: “Yes”; expected yes or no"),
    ("case_facts.csv", "1,weight_gain_kg", "1,weight", "row 1, column column: “weight”; expected one of case_id, age"),
    ("fractures.csv", "3,talus", "11,talus", "fractures.csv, row 1, column patients: 11; expected a patient of table1"),
    ("fractures.csv", "3,talus", "3;4,talus", "row 1, column patients: “3;4”; expected “all” or patients' numbers"),
    (
        "remarks.csv",
        "cases,5 6 8 10",
        "case,5 6 8 10",
        "remarks.csv, row 1, column table: “case”; expected one of cases",
    ),
    ("remarks.csv", "visits,all,magnesium", "visits,all,mg", "row 9, column column: “mg”; expected one of"),
    ("registry.toml", 'title = "', "title = ", "registry.toml: "),
    ("registry.toml", "title = ", "name = ", "registry.toml: expected exactly version, title"),
]


@pytest.mark.parametrize(("file", "old", "new", "sentence"), MALFORMED, ids=lambda text: text[:30])
def test_a_malformed_cell_is_named(edited_source: Any, file: str, old: str, new: str, sentence: str) -> None:
    folder = edited_source(file, old, new)
    with pytest.raises(DataProblem) as problem:
        read_about(folder) if file == "registry.toml" else read_source(folder)
    said = str(problem.value)
    assert sentence in said
    assert file in said
    assert "\n" not in said


@pytest.mark.parametrize("name", sorted(path.name for path in SOURCE.iterdir()))
def test_a_source_file_that_is_missing_empty_or_not_text_is_named(edited_source: Any, name: str) -> None:
    folder = edited_source("table1.csv", "row", "row")
    for change in (lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"\xff\xfe"), Path.unlink):
        change(folder / name)
        with pytest.raises(PlainProblem, match=name):
            read_about(folder) if name == "registry.toml" else read_source(folder)
