"""Truths that a reader can check by hand from the paper's two tables."""

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.tables import Cell, TableOne, printed_table, record_tables, records_table, table_one
from plro_core.vocabulary import STANDARD

NOBODY = Cohort.parse("age=50", STANDARD)
PATIENT_10 = Cohort.parse("age=30", STANDARD)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def everyone(registry: Registry) -> TableOne:
    return table_one(registry)


@pytest.fixture(scope="module")
def by_breastfeeding(registry: Registry) -> TableOne:
    return table_one(registry, by=STANDARD.variable("breastfeeding"))


def number(
    table: TableOne, name: str, month: int | None = None, level: str | None = None, group: str = "overall"
) -> dict:
    found = [
        row
        for row in table.tidy.records
        if (row["variable"], row["month"], row["level"], row["group"]) == (name, month, level, group)
    ]
    assert len(found) == 1
    return found[0]


def printed(table: TableOne, variable_label: str, visit: str | None, statistic: str) -> tuple[Cell, ...]:
    """The cells of a printed row; labels stand on the first row of their block only."""
    name: Cell = None
    when: Cell = None
    for row in table.layout.rows:
        name, when = row[0] or name, (row[1] if row[0] or row[1] else when)
        if (name, when, row[2]) == (variable_label, visit, statistic):
            return row[3:]
    raise AssertionError(f"no such row: {variable_label}, {visit}, {statistic}")


# Empty and one-patient cohorts first: these are where tables break.


@pytest.mark.parametrize("by", [None, *STANDARD.groupings[-3:]], ids=lambda by: by.name if by else "overall")
def test_an_empty_cohort_has_every_row_and_no_numbers(registry: Registry, by):
    table = table_one(registry, NOBODY, by)
    assert table.layout.columns[3].label == "Overall (0 patients)"
    assert {cell for row in table.layout.rows for cell in row[3:]} == {"–", "0 (0)"}
    assert all(row["n"] == row["total"] == 0 and row["median"] is None for row in table.tidy.records)


@pytest.mark.parametrize("by", [None, STANDARD.variable("smoking")], ids=["overall", "smoking"])
def test_one_patient_is_shown_by_her_values_alone(registry: Registry, by):
    table = table_one(registry, PATIENT_10, by)
    assert printed(table, "Age (years)", None, "median (Q1–Q3)")[0] == "30"
    assert printed(table, "Age (years)", None, "mean (SD)")[0] == "–"
    assert printed(table, "L1-L4 T-score", None, "median (Q1–Q3)")[0] == "−3.5"
    assert printed(table, "Pain (VAS), 0-10", "Month 1", "median (Q1–Q3)")[0] == "5"


@pytest.mark.parametrize("name", record_tables(STANDARD))
def test_records_of_nobody_are_no_rows_under_the_same_columns(registry: Registry, name: str):
    table = records_table(registry, name, NOBODY)
    assert table.rows == ()
    assert table.columns == records_table(registry, name).columns


def test_nobody_has_no_printed_rows(registry: Registry):
    assert printed_table(registry, "Table II", NOBODY).rows == ()


# The whole series.


def test_age(everyone: TableOne):
    age = number(everyone, "age")
    assert (age["n"], age["missing"], age["total"]) == (10, 0, 10)
    assert (age["median"], age["q1"], age["q3"], age["minimum"], age["maximum"]) == (30.5, 29, 31, 24, 34)
    assert age["mean"] == pytest.approx(29.9)
    assert printed(everyone, "Age (years)", None, "median (Q1–Q3)") == ("30.5 (29–31)",)
    assert printed(everyone, "Age (years)", None, "mean (SD)") == ("29.9 (2.9)",)
    assert printed(everyone, "Age (years)", None, "min–max") == ("24–34",)


def test_four_of_ten_smoke(everyone: TableOne):
    assert number(everyone, "smoking", level="yes")["k"] == 4
    assert number(everyone, "smoking", level="no")["k"] == 6
    assert printed(everyone, "Smoking", None, "yes") == ("4 of 10",)


def test_pain_falls(everyone: TableOne):
    assert [number(everyone, "vas", month)["median"] for month in (0, 1, 3, 6)] == [7.5, 3.5, 2, 0]


def test_pth_was_measured_in_five_of_ten_at_baseline(everyone: TableOne):
    pth = number(everyone, "pth", 0)
    assert (pth["n"], pth["missing"], pth["total"], pth["minimum"], pth["maximum"]) == (5, 5, 10, 6.2, 51)
    assert printed(everyone, "Parathyroid hormone (pg/mL)", "Baseline", "n (missing)") == ("5 (5)",)


def test_a_patient_counts_once_for_each_of_her_symptoms(everyone: TableOne):
    symptoms = {row["level"]: (row["k"], row["n"]) for row in everyone.tidy.records if row["variable"] == "symptom"}
    assert symptoms["low_back"] == (8, 10)
    assert symptoms["back"] == (5, 10)
    assert symptoms["hip"] == (4, 10)


def test_missing_is_not_no(everyone: TableOne):
    assert printed(everyone, "Spinal brace", None, "n (missing)") == ("8 (2)",)
    assert printed(everyone, "Spinal brace", None, "yes") == ("8 of 8",)


def test_minus_signs_and_ranges_of_negative_numbers(everyone: TableOne):
    assert printed(everyone, "L1-L4 T-score", None, "min–max") == ("−3.7 to −2.5",)
    assert printed(everyone, "L1-L4 T-score", None, "mean (SD)") == ("−2.97 (0.39)",)


# By group.


def test_two_patients_have_their_values_and_no_median_or_sd(by_breastfeeding: TableOne):
    pain = number(by_breastfeeding, "vas", 1, group="continued")
    assert (pain["n"], pain["median"], pain["mean"], pain["sd"]) == (2, None, 5.5, None)
    assert printed(by_breastfeeding, "Pain (VAS), 0-10", "Month 1", "median (Q1–Q3)")[2] == "5, 6"
    assert printed(by_breastfeeding, "Pain (VAS), 0-10", "Month 1", "mean (SD)")[2] == "5.5 (–)"


def test_groups_are_columns_with_their_n(by_breastfeeding: TableOne):
    assert [column.label for column in by_breastfeeding.layout.columns[3:]] == [
        "Overall (10 patients)",
        "Breastfeeding after diagnosis: stopped (8 patients)",
        "Breastfeeding after diagnosis: continued (2 patients)",
    ]


@pytest.mark.parametrize("by", STANDARD.groupings, ids=lambda by: by.name)
def test_groups_add_up_to_overall(registry: Registry, by):
    rows: dict[tuple, list[dict]] = {}
    for row in table_one(registry, by=by).tidy.records:
        rows.setdefault((row["variable"], row["month"], row["level"]), []).append(row)
    for overall, *parts in rows.values():
        assert overall["group"] == "overall"
        for field in ("n", "missing", "total", "k"):
            assert overall[field] == (None if overall[field] is None else sum(part[field] for part in parts))


def test_overall_does_not_depend_on_the_grouping(everyone: TableOne, by_breastfeeding: TableOne):
    split = [row for row in by_breastfeeding.tidy.rows if row[6] == "overall"]
    assert split == [row for row in everyone.tidy.rows if row[0] != "breastfeeding"]


def test_the_tidy_form_names_its_grouping(everyone: TableOne, by_breastfeeding: TableOne):
    assert {row["by"] for row in everyone.tidy.records} == {None}
    named = {(row["group"], row["by"]) for row in by_breastfeeding.tidy.records}
    assert named == {("overall", None), ("stopped", "breastfeeding"), ("continued", "breastfeeding")}


def test_patients_without_a_group_get_a_column(registry: Registry):
    table = table_one(registry, by=STANDARD.variable("brace"))
    assert table.layout.columns[-1].label == "Spinal brace: not recorded (2 patients)"
    assert number(table, "age", group="not recorded")["n"] == 2


def test_confounding_is_read_from_the_data(registry: Registry, by_breastfeeding: TableOne):
    (note,) = [note for note in by_breastfeeding.layout.notes if note.startswith("Confounded")]
    assert "both patients with breastfeeding continued also share smoking (2 of 8 others)" in note
    assert "the lowest L1-L4 T-score (all below the others' −3.2)" in note
    assert "twin" not in note
    smokers = table_one(registry, Cohort.parse("smoking=yes", STANDARD), STANDARD.variable("breastfeeding"))
    found = [note for note in smokers.layout.notes if note.startswith("Confounded")]
    assert found
    assert not [note for note in found if "share smoking" in note]


def test_a_group_of_one_is_said_to_be_one(registry: Registry):
    notes = table_one(registry, by=STANDARD.variable("vertebroplasty")).layout.notes
    assert any(note.startswith("Only one patient has vertebroplasty;") for note in notes)


def test_only_groupings_split_patients(registry: Registry):
    with pytest.raises(QueryProblem, match="“age” does not split patients into groups"):
        table_one(registry, by=STANDARD.variable("age"))


# What is said beside the numbers.


@pytest.mark.parametrize(
    "words",
    [
        "analyte uncertain",
        "assumed",
        "Z-scores before menopause",
        "overlap",
        "35–104 U/L (Mayo Clinic Laboratories",
        "type 7",
        "No p-values",
    ],
)
def test_caveats_are_in_the_notes(everyone: TableOne, words: str):
    assert words in " ".join(everyone.layout.notes)
    assert everyone.layout.notes == everyone.tidy.notes


def test_the_cohort_and_its_n_stand_under_the_title(registry: Registry):
    table = table_one(registry, Cohort.parse("smoking=yes&month=0", STANDARD))
    assert table.layout.subtitle == "Patients with smoking; only visits at baseline: 4 of 10 patients · 4 of 40 visits"


def test_a_choice_of_visits_leaves_the_patients_as_they_are(registry: Registry):
    table = table_one(registry, Cohort.parse("month=0", STANDARD))
    assert number(table, "age")["n"] == 10
    assert [number(table, "vas", month)["total"] for month in (0, 1, 3, 6)] == [10, 0, 0, 0]


# Printed tables and rows.


def test_the_printed_tables_are_verbatim(registry: Registry):
    first, second = (printed_table(registry, name, EVERYONE) for name in ("Table I", "Table II"))
    assert first.title == "Table I: Demographic Data of Our Patients"
    assert first.rows[3][:3] == ("4 Twin pregnancy", "29", "N/A")
    assert first.rows[5][3] == "Hip and low back pain VAS 7)"
    assert [column.label for column in second.columns][3:6] == ["Ca (mg/dL)", "Mg (mg/dL)", "Vit D (IU)"]
    assert second.rows[8][:5] == ("3", "Baseline", "7", "11.4↑", "N/A")
    assert second.rows[9][0] is None


def test_the_printed_tables_show_the_cohort_only(registry: Registry):
    smokers = Cohort.parse("smoking=yes", STANDARD)
    assert [row[0] for row in printed_table(registry, "Table I", smokers).rows] == ["5", "6", "8", "10"]
    second = printed_table(registry, "Table II", smokers)
    assert [row[0] for row in second.rows if row[0]] == ["5", "6", "8", "10"]
    assert len(second.rows) == 16


def test_records_are_typed_and_have_units(registry: Registry):
    table = records_table(registry, "visits", Cohort.parse("age=34&month=0", STANDARD))
    (row,) = table.records
    assert (row["case_id"], row["vas"], row["pth"], row["pth_flag"]) == (8, 9, 6.2, "L")
    units = {column.name: column.unit for column in table.columns}
    assert (units["calcium"], units["vitamin_d"]) == ("mg/dL", "ng/mL, assumed")
    assert any("analyte uncertain" in note for note in table.notes)


def test_measurements_are_the_long_form_of_the_chosen_visits(registry: Registry):
    chosen = Cohort.parse("smoking=yes&month=0", STANDARD)
    rows = records_table(registry, "measurements", chosen).records
    assert {row["month"] for row in rows} == {0}
    wide = records_table(registry, "visits", chosen).records
    assert len(rows) == sum(
        row[name] is not None for row in wide for name in ("vas", "calcium", "magnesium", "vitamin_d", "alp", "pth")
    )


@pytest.mark.parametrize("read", [records_table, printed_table])
def test_unknown_tables_are_refused_in_a_sentence(registry: Registry, read):
    with pytest.raises(QueryProblem, match=r"“secrets” is not a table of the \w+; expected"):
        read(registry, "secrets")
