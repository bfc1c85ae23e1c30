"""One statement of a document beside what its own cells give: for a stage, and as a picture to send."""

from dataclasses import dataclass, replace
from math import ceil

from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.points import wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, words
from plro_core.series.claims import FOUND, CheckedClaim, cells_of_claim, check_claims
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import NONE, safe_plotly

#: What is said over the answer of a check, by status.
VERDICT_WORDS = {
    "agrees": "It agrees",
    "differs": "It differs",
    "contradicted": "Another statement says otherwise",
    "subset": "It is true of a part of the patients alone",
    "incomplete": "It is incomplete",
    "omission": "It is not said",
    "circular": "The registry took its cell from this sentence",
    "not_checkable": "It cannot be checked",
}
_QUESTION = "What do the document’s own cells give?"
_WARM = "#B75C14"
_WIDTH, _HEIGHT = 1000.0, 420.0
#: The width of a letter and the height of a line, for a type size of one.
_LETTER, _LINE = 0.53, 1.32
_COLUMNS = (Column("part", "Part"), Column("words", "Words"))


@dataclass(frozen=True)
class _Sheet:
    """The room of the card in pixels, and how large its words are."""

    look: Look
    width: float
    height: float

    def text(self, said: str, left: float, top: float, size: float, **more: object) -> Part:
        place: Part = {"x": left / self.width, "y": 1 - top / self.height, "xref": "paper", "yref": "paper"}
        return words(self.look, said, size=size, yanchor="top", **place, **more)

    def letters(self, size: float, width: float) -> int:
        return max(12, int(width / (self.look.type(size) * _LETTER)))

    def line(self, size: float) -> float:
        return self.look.type(size) * _LINE


def claim_card(
    registry: Registry, *, claim: str, document: str = "", slide: int = 1, as_of: str = "", look: Look = LIGHT
) -> Chart:
    """A statement as it is printed, what the document's own cells give, and why; what does not fit on one slide follows.

    ``document`` is the short name of the one that prints it, where several have a claim of that id. ``as_of`` is any text that
    changes with the files of claims.
    """
    found = next((c for c in check_claims(registry) if c.id == claim and document in ("", c.document)), None)
    if found is None:
        return empty_chart(registry, "claim_card", _QUESTION, _COLUMNS, look, f"There is no claim “{claim}”.")
    stage = look.stage
    sheet = _Sheet(look, stage.width if stage else look.px(_WIDTH), stage.height if stage else look.px(_HEIGHT))
    said = _sentences(registry, found)
    annotations, below = _head(sheet, found)
    lines = wrapped(safe_plotly(said), sheet.letters(13, sheet.width)).split("<br>")
    fit = max(1, int((sheet.height - below) / sheet.line(13)))
    slides = ceil(len(lines) / fit)
    shown = lines[(slide - 1) * fit : slide * fit]
    annotations.append(sheet.text("<br>".join(shown), 0, below, 13, color=look.text))
    hidden = {"visible": False, "fixedrange": True, "range": [0, 1]}
    margin = dict.fromkeys("lrtb", 0.0)
    layout = base_layout(look, _HEIGHT, margin, annotations=annotations, xaxis=hidden, yaxis=hidden)
    chart = compose(
        registry,
        "claim_card",
        found.statement,
        traces=[],
        layout=layout,
        summary=_summary(found),
        columns=_COLUMNS,
        rows=[("Printed", found.printed), ("Recomputed", found.recomputed), ("Why", said)],
        look=look,
    )
    return replace(chart, slides=slides)


def _sentences(registry: Registry, claim: CheckedClaim) -> str:
    """Why, and how far that can be trusted."""
    return " ".join([claim.explanation, *cells_of_claim(registry, claim.document, claim.id).notes])


def _summary(claim: CheckedClaim) -> str:
    found = f" Recomputed: {claim.recomputed}." if claim.recomputed else ""
    return f"{claim.document}, {claim.location}: “{claim.verbatim}”.{found} {VERDICT_WORDS[claim.status]}. {claim.explanation}"


def _head(sheet: _Sheet, claim: CheckedClaim) -> tuple[list[Part], float]:
    """The print on the left and the answer on the right; and where what follows may begin."""
    look, half = sheet.look, sheet.width / 2
    hue = look.ink(_WARM if claim.status in FOUND else look.accent if claim.status == "agrees" else look.line)
    sides = (
        (0.0, f"{claim.document} prints", claim.printed or NONE, look.text),
        (half, "Its own cells give", claim.recomputed or NONE, hue),
    )
    parts, ends = [], []
    for left, over, number, colour in sides:
        size = 30 if len(number) < 24 else 19
        lines = wrapped(safe_plotly(number), sheet.letters(size, half - look.px(20)))
        top = sheet.line(13) + look.px(4)
        parts += [
            sheet.text(safe_plotly(over), left, 0, 13),
            sheet.text(f"<b>{lines}</b>", left, top, size, color=colour),
        ]
        ends.append(top + sheet.line(size) * (lines.count("<br>") + 1) + look.px(8))
    below = max(ends)
    quote = f"“{safe_plotly(claim.verbatim)}”, {safe_plotly(claim.location)}"
    left_lines = wrapped(quote, sheet.letters(13, half - look.px(20)))
    parts += [
        sheet.text(left_lines, 0, below, 13),
        sheet.text(f"<b>{VERDICT_WORDS[claim.status]}</b>", half, below, 13, color=hue),
    ]
    return parts, below + sheet.line(13) * (left_lines.count("<br>") + 1) + look.px(14)
