"""Sentences that were false of small registries: each is told of the rows that made it so."""

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import compare, primary_words
from plro_core.confounding import confounded
from plro_core.figures import Chart
from plro_core.figures.catalogue import FIGURES
from plro_core.headlines import bone, overview, pain
from plro_core.pain_control import responders_table
from plro_core.patterns import patterns_table
from plro_core.quality import follow_up
from plro_core.store import Registry
from plro_core.tables.ranges import caveats
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.small_registry import courses, small_registry

pytest_plugins = ["tests.core_fixtures"]


def drawn(registry: Registry, name: str, query: str = "", by: str | None = None) -> Chart:
    words = registry.vocabulary
    options = {"group": words.variable(by, "cases")} if by else {}
    return FIGURES[name].draw(registry, Cohort.parse(query, words), **options)


# What groups share


def test_the_largest_group_is_warned_of_too(registry: Registry) -> None:
    """All six who do not smoke stopped breastfeeding and two of the four smokers did: no group of smokers shows it."""
    (sentence,) = confounded(registry, registry.vocabulary.variable("smoking", "cases"))
    assert sentence.startswith(
        "Confounded: all 6 patients with no smoking also share breastfeeding stopped (2 of 4 others). "
    )


def test_what_is_mirrored_is_said_once(registry: Registry) -> None:
    """The scores of those who stopped lie above those of the two who continued: the sentence on the two says it."""
    sentences = confounded(registry, registry.vocabulary.variable("breastfeeding", "cases"))
    assert len(sentences) == 1
    assert sentences[0].startswith("Confounded: both patients with breastfeeding continued")


def test_two_groups_of_one_are_both_warned_of() -> None:
    registry = small_registry(
        cases=[{"case_id": 1, "breastfeeding": "stopped"}, {"case_id": 2, "breastfeeding": "continued"}]
    )
    found = confounded(registry, registry.vocabulary.variable("breastfeeding", "cases"))
    assert [sentence.split(";")[0] for sentence in found] == [
        "Only one patient has breastfeeding continued",
        "Only one patient has breastfeeding stopped",
    ]


def test_others_who_were_not_asked_are_said() -> None:
    """Of eight others three were asked: "0 of 3 others" alone reads as if there were three."""
    cases = [{"case_id": n, "breastfeeding": "continued", "smoking": True, "t_l1_l4": -3.5} for n in (1, 2)]
    cases += [{"case_id": n, "breastfeeding": "stopped", "smoking": False if n < 6 else None} for n in range(3, 11)]
    cases = [case | ({"t_l1_l4": -2.0} if case["case_id"] in (3, 4) else {}) for case in cases]
    registry = small_registry(cases=cases)
    (sentence,) = confounded(registry, registry.vocabulary.variable("breastfeeding", "cases"))
    assert "smoking (0 of 3 others, not recorded in 5)" in sentence
    assert "the lowest L1-L4 T-score (all below the others' −2.0, not recorded in 6)" in sentence


# Few values among many patients


def test_two_values_of_many_patients_are_not_those_of_both_patients() -> None:
    registry = small_registry(
        cases=[{"case_id": n, "age": {1: 25, 2: 31}.get(n), "t_l1_l4": -2.0 if n == 1 else None} for n in range(1, 7)],
        visits=[{"case_id": 1, "month": 0, "vas": 7}],
    )
    details = [headline.detail for headline in (*overview(registry), *pain(registry), *bone(registry))]
    assert not [detail for detail in details if "patient" in detail]
    assert "both recorded values, years" in details
    assert "the one recorded value" in details


# Pain


def test_a_visit_without_a_value_is_not_a_visit_that_was_missed() -> None:
    """Patient 3 was seen at both visits and has a VAS at one: the others are not all who were seen."""
    registry = courses({0: 7, 1: 3}, {0: 8, 1: 4}, {0: 9, 1: None})
    title = drawn(registry, "pain_trajectories").title
    assert title == "Pain falls in both patients with a VAS at the two visits (1 without both values) by month 1"


def test_who_has_no_pain_at_baseline_has_a_value_at_both_visits() -> None:
    registry = courses({0: 0, 1: 0}, {0: 0, 1: 2}, {0: 4, 1: 2}, smoking=[True, True, False])
    smokers = Cohort.parse("smoking=yes", registry.vocabulary)
    halved = pain(registry, smokers)[-1]
    assert (halved.value, halved.detail) == ("–", "no pain at baseline to fall; 2 patients without pain at baseline")
    title = drawn(registry, "responder_waterfall", by="smoking").title
    assert title == (
        "Pain fallen by half or more at month 1 by smoking: yes 0 at the first visit in all who have both; no 1 of 1"
    )


def test_one_visit_is_not_called_neither() -> None:
    registry = courses({0: 7, 1: 3}, {1: 4})
    chart = drawn(registry, "pain_dumbbell", "month=0")
    assert "VAS not recorded at baseline" in chart.figure.to_json()
    assert "neither" not in chart.figure.to_json()


def test_a_time_that_never_came_is_not_told_as_one_that_came_later() -> None:
    registry = courses({0: 7, 1: 6, 6: 5}, {0: 8, 1: 1, 6: 0})
    chart = drawn(registry, "time_to_pain_control")
    assert "patient 1 not by month 6" in chart.summary.lower()
    assert "after month 6" not in chart.summary


def test_one_point_is_one() -> None:
    registry = courses({0: 7, 6: 6}, {0: 8, 6: 7})
    assert drawn(registry, "pain_dumbbell").title == "Pain falls by 1 point by month 6"
    assert "a change of −1 point." in drawn(registry, "pain_dumbbell").summary


# Who is drawn


@pytest.mark.parametrize(
    "name", sorted(name for name, entry in FIGURES.items() if "cohort" in entry.options and name != "patient_timeline")
)
def test_a_figure_of_a_selection_says_what_it_was_chosen_by(registry: Registry, name: str) -> None:
    if not FIGURES[name].can_draw(registry.vocabulary):
        return
    chart = drawn(registry, name, "smoking=yes")
    assert chart.who.startswith("4 patients with smoking")
    assert "4 patients with smoking" in chart.summary


def test_a_choice_of_visits_goes_with_the_text_equivalent(registry: Registry) -> None:
    chart = drawn(registry, "pain_trajectories", "vas=4-10")
    assert chart.who == "10 patients · only visits with VAS 4 to 10"


def test_patients_named_behind_groups_are_not_those_of_the_last_one(registry: Registry) -> None:
    summary = drawn(registry, "treatment_matrix", by="breastfeeding").summary
    assert "continued 0 of 2, in all patients 1, 3, 6 and 7" in summary


@pytest.mark.parametrize("by", [None, "breastfeeding"])
@pytest.mark.parametrize("name", ["pain_trajectories", "lab_trajectories"])
def test_no_median_is_drawn_or_told_of_visits_chosen_by_a_value(registry: Registry, name: str, by: str | None) -> None:
    """Of visits with a VAS from 4 on the medians are 7.5 and 5, where pain fell from 7.5 to 3.5."""
    chosen, whole = drawn(registry, name, "vas=4-10", by), drawn(registry, name, "month=0,1", by)
    assert "Median" in whole.figure.to_json()
    assert "edian" in whole.summary
    assert "Median" not in chosen.figure.to_json()
    assert "edian" not in chosen.summary
    assert any("no median is told or drawn" in note for note in chosen.notes)


def test_a_missing_visit_has_the_colour_of_its_group_and_no_mark_of_one() -> None:
    registry = courses({0: 7, 1: 3}, {0: 8}, {0: 9, 1: None}, breastfeeding=["stopped", "continued", None])
    chart = drawn(registry, "pain_trajectories", by="breastfeeding")
    lines = {
        trace.customdata[0][0]: trace.marker.color for trace in chart.figure.data if trace.name.startswith("Patient")
    }
    missing = [trace for trace in chart.figure.data if trace.name == "Not recorded"]
    assert {symbol for trace in missing for symbol in trace.marker.symbol} == {"line-ns-open"}
    marked = [
        (data[0], hue) for trace in missing for data, hue in zip(trace.customdata, trace.marker.color, strict=True)
    ]
    assert {case_id for case_id, _ in marked} == {2, 3}
    assert set(marked) <= set(lines.items())
    assert any(note.startswith("A short stroke below the axis") for note in chart.notes)


# Other words


def test_a_diagnosis_before_delivery_did_not_come_after_it() -> None:
    words = Vocabulary(parse("[widen.weeks_postpartum]\nplausible = [-40, 208]\n"))
    registry = small_registry(
        words, cases=[{"case_id": 1, "weeks_postpartum": -6}, {"case_id": 2, "weeks_postpartum": 10}]
    )
    assert drawn(registry, "swimmer").title == "Diagnosis in week −6 to 10 from delivery, by week 8 in 1 of 2"
    assert "after delivery" not in drawn(registry, "swimmer", "weeks_postpartum=-6").summary
    alp = registry.vocabulary.variable("alp", "visits")
    (caveat,) = caveats(registry, EVERYONE, [alp])
    assert caveat.endswith("Diagnosis, at baseline, was in week −6 to 10 from delivery.")


def test_nothing_is_reconstructed_where_no_document_prints_a_time(registry: Registry) -> None:
    assert _written(drawn(registry, "time_to_pain_control")).count("reconstructed · ") == 1
    own = _written(drawn(courses({0: 7, 1: 3}, {0: 8, 1: 1}), "time_to_pain_control"))
    assert "reconstructed" not in own
    assert "one candidate definition · " in own


def _written(chart: Chart) -> str:
    return " ".join(annotation.text for annotation in chart.figure.layout.annotations)


# Compare


def test_who_was_not_seen_at_a_visit_lacks_its_value() -> None:
    """Patient 2 missed month 1, patient 3 was seen without a VAS: both lack the value, as both lack the change."""
    registry = courses({0: 7, 1: 3}, {0: 8}, {0: 9, 1: None}, {0: 9, 1: 2}, smoking=[True, True, True, False])
    found = {
        difference.key: difference
        for difference in compare(registry, Cohort.parse("smoking=yes", STANDARD)).differences
    }
    assert (found["vas.1"].n_a, found["vas.1"].a.missing) == (1, 2)
    assert (found["vas.1.change"].n_a, found["vas.1.change"].a.missing) == (1, 2)
    assert (found["vas.0"].n_a, found["vas.0"].a.missing) == (3, 0)


def test_groups_made_by_an_outcome_are_said_to_be(registry: Registry) -> None:
    """Who has no pain at month 6 may have had less of it before, because she was chosen so."""
    chosen = primary_words(compare(registry, Cohort.parse("vas.6=0", registry.vocabulary)))
    assert chosen.endswith(
        "A and B were told apart by VAS 0 at month 6, so what differs in VAS at other visits is part of that choice and no "
        "finding."
    )
    assert "told apart" not in primary_words(compare(registry, Cohort.parse("smoking=yes", registry.vocabulary)))


def test_the_table_of_responders_warns_of_its_groups(registry: Registry) -> None:
    by = registry.vocabulary.variable("breastfeeding", "cases")
    assert set(confounded(registry, by)) <= set(responders_table(registry, group=by).notes)
    assert not [note for note in responders_table(registry).notes if note.startswith("Confounded")]


# What was not recorded, and what was not held


def test_a_visit_that_was_not_held_is_no_visit_at_which_pain_is_recorded() -> None:
    registry = courses({0: 7, 1: 3}, {0: 8})
    chart = drawn(registry, "missingness_map")
    assert chart.title == "Pain is recorded at every visit held, laboratory values in 0 of 15 cells"
    assert any("a visit that was not held is hollow, too" in note for note in chart.notes)
    whole = drawn(courses({0: 7, 1: 3}, {0: 8, 1: 2}), "missingness_map")
    assert whole.title.startswith("Pain is recorded at every visit, ")
    assert not any("not held" in note for note in whole.notes)


def test_supplements_that_nobody_documented_were_not_withheld() -> None:
    registry = small_registry(
        cases=[{"case_id": 1}, {"case_id": 2}],
        treatments=[{"case_id": n, "kind": "bone_active", "agent": "teriparatide"} for n in (1, 2)],
    )
    title = drawn(registry, "treatment_matrix").title
    assert title == "2 of 2 got a documented bone-active drug: teriparatide"


def test_what_is_not_recorded_is_in_no_number() -> None:
    registry = courses({0: 7, 1: 3}, {0: 8, 1: 2})
    for name in ("lab_trajectories", "swimmer"):
        assert "in not recorded" not in drawn(registry, name).summary
        assert "week not recorded" not in drawn(registry, name).summary


def test_a_choice_of_visits_does_not_unhold_the_others(registry: Registry) -> None:
    chosen = follow_up(registry, Cohort.parse("vas=4-10", registry.vocabulary))
    assert chosen.title == "40 of 40 planned visits were held"


def test_one_month_is_one() -> None:
    registry = courses({0: 7, 1: 6, 3: 0}, pain_control_months=[1])
    (contradiction,) = [note for note in drawn(registry, "time_to_pain_control").notes if "is stated" in note]
    assert contradiction.startswith("Patient 1: 1 month is stated, but")


# A registry that plans one visit


def test_without_a_later_visit_nothing_can_have_fallen() -> None:
    words = Vocabulary(parse("months = [0]\n"))
    registry = small_registry(
        words, cases=[{"case_id": 1}, {"case_id": 2}], visits=[{"case_id": 1, "month": 0, "vas": 7}]
    )
    chart = drawn(registry, "responder_waterfall")
    assert (chart.title, chart.nothing) == (
        "How far has each patient's pain fallen?",
        "No visit after baseline is planned.",
    )
    steps = patterns_table(registry, registry.vocabulary.variable("vas", "visits"), "steps")
    assert steps.layout.rows == ()


def test_the_mark_of_a_diagnosis_says_before_or_after_delivery() -> None:
    words = Vocabulary(parse("[widen.weeks_postpartum]\nplausible = [-40, 208]\n"))
    registry = small_registry(
        words, cases=[{"case_id": 1, "weeks_postpartum": -1}, {"case_id": 2, "weeks_postpartum": 10}]
    )
    marks = drawn(registry, "swimmer").figure.to_json().replace("<br>", " ")
    assert "Patient 1: diagnosis 1 week before delivery" in marks
    assert "Patient 2: diagnosis 10 weeks after delivery" in marks
