"""A talk: saved views in an order, with notes and slides of words; old views open as before."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plro_core import views
from plro_core.cohort import EVERYONE
from plro_core.problems import ViewProblem
from plro_core.store import served_registries
from plro_core.views import SavedView
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened

#: Where a session keeps its views of the shipped registry, which keeps none itself.
SLOT = f"views_of_session {next(iter(served_registries().folders))}"


def view(name: str, **more: object) -> SavedView:
    return replace(SavedView.now(name, "", "pain", EVERYONE, [("present", "1")], "2022-2"), **more)  # type: ignore[arg-type]


def test_a_view_of_before_opens_and_is_written_as_before() -> None:
    old = {
        "plro_view": 1,
        "name": "Old",
        "description": "",
        "page": "pain",
        "cohort": "",
        "options": {},
        "data_version": "2022-2",
        "saved": "2026-11-23T08:00:00Z",
    }
    found = SavedView.from_json(json.dumps(old), STANDARD)
    assert (found.notes, found.place) == ("", 0)
    assert json.loads(found.json) == old


def test_notes_and_place_travel_with_the_view() -> None:
    told = view("A", notes="Say this.\nThen that.", place=3)
    assert SavedView.from_json(told.json, STANDARD) == told


@pytest.mark.parametrize(
    ("part", "value", "sentence"),
    [
        ("notes", 3, "“notes” is not text"),
        ("notes", "x" * 4001, "“notes” has 4001 characters; expected at most 4000"),
        ("notes", "a\x00", "“notes” holds a character that cannot be seen"),
        ("place", "1", "“place” is not a whole number from 0 to 200"),
        ("place", True, "“place” is not a whole number"),
        ("place", -1, "“place” is not a whole number"),
    ],
)
def test_what_cannot_be_read_is_said(part: str, value: object, sentence: str) -> None:
    with pytest.raises(ViewProblem, match=sentence):
        SavedView.from_json(json.dumps(json.loads(view("A").json) | {part: value}), STANDARD)


def test_views_are_moved_up_and_down_and_stay_within_the_ends() -> None:
    names = lambda found: [entry.name for entry in views.in_order(found)]  # noqa: E731
    found = [view("a"), view("b"), view("c")]
    assert names(views.moved(found, found[2], -1)) == ["a", "c", "b"]
    assert names(views.moved(found, found[0], 1)) == ["b", "a", "c"]
    assert names(views.moved(found, found[0], -1)) == ["a", "b", "c"]
    assert names(views.moved(found, found[2], 1)) == ["a", "b", "c"]
    assert [entry.place for entry in views.moved(found, found[2], -1)] == [1, 2, 3]


def test_a_registry_keeps_the_order_and_the_notes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        views.save_view(tmp_path, view(name))
    found, _ = views.read_views(tmp_path, STANDARD)
    views.change_views(tmp_path, views.moved(found, found[1], -1))
    found, problems = views.read_views(tmp_path, STANDARD)
    assert ([entry.name for entry in found], problems) == (["b", "a"], ())
    views.change_views(tmp_path, [replace(found[0], notes="Slowly.")])
    assert views.read_views(tmp_path, STANDARD)[0][0].notes == "Slowly."
    with pytest.raises(ViewProblem, match="no view named “c”"):
        views.change_views(tmp_path, [view("c")])


def test_a_talk_with_a_slide_of_words_is_presented_in_its_order() -> None:
    app = opened("pain")
    words = view("Opening", options=(("slide_words", "Ten patients|one centre"),), place=1, notes="Say hello.")
    last = view("Pain", place=2)
    app.session_state[SLOT] = (last, words)
    app.run()
    app.button(key="present_views").click().run()
    assert not app.exception
    assert app.title[0].value == "Ten patients"
    assert "1 of 2" in [caption.value for caption in app.caption]
    app.button(key="present_next").click().run()
    assert any(caption.value.startswith("Pain · 10 of 10 patients") for caption in app.caption)


def test_a_talk_is_arranged_in_its_dialog() -> None:
    app = opened("pain")
    app.session_state[SLOT] = (view("a"), view("b"))
    app.run()
    app.button(key="arrange_talk").click().run()
    assert not app.exception
    slug = view("b").slug
    app.button(key=f"talk_up_{slug}").click().run()
    kept = views.in_order(app.session_state[SLOT])
    assert [entry.name for entry in kept] == ["b", "a"]


def test_a_slide_of_words_is_written_in_the_dialog() -> None:
    app = opened("pain")
    app.button(key="arrange_talk").click().run()
    app.text_input(key="slide_heading").input("Ten patients")
    app.text_area(key="slide_lines").input("one centre\n\ntwo | three")
    next(button for button in app.button if button.label == "Add this slide").click().run()
    assert not app.exception
    (kept,) = app.session_state[SLOT]
    assert kept.name == "Ten patients"
    assert dict(kept.options) == {"slide_words": "Ten patients|one centre|two / three"}
