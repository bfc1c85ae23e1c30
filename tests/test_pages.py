"""Every page without a browser: opened cold from a link, for all patients, one patient and nobody."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from pages.parts.options import OPTIONS
from pages.shared import session
from pages.shared.figures import figure
from plro_core.cohort import Cohort
from plro_core.export import images
from plro_core.figures import pain_trajectories
from plro_core.store import open_registry, publish
from plro_core.vocabulary import STANDARD
from tests.all_pages import PAGES
from tests.oracle import ABOUT, synthetic_tables

COHORT_PAGES = PAGES[:-1]
FRAME = str(Path(__file__).resolve().parent.parent / "pages" / "frame.py")


def opened(page: str, **link: str) -> AppTest:
    """The page as a fresh session sees it that follows a link."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    for key, text in link.items():
        app.query_params[key.replace("__", ".")] = text
    if page != "overview":
        app.switch_page(f"{page}.py")
    return app.run()


def open_tab(app: AppTest, label: str) -> AppTest:
    """Click on a tab, for which the test tool has no way of its own."""
    row = next(block for block in _rows_of_tabs(app) if label in [tab.label for tab in block.children.values()])
    clicked = app._tree.get_widget_states()
    clicked.widgets.append(WidgetState(id=row.proto.tab_container.id, string_value=label))
    return app._run(clicked)


def tab_labels(app: AppTest) -> list[str]:
    return [tab.label for row in _rows_of_tabs(app) for tab in row.children.values()]


def in_all_tabs(app: AppTest) -> Iterator[AppTest]:
    """A page as it was opened, then with each of its further tabs open, one after the other."""
    yield app
    for row in [[tab.label for tab in row.children.values()] for row in _rows_of_tabs(app)]:
        for label in row[1:]:
            app = open_tab(app, label)
            yield app


def _rows_of_tabs(app: AppTest) -> list[Block]:
    return [node for node in app.main if isinstance(node, Block) and node.type == "tab_container"]


def words(app: AppTest) -> str:
    """All text on the page, escapes taken off."""
    parts = [
        element.value
        for kind in ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error")
        for element in app.get(kind)
    ]
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", "\n".join(parts))


def charts(app: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


@pytest.mark.parametrize("page", COHORT_PAGES)
def test_all_patients(page: str) -> None:
    app = opened(page)
    assert not app.exception
    assert "10 of 10 patients · 40 of 40 visits · all patients · data 2022-2" in words(app)


@pytest.mark.parametrize("page", COHORT_PAGES)
def test_nobody_is_said_and_offers_a_way_back(page: str) -> None:
    app = opened(page, age="12")
    assert not app.exception
    assert "0 of 10 patients · 0 of 40 visits" in words(app)
    if page in ("claims", "registry"):
        return
    if page != "tables":
        assert "No patient fits: patients with age 12 years." in words(app)
    widen = [button for button in app.button if button.key == "widen_age"]
    assert [button.label for button in widen] == ["Remove “age 12 years” to see 10 patients"]
    widen[0].click().run()
    assert "10 of 10 patients" in words(app)


@pytest.mark.parametrize("page", COHORT_PAGES)
def test_one_patient_is_shown_without_summary(page: str) -> None:
    app = opened(page, age="24")
    assert not app.exception
    assert "1 of 10 patients · 4 of 40 visits · patients with age 24 years" in words(app)
    assert not re.search(r"median[,;] .*n = \d", words(app))


def test_comparing_says_the_confounding_before_the_difference() -> None:
    app = opened("compare", a="breastfeeding=continued", unfolded="table")
    assert not app.exception
    text = words(app)
    assert "A: patients with breastfeeding continued, n = 2. B: everybody else, n = 8." in text
    assert "Both patients of A share smoking (2 of 8 others); no bisphosphonate (4 of 8 others);" in text
    sections = [element.value for element in app.header]
    assert sections.index("First: in what else do A and B differ?") < sections.index("Then: the outcomes")
    assert "p" not in app.table[-1].value.columns


def test_overlapping_cohorts_are_refused_until_the_shared_patients_are_placed() -> None:
    app = opened("compare", a="smoking=yes", b="age=25-31")
    assert "2 patients are in both A and B." in words(app)
    assert not charts(app)
    app = opened("compare", a="smoking=yes", b="age=25-31", overlap="b")
    assert not app.info
    assert "B: patients with age 25 to 31 years without those of A, n = 5." in words(app)
    assert charts(app)


def test_tests_are_shown_only_when_asked_for() -> None:
    app = opened("compare", a="smoking=yes", tests="shown")
    assert [name for name in app.table[-1].value.columns if name.startswith("Smallest")]


def test_one_patient_against_the_rest_says_what_cannot_be_computed() -> None:
    app = opened("compare", a="age=24", unfolded="table")
    assert not app.exception
    assert "95 % not attainable with 1 and 9 patients" in re.sub(
        r"\\([^a-zA-Z0-9\s])", r"\1", app.table[-1].value.to_string()
    )


def test_the_dictionary_names_the_uncertain_analyte_and_can_be_searched() -> None:
    app = opened("dictionary")
    assert not app.exception
    app = open_tab(app, next(label for label in tab_labels(app) if label.startswith("Visits")))
    assert '"Mg" (as printed; analyte uncertain)' in tables_text(app)
    app.text_input(key="dictionary_words").set_value("1989-3").run()
    assert "25(OH) vitamin D" in tables_text(app)
    assert "Calcium" not in tables_text(app)


def tables_text(app: AppTest) -> str:
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", " ".join(table.value.to_string() for table in app.table))


def test_a_link_filters_groups_and_highlights() -> None:
    app = opened("pain", smoking="yes", by="breastfeeding", patient="8")
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking · data 2022-2" in words(app)
    assert "Patient 8 is highlighted." in words(app).replace("**", "")
    assert app.selectbox(key="group_by").value == "breastfeeding"
    assert "Confounded: both patients with breastfeeding continued also share" in words(app)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"colour": "blue"}, "“colour” is not a variable that patients can be filtered by"),
        ({"age": "40-20"}, "“age=40-20”: the range runs backwards"),
        ({"vas__1": "0-15"}, "15 is impossible for pain (VAS); expected 0 to 10"),
        ({"by": "shoe_size"}, "“by=shoe_size” in the link was left out"),
        ({"smoking": "yes' OR 1=1 --"}, "is not a value of smoking; expected yes or no"),
        ({"at": "2"}, "“at=2” in the link was left out; expected a planned month after baseline: 1, 3, 6."),
        ({"patient": "99"}, "patient 99 is not in this registry"),
    ],
)
def test_a_faulty_link_shows_all_patients_and_says_why(link: dict[str, str], sentence: str) -> None:
    app = opened("overview", **link)
    assert not app.exception
    assert "10 of 10 patients" in words(app)
    assert sentence.lower() in words(app).lower()


@pytest.mark.parametrize(
    ("unknown", "sentence"),
    [
        ({"colour": "blue"}, "The filter “colour=blue” in the link was left out, so more may be shown than was meant."),
        ({"age": "40-20"}, "“age=40-20”: the range runs backwards; expected the lower end first."),
        ({"colour": "blue", "vas__2": "3"}, "“vas.2”: there is no visit at month “2”; expected 0, 1, 3 or 6."),
        ({f"no_{n}": "1" for n in range(9)}, "4 further filters in the link were left out, too."),
    ],
)
def test_an_unknown_filter_takes_none_of_the_known_ones_with_it(unknown: dict[str, str], sentence: str) -> None:
    app = opened("overview", smoking="yes", breastfeeding="continued", **unknown)
    said = [warning.value.replace("\\", "") for warning in app.warning]
    assert "2 of 10 patients · 8 of 40 visits · patients with smoking and breastfeeding continued" in words(app)
    assert any(sentence in one for one in said), said
    assert len(said) == min(len(unknown), 6)
    assert set(app.query_params) == {"smoking", "breastfeeding"}


def test_a_filter_narrows_and_its_counts_leave_it_out() -> None:
    app = opened("overview")
    pills = next(group for group in app.button_group if group.key == "filter_smoking")
    assert pills.options == ["yes · 4", "no · 6"]
    pills.set_value(["yes"]).run()
    assert "4 of 10 patients · 16 of 40 visits · patients with smoking" in words(app)
    pills = next(group for group in app.button_group if group.key == "filter_smoking")
    assert pills.options == ["yes · 4", "no · 6"]
    breastfeeding = next(group for group in app.button_group if group.key == "filter_breastfeeding")
    assert breastfeeding.options == ["stopped · 2", "continued · 2"]


def test_chips_and_reset() -> None:
    app = opened("overview", smoking="yes", age="25-31")
    assert "2 of 10 patients" in words(app)
    app.button(key="chip_smoking").click().run()
    assert "patients with age 25 to 31 years" in words(app)
    app.button(key="reset").click().run()
    assert "10 of 10 patients" in words(app)


def test_a_slider_writes_the_range_that_it_shows() -> None:
    app = opened("overview")
    app.slider(key="range_age").set_range(25, 31).run()
    assert "patients with age 25 to 31 years" in words(app)
    app.slider(key="range_age").set_range(24, 34).run()
    assert "all patients" in words(app)


def test_a_criterion_that_no_widget_can_show_stays_as_a_chip() -> None:
    app = opened("overview", vas__3="0-1")
    assert "VAS 0 to 1 at month 3" in words(app)
    app.button(key="chip_vas.3").click().run()
    assert "all patients" in words(app)


def test_patients_are_stepped_through_inside_the_cohort() -> None:
    app = opened("patients", smoking="yes")
    assert "1 of 4 in this cohort" in words(app)
    app.button(key="step_next").click().run()
    assert app.title[0].value == "Patient 6"
    app.button(key="step_next").click().run()
    app.button(key="step_next").click().run()
    assert app.title[0].value == "Patient 10"
    assert app.button(key="step_next").disabled


def typed(app: AppTest, key: str, text: str) -> None:
    """Type what a select box does not offer: the browser sends it as it is, the test tool sends offered options only."""
    box = app.selectbox(key=key)
    box.options.append(text)
    box.set_value(text).run()


def test_all_patients_of_a_large_view_are_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(synthetic_tables(1, 230), {**ABOUT, "version": "1"}, tmp_path, STANDARD)
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path))
    app = opened("patients", patient="50")
    assert "50 of 230 in this cohort" in words(app)
    assert "Page 1 of 5, 50 patients each" in words(app)
    app.button(key="step_next").click().run()
    assert "Page 2 of 5, 50 patients each" in words(app)
    app.button(key="patients_page_after").click().run()
    assert app.title[0].value == "Patient 101"
    app.button(key="patients_last").click().run()
    assert app.title[0].value == "Patient 201"
    assert app.button(key="patients_page_after").disabled
    typed(app, "choose_patient", "77")
    assert app.title[0].value == "Patient 77"
    typed(app, "choose_patient", "999")
    assert app.title[0].value == "Patient 77"
    assert "There is no patient “999” in this registry." in words(app)
    assert not app.exception


def test_a_patient_outside_the_view_has_neighbours_in_it() -> None:
    app = opened("patients", smoking="yes", patient="7")
    assert "This patient is not in the present cohort." in words(app)
    app.button(key="step_previous").click().run()
    assert app.title[0].value == "Patient 6"


def test_a_broken_registry_is_one_sentence_and_the_dictionary_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "CURRENT").write_text("lost")
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path))
    app = opened("overview")
    assert not app.exception
    assert "The registry cannot be shown." in app.error[0].value
    app = opened("registry")
    assert not app.exception
    assert app.title[0].value == "What does the registry hold, and how did it get there?"
    app = opened("dictionary")
    assert app.error
    assert app.title[0].value == "What does each variable mean?"


def formats(app: AppTest, name: str) -> list[str]:
    return [button.label for button in app.get("download_button") if button.key.startswith(f"download_{name}_")]


def test_a_figure_is_offered_with_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_CHROMIUM", sys.executable)  # any program: nothing is built before the click
    monkeypatch.setitem(images._tried, sys.executable, "")
    assert formats(opened("pain"), "pain_trajectories")[:3] == ["SVG, two columns", "PDF", "PNG, 300 dpi"]


def test_without_chromium_the_page_says_how_to_get_an_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLRO_CHROMIUM", str(tmp_path / "nothing"))
    app = opened("pain", smoking="yes")
    assert formats(app, "pain_trajectories")[0] == "Interactive HTML"
    assert any("No Chromium draws images on this server" in caption.value for caption in app.caption)
    config = json.loads(app.get("plotly_chart")[0].proto.config)
    assert not config["displayModeBar"]  # its camera would save the plot without n, cohort and data version


def test_what_is_downloaded_is_what_is_shown() -> None:
    app = opened("pain", smoking="yes", by="breastfeeding", patient="8")
    view = session.View(open_registry(), Cohort.parse("smoking=yes", STANDARD))
    on_white = figure(pain_trajectories, group="breastfeeding", highlight=8).on_white(view)
    shown, drawn = charts(app)[0]["data"], json.loads(on_white.figure.to_json())["data"]
    for key in ("x", "y", "customdata", "hovertext"):
        assert [trace.get(key) for trace in shown] == [trace.get(key) for trace in drawn]


def test_panels_of_laboratory_values_are_chosen_on_the_page_and_kept_in_the_link() -> None:
    app = opened("labs", panels="alp,calcium")
    field = app.multiselect(key="lab_panels")
    assert field.value == ["alp", "calcium"]
    field.set_value(["calcium"]).run()
    assert app.query_params["panels"] in ("calcium", ["calcium"])
    app.multiselect(key="lab_panels").set_value([]).run()
    assert "panels" not in app.query_params
    assert not app.exception


def test_panels_that_are_no_laboratory_values_are_left_out_with_a_word() -> None:
    app = opened("labs", panels="vas")
    assert app.multiselect(key="lab_panels").value == []
    assert not app.exception


def test_panels_are_told_by_their_short_names() -> None:
    assert OPTIONS["panels"].told("alp,calcium", STANDARD) == "only ALP, Calcium"
