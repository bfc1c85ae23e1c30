"""The part of the Registry page that holds a draft against the registry."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.registry import drafting
from plro_core.drafts import Answer, check_draft, key_of
from plro_core.drafts.model import Sentence
from plro_core.store import SHIPPED, open_registry
from tests.test_pages import opened

pytestmark = pytest.mark.usefixtures("read_here")

DRAFT = b"The mean age was 29.75 years. Four patients smoked. The mean VAS was 7.9.\n"


def handed_in(content: bytes, name: str = "draft.txt") -> AppTest:
    app = opened("registry", part="draft")
    manuscript = next(one for one in app.get("file_uploader") if one.proto.label.startswith("Manuscript"))
    manuscript.set_value((name, content, "text/plain"))
    return app.run()


def words(app: AppTest) -> str:
    told = (app.markdown, app.caption, app.subheader, app.error, app.info)
    return "\n".join(element.value for kind in told for element in kind).replace("\\", "")


def test_what_differs_is_shown_first_with_its_number_marked() -> None:
    app = handed_in(DRAFT)
    assert not app.exception
    assert "3 statistics in the draft: 1 differ, 0 cannot be told, 2 agree" in words(app)
    assert ":orange-background[**29" in words(app)
    assert "the registry gives **mean 29" in words(app)
    assert "Four" not in words(app)


def test_the_others_are_one_click_away() -> None:
    app = handed_in(DRAFT)
    next(group for group in app.get("button_group") if group.key == "draft_status").set_value("agrees").run()
    assert "Four patients" in words(app)
    assert "no visit is named" in words(app)


def test_a_reader_says_what_is_meant_and_the_verdict_follows() -> None:
    app = handed_in(b"The mean VAS was 3.3.")
    app.button(key="draft_say_0").click().run()
    app.selectbox(key="draft_month_0").set_value(1)
    next(button for button in app.button if button.label == "Keep").click().run()
    assert not app.exception
    assert "0 differ, 0 cannot be told, 1 agree" in words(app)
    held = app.session_state["draft_answers"]
    assert [(answer.month, answer.about) for answer in held.values()] == [(1, True)]


def test_a_file_that_is_no_manuscript_is_refused_in_one_sentence() -> None:
    app = handed_in(b"PK\x03\x04nonsense", "draft.docx")
    assert not app.exception
    assert "cannot be read as a Word document" in words(app)


def test_the_values_behind_a_number_are_one_click_away() -> None:
    app = handed_in(b"The mean VAS fell by 6.5 points from baseline to month 6 among smokers.")
    keys = [button.key for button in app.button if str(button.key).startswith("draft_values")]
    assert keys == ["draft_values_0_vas.0", "draft_values_0_vas.6"]
    app.button(key="draft_values_0_vas.6").click().run()
    assert not app.exception
    assert dict(app.session_state["view_query"].pairs) == {"smoking": "yes", "number": "vas.6"}


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("The mean age was 30 years.", ["age"]),
        ("At month 1, 9 patients had a fall in VAS of at least 50 %.", ["vas.0", "vas.1"]),
        ("The median VAS fell from 7.5 to 1 at month 6.", ["vas.0", "vas.6"]),
        ("The mean VAS was 2.9 at month 3.", ["vas.3"]),
        ("Between month 1 and month 6 the mean VAS fell by 1.1 points.", ["vas.1", "vas.6"]),
        ("Nine patients were so.", []),
    ],
)
def test_they_are_those_of_the_visits_that_are_counted(sentence: str, numbers: list[str]) -> None:
    registry = open_registry(SHIPPED)
    (one,) = check_draft(registry, [Sentence("line 1", sentence)]).checked
    assert drafting._numbers(registry.vocabulary, one) == numbers


def test_results_with_their_origin_are_offered_and_not_for_the_report() -> None:
    app = handed_in(DRAFT)
    assert "report_draft" not in {button.key for button in app.button}
    assert "download_draft_csv" in {button.key for button in app.get("download_button")}


def test_a_statement_may_be_left_out_and_taken_back() -> None:
    app = handed_in(b"The mean age was 28.1 years.")
    app.button(key="draft_say_0").click().run()
    next(button for button in app.button if button.label == "It is not about these patients").click().run()
    assert "0 differ, 1 cannot be told" in words(app)
    next(group for group in app.get("button_group") if group.key == "draft_status").set_value("unknown").run()
    app.button(key="draft_say_0").click().run()
    next(button for button in app.button if button.label == "As it was read").click().run()
    assert not app.exception
    assert "1 differ, 0 cannot be told" in words(app)
    assert app.session_state["draft_answers"] == {}


def test_answers_that_no_longer_fit_are_told_and_can_be_forgotten() -> None:
    app = handed_in(b"The mean age was 28.1 years.")
    (one,) = check_draft(open_registry(SHIPPED), [Sentence("line 1", "The mean age was 28.1 years.")]).checked
    key = key_of(one.statement)
    app.session_state["draft_answers"] = {key: Answer(*key, variable="wieght")}
    app.run()
    assert "wieght" in words(app)
    app.button(key="draft_forget").click().run()
    assert "1 differ" in words(app)
