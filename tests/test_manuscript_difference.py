"""The column of differences: the comparison's own numbers, only between two groups, and said where there is no interval."""

import json
from pathlib import Path

import pytest

import plro_core as plro
from plro_core.cli.process import main
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import compare
from plro_core.export import FORMATS, export_table
from plro_core.manuscript import Compact, TableSpec, compact_table, two_groups
from plro_core.manuscript.differences import COLUMNS
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from tests.test_verify import said


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def made(registry: Registry, show: str = "", by: str = "breastfeeding", cohort: str = "") -> Compact:
    words = registry.vocabulary
    chosen = Cohort.parse(cohort, words) if cohort else EVERYONE
    return compact_table(
        registry, TableSpec.parse(words, show, difference=True), chosen, words.variable(by, "cases") if by else None
    )


def last_column(table: Compact) -> dict[str, str]:
    return {row.cells[0].text: row.cells[-1].text for row in table.printed.rows}


def test_a_difference_is_that_of_the_comparison(registry: Registry) -> None:
    words = registry.vocabulary
    sides = (Cohort.parse(f"breastfeeding={code}", words) for code in ("stopped", "continued"))
    known = {one.key: one for one in compare(registry, *sides).differences}
    table = made(registry)
    names = [column.name for column in table.tidy.columns]
    told = [dict(zip(names, row, strict=True)) for row in table.tidy.rows if row[-2] is not None]
    assert len(told) > 40
    for row in told:
        key = ".".join(str(part) for part in (row["variable"], row["month"], row["level"]) if part is not None)
        one = known[key]
        assert row["group"] == "overall"
        assert row["difference"] == one.estimate
        assert (row["difference_low"], row["difference_high"]) == (one.interval or (None, None))
        assert row["difference_level"] == (one.level if one.interval else None)
    assert last_column(table)["Smoking"] == "−75 points (−99 to 16)"
    assert last_column(table)["L1-L4 T-score"] == "0.8 (0.3 to 1.2)"
    assert table.printed.heads[-1][-1].text == "stopped − continued (interval)"
    assert any("No p-values".lower() in note and "Hodges–Lehmann" in note for note in table.printed.notes)
    assert any(note.startswith("Exploratory") for note in table.printed.notes)
    assert any(note.startswith("Confounded") for note in table.printed.notes)


def test_a_level_that_so_few_cannot_reach_stands_in_the_cell_and_no_interval_in_its_mark(registry: Registry) -> None:
    table = made(registry, "calcium:1,pth:1", "breastfeeding")
    assert last_column(table)["Month 1"] == "–"
    calcium = table.printed.rows[1].cells[-1]
    assert calcium.text == "0.5 (−0.4 to 1.0; 75 %)"
    notes = dict(table.printed.marks)
    assert notes[table.printed.rows[3].cells[-1].mark] == "no difference: nothing recorded in continued"


def test_one_patient_in_each_group_has_a_difference_without_an_interval(registry: Registry) -> None:
    cases = registry.tables["cases"].to_pylist()
    one = {row["breastfeeding"]: row["case_id"] for row in cases}
    chosen = ",".join(str(number) for number in one.values())
    cell = made(registry, "age", "breastfeeding", f"patients={chosen}").printed.rows[0].cells[-1]
    ages = {row["case_id"]: row["age"] for row in cases}
    assert cell.text.replace("−", "-") == str(ages[one["stopped"]] - ages[one["continued"]])
    table = made(registry, "age", "breastfeeding", f"patients={chosen}").printed
    assert dict(table.marks)[cell.mark] == "95 % not attainable with 1 and 1 patient: no interval"


@pytest.mark.parametrize(("by", "cohort", "says"), [
    ("", "", "expected a variable that splits the patients into two"),
    ("case_definition", "", "has “vertebral fracture”, “fracture elsewhere” and “none documented” here"),
    ("breastfeeding", "breastfeeding=stopped", "has “stopped” here"),
    ("breastfeeding", "age=60", "has none here"),
])  # fmt: skip
def test_without_two_groups_there_is_no_difference(registry: Registry, by: str, cohort: str, says: str) -> None:
    with pytest.raises(QueryProblem, match=says):
        made(registry, "age", by, cohort)
    words = registry.vocabulary
    chosen = Cohort.parse(cohort, words) if cohort else EVERYONE
    assert not two_groups(registry, chosen, words.variable(by, "cases") if by else None)


def test_three_groups_of_which_two_have_patients_differ(registry: Registry) -> None:
    table = made(registry, "age", "case_definition", "case_definition=vertebral_fracture,none_documented")
    assert table.printed.heads[-1][-1].text == "vertebral fracture − none documented (interval)"
    assert last_column(table)["Age (years)"] != "–"


def test_a_visit_that_is_not_in_view_has_no_difference(registry: Registry) -> None:
    table = made(registry, "vas:0/6", "breastfeeding", "month=0")
    assert [row.cells[-1].text for row in table.printed.rows] == ["", "−2 (−2 to 0)", ""]


@pytest.mark.parametrize("patients", [60, 1000])
def test_many_patients_have_a_difference_of_the_level_that_its_method_has(tmp_path: Path, patients: int) -> None:
    assert main(["synth", "--cases", str(patients), "--seed", "4", "-o", str(tmp_path / "up")]) == 0
    registry = open_registry(tmp_path / "up")
    table = made(registry, "age,smoking,vas:0-6", "bisphosphonate")
    assert all(row.cells[-1].text.endswith(")") for row in table.printed.rows if row.cells[1].text)
    level = "nominal 95 %" if patients > 60 else "at least 95 %"
    assert any(f"interval, {level}" in note for note in table.printed.notes)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_the_difference_and_is_verified(registry: Registry, form: str) -> None:
    result = plro.summary(registry, by="breastfeeding", show="age,smoking,calcium:1", difference=True)
    content = export_table(result.table, form, result.recipe)
    assert said(content, registry).sentence.startswith("Byte for byte")


def test_command_file_and_recipe_ask_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["table1", "--by", "breastfeeding", "--show", "age", "--plain"]
    assert main([*asked, "--difference"]) == 0
    told = capsys.readouterr().out
    assert "−3 (−10 to 3)" in told
    spec = tmp_path / "mine.json"
    spec.write_text(json.dumps({"difference": True}), encoding="utf-8")
    assert main([*asked, "--spec", str(spec)]) == 0
    assert capsys.readouterr().out == told
    spec.write_text(json.dumps({"difference": "yes"}), encoding="utf-8")
    assert main([*asked, "--spec", str(spec)]) == 1
    assert capsys.readouterr().err == 'mine.json: “difference” is "yes"; expected true or false.\n'
    result = plro.summary(open_registry(), by="breastfeeding", difference=True)
    assert " --difference " in result.recipe.command
    assert "difference=True" in result.recipe.snippet


def test_without_it_no_column_is_added(registry: Registry) -> None:
    told = compact_table(registry, TableSpec.parse(registry.vocabulary, "age"))
    assert COLUMNS[0] not in told.tidy.columns
    assert len(told.printed.rows[0].cells) == 2
