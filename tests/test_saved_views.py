"""Saved views on the pages: kept, opened, carried as JSON, offered for a comparison; without a browser."""

import json
import os
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.store import SHIPPED
from plro_core.views import read_views
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened, words

VIEW = {
    "plro_view": 1,
    "name": "Smokers in pain",
    "description": "For the ward round",
    "page": "pain",
    "cohort": "smoking=yes",
    "options": {"by": "breastfeeding"},
    "data_version": "2022-2",
    "saved": "2026-11-23T08:00:00Z",
}


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A team's own registry: the shipped data in a folder that can be written to."""
    folder = tmp_path / "registry"
    shutil.copytree(SHIPPED / "versions", folder / "versions")
    shutil.copy(SHIPPED / "CURRENT", folder / "CURRENT")
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    return folder


def save(app: AppTest, name: str, description: str = "") -> AppTest:
    app.text_input(key="view_name").set_value(name)
    app.text_input(key="view_description").set_value(description)
    return next(button for button in app.button if button.label == "Save this view").click().run()


def add(app: AppTest, content: str) -> AppTest:
    return app.file_uploader(key="import_views").upload("views.json", content.encode(), "application/json").run()


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.success, *app.error)).replace("\\", "")


def test_a_view_is_kept_in_the_registry_and_another_session_opens_it(registry: Path) -> None:
    app = save(opened("pain", smoking="yes", by="breastfeeding"), "Smokers in pain", "For the ward round")
    assert not app.exception
    assert said(app) == "Saved as “Smokers in pain”."
    (view,), _ = read_views(registry, STANDARD)
    assert {**json.loads(view.json), "saved": VIEW["saved"]} == VIEW
    other = opened("overview")
    assert "10 of 10 patients" in words(other)
    other.button(key="open_view_smokers-in-pain").click().run()
    assert not other.exception
    assert other.title[0].value == "How fast does pain fall?"
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking" in words(other)
    assert other.selectbox(key="group_by").value == "breastfeeding"
    assert dict(other.query_params) == {"smoking": "yes", "by": "breastfeeding"}


def test_a_view_of_this_page_opens_in_place(registry: Path) -> None:
    app = save(opened("pain", smoking="yes"), "Smokers")
    app.button(key="chip_smoking").click().run()
    assert "10 of 10 patients" in words(app)
    app.button(key="open_view_smokers").click().run()
    assert "4 of 10 patients" in words(app)


def test_a_name_is_given_once_and_never_empty(registry: Path) -> None:
    app = save(opened("overview"), "Everybody")
    assert said(save(app, "everybody")).startswith("Already saved under that name: “everybody”")
    assert said(save(app, "  ")).startswith("The view has no name")
    assert len(read_views(registry, STANDARD)[0]) == 1


def test_a_view_is_deleted_after_it_was_chosen(registry: Path) -> None:
    app = save(opened("overview"), "Everybody")
    assert app.button(key="delete_view").disabled
    app.selectbox(key="delete_view_name").select("Everybody").run()
    app.button(key="delete_view").click().run()
    assert not app.exception
    assert read_views(registry, STANDARD) == ((), ())
    assert not [button for button in app.button if (button.key or "").startswith("open_view")]


def test_the_shipped_registry_keeps_views_for_the_session_only() -> None:
    app = opened("pain", smoking="yes")
    assert "The shipped registry keeps no views: use the link, or download the view." in words(app)
    save(app, "Mine")
    assert said(app) == "Saved as “Mine”."
    assert not (SHIPPED / "views").exists()
    app.button(key="chip_smoking").click().run()
    app.button(key="open_view_mine").click().run()
    assert "4 of 10 patients" in words(app)
    assert not [button for button in opened("pain").button if (button.key or "").startswith("open_view")]


def test_a_folder_without_rights_keeps_views_for_the_session_only(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    app = save(opened("pain", smoking="yes"), "Mine")
    assert not app.exception
    assert "This registry's folder cannot be written to" in words(app)
    assert app.button(key="open_view_mine")
    assert not (registry / "views").exists()
    app.selectbox(key="delete_view_name").select("Mine").run()
    app.button(key="delete_view").click().run()
    assert not [button for button in app.button if (button.key or "").startswith("open_view")]


def test_views_are_added_from_json(registry: Path) -> None:
    app = add(opened("overview"), json.dumps([VIEW, {**VIEW, "name": "Second"}]))
    assert not app.exception
    assert said(app) == "2 views added."
    assert [view.name for view in read_views(registry, STANDARD)[0]] == ["Second", "Smokers in pain"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "The file is not readable JSON (line 1, column 2); expected a view or a list of views."),
        (json.dumps({**VIEW, "name": 7}), "“name” is not text; expected words in quotes."),
        (
            json.dumps([VIEW, {**VIEW, "colour": "![x](http://x.org)"}]),
            "View 2 of 2: “colour” is not a part of the view",
        ),
    ],
)
def test_broken_json_is_one_sentence_and_adds_nothing(registry: Path, content: str, sentence: str) -> None:
    app = add(opened("overview"), content)
    assert not app.exception
    assert len(app.error) == 1
    assert said(app).startswith(sentence)
    assert read_views(registry, STANDARD) == ((), ())


def test_an_added_view_is_opened_like_a_link_and_told_where_it_does_not_fit(registry: Path) -> None:
    foreign = {**VIEW, "page": "no_such_page", "options": {"by": "shoe_size"}, "data_version": "1999-1"}
    app = add(opened("labs"), json.dumps(foreign))
    app.button(key="open_view_smokers-in-pain").click().run()
    assert not app.exception
    text = words(app)
    assert "4 of 10 patients" in text
    assert "“by=shoe_size” in the saved view was left out" in text
    assert "was saved on data 1999-1; these are data 2022-2" in text
    assert "asks for the page “no_such_page”, which does not exist" in text


def test_a_file_in_the_registry_that_is_no_view_is_told(registry: Path) -> None:
    (registry / "views").mkdir()
    (registry / "views" / "odd.json").write_text("[]", encoding="utf-8")
    app = opened("overview")
    assert not app.exception
    assert "views/odd.json: The file holds 0 views" in words(app)


def test_many_views_are_chosen_from_a_list(registry: Path) -> None:
    app = add(opened("overview"), json.dumps([{**VIEW, "name": f"View {n:02d}"} for n in range(12)]))
    assert len([button for button in app.button if (button.key or "").startswith("open_view_")]) == 8
    app.selectbox(key="open_view_name").select("View 11").run()
    app.button(key="open_view").click().run()
    assert not app.exception
    assert app.title[0].value == "How fast does pain fall?"


def test_saved_cohorts_are_offered_for_a_comparison(registry: Path) -> None:
    app = add(opened("compare"), json.dumps({**VIEW, "cohort": "age=25-31&month=0"}))
    assert "Smokers in pain (saved view)" in app.selectbox(key="choose_a").options
    app.selectbox(key="choose_a").select("age=25-31").run()
    assert not app.exception
    assert "A: patients with age 25 to 31 years" in words(app)


def test_saved_views_are_presented_one_after_the_other(registry: Path) -> None:
    bone = {"name": "Bone, later", "page": "bone", "cohort": "", "options": {"present": "1", "figure": "fracture_map"}}
    app = add(opened("overview"), json.dumps([VIEW, {**VIEW, **bone}]))
    app.button(key="present_views").click().run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert "1 of 2" in words(app)
    assert app.query_params["view"].startswith("bone-later-")
    app.button(key="present_next").click().run()
    assert not app.exception
    assert "2 of 2" in words(app)
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking" in words(app)
    assert app.button(key="present_next").disabled
    link = {key: app.query_params[key] for key in app.query_params}
    assert link == {"smoking": "yes", "by": "breastfeeding", "present": "views", "view": "smokers-in-pain"}
    app.button(key="present_previous").click().run()
    assert "1 of 2" in words(app)
    app.button(key="present_leave").click().run()
    assert app.title[0].value == "How low is bone density, and where?"
    assert "present" not in app.query_params


def test_a_sequence_whose_view_is_gone_steps_through_the_pages_figures(registry: Path) -> None:
    app = opened("bone", present="views", view="no-longer-there")
    assert not app.exception
    assert "1 of 4" in words(app)
