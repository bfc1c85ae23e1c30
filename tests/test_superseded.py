"""Whoever asks for another view while a page computes is given that one: the run before ends, and leaves nothing by half."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from pages.live import here
from pages.parts import two_cohorts
from tests.test_pages import opened, words


def ask_for_another_run() -> None:
    """As a browser does that sends the next choice while the run of the last one is under way."""
    context = get_script_run_ctx()
    assert context is not None
    assert context.script_requests is not None
    assert context.script_requests.request_rerun(RerunData(page_script_hash=context.page_script_hash))


def test_a_run_ends_at_its_next_piece_of_computing_once_its_session_has_asked_for_another() -> None:
    def page() -> None:
        import streamlit as st

        from pages.live.turns import turn
        from plro_core import pace
        from tests.test_superseded import ask_for_another_run

        noted = st.session_state.setdefault("noted", [])
        with turn():
            noted.append("begun")
            pace.pause()
            if len(noted) == 1:
                ask_for_another_run()
            pace.pause()
            noted.append("computed")

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["noted"] == ["begun", "begun", "computed"]


@dataclass
class Comparing:
    """``compare`` of the page, which asks for another run so many times before it begins."""

    compare: Callable[..., Any]
    superseded: int
    begun: int = 0
    done: int = 0

    def __call__(self, *taken: Any, **options: Any) -> Any:
        self.begun += 1
        if self.begun <= self.superseded:
            ask_for_another_run()
        found = self.compare(*taken, **options)
        self.done += 1
        return found


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> Comparing:
    st.cache_resource.clear()
    found = Comparing(two_cohorts.compare, superseded=4)
    monkeypatch.setattr(two_cohorts, "compare", found)
    return found


def test_a_visitor_who_asks_five_times_pays_for_the_last(comparing: Comparing) -> None:
    app = opened("compare", age="24-36")
    assert not app.exception
    assert (comparing.begun, comparing.done) == (5, 1)
    assert "Then: the outcomes" in words(app)
    assert len(app.session_state["trail"].steps) == 1


def test_who_watches_is_shown_no_run_that_was_dropped(comparing: Comparing) -> None:
    comparing.superseded = 0
    app = opened("compare", age="24-36")
    app.button(key="share_live").click().run()
    code, _ = app.session_state["part_in_rooms"].leads
    before = here.rooms().read(code)
    comparing.begun, comparing.done, comparing.superseded = 0, 0, 3
    app.button(key="chip_age").click().run()
    after = here.rooms().read(code)
    assert not app.exception
    assert (comparing.begun, comparing.done) == (4, 1)
    assert before is not None
    assert after is not None
    assert after.change == before.change + 1
    assert "age" not in dict(after.scene.view)
    assert [step.pairs for step in app.session_state["trail"].steps] == [(("age", "24-36"),), ()]
