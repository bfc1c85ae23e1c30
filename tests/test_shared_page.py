"""The page of whoever may see aggregates alone: whatever address, link, control or frame asks, it sends released counts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from pages.parts import shared_view
from pages.shared import registries, visitor
from plro_core.cli.process import main
from plro_core.export import export_table
from plro_core.shared.answers import SUPPRESSED, Shared
from plro_core.shared.questions import Question
from plro_core.shared.tables import recipe, table
from plro_core.store import Registry, only_with, open_registry
from plro_core.vocabulary import STANDARD
from tests.all_pages import PAGES
from tests.foreign_registries import twelve
from tests.shared_attack import made_up
from tests.small_registry import small_registry
from tests.test_pages import opened

#: What a row says and no aggregate may.
FREE_TEXT = "canaryword"
NUMBERS = 770_000
TABS = (*shared_view.SECTIONS, "Table")


def with_canaries(patients: int = 40) -> Registry:
    """Patients each of whose cells is a canary: no value occurs twice, and each text is one."""
    cases, visits, treatments, imaging = [], [], [], []
    for at in range(1, patients + 1):
        number, part = NUMBERS + at, at / 1000
        cases.append({"case_id": number, "smoking": at % 2 == 0, "age": 20 + at % 15, "weight_gain_kg": 10.1357 + part})
        cases[-1] |= {"t_l1_l4": -2.61357 - part, "pain_control_months": 2.51357 + part, "brace": at % 4 < 2}
        for month in STANDARD.months:
            labs = {"calcium": 9.21357 + part, "vitamin_d": 31.61357 + part, "pth": 41.71357 + part}
            visits.append({"case_id": number, "month": month, "vas": at % 9, "alp": 81.41357 + part, **labs})
        treatments.append({"case_id": number, "kind": "bone_active", "agent": f"{FREE_TEXT}-{at}", "unit": FREE_TEXT})
        imaging.append({"case_id": number, "site": FREE_TEXT, "finding": f"{FREE_TEXT}-{at}"})
    return small_registry(cases=cases, visits=visits, treatments=treatments, imaging=imaging)


@pytest.fixture(scope="module")
def canaries() -> Registry:
    return with_canaries()


@pytest.fixture(scope="module")
def thousand() -> Registry:
    return made_up(1000)


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    """Registries in memory have no content of their own to be told apart by."""
    for kept in (shared_view._shared, shared_view._told, shared_view._charts, shared_view._made):
        kept.clear()


@pytest.fixture
def aggregates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor, "mode", lambda registry: "aggregates")


@pytest.fixture
def of_canaries(aggregates: None, canaries: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setattr(registries, "registry", lambda: canaries)
    return canaries


@pytest.fixture
def of_thousand(aggregates: None, thousand: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setattr(registries, "registry", lambda: thousand)
    return thousand


def sent(app: AppTest) -> str:
    """Everything that a run sent to the browser, as text."""
    return "\n".join(str(element.proto) for element in elements(app._tree))


def elements(node: Any) -> Iterator[Any]:
    for child in node.children.values():
        if isinstance(child, Block):
            yield child
            yield from elements(child)
        elif isinstance(child, Element):
            yield child


def problems(app: AppTest) -> list[str]:
    return [str(found.value) for found in (*app.exception, *app.error)]


def forge(app: AppTest, label: str, value: str) -> AppTest:
    """Answer as a browser that sends something else than was offered."""
    widget = next(found for found in app.selectbox if found.label == label)
    states = app._tree.get_widget_states()
    kept = [state for state in states.widgets if state.id != widget.id]
    del states.widgets[:]
    states.widgets.extend([*kept, WidgetState(id=widget.id, string_value=value)])
    return app._run(states)


def test_the_title_says_who_is_in_view_and_in_which_mode(of_thousand: Registry) -> None:
    app = opened("overview", smoking="yes")
    assert problems(app) == []
    assert app.title[0].value.startswith("Aggregates of ")
    assert "smallest cell 5" in app.caption[0].value
    assert "n = 413" in app.caption[0].value
    assert "synthetic data" in app.caption[0].value


@pytest.mark.parametrize("page", PAGES)
def test_every_address_shows_the_aggregates_and_nothing_else(of_canaries: Registry, page: str) -> None:
    link = {
        "patient": "3",
        "by": "smoking",
        "present": "1",
        "room": "abc-def-ghi",
        "view": "mine",
        "mode": "rows",
    }
    app = opened(page, **link)
    assert problems(app) == []
    assert app.title[0].value.startswith("Aggregates of ")
    assert len(app.title) == 1
    assert len(app.sidebar.children) == 0 or not app.sidebar.selectbox
    assert_no_canary(app)


def assert_no_canary(app: AppTest) -> None:
    text = sent(app)
    assert FREE_TEXT not in text
    # Ids of elements hold any digits, but no fraction and no number that stands alone.
    assert not re.search(rf"[.]\d{{0,3}}1357|(?<!\w){str(NUMBERS)[:4]}\d\d(?!\w)", text)


@pytest.mark.parametrize("tab", TABS)
def test_no_part_sends_a_value_a_number_or_a_text_of_a_row(of_canaries: Registry, tab: str) -> None:
    app = opened("overview", tab=tab, by="smoking", brace="yes")
    assert problems(app) == []
    assert app.query_params["tab"] == tab
    assert len(sent(app)) > 2000
    assert_no_canary(app)


def test_the_canary_is_found_where_a_page_shows_it(canaries: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "registry", lambda: canaries)
    with pytest.raises(AssertionError):
        assert_no_canary(opened("patients", patient=str(NUMBERS + 3)))


def test_no_download_holds_a_value_a_number_or_a_text_of_a_row(canaries: Registry) -> None:
    told = Shared.of(canaries, 5).tell(Question((), "smoking"))
    for form in ("csv", "html", "md", "json"):
        text = export_table(table(canaries, told), form, recipe(canaries, told)).decode()
        assert FREE_TEXT not in text
        assert str(NUMBERS)[:4] not in text
        assert "1357" not in text


def test_what_a_link_asks_beyond_that_is_left_out_and_said(of_thousand: Registry) -> None:
    app = opened("overview", smoking="yes", patient="3", vas__1="0-3", mode="rows", k="1")
    assert [found.value for found in app.warning] == [
        "“patient=3”, “vas\\.1=0\\-3”, “mode=rows” and “k=1” cannot be asked of aggregates; left out\\."
    ]
    assert app.query_params == {"smoking": "yes"}
    assert app.run().warning.len == 0


def test_a_third_filter_is_left_out(of_thousand: Registry) -> None:
    app = opened("overview", smoking="yes", brace="yes", vertebroplasty="no")
    assert len(app.warning) == 1
    assert len(app.query_params) == 2


def test_filters_and_groups_are_chosen_and_the_address_says_them(of_thousand: Registry) -> None:
    app = opened("overview")
    app.selectbox[0].set_value("smoking=yes").run()
    app.selectbox[2].set_value("brace").run()
    assert app.query_params == {"smoking": "yes", "by": "brace"}
    assert "by spinal brace" in app.caption[0].value
    app.selectbox[0].set_value("").run()
    assert app.query_params == {"by": "brace"}
    assert problems(app) == []


def test_what_is_asked_stays_with_the_session_on_another_address(of_thousand: Registry) -> None:
    app = opened("overview", smoking="yes")
    app.query_params.clear()
    assert "smoking" in app.run().caption[0].value
    assert app.query_params == {"smoking": "yes"}


def test_every_level_says_how_many_there_would_be_or_that_it_is_suppressed(of_thousand: Registry) -> None:
    options = opened("overview", vertebroplasty="yes").selectbox[1].options
    assert options[0] == "No filter"
    assert all(" · " in option for option in options[1:])
    assert any(option.endswith(SUPPRESSED) for option in options)
    assert not any(option.endswith((" · 1", " · 2", " · 3", " · 4")) for option in options)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("Only patients with", "patient=3"),
        ("Only patients with", "smoking=yes' OR 1=1"),
        ("and with", "mode=rows"),
        ("Groups", "case_id"),
    ],
)
def test_a_forged_frame_asks_nothing(of_canaries: Registry, label: str, value: str) -> None:
    app = forge(opened("overview", smoking="yes"), label, value)
    assert_no_canary(app)
    app = app.run()
    assert problems(app) == []
    assert app.title[0].value.startswith("Aggregates of ")
    assert_no_canary(app)


@pytest.mark.parametrize("patients", [0, 1, 4, 9])
def test_of_patients_below_k_the_page_says_suppressed_and_nothing_else(
    patients: int, aggregates: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = with_canaries(patients)
    monkeypatch.setattr(registries, "registry", lambda: registry)
    app = opened("overview", smoking="yes") if patients == 9 else opened("overview")
    assert problems(app) == []
    assert_no_canary(app)
    if patients in (1, 4, 9):
        assert SUPPRESSED in app.info[0].value.lower()
        assert len(app.table) == 0
        assert not [element for element in elements(app._tree) if element.type in ("plotly_chart", "download_button")]


def test_what_is_kept_is_kept_by_mode_data_k_and_question(
    of_thousand: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("overview")
    five = shared_view._shared(of_thousand, shared_view.MODE, registries.data_of(of_thousand), 5)
    ten = shared_view._shared(of_thousand, shared_view.MODE, registries.data_of(of_thousand), 10)
    assert (five.k, ten.k) == (5, 10)
    assert shared_view._shared(of_thousand, shared_view.MODE, registries.data_of(of_thousand), 5) is five


def with_cells_of_twelve() -> None:
    from pages.parts import shared_view
    from pages.shared import registries
    from plro_core.access import Access

    shared_view.show(registries.registry(), Access(k=12))


def test_the_smallest_cell_is_the_registrys_and_no_links(of_canaries: Registry) -> None:
    app = AppTest.from_function(with_cells_of_twelve, default_timeout=30)
    app.query_params["k"] = "1"
    app.run()
    assert problems(app) == []
    assert "smallest cell 12" in app.caption[0].value
    sizes = [option.rpartition(" · ")[2] for option in app.selectbox[0].options[1:]]
    assert {size for size in sizes if size != SUPPRESSED and 0 < int(size) < 12} == set()


def test_a_figure_is_sent_with_its_words_and_no_hover(of_thousand: Registry) -> None:
    app = opened("overview", tab="Pain", by="smoking")
    charts = [element for element in elements(app._tree) if element.type == "plotly_chart"]
    assert charts
    for chart in charts:
        spec = json.loads(chart.proto.spec)
        assert {trace["hoverinfo"] for trace in spec["data"]} == {"skip"}


def test_of_several_registries_one_is_chosen_and_a_link_names_it(
    aggregates: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, patients in (("north", 20), ("south", 30)):
        assert main(["synth", "--cases", str(patients), "-o", str(tmp_path / name)]) == 0
    monkeypatch.setenv("PLRO_REGISTRY", f"{tmp_path / 'north'}:{tmp_path / 'south'}")
    app = opened("overview", registry="south")
    assert problems(app) == []
    assert "n = 30" in app.caption[0].value
    choice = next(found for found in app.selectbox if found.label == "Registry")
    app = choice.set_value("north").run()
    assert "n = 20" in app.caption[0].value
    assert app.query_params == {"registry": "north"}


def test_words_of_data_are_shown_and_never_interpreted(aggregates: None, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = '![x](http://evil.test/a.png) <img src="http://evil.test/b.png">'
    given = [{"case_id": at, "kind": "analgesic", "agent": hostile} for at in range(1, 13)]
    registry = small_registry(cases=[{"case_id": at} for at in range(1, 25)], treatments=given)
    monkeypatch.setattr(registries, "registry", lambda: registry)
    app = opened("overview", tab="Treatments")
    assert problems(app) == []
    specs = [element.proto.spec for element in elements(app._tree) if element.type == "plotly_chart"]
    assert any("&lt;img" in spec for spec in specs)
    assert not any("<img" in spec for spec in specs)
    for found in (*app.markdown, *app.header, *app.caption):
        assert "![x](" not in found.value


@pytest.fixture(scope="module")
def centres(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Sixty patients of two centres, of whom twelve in the north and three in the south have a brace."""
    words = open_registry(twelve(tmp_path_factory.mktemp("centres") / "clinics")).vocabulary
    rows = [
        {
            "case_id": at,
            "centre": "north" if at <= 30 else "south",
            "brace": at <= 12 or at > 57,
            "smoking": at % 2 == 0,
        }
        for at in range(1, 61)
    ]
    return small_registry(words, cases=rows)


@pytest.fixture
def bound_to_north(aggregates: None, centres: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setattr(registries, "whole", lambda: centres)
    monkeypatch.setattr(registries, "registry", lambda: centres)
    monkeypatch.setattr(registries, "centre_of", lambda folder: "north")
    return centres


def test_whoever_is_bound_to_a_centre_is_told_of_it_alone_by_the_rule_for_all_patients(
    bound_to_north: Registry,
) -> None:
    app = opened("overview", tab="Treatments", centre="south", smoking="yes", brace="yes")
    assert problems(app) == []
    assert "centre: North" in app.caption[0].value.replace("\\", "")
    assert "smoking: yes" in app.caption[0].value.replace("\\", "")
    assert app.query_params == {"tab": "Treatments", "centre": "north", "smoking": "yes"}
    assert "centre=south" in app.warning[0].value.replace("\\", "")
    assert [found.label for found in app.selectbox] == ["Only patients with", "Groups"]
    assert not [option for option in app.selectbox[0].options if "south" in option.lower()]
    app.selectbox[0].set_value("").run()
    assert "n = 30" in app.caption[0].value


def test_what_the_centre_may_tell_for_itself_and_not_beside_all_is_not_told(bound_to_north: Registry) -> None:
    """Twelve of thirty in the north have a brace, and fifteen of all: together they would tell of three in the south."""
    alone = Shared.of(only_with(bound_to_north, "centre", "north"), 5)
    told = alone.tell(Question())
    assert told.line(alone.facts.place("brace") or 0, told.groups[0]).told(0) == 12
    options = opened("overview").selectbox[0].options
    assert f"Spinal brace: yes · {SUPPRESSED}" in options
    assert any(option.startswith("Smoking: yes · 15") for option in options)


def test_a_centre_that_nobody_can_be_told_by_shows_nothing(
    bound_to_north: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registries, "centre_of", lambda folder: "elsewhere")
    app = opened("overview")
    assert len(app.error) == 1
    assert len(app.title) == len(app.selectbox) == 0
