"""What the spine says: how many vertebrae are fractured, in how many patients, and where they lie close together."""

from collections.abc import Sequence
from dataclasses import replace

from plro_core.cohort import Criterion
from plro_core.counts import ALL, Group
from plro_core.figures.chart import Who
from plro_core.figures.form import by_groups
from plro_core.figures.fractures.sentences import NOTE, QUESTION, of_patient
from plro_core.figures.spine.seen import SPINE, Seen
from plro_core.lookups import Sample
from plro_core.statements import About, Each, Findings, PartOf, Statement, chosen_by, only, state
from plro_core.text import capitalised, from_to, listed
from plro_core.vocabulary import Variable
from plro_core.vocabulary.standard import T_SCORE_NOTE

#: Fractures lie close together where at most so many neighbouring vertebrae hold half of at least so many, of two patients.
_LONGEST_RUN, _LEAST_FRACTURES = 4, 5


def run_of(seen: Seen) -> Findings | None:
    """The fewest neighbouring vertebrae that hold at least half of all fractured ones.

    ``None`` where they are many, where two such runs hold as many, where fractures are few or of one patient, and where the view was
    chosen by its fractures or is split into groups.
    """
    everywhere = Findings(About(seen.level, seen.view.cohort), seen.found, SPINE, SPINE)
    if everywhere.n < _LEAST_FRACTURES or _with_one(seen).k < 2 or seen.view.group or chosen(seen):
        return None
    for length in range(1, _LONGEST_RUN + 1):
        runs = [
            Findings(everywhere.about, seen.found, SPINE[at : at + length], SPINE)
            for at in range(len(SPINE) - length + 1)
        ]
        best = sorted(runs, key=lambda run: run.k, reverse=True)
        if 2 * best[0].k >= everywhere.n:
            return best[0] if best[1].k < best[0].k else None
    return None


def chosen(seen: Seen) -> tuple[Criterion, ...]:
    """The criteria that choose patients by their fractures: of such a choice nothing is stated."""
    return chosen_by(seen.view.cohort, seen.view.vocabulary.of_fractures)


def _with_one(seen: Seen, group: Group = ALL) -> PartOf:
    """In how many patients a fractured vertebra is documented."""
    declared = {level.code for level in seen.level.levels}
    of_spine = Criterion(seen.level, tuple(code for code in SPINE if code in declared))
    return PartOf.of(seen.view.registry, seen.view.cohort, of_spine, by=seen.view.group, level=group)


def _fractured(seen: Seen, group: Group = ALL) -> Findings:
    """How many vertebrae are fractured, one of two patients counted twice."""
    found = seen.found if group == ALL else seen.counted(group)
    by = seen.view.group if group != ALL else None
    return Findings(About(seen.level, seen.view.cohort, by=by, level=group), found, SPINE, SPINE)


def _vertebrae(n: int) -> str:
    return f"{n} fractured vertebra{'e' if n != 1 else ''}"


def title_of(seen: Seen) -> str | Statement:
    """How many vertebrae are fractured in how many patients, and where half of them are; with groups, in each."""
    if criteria := chosen(seen):
        return only(QUESTION, criteria)
    if seen.view.n == 1:
        return Statement(f"Documented fractures of patient {seen.view.ids[0]}")
    whole, by = _clause(seen) + _where(seen), _compared_by(seen)
    if by is None:
        return whole
    groups = seen.view.of_groups(lambda group: _clause(seen, group))
    return by_groups(
        seen.view, state("Fractured vertebrae by {by}: {groups}", by=by.label_in_sentence, groups=groups), whole
    )


def _compared_by(seen: Seen) -> Variable | None:
    """The grouping; groups by what is documented say nothing of it."""
    by = seen.view.group
    return None if by in seen.view.vocabulary.of_fractures else by


def _clause(seen: Seen, group: Group = ALL) -> Statement:
    """ "10 fractured vertebrae in 3 of 10 patients"."""
    found, people = _fractured(seen, group), _with_one(seen, group)
    if not found.n:
        return state(
            "{no} documented in {n}", no="none" if group != ALL else "No fractured vertebra is", n=people.whole
        )
    said = str(found.n) if group != ALL else _vertebrae(found.n)
    return Statement(f"{said} in {people.words}", (found, people))


def _where(seen: Seen) -> Statement:
    run = run_of(seen)
    if run is None:
        return Statement("")
    return Statement(f"; {run.k} of them at {from_to(run.among[0], run.among[-1])}", (run,))


def summary_of(seen: Seen) -> Statement:
    """The spine in words: each patient's levels where patients are few, else the number of patients at each level."""
    said = _whole(_clause(seen))
    by = _compared_by(seen)
    if by:
        groups = seen.view.of_groups(lambda group: _clause(seen, group))
        said += state(" By {by}: {groups}.", by=by.label_in_sentence, groups=groups)
    if not seen.one_by_one:
        levels = Each(About(seen.level, seen.view.cohort), seen.found)
        score = seen.view.middle(seen.score)
        told = state(" Patients with a fracture by level: {levels}.", levels=levels) if seen.found.n else Statement("")
        return said + told + state(" {name}: {score}.", name=seen.score.label, score=score)
    some = [case["case_id"] for case in seen.order if seen.number_of(case["case_id"])]
    told_of = "; ".join(of_patient(case_id, seen.rows, seen.cemented, seen.levels) for case_id in some)
    return said + Statement(f" {capitalised(told_of)}." if told_of else "") + Statement(_scores(seen))


def _whole(statement: Statement) -> Statement:
    """A statement as a whole sentence."""
    return Statement(f"{capitalised(statement.text)}.", statement.amounts)


def _scores(seen: Seen) -> str:
    """ " L1-L4 T-score: patient 10 −3.4, patient 4 −3.2; not recorded in patient 2."."""
    scores = {case["case_id"]: case[seen.score.name] for case in seen.order}
    held = [f"patient {case_id} {seen.score.written(score)}" for case_id, score in scores.items() if score is not None]
    return f" {seen.score.label}: {', '.join(held) or 'not recorded'}."


def who_of(seen: Seen) -> Who:
    """Who is drawn: patients one by one, or counts of everybody, which no sample stands for."""
    who = seen.view.who(seen.highlight)
    return who if seen.one_by_one else replace(who, cases=Sample((), who.cases.of, who.cases.of))


def notes_of(seen: Seen) -> Sequence[str]:
    """What a reader must know: what is documented, what the marks mean, and how far a T-score may be read."""
    if not seen.one_by_one:
        own = f" A diamond marks the levels of patient {seen.highlight}." if seen.highlight is not None else ""
        return (
            NOTE,
            f"The number in a vertebra is that of the patients with a fracture there; the fill follows it.{own}",
        )
    acuity = seen.view.vocabulary.variable("acuity", "fractures")
    other = sorted({acuity.level_label(row["acuity"]) for row in seen.rows if row["acuity"] not in (None, "acute")})
    stated = f", one stated to be {listed(other, 'or')} has a dotted edge" if other else ""
    marks = (
        "The number in a vertebra of the large spine is that of the patients with a fracture there. In a patient's own spine "
        f"an acute fracture is full, one whose age is not stated hollow{stated}; a ring is a level that had vertebroplasty."
    )
    shade = (
        f"The shade of {seen.score.measures[0]} to {seen.score.measures[-1]} is that of the T-score below: the lower, the darker. "
        "A fractured vertebra makes a T-score that measures it hard to interpret; its own shade gives way to the fracture."
    )
    return (NOTE, marks, shade, T_SCORE_NOTE)
