"""A whole REDCap project on the Registry page without a browser: what is not sure is answered beside its question."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.redcap_study import WORDS, study
from tests.test_pages import words
from tests.test_registry_browser import redcap_project
from tests.test_registry_page import handed
from tests.test_sheets_page import click, questions

pytestmark = pytest.mark.usefixtures("read_here")

#: What only the people of the trial know: the field, event or instrument of a question, and its answer.
TOLD = {
    "unplanned_arm_1": "rows of unscheduled",
    "unplanned_arm_2": "rows of unscheduled",
    "visit_date": "visits: days since consent_date",
}
READ = "Read the export with this mapping"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that nobody has begun."""
    own = tmp_path / "own"
    monkeypatch.setenv("PLRO_REGISTRY", str(own))
    return own


def answer(app: AppTest, name: str, word: str) -> AppTest:
    next(box for box in app.selectbox if box.label.replace("\\", "") == f"What is {name}?").set_value(word).run()
    assert not app.exception
    return app


def blocks(block: Any) -> Iterator[list[Any]]:
    """The elements inside each block of the page, the inner blocks first."""
    inside: list[Any] = []
    for one in getattr(block, "children", {}).values():
        for found in blocks(one):
            yield found
            inside = [*inside, *(element for element in found if element not in inside)]
        inside.append(one)
    yield inside


def say_of(app: AppTest, start: str, label: str) -> AppTest:
    """Click an answer beside the question that begins like this."""

    def is_asked(element: Any) -> bool:
        return str(getattr(element, "value", "")).replace("\\", "").startswith(start)

    block = next(block for block in blocks(app.main) if any(map(is_asked, block)) and len(block) > 3)
    next(one for one in block if getattr(one, "label", "") == label).click()
    app.run()
    assert not app.exception
    return app


def test_a_field_is_answered_beside_its_question_and_the_answer_taken_back(folder: Path) -> None:
    records, dictionary = redcap_project()
    app = handed({"records.csv": records, "dictionary.csv": dictionary})
    assert questions(app) == 1
    app = answer(app, "how_old", "cases.age")
    assert questions(app) == 0
    app = click(app, "Take the last answer back")
    assert questions(app) == 1
    app = click(app, "Leave out the rest · 1")
    assert questions(app) == 0
    app = click(app, READ)
    assert "10 patients, 40 visits" in words(app)


def test_a_trial_of_a_hundred_patients_in_two_arms_takes_ten_clicks_at_most_beside_its_questions(folder: Path) -> None:
    folder.mkdir()
    (folder / "variables.toml").write_text(WORDS.declared.text, encoding="utf-8")
    whole = study()
    app = handed({"records.csv": whole.records.encode(), "dictionary.csv": whole.dictionary.encode()})
    for name, word in TOLD.items():
        app = answer(app, name, word)
    for arm, word in (("arm_1", "drug"), ("arm_2", "placebo")):
        app = say_of(app, f"What does {arm} of redcap_event_name mean", word)
    app = say_of(app, "What does 3", "no")
    app = say_of(app, "-99 stands in", "Missing")
    beyond = 0
    while [one for one in app.button if one.label.startswith("Leave out the rest")]:
        app = click(app, next(one.label for one in app.button if one.label.startswith("Leave out the rest")))
        beyond += 1
    assert questions(app) == 0
    app = click(app, READ)
    assert beyond + 1 <= 10
    assert "100 patients" in words(app)


def test_answers_outlast_an_export_that_is_made_anew(folder: Path) -> None:
    records, dictionary = redcap_project()
    app = answer(handed({"records.csv": records, "dictionary.csv": dictionary}), "how_old", "cases.age")
    app = handed({"records.csv": records.replace(b",31,", b",32,")}, app)
    assert "As it was said of the files before." in words(app)
    assert questions(app) == 0
