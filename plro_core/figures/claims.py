"""What became of a document's statements: a square for each, in a row a verdict."""

from collections.abc import Sequence

from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.series.claims import (
    FOUND,
    NOTHING,
    READING_ORDER,
    STATUS_WORDS,
    CheckedClaim,
    Status,
    check_claims,
    claims_caption,
    claims_finding,
    claims_rest,
)
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import safe_plotly

#: A verdict as the label of its row, after the number.
VERDICTS: dict[Status, str] = {
    "contradicted": "contradicted",
    "differs": "differ",
    "subset": "in part of the patients",
    "incomplete": "incomplete",
    "agrees": "agree",
    "circular": "circular",
    "omission": "not said",
    "not_checkable": "not checkable",
}
#: What did not come out whole.
_WARM = "#B75C14"
_ROW, _GAP, _LABELS = 21.0, 0.16, 178.0
#: A row is as long as so many squares at least, so that a few are not taken for many.
_SHORTEST = 40
_COLUMNS = (Column("status", "Status"), Column("statements", "Statements", "integer"), Column("meaning", "Meaning"))


def claims_found(registry: Registry, *, chosen: str = "", as_of: str = "", look: Look = LIGHT) -> Chart:
    """Every statement of the registry's documents as a square, in a row a verdict: contradictions first.

    The other rows are quiet where one is ``chosen``. ``as_of`` is any text that changes with the files of claims, for whoever
    keeps drawn figures.
    """
    rows = [(status, [claim for claim in check_claims(registry) if claim.status == status]) for status in READING_ORDER]
    rows = [(status, claims) for status, claims in rows if claims]
    checked = [claim for _, claims in rows for claim in claims]
    if not checked:
        return empty_chart(registry, "claims_found", NOTHING, _COLUMNS, look, NOTHING)
    most = max(_SHORTEST, *(len(claims) for _, claims in rows))
    row = (look.stage.height / look.scale - 8) / len(rows) if look.stage else _ROW
    layout = base_layout(
        look,
        row * len(rows) + 6,
        {"l": _LABELS, "r": 2, "t": 3, "b": 3},
        xaxis=quiet_axis(look, range=[-0.3, most], visible=False),
        yaxis=quiet_axis(look, range=[len(rows) - 0.5, -0.5], visible=False),
        annotations=[_label(status, len(claims), at, chosen, look) for at, (status, claims) in enumerate(rows)],
        barmode="overlay",
        bargap=0,
    )
    return compose(
        registry,
        "claims_found",
        claims_finding(checked),
        traces=[_squares(status, claims, at, chosen, look) for at, (status, claims) in enumerate(rows)],
        layout=layout,
        summary=" ".join(filter(None, (claims_finding(checked), claims_rest(checked)))),
        columns=_COLUMNS,
        rows=[(status, len(claims), STATUS_WORDS[status]) for status, claims in rows],
        notes=(claims_caption(registry),),
        look=look,
    )


def _hue(status: Status, look: Look) -> str:
    if status in FOUND:
        return _WARM
    return look.accent if status == "agrees" else look.line


def _quiet(status: Status, chosen: str) -> bool:
    return bool(chosen) and chosen != status


def _label(status: Status, n: int, at: int, chosen: str, look: Look) -> Part:
    quiet = _quiet(status, chosen)
    number = f'<span style="color:{look.quiet if quiet else look.ink(_hue(status, look))}"><b>{n}</b></span>'
    colour = look.quiet if quiet else look.text
    text = f"{VERDICTS[status]}  {number}"
    place: Part = {"x": 0, "xref": "paper", "xanchor": "right", "y": at, "yref": "y", "xshift": look.px(-7)}
    return words(look, text, size=13, color=colour, **place)


def _squares(status: Status, claims: Sequence[CheckedClaim], at: int, chosen: str, look: Look) -> Part:
    hue = _hue(status, look)
    return {
        "type": "bar",
        "name": status,
        "orientation": "h",
        "x": [1 - _GAP] * len(claims),
        "base": list(range(len(claims))),
        "y": [at] * len(claims),
        "width": 0.72,
        "customdata": [[claim.document, claim.id] for claim in claims],
        "hovertext": [_hover(claim) for claim in claims],
        "marker": {"color": look.tint(hue, 0.3) if _quiet(status, chosen) else hue, "line": {"width": 0}},
    }


def _hover(claim: CheckedClaim) -> str:
    said = f"<b>{wrapped(safe_plotly(claim.statement), 52)}</b>"
    found = f"printed {claim.printed}" if claim.printed else ""
    found += f"; recomputed {claim.recomputed}" if claim.printed and claim.recomputed else ""
    return "<br>".join(filter(None, (said, wrapped(safe_plotly(found), 52), safe_plotly(claim.location))))
