"""Any sheet on the Registry page without a browser: proposed, asked, shown as stored, read, kept, and read next month."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.store import current_version, open_registry
from tests.intake_files import workbook
from tests.test_open_document import book, row
from tests.test_pages import tables_text, words
from tests.test_registry_page import button, handed, published
from tests.test_sheet_mappings import printed_table

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own registry folder that nobody has begun."""
    own = tmp_path / "own"
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    return own


#: The paper's second table in short: a few rows under the heads that it prints.
TABLE = (
    "Case,Time,VAS,Ca (mg/dL),Vit D (IU),PTH (pg/mL),Other specific findings\n"
    "1,Baseline,9,8.9,46,N/A,High weight gain of 26kg\n,1st month,5,8.6,39,27,\n,3rd month,1,8.3,47,N/A,\n"
    "3,Baseline,7,11.4↑,36.7,N/A,edema and stress fracture in the talus\n"
)


def click(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if plain(one.label) == label).click()
    app.run()
    assert not app.exception
    return app


def plain(label: str) -> str:
    """A label as it is read."""
    return label.replace("\\", "")


def questions(app: AppTest) -> int:
    """How many questions the page says are open."""
    found = [text.value for text in app.markdown if "open.**" in text.value]
    return int(found[0].split("**")[1].split()[0].replace("One", "1")) if found else 0


def test_a_table_typed_as_printed_is_proposed_asked_and_published(folder: Path) -> None:
    app = handed({"Table II.csv": TABLE.encode()})
    assert not app.exception
    assert "one row a visit · patient in “Case” (an empty cell means the patient above)" in words(app)
    assert "“1st month” = month 1" in words(app)
    assert "not decided" in tables_text(app)
    assert questions(app) == 5
    assert button(app, "Read the sheets with this mapping").disabled
    app = click(app, "It is visits.vitamin_d")
    app = click(app, "ng/mL")
    app = click(app, "A flag")
    app = click(app, "Missing")
    app = click(app, "Leave out the rest · 1")
    app = click(app, "New patients")
    assert questions(app) == 0
    assert "11.4↑ → 11.4, flag H" in tables_text(app)
    assert "N/A → empty" in tables_text(app)
    assert not folder.exists()
    app = click(app, "Read the sheets with this mapping")
    assert "2 patients and 4 visits new" in words(app)
    next(box for box in app.checkbox if box.label.startswith("I have looked")).check().run()
    app = published(app)
    assert not app.exception
    registry = open_registry(folder)
    assert registry.tables["visits"].num_rows == 4
    registry.close()


def test_the_last_answer_is_taken_back(folder: Path) -> None:
    app = click(handed({"Table II.csv": TABLE.encode()}), "Missing")
    assert questions(app) == 4
    app = click(app, "Take the last answer back")
    assert questions(app) == 5
    assert not [one for one in app.button if one.label == "Take the last answer back"]


def test_one_click_answers_all_columns_with_the_same_words(folder: Path) -> None:
    app = handed({"Table II.csv": printed_table().encode()})
    assert questions(app) > 6
    app = click(app, next(one.label for one in app.button if one.label.startswith("Missing, in all")))
    assert not [one for one in app.button if one.label == "Missing"]


def test_a_column_is_changed_by_hand_and_asked_about_anew(folder: Path) -> None:
    app = handed({"Table II.csv": TABLE.encode()})
    app.selectbox(key="column_by_hand_0").set_value("Other specific findings").run()
    meaning = next(box for box in app.selectbox if box.label == "What it means here")
    meaning.set_value("cases.age").run()
    assert not app.exception
    assert "“Other specific findings” holds" in words(app)
    app = click(app, "Take the last answer back")
    app.selectbox(key="column_by_hand_0").set_value("VAS").run()
    next(box for box in app.selectbox if box.label == "What it means here").set_value("left out").run()
    assert "VAS → visits.vas" not in tables_text(app)


def test_the_rows_are_said_by_hand(folder: Path) -> None:
    app = handed({"sheet.csv": b"Title\nWho,When,VAS\n1,0,9\n1,1,5\n"})
    assert "head in row 2" in words(app)
    assert "no column is known to tell the patient" in words(app)
    app = click(app, "Who")
    assert "Patients have several rows. Which column tells the visit?" in words(app)
    app = click(app, "When")
    assert "visit in “When” (months)" in words(app)
    centre = next(box for box in app.selectbox if box.label == "Centre")
    assert centre.value == "none"
    app.number_input(key=next(one.key for one in app.number_input if one.label == "Row of the head")).set_value(1).run()
    assert not app.exception
    assert "cannot be read from row 1; expected the row of its head" in " ".join(one.value for one in app.error)
    assert "visit in “When” (months)" in words(app)


def test_the_words_for_visits_are_said_otherwise_by_hand(folder: Path) -> None:
    app = handed({"Table II.csv": TABLE.encode()})
    before = questions(app)
    app = click(app, "Ask about patients, visits and footers anew")
    assert questions(app) == before + 3
    app = click(app, "Month 1")  # of “Baseline”, which comes first
    assert "“Baseline” = month 1" in words(app)


def test_words_and_codes_of_a_sheet_like_the_template_are_asked_once_a_column(folder: Path) -> None:
    app = handed({"cases.csv": b"case_id,age,smoking\n1,31,Evet\n2,33,-\n3,27,Evet\n"})
    assert "3. What is wrong or doubtful? 2 errors" in words(app)
    app = click(app, "Say once what they mean")
    assert questions(app) == 1
    assert button(app, "So they mean").disabled
    next(box for box in app.selectbox if plain(box.label) == "“-”").set_value("missing").run()
    app = click(app, "So they mean")
    app = click(app, "Read the sheets with this mapping")
    assert "4. What would change?" in words(app)
    assert "3 patients" in words(app)


def test_other_ids_are_kept_where_the_registry_says_so(folder: Path) -> None:
    folder.mkdir()
    (folder / "variables.toml").write_text('use = ["source_id"]', encoding="utf-8")
    app = handed({"cases.csv": b"case_id,age\nP01,31\nPLO-002,33\n"})
    app = click(app, "Say once what they mean")
    assert "P01 → 1" in tables_text(app)
    app = click(app, "Read the sheets with this mapping")
    assert "2 patients" in words(app)


def test_a_workbook_of_another_program_is_mapped_like_any_sheet(folder: Path) -> None:
    content = book(row("Hasta No", "Age", "VAS 0", "VAS 6"), row(1, 31, 9, 0), row(2, 33, 8, 1), name="Sheet1")
    app = handed({"hastalar.ods": content})
    assert questions(app) == 0
    app = click(app, "Read the sheets with this mapping")
    assert "2 patients and 4 visits new" in words(app)


def of(app: AppTest) -> str:
    """The mapping that the page offers to save."""
    from pages.parts.registry import sheets

    state = app.session_state[sheets._STATE]
    return str(state.editing.mapping.json)


def mapped(app: AppTest) -> AppTest:
    """The table with all its questions answered."""
    for label in ("It is visits.vitamin_d", "ng/mL", "A flag", "Missing", "Leave out the rest · 1", "New patients"):
        app = click(app, label)
    return app


def test_a_saved_mapping_reads_next_months_file_without_a_question(folder: Path) -> None:
    saved = of(mapped(handed({"Table II.csv": TABLE.encode()})))
    app = handed({"October.csv": TABLE.encode(), "mapping.json": saved.encode()})
    assert not app.exception
    assert questions(app) == 0
    assert "The mapping that was handed over with the files." in words(app)
    assert "2 patients and 4 visits new" in words(app)
    app = handed({"November.csv": TABLE.replace("1st month", "later").encode(), "mapping.json": saved.encode()})
    assert questions(app) == 1
    assert "Which month is the visit “later”?" in words(app)
    assert "2 patients and 4 visits new" not in words(app)


def test_a_kept_mapping_is_taken_by_itself_where_it_fits(folder: Path) -> None:
    app = mapped(handed({"Table II.csv": TABLE.encode()}))
    app.text_input(key="keep_name").set_value("table-2").run()
    app = click(app, "Keep")
    assert (folder / "mappings" / "table-2.json").exists()
    app = handed({"October.csv": TABLE.encode()})
    assert "The mapping “table-2” that this registry keeps." in words(app)
    assert "2 patients and 4 visits new" in words(app)
    app = handed({"other.csv": TABLE.replace("PTH (pg/mL)", "PTH (mg/L)").encode()})
    assert "The mapping “table-2”" not in words(app)
    assert questions(app)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("Case,", "Patient,"), "speaks of none of these sheets"),
        (("PTH (pg/mL)", "PTH (ng/L)"), "speaks of none of these sheets"),
        (("3rd month", "1st month"), "expected one vas"),
        ((",9,8.9,", ",90,8.9,"), "between 0 and 10"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_in_a_sentence_and_nothing_is_stored(
    folder: Path,
    change: tuple[str, str],
    said: str,
) -> None:
    saved = of(mapped(handed({"Table II.csv": TABLE.encode()})))
    app = handed({"next.csv": TABLE.replace(*change).encode(), "mapping.json": saved.encode()})
    assert not app.exception
    assert said in tables_text(app)
    assert "4. What would change?" not in words(app)
    assert not folder.exists()


def test_two_columns_for_one_variable_and_a_unit_that_cannot_be_are_told_in_a_sentence(folder: Path) -> None:
    entry = {"table": "visits", "variable": "vas"}
    one = {"patient": {"column": "Case"}, "visit": {"column": "Time"}, "columns": {"VAS": entry, "Ca (mg/dL)": entry}}
    text = json.dumps({"plro_sheets": 1, "sheets": [one]})
    app = handed({"t.csv": TABLE.encode(), "mapping.json": text.encode()})
    assert "“VAS” and “Ca (mg/dL)” both give vas; expected one." in tables_text(app)
    text = json.dumps({"plro_sheets": 1, "sheets": [{**one, "columns": {"VAS": {**entry, "unit": "mg"}}}]})
    app = handed({"t.csv": TABLE.encode(), "mapping.json": text.encode()})
    assert "“VAS” is in “mg”, which cannot be made vas" in tables_text(app)
    app = handed({"Table II.csv": TABLE.encode()})
    app.selectbox(key="column_by_hand_0").set_value("Other specific findings").run()
    next(box for box in app.selectbox if box.label == "What it means here").set_value("visits.vas").run()
    assert "both give vas; expected one" in " ".join(error.value for error in app.error)


def test_a_workbook_with_one_row_a_patient_takes_three_clicks(folder: Path) -> None:
    head = ["Patient", "Age", "VAS 0", "VAS 1", "VAS 3", "VAS 6", "Ca 0", "Ca 6"]
    app = handed({"patients.xlsx": workbook([head, [1, 31, 9, 5, 1, 0, 8.9, 9.1], [2, 33, 8, 2, 2, 1, 8.9, 8.6]], "S")})
    assert questions(app) == 1
    app = click(app, "mg/dL")
    app = click(app, "Read the sheets with this mapping")
    assert "2 patients and 8 visits new" in words(app)
    assert current_version(folder) is None if folder.exists() else True


def test_the_paper_gives_its_forty_visits_after_a_few_clicks(folder: Path) -> None:
    app = handed({"Table II.csv": printed_table().encode()})
    for label in (
        "It is visits.vit",
        "ng/mL",
        "Missing, in all",
        "A flag, in all",
        "Leave out the rest",
        "New patients",
    ):
        app = click(app, next(plain(one.label) for one in app.button if plain(one.label).startswith(label)))
    assert questions(app) == 0
    app = click(app, "Read the sheets with this mapping")
    assert "10 patients and 40 visits new" in words(app)


def test_two_columns_of_one_name_are_refused_and_their_first_rows_shown(folder: Path) -> None:
    app = handed({"cases.csv": b"case_id,age,age\n1,31,32\n"})
    assert not app.exception
    assert "a second column for age; expected each column once." in tables_text(app)


def test_two_answers_that_come_at_once_are_both_kept(folder: Path) -> None:
    app = handed({"Table II.csv": TABLE.encode()})
    for label in ("Missing", "A flag", "Leave out the rest · 2"):
        button(app, label).click()
    app.run()
    assert not app.exception
    assert questions(app) == 1


def test_answers_outlast_a_file_that_is_mended(folder: Path) -> None:
    app = mapped(handed({"Table II.csv": TABLE.encode()}))
    app = handed({"Table II.csv": TABLE.replace("36.7", "36.9").encode()}, app)
    assert "As it was said of the files before." in words(app)
    assert questions(app) == 0
    app = handed({"Table II.csv": TABLE.replace("PTH (pg/mL)", "PTH (ng/L)").encode()}, app)
    assert "As it was said of the files before." not in words(app)
    assert questions(app) > 0
