"""Variables and visits on the Registry page, without a browser: what is declared, changed, checked, previewed and kept."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.store import SHIPPED, current_version, history, open_registry
from plro_core.vocabulary import words_of
from tests.foreign_registries import twelve
from tests.test_pages import opened, tables_text, words
from tests.test_registry_page import button, handed, published

WHAT = "words_what"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own registry folder that nobody has begun."""
    own = tmp_path / "own"
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    return own


def page() -> AppTest:
    return opened("registry", part="words")


def widget(app: AppTest, kind: str, label: str):
    return next(one for one in app.get(kind) if one.label == label)


def say(app: AppTest, kind: str, label: str, value: object) -> AppTest:
    return widget(app, kind, label).set_value(value).run()


def taken(app: AppTest, what: str, *said: tuple[str, str, object]) -> AppTest:
    """A form filled in and its change taken up."""
    say(app, "selectbox", "What do you want to change?", what)
    for kind, label, value in said:
        say(app, kind, label, value)
    button(app, "Take it up").click().run()
    assert not app.exception
    return app


def with_month(app: AppTest, month: int = 12) -> AppTest:
    return taken(app, "Add a planned visit (month)", ("number_input", "Months from baseline", month))


def test_the_shipped_registry_shows_its_words_and_takes_no_change() -> None:
    app = page()
    assert not app.exception
    assert "The shipped registry stays as it was published" in words(app).replace("\\", "")
    assert "Baseline, Month 1, Month 3 and Month 6" in words(app)
    assert "weeks_postpartum" in tables_text(app)
    assert not [one for one in app.selectbox if one.key == WHAT]


def test_an_empty_folder_begins_with_words_of_its_own_and_then_takes_a_sheet(folder: Path) -> None:
    app = with_month(page())
    app = taken(
        app, "Add a centre, or change its name", ("text_input", "Code", "north"), ("text_input", "Words", "North")
    )
    assert not folder.exists()
    app.text_input(key="new_title").set_value("Our clinic")
    published(app)
    assert not app.exception
    assert current_version(folder)
    assert open_registry(folder).manifest.title == "Our clinic"
    app = handed(
        {
            "cases.csv": b"case_id,age,centre\n1,30,north\n",
            "visits.csv": b"case_id,month,vas\n1,0,6\n1,12,1\n",
        },
        opened("registry"),
    )
    published(app, why="first patients")
    assert not app.exception
    assert open_registry(folder).tables["visits"]["month"].to_pylist() == [0, 12]


def test_the_ten_with_a_month_and_a_variable_more(folder: Path) -> None:
    shutil.copytree(SHIPPED, folder)
    before = current_version(folder)
    app = with_month(page())
    app = taken(
        app,
        "Add a variable",
        ("text_input", "Label", "Serum P1NP"),
        ("text_input", "Unit", "ng/mL"),
        ("number_input", "Plausible from", 1.0),
        ("number_input", "Plausible to", 1000.0),
    )
    assert "+months = [0, 1, 3, 6, 12]" in "".join(one.value for one in app.code)
    assert "Month 12" in tables_text(app)
    assert current_version(folder) == before
    assert not (folder / "variables.toml").exists()
    published(app, why="month 12", label="Keep as draft")
    assert not app.exception
    assert current_version(folder) == before
    assert not (folder / "variables.toml").exists()
    draft = next(info for info in history(folder) if info.state == "draft")
    found = open_registry(folder, draft.version).vocabulary
    assert (found.months[-1], found.variable("serum_p1np", "visits").unit) == (12, "ng/mL")
    app = taken(page(), "Take up a draft", ("selectbox", "Draft", draft.version))
    published(app, why="agreed")
    assert words_of(folder).months[-1] == 12
    assert open_registry(folder).patients == 10


def test_values_that_fit_no_more_are_named_by_cell_and_nothing_can_be_kept(folder: Path) -> None:
    twelve(folder)
    app = page()
    say(app, "selectbox", "What do you want to change?", "Set a plausible range or decimals")
    entry = words_of(folder).variable("p1np")
    widget(app, "selectbox", "Of which number?").select(f"{entry.label} · visits.p1np").run()
    app = say(app, "number_input", "To", 60.0)
    button(app, "Take it up").click().run()
    assert "would not fit any more" in words(app)
    assert "row 1/12" in tables_text(app)
    assert not [one for one in app.button if one.label in ("Publish", "Keep as draft")]


def test_what_is_typed_wrong_is_said_in_a_sentence_and_not_taken(folder: Path) -> None:
    twelve(folder)
    app = say(page(), "selectbox", "What do you want to change?", "Write in the file itself")
    text = words_of(folder).declared.text
    app = say(app, "text_area", "variables.toml", text.replace("[0, 1, 3, 6, 12]", "[0, 1, 3]"))
    assert "months: 6 and 12 not planned any more" in words(app)
    assert button(app, "Take it up").disabled
    app = say(app, "text_area", "variables.toml", f"# looked at\n{text}")
    button(app, "Take it up").click().run()
    assert "Only comments or the layout of the file." in words(app)
    button(app, "Take the last one back").click().run()
    assert not [one for one in app.button if one.label == "Publish"]


def test_a_variable_is_not_taken_up_before_what_it_needs_is_said(folder: Path) -> None:
    app = say(page(), "selectbox", "What do you want to change?", "Add a variable")
    assert "Give it a label first." in words(app)
    app = say(app, "text_input", "Label", "CTX")
    assert "A number needs a plausible range" in words(app)
    app = say(say(app, "number_input", "Plausible from", 10.0), "number_input", "Plausible to", 1.0)
    assert "variable 1, ctx: plausible" in words(app).replace("\\", "")
    assert button(app, "Take it up").disabled


def test_a_file_that_somebody_edited_is_accepted_first(folder: Path) -> None:
    twelve(folder)
    path = folder / "variables.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n# by hand\n", encoding="utf-8")
    app = page()
    assert "the file was changed since" in words(app)
    assert not [one for one in app.selectbox if one.key == WHAT]


def test_what_was_begun_on_other_words_is_dropped_with_a_word(folder: Path) -> None:
    twelve(folder)
    app = with_month(page(), 24)
    other = with_month(page(), 36)
    published(other, why="month 36")
    app.run()
    assert "what you had begun was dropped" in words(app)


OF = "Of which laboratory value?"

#: A form, what is said in it, and the lines that the file gets.
FORMS: dict[str, tuple[str, list[tuple[str, str, object]], list[str]]] = {
    "a month that is planned": ("Add a planned visit (month)", [("number_input", "Months from baseline", 6)], []),
    "a level": (
        "Add a level, or change its words",
        [
            ("selectbox", "Of which variable?", "· cases.breastfeeding"),
            ("text_input", "Code", "never"),
            ("text_input", "Words", "never breastfed"),
        ],
        ["[widen.breastfeeding]", 'never = "never breastfed"'],
    ),
    "no label of its own": ("Change the label of a variable", [], []),
    "a wider range": (
        "Set a plausible range or decimals",
        [
            ("selectbox", "Of which number?", "Age · cases.age"),
            ("number_input", "To", 70.0),
        ],
        ["plausible", "70"],
    ),
    "decimals": (
        "Set a plausible range or decimals",
        [("selectbox", "Of which number?", "Calcium · visits.calcium"), ("number_input", "Decimals", 2)],
        ["decimals = 2"],
    ),
    "a published range": (
        "Set a reference range",
        [("selectbox", OF, "Calcium · visits.calcium"), ("selectbox", "Which range?", 0)],
        ["[range.calcium]", 'use = "arup"'],
    ),
    "a range of a laboratory": (
        "Set a reference range",
        [
            ("selectbox", OF, "Calcium · visits.calcium"),
            ("selectbox", "Which range?", "another one"),
            ("number_input", "From (mg/dL)", 8.6),
            ("number_input", "To (mg/dL)", 10.3),
            ("text_input", "Laboratory", "Our laboratory"),
        ],
        ["low = 8.6", "high = 10.3", 'laboratory = "Our laboratory"'],
    ),
    "a range of nobody": (
        "Set a reference range",
        [
            ("selectbox", OF, "Calcium · visits.calcium"),
            ("selectbox", "Which range?", "another one"),
            ("number_input", "From (mg/dL)", 8.6),
            ("number_input", "To (mg/dL)", 10.3),
        ],
        [],
    ),
    "something ready-made": ("Take up something ready-made", [("selectbox", "Ready-made", 0)], ["use = ["]),
    "what is compared first": (
        "Choose what is compared first",
        [("selectbox", "What is compared first?", "at month 3")],
        ['primary_outcome = "vas.3"'],
    ),
    "levels of a new variable": (
        "Add a variable",
        [
            ("text_input", "Label", "Severity"),
            ("selectbox", "Recorded", "Once a patient"),
            ("selectbox", "What it is", "one of some levels"),
            ("text_area", "Levels, one a line: code = words", "mild = mild\nsevere"),
        ],
        ['name = "severity"', 'severe = "severe"'],
    ),
    "a reference range of a new variable": (
        "Add a variable",
        [
            ("text_input", "Label", "CTX"),
            ("number_input", "Plausible from", 1.0),
            ("number_input", "Plausible to", 3000.0),
            ("number_input", "Reference from", 100.0),
            ("number_input", "Reference to", 600.0),
            ("text_input", "Whose reference range", "kit insert"),
        ],
        ["reference = [100, 600]", 'reference_source = "kit insert"'],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_changes_the_lines_that_it_says_and_no_other(form: str, folder: Path) -> None:
    shutil.copytree(SHIPPED, folder)
    what, said, lines = FORMS[form]
    app = say(page(), "selectbox", "What do you want to change?", what)
    for kind, label, value in said:
        box = widget(app, kind, label)
        if kind == "selectbox":
            value = box.options[0] if value == 0 else next(one for one in box.options if str(value) in one)
            box.select(value).run()
        else:
            box.set_value(value).run()
    assert not app.exception
    assert button(app, "Take it up").disabled is not bool(lines)
    if lines:
        button(app, "Take it up").click().run()
        changed = [line for one in app.code for line in one.value.splitlines() if line.startswith("+")]
        assert changed
        assert all(any(line in other for other in changed) for line in lines), changed
        assert not (folder / "variables.toml").exists()
