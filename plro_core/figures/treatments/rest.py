"""What everybody got in one line, and the rest, small and muted: a line for each intervention that some got."""

from collections.abc import Iterator

from plro_core.figures.style import Part, unseen, words
from plro_core.figures.treatments.plan import Plan, share_of
from plro_core.figures.treatments.seen import Seen
from plro_core.figures.treatments.words import hover
from plro_core.text import counted, safe_plotly

#: Of the width: the strip of patients before the words of a line.
_STRIP = 0.22


def names_span() -> list[float]:
    """Where the words of a line stand."""
    return [_STRIP + 0.02, 1.0]


def strip_span() -> list[float]:
    return [0.0, _STRIP]


def everybody_words(seen: Seen, plan: Plan) -> list[Part]:
    """What everybody got who has any treatment recorded."""
    if not plan.everybody:
        return []
    top = plan.head + plan.story_height + plan.foot + plan.line * 0.3
    place: Part = {"x": 0, "xref": "paper", "xshift": -plan.left + 4, "y": plan.share(top, 0)[1], "yref": "paper"}
    return [words(seen.look, plan.everybody, yanchor="top", size=11.5, color=seen.look.text, **place)]


def rest_words(seen: Seen, plan: Plan) -> list[Part]:
    """How many got each of the other interventions; what is left out is said."""
    look = seen.look
    said = []
    for index, agent in enumerate(plan.rest):
        told = f"<b>{share_of(seen, agent).bare}</b>  {safe_plotly(agent)}"
        said.append(words(look, told, x=_STRIP + 0.02, xref="paper", y=index, yref="y2", size=11))
    if plan.rarer:
        more = f"and {counted(plan.rarer, 'rarer intervention')}, see the text equivalent"
        said.append(words(look, more, x=_STRIP + 0.02, xref="paper", y=len(plan.rest), yref="y2", size=11))
    if seen.named and plan.rest:
        for index, case_id in enumerate(seen.view.ids):
            number: Part = {"x": index, "xref": "x4", "y": -0.95, "yref": "y2", "xanchor": "center", "size": 9.5}
            said.append(words(look, str(case_id), **number))
    return said


def rest_marks(seen: Seen, plan: Plan) -> Iterator[Part]:
    """Of named patients a dot for each who got it, a ring where the cell is uncertain; of more a bar of the share."""
    if not plan.rest:
        return
    look = seen.look
    if not seen.named:
        shares = [share_of(seen, agent) for agent in plan.rest]
        for index, share in enumerate(shares):
            yield {
                "mode": "lines",
                "xaxis": "x4",
                "yaxis": "y2",
                "x": [0, share.k / max(1, share.n)],
                "y": [index, index],
                "hovertext": [share.words] * 2,
                "line": {"color": look.line, "width": look.px(6)},
            }
        yield _names(seen, plan)
        return
    column = {case_id: index for index, case_id in enumerate(seen.view.ids)}
    rows = [row for row in seen.given if row["agent"] in plan.rest]
    yield {
        "mode": "markers",
        "name": "Rest",
        "xaxis": "x4",
        "yaxis": "y2",
        "x": [column[row["case_id"]] for row in rows],
        "y": [plan.rest.index(row["agent"]) for row in rows],
        "customdata": [[row["case_id"]] for row in rows],
        "hovertext": [hover(seen, row) for row in rows],
        "marker": {
            "symbol": ["circle-open" if seen.origin(row) else "circle" for row in rows],
            "color": [look.text if row["case_id"] == seen.highlight else look.quiet for row in rows],
            "size": look.px(7 if not plan.staged else 9),
            "line": {"width": look.px(1.4)},
        },
    }
    yield _names(seen, plan)


def _names(seen: Seen, plan: Plan) -> Part:
    """What a pointer meets over the words of a line: all who got that."""
    found = [(agent, [row["case_id"] for row in seen.given if row["agent"] == agent]) for agent in plan.rest]
    return {
        "mode": "markers",
        "name": "Interventions",
        "xaxis": "x6",
        "yaxis": "y2",
        "x": [0.05] * len(found),
        "y": list(range(len(found))),
        "customdata": [seen.piece_of(ids) for _, ids in found],
        "hovertext": [f"{safe_plotly(agent)}: {counted(len(set(ids)), 'patient')}" for agent, ids in found],
        "marker": unseen(seen.look.px(16)),
    }
