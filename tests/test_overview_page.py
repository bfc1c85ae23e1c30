"""The overview: five small figures on one screen that lead to their pages, and old links to what stood here once."""

import re

import pytest

from plro_core.cohort import Cohort
from plro_core.counts import size
from plro_core.figures import FIGURES
from plro_core.figures.style import SMALLEST_ON_STAGE, STAGES, look
from plro_core.store import Registry
from tests.small_registry import small_registry
from tests.test_contrast import MARKS, WORDS, ratio
from tests.test_pages import charts, opened, words
from tests.test_statements import registry_of

pytest_plugins = ["tests.core_fixtures"]

GLANCES = sorted(name for name in FIGURES if name.endswith("_at_a_glance"))
#: Form by n: nobody's figure is a sentence; each a mark; quantiles and counts.
SIZES = (1, 2, 3, 60, 1000)


def marks(registry: Registry, name: str, **options: object) -> list[int | str]:
    chart = FIGURES[name].draw(registry, **options)
    found = [data for trace in chart.figure.to_dict()["data"] for data in trace.get("customdata") or ()]
    return [data[0] if isinstance(data, (list, tuple)) else data for data in found]


def test_one_screen_of_five_figures_three_findings_and_three_questions() -> None:
    app = opened("overview")
    assert not app.exception
    assert len(charts(app)) == 5
    assert [button.key for button in app.button if button.key and button.key.startswith("try_")] == [
        "try_0",
        "try_1",
        "try_2",
    ]
    assert "Pain from baseline to month 6: VAS median 7.5 to 0 (n = 10)" in words(app)
    assert "It is not" in words(app)


@pytest.mark.parametrize(
    ("name", "page", "tab"),
    [
        ("pain_at_a_glance", "pain", "time"),
        ("scores_at_a_glance", "bone", "patients"),
        ("spine_at_a_glance", "bone", "spine"),
        ("drugs_at_a_glance", "treatments", None),
        ("who_at_a_glance", "tables", None),
    ],
)
def test_a_small_figure_leads_to_its_page_with_the_same_patients(name: str, page: str, tab: str | None) -> None:
    app = opened("overview", smoking="yes")
    next(button for button in app.button if button.key == f"open_{name}").click().run()
    assert not app.exception
    assert "4 of 10 patients" in words(app)
    assert app.query_params["smoking"] in ("yes", ["yes"])
    if tab:
        assert app.query_params["tab"] in (tab, [tab])
    assert app.session_state["view_query"].page == page


@pytest.mark.parametrize("old", [{"tab": "recorded"}, {"figure": "missingness_map", "present": "1"}])
def test_old_links_to_what_is_recorded_open_the_quality_of_the_registry(old: dict[str, str]) -> None:
    app = opened("overview", smoking="yes", **old)
    assert not app.exception
    assert app.session_state["view_query"].page == "registry"
    assert "has moved here from the Overview" in words(app)
    assert "Recorded" in words(app) or "recorded" in words(app)
    assert len(charts(app)) == 1


def test_the_old_tab_of_published_cohorts_still_opens() -> None:
    app = opened("overview", tab="published")
    assert not app.exception
    assert not app.warning
    assert len(charts(app)) == 6


@pytest.mark.parametrize("name", GLANCES)
@pytest.mark.parametrize("n", SIZES)
def test_every_mark_is_a_patient_or_a_piece_of_the_cohort_language(name: str, n: int) -> None:
    registry = registry_of(n)
    for mark in marks(registry, name):
        if mark is None:
            continue
        if isinstance(mark, int):
            assert 1 <= mark <= n
        else:
            assert Cohort.parse(mark, registry.vocabulary).criteria


def test_the_parts_of_a_bar_are_all_patients_once(registry: Registry) -> None:
    """Each part of a variable's bar counts exactly the patients whom its piece of the language finds."""
    for made in (registry, registry_of(60)):
        chart = FIGURES["who_at_a_glance"].draw(made)
        (trace,) = chart.figure.to_dict()["data"]
        for mark, text in zip(trace["customdata"], trace["hovertext"], strict=True):
            found = size(made, Cohort.parse(mark, made.vocabulary)).patients
            told = re.search(r": (\d+) of", text.replace("<br>", " "))
            assert told is not None
            assert int(told[1]) == found, mark


def test_a_number_is_cut_at_round_ends_also_with_decimals_and_signs() -> None:
    cases = [{"case_id": n, "weight_gain_kg": gain} for n, gain in enumerate((-4.0, 0.0, 9.0, 10.0, 26.0), 1)]
    made = small_registry(cases=cases)
    pieces = [mark for mark in marks(made, "who_at_a_glance") if str(mark).startswith("weight_gain_kg")]
    found = [size(made, Cohort.parse(str(mark), made.vocabulary)).patients for mark in pieces]
    assert sum(found) == 5


@pytest.mark.parametrize("name", [*GLANCES, "missingness_map"])
@pytest.mark.parametrize("stage", sorted(STAGES))
@pytest.mark.parametrize("n", [1, 10, 60, 1000])
def test_a_stage_is_filled_in_type_that_can_be_read(name: str, stage: str, n: int) -> None:
    chart = FIGURES[name].draw(registry_of(n), look=look("light", stage=stage))
    for slide in range(2, chart.slides + 1):
        _readable(FIGURES[name].draw(registry_of(n), look=look("light", stage=stage), slide=slide), stage)
    _readable(chart, stage)


def _readable(chart, stage: str) -> None:  # type: ignore[no-untyped-def]
    layout = chart.figure.to_dict()["layout"]
    assert layout["height"] == STAGES[stage].height
    sizes = [part["font"]["size"] for part in layout["annotations"] if part["text"]]
    sizes += [
        axis["tickfont"]["size"] for key, axis in layout.items() if key[1:].startswith("axis") and axis.get("ticktext")
    ]
    assert all(size >= SMALLEST_ON_STAGE for size in sizes)


def test_a_highlight_moves_no_point(registry: Registry) -> None:
    for name in GLANCES:
        plain, lit = (FIGURES[name].draw(registry, highlight=who).figure.to_dict() for who in (None, 8))
        places = [
            sorted(
                (x, y) for trace in drawn["data"] for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None
            )
            for drawn in (plain, lit)
        ]
        assert places[0] == places[1], name


def test_many_patients_are_bands_and_counts_and_no_names() -> None:
    made = registry_of(1000)
    for name in GLANCES:
        assert not [mark for mark in marks(made, name) if isinstance(mark, int)], name
        assert "sample" not in FIGURES[name].draw(made).who
    chart = FIGURES["missingness_map"].draw(made)
    assert "sample" not in chart.who
    assert {trace["type"] for trace in chart.figure.to_dict()["data"]} == {"bar"}


def test_the_map_is_sorted_by_what_lacks_most_within_a_topic(registry: Registry) -> None:
    chart = FIGURES["missingness_map"].draw(registry)
    labs = [entry.label for entry in registry.vocabulary.labs]
    shown = [str(row["measure"]) for row in chart.data if row["measure"] in labs]
    lacking = {label: sum(not row["recorded"] for row in chart.data if row["measure"] == label) for label in labs}
    assert [lacking[label] for label in dict.fromkeys(shown)] == sorted(lacking.values(), reverse=True)
    columns = list(dict.fromkeys(row["case_id"] for row in chart.data))
    missing = {who: sum(not row["recorded"] for row in chart.data if row["case_id"] == who) for who in columns}
    assert [missing[who] for who in columns] == sorted(missing.values())


def test_a_registry_without_scores_treatments_or_pain_says_so() -> None:
    bare = small_registry(cases=[{"case_id": 1}, {"case_id": 2}])
    for name in GLANCES:
        chart = FIGURES[name].draw(bare)
        assert chart.summary.endswith(".")
    assert FIGURES["drugs_at_a_glance"].draw(bare).nothing == "No treatment is recorded."
    assert FIGURES["scores_at_a_glance"].draw(bare).nothing == "No T-score is recorded."


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_words_in_a_bar_can_be_read_on_its_fill_and_each_bar_has_an_outline(registry: Registry, theme: str) -> None:
    half = small_registry(cases=[{"case_id": n, "smoking": None if n % 2 else True} for n in range(1, 11)])
    for made in (registry, half):
        _readable_bars(FIGURES["who_at_a_glance"].draw(made, look=look(theme)).figure.to_dict(), theme)


def _readable_bars(drawn: dict, theme: str) -> None:  # type: ignore[type-arg]
    (trace,) = drawn["data"]
    fills = {
        (row, start): fill for row, start, fill in zip(trace["y"], trace["base"], trace["marker"]["color"], strict=True)
    }
    assert ratio(trace["marker"]["line"]["color"], look(theme).background) >= MARKS
    assert max(ratio(fill, look(theme).background) for fill in fills.values()) >= MARKS
    inside = [part for part in drawn["layout"]["annotations"] if part.get("xref") != "paper"]
    assert inside
    for part in inside:
        fill = next(fill for (row, start), fill in fills.items() if row == int(part["y"]) and start == part["x"])
        assert ratio(part["font"]["color"], fill) >= 1.2 * WORDS, (part["text"], fill)
