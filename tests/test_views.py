"""Saved views: what is written is read back the same, and nothing else is read at all."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core import views
from plro_core.cohort import Cohort
from plro_core.problems import ViewProblem
from plro_core.store import SHIPPED
from plro_core.views import (
    SavedView,
    delete_view,
    read_views,
    save_view,
    views_as_json,
    views_from_json,
    why_not_kept,
)
from plro_core.vocabulary import STANDARD

TIME = "2026-11-23T08:00:00Z"
COHORTS = ("", "smoking=yes", "age=25-31&vas.1=0-3", "symptom=back,hip&weight_gain_kg=!20-30,~", "month=0,1")

plain_words = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=80)
saved_views = st.builds(
    SavedView,
    name=plain_words,
    description=st.one_of(st.just(""), plain_words),
    page=st.from_regex(r"[a-z][a-z_]{0,39}", fullmatch=True),
    cohort=st.sampled_from(COHORTS).map(lambda query: Cohort.parse(query, STANDARD)),
    options=st.dictionaries(st.sampled_from(["by", "patient", "a", "overlap"]), plain_words).map(
        lambda options: tuple(sorted(options.items()))
    ),
    data_version=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", fullmatch=True),
    saved=st.datetimes().map(lambda time: f"{time.year:04d}{time.strftime('-%m-%dT%H:%M:%SZ')}"),
)
hostile_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(views._KEYS) | st.text(max_size=8), inner, max_size=9)
    ),
    max_leaves=12,
)


def made(name: str = "Smokers", **parts: Any) -> SavedView:
    known = {
        "description": "",
        "page": "pain",
        "cohort": Cohort.parse("smoking=yes", STANDARD),
        "options": (("by", "smoking"),),
    }
    return SavedView(name, **{**known, "data_version": "2022-2", "saved": TIME, **parts})


def entries(**parts: Any) -> dict[str, Any]:
    return {**json.loads(made().json), **parts}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@settings(suppress_health_check=[HealthCheck.too_slow])  # it is, where others use the machine
@given(saved_views)
def test_a_view_is_read_back_as_it_was_written(view: SavedView) -> None:
    assert SavedView.from_json(view.json, STANDARD) == view
    assert SavedView.from_json(b"\xef\xbb\xbf" + view.json.encode(), STANDARD) == view
    assert views_from_json(views_as_json([view]), STANDARD) == (view,)
    assert set(view.slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert 0 < len(view.slug) <= 80


def refusal(text: str) -> str:
    """The sentence with which a file is refused; nothing where it is read."""
    try:
        views_from_json(text, STANDARD)
    except ViewProblem as problem:
        return str(problem)
    return ""


@given(hostile_json)
def test_foreign_json_is_a_view_or_one_sentence(value: object) -> None:
    sentence = refusal(json.dumps(value))
    assert sentence.isprintable()
    assert len(sentence) < 400


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_foreign_bytes_are_one_sentence(content: str | bytes) -> None:
    with pytest.raises(ViewProblem):
        views_from_json(content, STANDARD)


@given(st.sampled_from(views._KEYS), hostile_json)
def test_one_foreign_part_is_taken_for_what_it_is_or_refused(key: str, value: object) -> None:
    text = json.dumps(entries(**{key: value}))
    sentence = refusal(text)
    assert sentence.isprintable()
    if not sentence:
        assert SavedView.from_json(SavedView.from_json(text, STANDARD).json, STANDARD) == SavedView.from_json(
            text, STANDARD
        )


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"colour": "blue"}, "“colour” is not a part of the view"),
        ({"plro_view": 2}, "“plro_view” is not 1"),
        ({"plro_view": True}, "“plro_view” is not 1"),
        ({"name": ""}, "The view has no name"),
        ({"name": 7}, "“name” is not text"),
        ({"name": "x" * 81}, "“name” has 81 characters; expected at most 80"),
        ({"name": "Smo\u202ekers"}, "“name” holds a character that cannot be seen"),
        ({"name": "a\nb"}, "“name” holds a character that cannot be seen"),
        ({"name": " Smokers"}, "“name” begins or ends with a space"),
        ({"name": "\ud800"}, "“name” holds a character that cannot be seen"),
        ({"description": "x" * 401}, "“description” has 401 characters"),
        ({"page": "../frame"}, "“page” is not a page's name"),
        ({"cohort": "colour=blue"}, "“cohort” cannot be read: “colour” is not a variable"),
        ({"cohort": ["smoking"]}, "“cohort” is not text"),
        ({"options": ["by"]}, "“options” is not an object"),
        ({"options": {"by": 1}}, "“options: by” is not text"),
        ({"options": {"smoking": "yes"}}, "“options” names smoking, which is a filter"),
        ({"options": {f"o{'x' * n}": "" for n in range(21)}}, "“options” has 21 entries"),
        ({"data_version": "../1"}, "“data_version” is not a version"),
        ({"saved": "yesterday"}, "“saved” is not a time"),
    ],
)
def test_the_part_at_fault_is_named(parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ViewProblem, match=f"^{re.escape(sentence)}"):
        SavedView.from_json(json.dumps(entries(**parts)), STANDARD)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not readable JSON"),
        ("[" * 5000, "not readable JSON"),
        ("9" * 5000, "not readable JSON"),
        ("[]", "holds 0 views"),
        ("{}", "not a saved view"),
        (b"\xff\xfe", "not UTF-8 text"),
        (" " * 500_001, "larger than 500 kB"),
        ('{"plro_view": 1, "name": "a", "name": "b"}', "“name” is given twice"),
    ],
)
def test_a_broken_file_is_one_sentence(text: str | bytes, sentence: str) -> None:
    with pytest.raises(ViewProblem, match=sentence):
        views_from_json(text, STANDARD)


def test_a_missing_part_is_named_and_two_may_be_left_out() -> None:
    short = entries()
    del short["description"], short["options"]
    assert SavedView.from_json(json.dumps(short), STANDARD).options == ()
    del short["page"]
    with pytest.raises(ViewProblem, match="“page” is missing"):
        SavedView.from_json(json.dumps(short), STANDARD)


def test_a_list_is_read_whole_or_not_at_all() -> None:
    with pytest.raises(ViewProblem, match=r"^View 2 of 2: “page” is not"):
        views_from_json(json.dumps([entries(), entries(name="B", page=1)]), STANDARD)
    with pytest.raises(ViewProblem, match="two views named “Smokers”"):
        views_from_json(json.dumps([entries(), entries(name="SMOKERS")]), STANDARD)


def test_a_view_is_kept_shown_and_deleted(folder: Path) -> None:
    view, other = made(), made("über die Raucherinnen")
    path = save_view(folder, view)
    assert path == folder / "views" / "smokers.json"
    assert path.read_bytes() == view.sealed
    save_view(folder, other)
    assert read_views(folder, STANDARD) == ((view, other), ())
    with pytest.raises(ViewProblem, match="A view named “Smokers” exists"):
        save_view(folder, made(page="labs"))
    with pytest.raises(ViewProblem, match="A view named “SMOKERS” exists"):
        save_view(folder, made("SMOKERS"))
    delete_view(folder, view)
    assert read_views(folder, STANDARD) == ((other,), ())
    with pytest.raises(ViewProblem, match="There is no view named “Smokers”"):
        delete_view(folder, view)


def test_names_that_look_alike_as_file_names_are_kept_apart(folder: Path) -> None:
    names = ("a b", "a-b", "a/b", "../a b", "a.b", "日本", "!!", "..")
    for name in names:
        save_view(folder, made(name))
    assert {view.name for view in read_views(folder, STANDARD)[0]} == set(names)
    assert {path.parent.name for path in folder.rglob("*.json")} == {"views"}


def test_a_file_that_is_no_view_is_told_and_hides_no_other(folder: Path) -> None:
    save_view(folder, made())
    (folder / "views" / "broken.json").write_text("{", encoding="utf-8")
    (folder / "views" / "renamed.json").write_text(made("Other").json, encoding="utf-8")
    (folder / "views" / "link.json").symlink_to("/dev/zero")
    found, problems = read_views(folder, STANDARD)
    assert found == (made(),)
    assert [problem.partition(": ")[0] for problem in problems] == [
        "views/broken.json", "views/link.json", "views/renamed.json",
    ]  # fmt: skip


def test_an_interrupted_write_leaves_nothing_and_is_swept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_view(folder, made())
    (folder / "views" / ".new-dead").write_text("{", encoding="utf-8")

    def full(handle: int) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ViewProblem, match="could not be written"):
            save_view(folder, made("Second"))
    assert [path.name for path in (folder / "views").iterdir()] == ["smokers.json"]


def test_the_shipped_registry_and_a_folder_without_rights_keep_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert why_not_kept(SHIPPED).startswith("The shipped registry keeps no views")
    with pytest.raises(ViewProblem, match="shipped registry"):
        save_view(SHIPPED, made())
    assert not (SHIPPED / "views").exists()
    assert why_not_kept(folder) == ""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ViewProblem, match="cannot be written to"):
        save_view(folder, made())
    with pytest.raises(ViewProblem, match="cannot be written to"):
        delete_view(folder, made())


def test_the_number_of_views_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST_VIEWS", 2)
    for name in ("One", "Two"):
        save_view(folder, made(name))
    with pytest.raises(ViewProblem, match="holds 2 views, which is the most"):
        save_view(folder, made("Three"))


def test_words_are_tidied_before_they_are_kept() -> None:
    view = SavedView.now("  Smokers\n at  once ", "a\tb", "pain", Cohort(), (("by", "smoking"),), "2022-2")
    assert (view.name, view.description) == ("Smokers at once", "a b")
    assert view.pairs == (("by", "smoking"),)
