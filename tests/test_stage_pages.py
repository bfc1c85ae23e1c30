"""The stage: what is on it, how one steps, what is muted, what words of one's own look like, and what a wrong link says."""

import json
import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import desk
from pages.shared.steps_on_stage import Stop, Way
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures import pain_trajectories, swimmer
from plro_core.figures.slides import table_one_slide, text_slide, words_of_slide
from plro_core.figures.spotlight import Spotlight, spotlit
from plro_core.figures.style import LIGHT, STAGES, look
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened

pytest_plugins = ["tests.core_fixtures"]


def layout(app: AppTest) -> dict:
    return json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]


def plain(text: str) -> str:
    """Markdown without the signs that keep it plain."""
    return text.replace("\\", "")


def said(app: AppTest) -> str:
    return plain(" ".join(part.value for part in (*app.title, *app.caption, *app.warning, *app.markdown)))


# The screen


def test_a_figure_is_drawn_for_the_screen_of_the_link() -> None:
    assert layout(opened("pain", present="1"))["height"] == STAGES["16x9"].height
    assert layout(opened("pain", present="1", screen="4x3"))["height"] == STAGES["4x3"].height


def test_the_windows_shape_is_used_until_somebody_chooses() -> None:
    app = opened("pain", present="1")
    app.button(key="present_shape_4x3").click().run()
    assert layout(app)["height"] == STAGES["4x3"].height
    app.button(key="present_screen").click().run()
    assert layout(app)["height"] == STAGES["16x9"].height
    assert app.query_params["screen"] == "16x9"
    assert not [button for button in app.button if (button.key or "").startswith("present_shape")]


def test_the_caveat_of_groups_is_on_the_slide() -> None:
    assert "Confounded" in said(opened("pain", present="1", by="breastfeeding", smoking="yes"))


# Slides and keys


def test_a_figure_of_several_slides_is_stepped_through_before_the_next_one() -> None:
    app = opened("tables", present="1")
    assert "1 of 3 · slide 1 of" in said(app)
    app.button(key="present_next").click().run()
    assert app.query_params["slide"] == "2"
    app.button(key="present_key_2").click().run()
    assert "2 of 3 · slide 1 of" in said(app)
    assert app.title[0].value.startswith("Table I")
    app.button(key="present_previous").click().run()
    assert app.title[0].value == "Summary of the cohort"
    assert int(app.query_params["slide"]) == table_one_slide_count()


def table_one_slide_count() -> int:
    from plro_core.store import open_registry

    with_all = open_registry()
    count = table_one_slide(with_all, look=look("light", stage="16x9")).slides
    with_all.close()
    return count


def test_every_figure_of_a_page_has_a_name_in_words_and_a_link_of_its_own() -> None:
    app = opened("compare", a="breastfeeding=continued", present="1")
    names = [option.partition(" ")[2] for option in app.selectbox(key="present_jump").options]
    assert names[:2] == ["Before any outcome", "Primary outcome"]
    assert {'Outcomes: "Mg"', "Outcomes: PTH", "Traits: Who they are"} <= set(names)
    place = names.index('Outcomes: "Mg"')
    app.selectbox(key="present_jump").select_index(place).run()
    again = opened("compare", **app.query_params)
    assert not again.warning
    assert again.selectbox(key="present_jump").value.endswith('Outcomes: "Mg"')


def test_leaving_the_stage_leaves_nothing_of_it_in_the_link() -> None:
    app = opened("pain", present="1", screen="4x3", spot="2", slide="1")
    app.button(key="present_leave").click().run()
    assert not set(app.query_params) & {"present", "screen", "spot", "slide", "figure"}


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"slide": "9"}, "There is no slide 9: this figure has one slide."),
        ({"figure": "cake"}, "There is no figure “cake” on this page."),
        ({"spot": "77"}, "Nobody in view is meant by the spotlight “77”."),
        ({"spot": "smoking=yes", "smoking": "no"}, "Nobody in view is meant by the spotlight “smoking=yes”."),
    ],
)
def test_what_there_is_not_is_said_in_one_sentence(link: dict[str, str], sentence: str) -> None:
    app = opened("pain", present="1", **link)
    assert not app.exception
    assert [plain(warning.value) for warning in app.warning] == [sentence]
    assert len(app.get("plotly_chart")) == 1


def test_an_empty_talk_says_how_to_fill_it() -> None:
    app = opened("pain", present="views")
    assert [plain(warning.value) for warning in app.warning] == [
        "There are no saved views to present here: save one in the Share menu first."
    ]


# The spotlight


def test_others_are_muted_and_nobody_moves(registry: Registry) -> None:
    chart = pain_trajectories(registry)
    lit = spotlit(chart, Spotlight.of("2,8", registry, EVERYONE), LIGHT)
    for before, after in zip(chart.figure.data, lit.figure.data, strict=True):
        others = str(before.name).startswith("Patient ") and before.name not in ("Patient 2", "Patient 8")
        assert (after.opacity not in (None, 1, 0)) == others, before.name
        assert (before.x, before.y) == (after.x, after.y)
    assert lit.who == "10 patients · spotlight on patients 2 and 8"
    assert lit.summary.endswith("Spotlight on patients 2 and 8.")


def test_points_of_several_patients_in_one_trace_are_muted_one_by_one(registry: Registry) -> None:
    light = Spotlight.of("smoking=yes", registry, EVERYONE)
    assert light.patients == {5, 6, 8, 10}
    found = [
        trace for trace in spotlit(swimmer(registry), light, LIGHT).figure.data if trace.marker.opacity is not None
    ]
    mixed = [trace for trace in found if isinstance(trace.marker.opacity, tuple)]
    assert mixed
    for trace in mixed:
        for data, opacity in zip(trace.customdata, trace.marker.opacity, strict=True):
            assert (opacity < 0.5) == (int(data[0]) not in light.patients)


def test_a_spotlight_on_nobody_is_refused(registry: Registry) -> None:
    for text in ("99", "smoking=yes"):
        with pytest.raises(QueryProblem, match="Nobody in view"):
            Spotlight.of(text, registry, Cohort.parse("smoking=no", STANDARD))


def test_the_light_is_chosen_by_keyboard_too() -> None:
    app = opened("pain", present="1")
    app.button(key="present_panel_spot").click().run()
    app.selectbox(key="present_spot").select("Smoking: yes").run()
    assert app.query_params["spot"] == "smoking=yes"
    assert "spotlight on patients with smoking (4 patients)" in said(app)
    app.selectbox(key="present_spot").select("Everybody").run()
    assert "spot" not in app.query_params


# Words and tables


def test_a_slide_of_words_has_its_heading_and_its_lines(registry: Registry) -> None:
    assert words_of_slide("Ten patients | one centre||two years") == ("Ten patients", ("one centre", "two years"))
    app = opened("pain", present="1", slide_words="Ten patients|one <b>centre</b>")
    assert app.title[0].value == "Ten patients"
    assert layout(app)["annotations"][0]["text"] == "one &lt;b&gt;centre&lt;/b&gt;"
    long, shown = "Heading|" + "|".join(["long words " * 18] * 8), look("light", stage="4x3")
    charts = [text_slide(registry, words=long, look=shown, slide=slide) for slide in (1, 2)]
    assert [chart.slides for chart in charts] == [2, 2]
    assert sum(len(chart.figure.layout.annotations) for chart in charts) == 8


def test_the_summary_on_a_stage_says_of_how_many_a_median_is(registry: Registry) -> None:
    chart = table_one_slide(registry, group=STANDARD.variable("breastfeeding", "cases"))
    rows = {row[0]: row[1:] for row in chart.table.shown}
    assert rows["Age (years)"][0] == "30.5 (29–31)"
    assert rows["Smoking"] == ["4 of 10", "2 of 8", "2 of 2"]
    assert rows["Weight gain in pregnancy (kg)"][0] == "26, n = 1"
    assert rows["Pain (VAS), 0-10 · Month 6"][0] == "0 (0–1)"
    assert any("Confounded" in caveat for caveat in chart.caveats)


def test_every_cell_of_a_table_is_on_one_of_its_slides(registry: Registry) -> None:
    shown = look("light", stage="4x3")
    first = table_one_slide(registry, look=shown)
    written = [
        note.text
        for slide in range(1, first.slides + 1)
        for note in table_one_slide(registry, look=shown, slide=slide).figure.layout.annotations
    ]
    flat = " ".join(written).replace("<br>", " ").replace("<b>", "").replace("</b>", "")
    assert [cell for row in first.table.shown for cell in row if cell.replace("&", "&amp;") not in flat] == []


# The speaker's window


def test_columns_that_do_not_fit_beside_each_other_take_as_few_slides_as_they_can(registry: Registry) -> None:
    group = STANDARD.variable("case_definition", "cases")
    first = table_one_slide(registry, group=group, look=look("light", stage="4x3"))
    assert first.slides <= 12
    assert "vertebral" in json.dumps(first.spec)


def test_the_speakers_window_shows_what_is_on_the_stage() -> None:
    stops = [Stop("First", lambda: None, "Say hello.\nSlowly."), Stop("Second", lambda: None)]
    desks = desk.Desks()
    desks.put("a" * 16, desk.Desk("Title", "First", stops[0].notes, "Second", "1 of 2", 10.0))
    desks.put("a" * 16, desk.Desk("Title", "Second", "", "", "2 of 2", 99.0))
    found = desks.read("a" * 16)
    assert found is not None
    assert (found.name, found.began) == ("Second", 10.0)  # the clock runs on
    desks.restart("a" * 16)
    again = desks.read("a" * 16)
    assert again is not None
    assert time.monotonic() - again.began < 60
    assert Way("view", stops, 0, 1, 1).next_name == "Second"
    assert Way("view", stops, 0, 1, 2).next_name == "First, slide 2"
    assert Way("view", stops, 1, 1, 1).next_name == ""
    assert desk.spoken(725.9) == "12:05"


def test_a_window_without_a_presentation_says_so() -> None:
    app = opened("pain", present="notes-0123456789abcdef")
    assert [info.value for info in app.info] == [
        "No presentation belongs to this window: open it anew from the controls of the stage."
    ]
    assert not app.get("plotly_chart")
