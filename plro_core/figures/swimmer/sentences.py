"""What the figure of the way from delivery says: its title, its text equivalent, its notes and the plotted rows."""

from collections.abc import Sequence

from plro_core.cohort import Cohort, Criterion
from plro_core.figures.form import MOST_NAMED
from plro_core.figures.points import InView
from plro_core.figures.swimmer.spans import Span, week_of
from plro_core.lookups import Record
from plro_core.statements import Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Cell
from plro_core.text import as_recorded, counted_months, listed, visit_name
from plro_core.vocabulary import Range, Variable, Vocabulary

QUESTION = "When was what done, counted from delivery?"
EARLY = 8  # weeks from delivery within which a diagnosis is called early


def diagnosis_and_feeding(vocabulary: Vocabulary) -> tuple[Variable, Variable]:
    return vocabulary.variable("weeks_postpartum", "cases"), vocabulary.variable("breastfeeding", "cases")


def title(view: InView) -> str | Statement:
    """How long after delivery the diagnosis came, of everybody in whom it is recorded."""
    weeks, _ = diagnosis_and_feeding(view.vocabulary)
    if chosen := chosen_by(Cohort(view.cohort.who), [weeks]):
        return only(QUESTION, chosen)
    ends, early = view.ends(weeks), view.share(Criterion(weeks, (Range(None, EARLY),)))
    if not early.n:
        return Statement("The week of diagnosis is not recorded", (early,))
    if min(ends.frequency.values) < 0:  # before delivery: neither "after" nor "within" would be true
        week = f"week {EARLY}"
        return state("Diagnosis in week {ends} from delivery, by {week} in {early}", ends=ends, week=week, early=early)
    after = state("{ends} {weeks} after delivery", ends=ends, weeks="week" if ends.words == "1" else "weeks")
    if view.n == 1:
        return state("Patient {patient} was diagnosed {after}", patient=str(view.ids[0]), after=after)
    within = f"{EARLY} weeks"
    return state("Diagnosis came {after}, within {within} in {early}", after=after, within=within, early=early)


def summary(view: InView, cases: Sequence[Record]) -> Statement:
    """The weeks of diagnosis and breastfeeding of everybody; of few patients also whose they are, and pain control."""
    weeks, feeding = diagnosis_and_feeding(view.vocabulary)
    said: list[Statement] = [state("{question} {patients}", question=QUESTION, patients=view.patients)]
    said.append(
        state("diagnosis in week {ends} from delivery, {middle}", ends=view.ends(weeks), middle=view.middle(weeks))
        if view.middle(weeks).n
        else state("week of diagnosis {middle}", middle=view.middle(weeks))
    )
    fed = view.share(Criterion(feeding, (feeding.levels[0].code,)))
    said += [
        state(
            "breastfeeding {level} in {share}", level=level.label, share=view.share(Criterion(feeding, (level.code,)))
        )
        for level in (feeding.levels if fed.n else ())
    ]
    said += [] if fed.n else [state("breastfeeding {fed}", fed=fed)]
    by_patient = [
        f"{case['case_id']} at {as_recorded(case['weeks_postpartum'])}"
        for case in cases
        if case["weeks_postpartum"] is not None
    ]
    control = [
        f"patient {case['case_id']} at {counted_months(case['pain_control_months'])} after diagnosis"
        for case in cases
        if case["pain_control_months"] is not None
    ]
    if view.n <= MOST_NAMED and by_patient:
        said.append(Statement(f"weeks from delivery to diagnosis by patient: {listed(by_patient)}"))
    if view.n <= MOST_NAMED and control:
        said.append(Statement(f"pain control {view.registry.stated_word} for {listed(control)}"))
    return together(said, "; ") + Statement(".")


def notes(registry: Registry) -> tuple[str, ...]:
    """What is drawn from when, and what is not drawn, because no start of it is recorded."""
    treatments = (
        "A line that fades has no recorded end: how long it is drawn says nothing. Treatments are counted from diagnosis; "
        "a month has 4.35 weeks."
    )
    breastfeeding = (
        "Breastfeeding is drawn from delivery on. When symptoms began is not recorded in one way and is not drawn."
    )
    return (
        registry.told("swimmer.treatments", treatments),
        registry.told("swimmer.breastfeeding", breastfeeding),
        "Advice, such as rest and exercise, is not drawn: it is a recommendation without a course of its own.",
    )


def rows(view: InView, cases: Sequence[Record], spans: list[Span]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    stated = view.registry.stated_word
    for case in cases:
        case_id = case["case_id"]
        rows.append((case_id, "diagnosis", case["weeks_postpartum"], None, f"as {stated}"))
        rows += [
            (case_id, f"visit, {visit_name(month).lower()}", week_of(case, month), None, f"as {stated}")
            for month in view.months
            if view.visit(case_id, month)
        ]
        rows += [
            (case_id, span.name, round(span.start, 2), span.stop, span.status)
            for span in spans
            if span.case_id == case_id
        ]
        if case["pain_control_months"] is not None:
            at = week_of(case, case["pain_control_months"])
            rows.append((case_id, f"pain control, {stated}", at, None, f"as {stated}"))
    return rows
