"""What the overview says first: findings counted from everybody, in a fixed order, and questions that have an answer here."""

import pytest

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import size
from plro_core.figures.catalogue import FIGURES
from plro_core.findings import MOST, findings, questions
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD
from tests.small_registry import small_registry
from tests.statements_oracle import check
from tests.test_pages import opened
from tests.test_statements import SIZES, left_over, registry_of, rows_of_size

pytest_plugins = ["tests.core_fixtures"]

QUERIES = (
    "",
    "smoking=yes",
    "vas=4-10",
    "month=0,6",
    "vas.6=0",
    "t_l1_l4=*--3",
    "case_definition=vertebral_fracture",
    "bisphosphonate=yes",
    "level=T12",
)


def said(registry: Registry, query: str = "") -> list[str]:
    return [str(finding) for finding in findings(registry, Cohort.parse(query, registry.vocabulary))]


@pytest.mark.parametrize("size_of", SIZES)
@pytest.mark.parametrize("query", QUERIES)
def test_what_is_found_is_counted_from_everybody(size_of: int, query: str) -> None:
    registry, rows = registry_of(size_of), rows_of_size(size_of)
    found = findings(registry, Cohort.parse(query, registry.vocabulary))
    assert len(found) <= MOST
    for finding in found:
        for amount in finding.amounts:
            check(rows, amount)
        assert left_over([finding.text], finding.amounts) == []
        assert "osteoporosis" not in finding.text


def test_three_findings_of_the_paper_in_their_fixed_order(registry: Registry) -> None:
    assert said(registry) == [
        "Pain from baseline to month 6: VAS median 7.5 to 0 (n = 10)",
        "Most often fractured: T10 in 2 of 10 patients, T12 in 2 of 10 patients",
        "L1-L4 T-score at or below −2.5 in 10 of 10",
    ]


@pytest.mark.parametrize(
    ("query", "never"),
    [
        ("vas.6=0", "Pain from"),
        ("vas=0-3", "Pain from"),
        ("t_l1_l4=*--3", "T-score"),
        ("t_femoral_neck=*--2", "T-score"),
        ("level=T12", "fractured"),
        ("case_definition=vertebral_fracture", "fractured"),
        ("bisphosphonate=yes", "bone-active"),
        ("weeks_postpartum=2-4", "Diagnosis"),
    ],
)
def test_nothing_is_found_of_what_the_view_was_chosen_by(registry: Registry, query: str, never: str) -> None:
    found = said(registry, query)
    assert found
    assert not [finding for finding in found if never in finding]


def test_the_order_does_not_follow_the_numbers() -> None:
    """With a score that nobody has low, and one that all have, the same three are said in the same order."""

    def of(score: float) -> list[str]:
        cases = [{"case_id": n, "t_l1_l4": score} for n in (1, 2, 3)]
        visits = [{"case_id": n, "month": month, "vas": 5} for n in (1, 2, 3) for month in (0, 6)]
        fractures = [{"case_id": n, "level": "T12"} for n in (1, 2)]
        return said(small_registry(cases=cases, visits=visits, fractures=fractures))

    assert [finding.split(" ")[0] for finding in of(0.5)] == [finding.split(" ")[0] for finding in of(-4.0)]
    assert of(0.5)[-1] == "L1-L4 T-score at or below −2.5 in 0 of 3"


def test_many_levels_that_tie_have_none_that_stands_out() -> None:
    cases = [{"case_id": n} for n in (1, 2, 3, 4)]
    levels = [{"case_id": n, "level": f"L{n}"} for n in (1, 2, 3, 4)]
    assert not [finding for finding in said(small_registry(cases=cases, fractures=levels)) if "fractured" in finding]
    both = [{"case_id": n, "level": level} for n in (1, 2) for level in ("L1", "L2")]
    two = small_registry(cases=cases, fractures=both)
    assert "Most often fractured: L1 in 2 of 4 patients, L2 in 2 of 4 patients" in said(two)


def test_the_levels_of_one_patient_are_not_the_most_frequent_of_a_group() -> None:
    cases, levels = [{"case_id": n} for n in (1, 2, 3)], [{"case_id": 1, "level": level} for level in ("T6", "T10")]
    assert not [finding for finding in said(small_registry(cases=cases, fractures=levels)) if "fractured" in finding]


def test_who_was_chosen_for_vertebroplasty_was_chosen_by_her_fractures() -> None:
    cases = [{"case_id": n, "vertebroplasty": True} for n in (1, 2, 3)]
    levels = [{"case_id": n, "level": "T12"} for n in (1, 2)]
    registry = small_registry(cases=cases, fractures=levels)
    cohort = Cohort.parse("vertebroplasty=yes", STANDARD)
    assert "Most often fractured: T12, in 2 of 3 patients" in said(registry)
    assert not [finding for finding in findings(registry, cohort) if "fractured" in str(finding)]
    for name in ("spine", "fracture_map"):
        title = FIGURES[name].draw(registry, cohort).title
        assert title == "Which vertebrae are fractured, and in whom? Only patients with vertebroplasty"


def test_who_lacks_the_last_visit_is_counted() -> None:
    cases, visits = [{"case_id": n} for n in (1, 2, 3)], [{"case_id": 1, "month": 0, "vas": 7}]
    assert said(small_registry(cases=cases, visits=visits)) == [
        "No VAS at month 6 in 3 of 3 patients",
        "3 patients in view",
    ]


def test_who_was_left_out_by_hand_is_said_and_of_a_list_nothing_is_found(registry: Registry) -> None:
    assert said(registry, "patients=!8")[0].endswith("(n = 9), without patient 8")
    assert said(registry, "patients=1,2,3") == ["3 patients in view"]


def test_nobody_is_found_and_asked_nothing(registry: Registry) -> None:
    nobody = Cohort.parse("age=12", STANDARD)
    assert findings(registry, nobody) == []
    assert questions(registry, nobody) == []


def test_the_papers_questions(registry: Registry) -> None:
    assert [(question.page, question.options) for question in questions(registry, EVERYONE)] == [
        ("pain", (("by", "breastfeeding"),)),
        ("compare", (("a", "smoking=yes"), ("b", "smoking=no"))),
        ("claims", ()),
    ]


def test_where_few_are_in_view_one_may_be_left_out() -> None:
    made = small_registry(cases=[{"case_id": n} for n in (4, 5, 6)])
    asked = {question.page: question.options for question in questions(made, EVERYONE)}
    assert asked["pain"] == (("patients", "!4"),)
    assert len(asked) == len(questions(made, EVERYONE))
    assert "pain" not in {question.page for question in questions(made, Cohort.parse("patients=!4", STANDARD))}


@pytest.mark.parametrize("size_of", SIZES)
@pytest.mark.parametrize("query", QUERIES)
def test_no_question_leads_to_nobody(size_of: int, query: str) -> None:
    registry = registry_of(size_of)
    cohort = Cohort.parse(query, registry.vocabulary)
    for question in questions(registry, cohort):
        options = dict(question.options)
        for side in (options[key] for key in ("a", "b") if key in options):
            chosen = Cohort.parse(side, registry.vocabulary)
            assert size(registry, Cohort((*cohort.who, *chosen.criteria))).patients > 1
        if "by" in options:
            assert registry.vocabulary.variable(options["by"], "cases") in registry.vocabulary.groupings


@pytest.mark.parametrize("query", ["", "smoking=yes", "case_definition=vertebral_fracture", "vas=4-10"])
def test_every_question_opens_a_page_without_complaint(registry: Registry, query: str) -> None:
    cohort = Cohort.parse(query, STANDARD)
    for question in questions(registry, cohort):
        link = {key.replace(".", "__"): text for key, text in (*cohort.pairs, *question.options)}
        app = opened(question.page, **link)
        assert not app.exception
        assert not [
            warning.value for warning in app.warning if "left out" in warning.value or "no " in warning.value[:12]
        ]
