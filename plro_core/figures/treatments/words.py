"""What the figure of treatments says: its title, its text equivalent, and a row of treatment in words."""

from collections.abc import Sequence

from plro_core.cohort import Cohort
from plro_core.figures.form import MOST_DRAWN, by_groups, fitting
from plro_core.figures.points import InView, sentence
from plro_core.figures.treatments.seen import Seen
from plro_core.lookups import Record
from plro_core.statements import Share, Statement, chosen_by, only, state, together
from plro_core.tables import Cell, Column
from plro_core.text import as_recorded, listed, safe_plotly
from plro_core.vocabulary import Variable

QUESTION = "Who got what?"
COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("kind", "Kind"),
    Column("agent", "Intervention"),
    Column("dose", "Dose", "number", None),
    Column("unit", "Unit"),
    Column("route", "Route"),
    Column("frequency", "Frequency"),
    Column("start", "Start", "number", None, "weeks from diagnosis"),
    Column("stop", "Stop", "number", None, "weeks from diagnosis"),
    Column("status", "Status of the cell"),
    Column("source", "Source"),
)
#: As many interventions as the text equivalent names, and as many agents as a title.
_MOST_TOLD, _MOST_IN_TITLE = 20, 2
_UNDOCUMENTED = "What is not documented was not necessarily not given."
_NOT_ALLOCATED = "Treatment was not allocated: the columns at the right show what else differs between the patients."
_OPEN_END = "A bar that fades has no recorded end: how long it is drawn says nothing."


def notes(seen: Seen) -> tuple[str, ...]:
    """What a reader must know of the marks, as far as they are on this picture."""
    said = [_UNDOCUMENTED]
    if seen.named:
        said.append(_NOT_ALLOCATED)
    if seen.view.n <= MOST_DRAWN:
        rows = [row for found in seen.courses.values() for row in found if row["start"] is not None]
        doubted = [agent for agent in (*seen.lead_agents, *seen.other_agents) if seen.doubted(agent)]
        said += [_OPEN_END] if any(row["stop"] is None for row in rows) else []
        said += [f"A ring: inferred or in conflict, as the plotted rows say ({listed(doubted)})."] if doubted else []
    return tuple(said)


def dose_words(row: Record) -> str:
    """Dose, route and frequency as far as they are stated, such as "1000 IU, oral, daily"."""
    dose = f"{as_recorded(row['dose'])} {row['unit'] or ''}".strip() if row["dose"] is not None else ""
    return ", ".join(part for part in (dose, row["route"] or "", row["frequency"] or "") if part)


def when_words(row: Record) -> str:
    """From when to when it was given, as far as that is recorded."""
    start, stop = row["start"], row["stop"]
    if start is None:
        return "start not recorded"
    began = "from diagnosis" if start == 0 else f"from week {as_recorded(start)} after diagnosis"
    return f"{began}, {'end not recorded' if stop is None else f'to week {as_recorded(stop)}'}"


def hover(seen: Seen, row: Record) -> str:
    """A row of treatment: who got what, how much, when, and what is uncertain about it."""
    origin = seen.origin(row)
    status = doubt_words(origin) if origin else f"as {seen.registry.stated_word}"
    drug = row["kind"] in ("supplement", "analgesic", seen.lead)
    dose = dose_words(row) or ("dose not stated" if drug else "")
    time = when_words(row) if row["kind"] == seen.lead else ""
    who = f"Patient {row['case_id']}: {row['agent']}"
    source = origin["source"] if origin else ""
    return sentence(safe_plotly(who), safe_plotly(dose), time, status, safe_plotly(source or ""))


def doubt_words(origin: Record) -> str:
    """What is uncertain about a cell, safe to show: "in conflict: the Discussion prints 880 IU once a day"."""
    return safe_plotly(f"{_status(origin)}: {origin['note'] or origin['verbatim'] or ''}")


def _status(origin: Record) -> str:
    return "in conflict" if origin["status"] == "conflict" else str(origin["status"])


def table_row(seen: Seen, row: Record) -> tuple[Cell, ...]:
    """A row of treatment for the plotted points."""
    origin = seen.origin(row)
    return (
        row["case_id"],
        seen.kind.level_label(row["kind"]),
        *(row[name] for name in ("agent", "dose", "unit", "route", "frequency", "start", "stop")),
        _status(origin) if origin else f"as {seen.registry.stated_word}",
        origin["source"] if origin else None,
    )


def title(seen: Seen) -> str | Statement:
    """How many got a drug of the kind that is told first, and which, of those of whom any treatment is recorded."""
    view, kind = seen.view, seen.kind
    bisphosphonate = view.vocabulary.variable("bisphosphonate", "cases")
    if chosen := chosen_by(Cohort(view.cohort.who), [kind, bisphosphonate]):
        return only(QUESTION, chosen)
    share = view.share_having(kind, seen.lead)
    if not share.n:
        return Statement("Treatments are not recorded", (share,))
    if view.n == 1:
        got = listed(list(seen.lead_agents[:3])) or f"no documented {seen.lead_words}"
        return f"Patient {view.ids[0]} got {got}" if seen.lead_agents else f"Patient {view.ids[0]}: {got}"
    if view.group is not None:
        groups = view.of_groups(lambda level: view.share_having(kind, seen.lead, level))
        by_group = state(
            "{drug} by {by}: {groups}",
            drug=f"A documented {seen.lead_words}",
            by=view.group.label_in_sentence,
            groups=groups,
        )
        shorter = state("{drug}: {groups}", drug=seen.lead_words[:1].upper() + seen.lead_words[1:], groups=groups)
        return fitting(view, by_group, by_groups(view, shorter, _of_all(seen, share)))
    return _of_all(seen, share)


def _of_all(seen: Seen, share: Share) -> str | Statement:
    drug = f"a documented {seen.lead_words}"
    gap = f"; {share.gap}" if share.gap else ""
    if not share.k:
        return Statement(f"No {seen.lead_words} is documented: {share.bare}{gap}", (share,))
    start = Statement(f"{share.bare} got {drug}", (share,))
    agents = _agents_in_title(seen)
    whole = start + agents + Statement(gap)
    return fitting(seen.view, whole, start + Statement(gap))


def _agents_in_title(seen: Seen) -> Statement:
    """Which agents these are, with how many got each where they are several; empty where they are many."""
    agents = seen.lead_agents
    if len(agents) == 1:
        return Statement(f": {agents[0]}")
    if len(agents) > _MOST_IN_TITLE:
        return Statement("")
    shares = [(agent, seen.view.share_having(seen.agent, agent)) for agent in agents]
    return Statement(
        ": " + ", ".join(f"{agent} {share.bare}" for agent, share in shares), tuple(share for _, share in shares)
    )


def summary(seen: Seen) -> Statement:
    """Each kind of intervention, and the commonest interventions, with how many got them; of each group, if there are."""
    view, kind, agent = seen.view, seen.kind, seen.agent
    found = view.frequency(agent.name, None).values
    commonest = sorted(found, key=lambda name: (-found[name], name))[:_MOST_TOLD]
    parts = [_told(view, kind, level.code, level.label) for level in kind.levels if _anybody(view, kind, level.code)]
    for name in commonest:
        told = _told(view, agent, name, name)
        who = sorted({row["case_id"] for row in seen.given if row["agent"] == name})
        parts.append(told + Statement(_numbers(view, who)) if view.numbered and len(who) < view.n else told)
    start = state("Interventions of {patients}", patients=view.patients)
    if not parts:
        return start + Statement(": not recorded.")
    rest = " Rarer interventions are left out here." if len(found) > _MOST_TOLD else ""
    return start + Statement(": ") + together(parts, "; ") + Statement(f".{rest}")


def _anybody(view: InView, entry: Variable, value: str) -> bool:
    return value in view.frequency(entry.name, None).values


def _told(view: InView, entry: Variable, value: str, name: str) -> Statement:
    """ "calcium carbonate 9 of 10"; with groups a share of each."""
    if view.group is None:
        return state("{name} {share}", name=name, share=view.share_having(entry, value))
    return state(
        "{name}: {groups}", name=name, groups=view.of_groups(lambda level: view.share_having(entry, value, level))
    )


def _numbers(view: InView, case_ids: Sequence[int]) -> str:
    """Who they are; behind the last of several groups not in brackets, as if they were that group's."""
    if not case_ids:
        return ""
    named = f"patient{'s' * (len(case_ids) > 1)} {listed([str(case_id) for case_id in case_ids])}"
    return f", in all {named}" if view.group else f" ({named})"
