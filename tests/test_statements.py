"""Statements: every number in a title, alt text, note or headline is that of everybody in view, counted again row by row."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency
from plro_core.figures import Chart, flag_disagreements, patient_timeline
from plro_core.figures.catalogue import FIGURES
from plro_core.figures.time_to_control.sentences import TimeToControl
from plro_core.statements import About, Amount, Course, Ends, Middle, Response, Share, Statement, Total, state
from plro_core.store import Registry
from plro_core.text import k_of_n, patients
from plro_core.vocabulary import STANDARD
from tests.oracle import Rows, criteria, rows_of, synthetic_tables, treatments_of
from tests.oracle import registry_of as registry_with
from tests.small_registry import small_registry
from tests.statements_oracle import check

pytest_plugins = ["tests.core_fixtures"]

#: Sizes at which words go wrong: nobody, one, no median, a median, many, and more than are drawn.
SIZES = (0, 1, 2, 3, 60, 1000)
#: A size at which no treatment is recorded.
NO_TREATMENTS = 3
#: What a count looks like in words.
COUNT = re.compile(r"\b\d[\d\u202f]* (?:of \d|patients?\b|others?\b)|\bn = \d")
VAS = STANDARD.variable("vas", "visits")

#: Takes a patient or a comparison rather than a cohort.
OF_NO_COHORT = {"patient_timeline", "estimation_plot", "forest_plot", "published_cohorts"}


@cache
def registry_of(size: int) -> Registry:
    tables = synthetic_tables(size, size)
    return registry_with(tables if size == NO_TREATMENTS else tables | {"treatments": treatments_of(size, size)})


@cache
def rows_of_size(size: int) -> Rows:
    return rows_of(registry_of(size))


def charts(registry: Registry, name: str, cohort: Cohort, by: str | None) -> Iterator[Chart]:
    entry = FIGURES[name]
    options = {"group": registry.vocabulary.variable(by, "cases")} if by and "group" in entry.options else {}
    yield entry.draw(registry, cohort, **options)


def left_over(texts: Iterable[str], amounts: Iterable[Amount]) -> list[str]:
    """Counts in words that no amount accounts for."""
    known = sorted({part for amount in amounts for part in parts_of(amount) if part}, key=len, reverse=True)
    found = []
    for text in texts:
        for words in known:
            text = re.sub(rf"(?<!\d){re.escape(words)}(?!\d)", "…", text)
        found += COUNT.findall(text)
    return found


def parts_of(amount: Amount) -> Iterator[str]:
    """How an amount may be written: whole, and the parts that are written apart."""
    yield amount.words
    if isinstance(amount, Course):
        yield from (f"n = {amount.n}{amount.gap}", f"all {amount.n} patients", f"{amount.n} patients")
        yield from (k_of_n(amount.fell, amount.n), k_of_n(amount.rose, amount.n), patients(amount.unpaired))
    if isinstance(amount, Middle):
        yield f"n = {amount.n}"
    if isinstance(amount, Share):
        yield from filter(None, (amount.bare, amount.gap))
    if isinstance(amount, Response):
        yield from (*parts_of(amount.course), patients(amount.at_zero))
    if isinstance(amount, TimeToControl):
        yield from map(patients, (amount.found.n, amount.left_out, amount.found.contradicted))
    if isinstance(amount, Total):
        yield from (part.words for part in amount.parts)


def check_chart(rows: Rows, chart: Chart) -> None:
    for amount in chart.amounts:
        check(rows, amount)
    texts = [chart.title, chart.summary, *chart.notes]
    texts = [text.replace(chart.who[:1].upper() + chart.who[1:], "") if chart.who else text for text in texts]
    for caveat in chart.caveats:
        texts = [text.replace(caveat, "") for text in texts]
    assert left_over(texts, chart.amounts) == [], texts


#: Those that the standard words can draw; Z-scores and repeated scans have tests of their own.
NAMES = sorted(name for name, entry in FIGURES.items() if name not in OF_NO_COHORT and entry.can_draw(STANDARD))
#: Figures whose words are not statements yet.
PENDING = set(NAMES) - {"pain_trajectories", "t_score_strip", "t_score_distribution", "fracture_map"}
PENDING -= {"lab_trajectories", "overlap", "spine", "swimmer", "treatment_matrix"}
PENDING -= {name for name in NAMES if name.endswith("_at_a_glance")}
PENDING -= {"missingness_map", "pattern_strips", "pain_dumbbell", "responder_waterfall", "time_to_pain_control"}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", sorted(set(NAMES) - PENDING))
@pytest.mark.parametrize("by", [None, "breastfeeding", "smoking"])
@pytest.mark.parametrize("query", ["", "vas=4-10", "month=0,6", "smoking=yes", "case_definition=vertebral_fracture,~"])
def test_what_a_figure_says_is_counted_from_everybody(size: int, name: str, by: str | None, query: str) -> None:
    registry = registry_of(size)
    for chart in charts(registry, name, Cohort.parse(query, registry.vocabulary), by):
        check_chart(rows_of_size(size), chart)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    chosen=st.lists(criteria(), max_size=2, unique_by=lambda criterion: criterion.key),
    name=st.sampled_from(sorted(set(NAMES) - PENDING)),
    by=st.sampled_from([None, "breastfeeding", "bisphosphonate"]),
)
def test_so_it_is_in_random_cohorts(chosen: list[object], name: str, by: str | None) -> None:
    registry, cohort = registry_of(60), Cohort(tuple(chosen))  # type: ignore[arg-type]
    for chart in charts(registry, name, cohort, by):
        check_chart(rows_of_size(60), chart)


def test_no_course_is_stated_of_visits_chosen_by_their_value(registry: Registry) -> None:
    cohort = Cohort.parse("vas=4-10", registry.vocabulary)
    chart = FIGURES["pain_trajectories"].draw(registry, cohort)
    assert chart.title == "How fast does pain fall? Only visits with VAS 4 to 10"


def test_two_values_have_no_median_and_are_listed() -> None:
    two = Middle(About(VAS, EVERYONE, 0), Frequency({7: 1, 9: 1}))
    assert two.median is None
    assert two.words == "7 and 9 (n = 2)"
    assert Middle(two.about, Frequency({9: 2})).words == "9 and 9 (n = 2)"
    assert Middle(two.about, Frequency({7: 1, 9: 2})).words == "median 9 (n = 3)"
    assert Middle(two.about, Frequency({}, 4)).words == "not recorded"


def test_equal_ends_are_one_number() -> None:
    assert Ends(About(VAS, EVERYONE), Frequency({8: 3})).words == "8"
    assert Ends(About(VAS, EVERYONE), Frequency({3: 1, 8: 3})).words == "3 to 8"


def test_a_course_is_of_those_who_have_both_values() -> None:
    """Medians of 7 (n = 5) and 4 (n = 3) are not a fall from 7 to 4: the three who have both went from 6 to 4."""
    course = Course(About(VAS, EVERYONE), 0, 6, {(5, 3): 1, (6, 4): 1, (8, 5): 1}, 2)
    assert course.words == "median 6 to 4 (n = 3, 2 without both values)"
    assert (course.fell, course.rose, course.n) == (3, 0, 3)
    assert Course(About(VAS, EVERYONE), 0, 6, {(6, 4): 1}, 0).words == "6 to 4 (n = 1)"
    assert Course(About(VAS, EVERYONE), 0, 6, {}, 3).words == "no value at both visits"


def test_who_was_not_asked_is_neither_yes_nor_no(registry: Registry) -> None:
    smoking = Cohort.parse("smoking=yes", registry.vocabulary).criteria[0]
    about = About(smoking.variable, EVERYONE)
    assert Share.of(about, Frequency({}, 5), smoking).words == "not recorded"
    assert Share.of(about, Frequency({True: 2, False: 1}, 5), smoking).words == "2 of 3 (not recorded in 5)"
    assert Share.of_patients(registry, about, smoking).words == "4 of 10"


def test_a_statement_has_no_number_of_its_own() -> None:
    with pytest.raises(ValueError, match="4 of 10"):
        state("Smoking in 4 of 10")
    assert state("Smoking in {share}", share=Statement("nobody")).text == "Smoking in nobody"


def test_the_disagreement_of_flags_is_counted_from_everybody_and_a_part_is_listed() -> None:
    registry, rows = registry_of(1000), rows_of_size(1000)
    found = dict.fromkeys(("agree", "disagree", "no range"), 0)
    for visit in rows["visits"]:
        for lab in STANDARD.labs:
            value, printed = visit[lab.name], visit[f"{lab.name}_flag"]
            computed = lab.flag(value)
            if value is not None and (printed or computed):
                found["no range" if lab.reference is None else "agree" if printed == computed else "disagree"] += 1
    table = flag_disagreements(registry)
    said = f"{found['disagree']} of {found['disagree'] + found['agree']} flagged cells"
    assert table.title == f"Reported flag and computed flag disagree in {said}"
    assert len(table.rows) < sum(found.values())
    assert "The counts are of everybody; listed are the cells of a fixed sample of 200 of 1000 patients." in table.notes
    assert any(f"{found['no range']} reported flags" in note for note in table.notes)


def test_flags_that_nobody_recorded_are_not_counted_as_agreeing_or_not() -> None:
    def title(**visit: object) -> str:
        return flag_disagreements(
            small_registry(cases=[{"case_id": 1}], visits=[{"case_id": 1, "month": 0, **visit}])
        ).title

    assert title() == "Laboratory values are not recorded"
    assert title(calcium=8.0) == "Reported flags are not recorded; 1 of 1 values lie outside a reference range"
    assert title(calcium=9.0, magnesium=4.0, magnesium_flag="H") == (
        "No value has a reported flag or lies outside its reference range"
    )


def test_without_a_treatment_row_treatments_are_not_recorded() -> None:
    chart = FIGURES["treatment_matrix"].draw(registry_of(NO_TREATMENTS))
    assert chart.title == "Treatments are not recorded"
    assert chart.summary.startswith("Interventions of 3 patients: not recorded.")


def test_whoever_has_no_treatment_row_is_in_no_denominator() -> None:
    given = [
        {"case_id": 1, "kind": "supplement", "agent": "calcium"},
        {"case_id": 2, "kind": "procedure", "agent": "x"},
    ]
    asked = small_registry(cases=[{"case_id": case_id} for case_id in (1, 2, 3)], treatments=given)
    chart = FIGURES["treatment_matrix"].draw(asked)
    assert chart.title == "No bone-active drug is documented: 0 of 2; not recorded in 1"
    assert "calcium 1 of 2 (not recorded in 1) (patient 1)" in chart.summary


def test_a_group_inside_another_is_found_beyond_the_patients_drawn() -> None:
    """Of 1,000 patients 200 are drawn: one who is not drawn breaks "all", and nobody drawn need have the trait."""
    drawn = {case["case_id"] for case in lookups.cases(registry_of(1000))}
    far = next(case_id for case_id in range(1, 1001) if case_id not in drawn)
    others = [{"case_id": case_id, "smoking": True, "brace": True} for case_id in range(1, 1001) if case_id != far]
    plain = {"case_id": far, "smoking": True, "brace": False}
    assert FIGURES["overlap"].draw(small_registry(cases=[*others, plain])).title == "Which groups overlap?"
    sober = plain | {"smoking": False}
    title = FIGURES["overlap"].draw(small_registry(cases=[*others, sober])).title
    assert title == "All 999 patients who smoke also wore a brace"


def test_choosing_by_a_trait_says_nothing_of_traits(registry: Registry) -> None:
    def title(name: str, query: str) -> str:
        return FIGURES[name].draw(registry, Cohort.parse(query, STANDARD)).title

    assert title("overlap", "smoking=yes") == "Which groups overlap? Only patients with smoking"
    assert title("treatment_matrix", "bisphosphonate=yes") == "Who got what? Only patients with bisphosphonate"
    assert title("swimmer", "weeks_postpartum=0-4").endswith(
        "delivery? Only patients with diagnosis at 0 to 4 weeks postpartum"
    )
    assert title("lab_trajectories", "vas=4-10").endswith("range? Only visits with VAS 4 to 10")


def test_a_patients_title_is_her_own_first_and_last_recorded_vas() -> None:
    registry, rows = registry_of(60), rows_of_size(60)
    for case_id in range(1, 61):
        values = [
            (visit["month"], visit["vas"])
            for visit in sorted(rows["visits"], key=lambda visit: visit["month"])
            if visit["case_id"] == case_id and visit["vas"] is not None
        ]
        told = [f"{value} at {f'month {month}' if month else 'baseline'}" for month, value in values]
        ends = ", ".join(told if len(told) < 2 else (told[0], told[-1])) or "not recorded"
        chart = patient_timeline(registry, case_id=case_id)
        assert chart.title == f"Patient {case_id}: VAS {ends}"
        given = [row["agent"] for row in rows["treatments"] if row["case_id"] == case_id]
        assert ("Treatments: not recorded." in chart.summary) == (not given)
