"""The cells behind a number: the same n as the summary table, each value with its place, the uncertain ones marked."""

import pytest

from plro_core.cohort import Cohort
from plro_core.export import export_table
from plro_core.origins import cells_behind, open_questions, patient_cells
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.tables import Table, table_one
from plro_core.vocabulary import STANDARD, Variable
from tests.oracle import synthetic_registry
from tests.test_pages import opened, words

pytest_plugins = ["tests.core_fixtures"]

NOBODY, SMOKERS = Cohort.parse("age=12", STANDARD), Cohort.parse("smoking=yes", STANDARD)
FILTERED = Cohort.parse("smoking=!no,~&symptom=!hip,~&month=0,1,6&vas=1-9", STANDARD)
BREASTFEEDING = STANDARD.variable("breastfeeding", "cases")


def cells(table: Table, entry: Variable) -> dict[tuple[object, object], object]:
    """The value of each patient (and visit); for a variable with several values, whether there is one."""
    return {
        (row["case_id"], row.get("month")): row[entry.name] is not None if entry.many else row[entry.name]
        for row in table.records
    }


def counted(table: Table, entry: Variable) -> tuple[int, int]:
    """n and missing of the listed cells."""
    found = cells(table, entry)
    missing = sum(value is None or (value is False and entry.many) for value in found.values())
    return len(found) - missing, missing


def test_nobody_has_no_cells(registry: Registry) -> None:
    table = cells_behind(registry, STANDARD.variable("vas"), NOBODY, 3)
    assert table.rows == ()
    assert "0 of 10 patients" in table.subtitle


def test_one_patient(registry: Registry) -> None:
    table = cells_behind(registry, STANDARD.variable("calcium"), Cohort.parse("twin_pregnancy=yes", STANDARD), 1)
    assert table.shown == [["4", "1", "7.8", "", "as printed", "7.8", "Table II, row 14, Ca (mg/dL)", ""]]


def test_a_value_that_was_not_measured_says_so(registry: Registry) -> None:
    found = {row["case_id"]: row for row in cells_behind(registry, STANDARD.variable("calcium"), SMOKERS, 1).records}
    assert (found[8]["calcium"], found[8]["mark"], found[8]["verbatim"]) == (None, "not recorded", "N/A")
    gains = cells_behind(registry, STANDARD.variable("weight_gain_kg")).records
    assert [row["mark"] for row in gains] == ["", *["not recorded"] * 9]


@pytest.mark.parametrize("cohort", [Cohort(), FILTERED], ids=["everybody", "filtered"])
def test_the_cells_are_those_that_the_summary_counts(registry: Registry, cohort: Cohort) -> None:
    known = {entry.name: entry for entry in STANDARD.summarised}
    numbers = {
        (known[str(row["variable"])], row["month"], row["group"]): (row["n"], row["missing"])
        for row in table_one(registry, cohort, BREASTFEEDING).tidy.records
    }
    assert len(numbers) == 3 * 38  # everybody and two groups
    for (entry, month, group), n_and_missing in numbers.items():
        level = None if group == "overall" else str(group)
        found = cells_behind(registry, entry, cohort, month, BREASTFEEDING, level)
        assert counted(found, entry) == n_and_missing, (entry.name, month, level)


def test_the_values_are_the_numbers_of_the_summary(registry: Registry) -> None:
    found = cells(cells_behind(registry, STANDARD.variable("vas"), SMOKERS, 1), STANDARD.variable("vas"))
    numbers = [
        row for row in table_one(registry, SMOKERS).tidy.records if (row["variable"], row["month"]) == ("vas", 1)
    ]
    assert found == {(5, 1): 3, (6, 1): 4, (8, 1): 6, (10, 1): 5}
    assert (numbers[0]["minimum"], numbers[0]["maximum"], numbers[0]["mean"]) == (3, 6, 4.5)


def test_uncertain_values_are_marked_with_every_place(registry: Registry) -> None:
    smoking = [row for row in cells_behind(registry, STANDARD.variable("smoking")).records if row["case_id"] in (1, 8)]
    assert [(row["case_id"], row["smoking"], row["mark"], row["status"]) for row in smoking] == [
        (1, False, "uncertain", "parsed from print"),
        (1, False, "uncertain", "inferred"),
        (8, True, "uncertain", "parsed from print"),
        (8, True, "uncertain", "in conflict"),
    ]
    assert "the Discussion says three" in str(smoking[-1]["note"])
    assert {row["mark"] for row in cells_behind(registry, STANDARD.variable("age")).records} == {""}
    units = cells_behind(registry, STANDARD.variable("vitamin_d"), month=0).records
    assert {row["status"] for row in units} == {"as printed", "parsed from print", "assumed"}
    braces = {row["case_id"]: row["mark"] for row in cells_behind(registry, STANDARD.variable("brace")).records}
    assert (braces[1], braces[3]) == ("uncertain", "uncertain, not recorded")


def test_several_values_of_one_patient_have_a_row_each(registry: Registry) -> None:
    found = cells_behind(registry, STANDARD.variable("symptom"), Cohort.parse("age=24", STANDARD)).records
    assert [(row["case_id"], row["symptom"], row["source"]) for row in found] == [
        (5, "low back pain", "Table I, Symptoms")
    ]


def test_the_choice_of_visits_holds(registry: Registry) -> None:
    late = Cohort.parse("month=6", STANDARD)
    assert cells_behind(registry, STANDARD.variable("vas"), late, 0).rows == ()
    assert len(cells_behind(registry, STANDARD.variable("vas"), late).rows) == 10


@pytest.mark.parametrize(
    ("entry", "options", "sentence"),
    [
        ("case_id", {}, "“case_id” is not in the summary table."),
        ("age", {"month": 0}, "Age is not recorded at visits; expected no month."),
        ("age", {"level": "yes"}, "A level needs the variable that splits the patients into groups."),
        ("age", {"group": STANDARD.variable("age"), "level": "30"}, "A level needs the variable"),
        (
            "age",
            {"group": BREASTFEEDING, "level": "yes"},
            "“yes” is not a level of breastfeeding; expected stopped, continued or not recorded.",
        ),
    ],
)
def test_a_number_that_is_not_there_is_refused(registry: Registry, entry: str, options: dict, sentence: str) -> None:
    with pytest.raises(QueryProblem, match=sentence.replace(".", r"\.")):
        cells_behind(registry, STANDARD.variable(entry), **options)


def test_a_large_cohort_is_sampled_and_says_so() -> None:
    asked = synthetic_registry(5, 600)
    table = cells_behind(asked, STANDARD.variable("age"), limit=50)
    assert len(table.rows) == 50
    assert "A fixed sample of 50 of 600 patients is listed." in table.notes
    asked.close()


def test_every_table_of_origins_exports(registry: Registry) -> None:
    for table in (
        cells_behind(registry, STANDARD.variable("smoking")),
        open_questions(registry),
        patient_cells(registry, 8),
    ):
        assert export_table(table, "csv")


# The pages


def test_the_page_tells_where_a_number_comes_from() -> None:
    app = opened("tables", by="breastfeeding", number="smoking", column="continued")
    assert not app.exception
    assert "Where does a number come from?" in words(app)
    assert "breastfeeding continued: 2 of 10 patients · 8 of 40 visits. 2 of 2 recorded values are uncertain" in words(
        app
    )
    app.selectbox(key="number_of").set_value("calcium").run()
    app.selectbox(key="number_at").set_value(1).run()
    app.selectbox(key="number_in").set_value("overall").run()
    assert not app.exception
    assert "0 of 8 recorded values are uncertain" in words(app)
    assert app.query_params["number"] in ("calcium.1", ["calcium.1"])


def test_patterns_are_chosen_filtered_and_lead_to_a_patient() -> None:
    app = opened("labs", pattern="calcium.positions", said="1:above")
    assert "9 patterns in 10 of 10 patients." in words(app), "a word that nobody has filters nothing"
    app.multiselect(key="pattern_said").set_value(["1:below"]).run()
    assert "2 patterns in 2 of 10 patients." in words(app)
    app.button(key="pattern_patient_4").click().run()
    assert "Patient 4 is highlighted." in words(app).replace("**", "")
    app.selectbox(key="pattern_of").set_value("magnesium").run()
    assert not app.exception
    assert app.selectbox(key="pattern_kind").options == [
        "Recorded values by visit (no range)",
        "From one recorded visit to the next",
        "From baseline to the last recorded visit",
        "Printed arrows by visit",
    ]
    assert "analyte uncertain" in words(app)
    assert "said" not in app.query_params


def test_faulty_choices_in_a_link_are_left_out() -> None:
    app = opened("labs", tab="patterns", pattern="magnesium.range_steps", said="<b>", number="age.3", column="nobody")
    assert not app.exception
    assert words(app).count("in the link was left out") == 4
    assert app.selectbox(key="pattern_of").value == "calcium"
