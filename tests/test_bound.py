"""Controls that are options of the view, and options in words."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.options import OPTIONS
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened


def page() -> None:
    """A page with a switch, a part that can be opened and a choice."""
    import streamlit as st

    from pages.shared import bound, options, registries, session

    declared = [
        options.switch("tests", "exact tests shown"),
        options.switch("part", "details open"),
        options.one_of("status", "pain", "name", words="sorted by {}", of_one_page=True),
    ]
    options.accept({option.name: option for option in declared})
    session.enter(registries.registry(), *session.begin(), "pain")
    st.caption(f"switch {bound.toggle('Tests', 'tests')}")
    with bound.expander("Details", "part") as is_open:
        st.caption(f"open {is_open}")
    chosen = bound.choice("Sorted by", "status", {"number": "number", "pain": "pain", "name": "name"}, "number")
    st.caption(f"sorted by {chosen}")
    st.caption(session.trail().steps[-1].words)


def said(app: AppTest) -> list[str]:
    assert not app.exception
    return [caption.value for caption in app.caption]


def test_what_is_set_is_in_the_link_and_what_is_usual_is_not() -> None:
    app = AppTest.from_function(page).run()
    assert said(app)[:3] == ["switch False", "open False", "sorted by number"]
    app.toggle(key="bound_tests").set_value(True).run()
    app.button_group(key="bound_status").set_value("pain").run()
    assert said(app) == [
        "switch True",
        "open False",
        "sorted by pain",
        "Pain: all patients · exact tests shown · sorted by pain",
    ]
    assert app.query_params == {"tests": "on", "status": "pain"}
    app.toggle(key="bound_tests").set_value(False).run()
    app.button_group(key="bound_status").set_value("number").run()
    assert app.query_params == {}


def test_a_link_opens_what_it_says() -> None:
    app = AppTest.from_function(page)
    app.query_params["part"], app.query_params["status"] = "on", "name"
    assert said(app.run())[:3] == ["switch False", "open True", "sorted by name"]


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("by", "smoking", "groups by smoking"),
        ("patient", "8", "patient 8 highlighted"),
        ("tab", "time-to-control", "tab time to control open"),
        ("a", "smoking=yes", "A: patients with smoking"),
        ("a", "patients=1,4", "A: patients chosen by hand (1 and 4)"),
        ("b", "unknown=1", "B: unknown=1"),
        ("present", "1", "on the stage"),
        ("lumbar", "leave-out", "fractured lumbar vertebrae left out"),
    ],
)
def test_a_value_is_told_in_words(option: str, text: str, words: str) -> None:
    assert OPTIONS[option].told(text, STANDARD) == words


def test_every_option_has_words_of_its_own() -> None:
    assert [option.name for option in OPTIONS.values() if not option.words] == []


def test_the_last_steps_are_words() -> None:
    app = opened("pain", by="smoking", patient="8")
    app.button(key="clear_patient").click().run()
    labels = [button.label.replace("\\", "") for button in app.button if str(button.key).startswith("step_back")]
    assert labels == ["Pain: all patients · groups by smoking · patient 8 highlighted"]
