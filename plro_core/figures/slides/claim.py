"""A claim on a stage: the printed words beside what the cells give, and why."""

from collections.abc import Sequence
from functools import lru_cache

from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.slides.sheet import Sheet, broken, height_of
from plro_core.figures.style import LIGHT, Look
from plro_core.series.claims import STATUS_WORDS, CheckedClaim, check_claims, claims_stamp
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import safe_plotly

_COLUMNS = tuple(
    Column(name, name.capitalize())
    for name in ("id", "statement", "location", "verbatim", "printed", "recomputed", "status", "explanation")
)
_GAP = 48.0


def claim_slide(registry: Registry, *, claim: str, look: Look = LIGHT) -> Chart:
    """What a document prints, as it prints it, beside the value that its cells give, with the reason.

    ``claim`` is the claim's id; where two documents use one id, the first has it.
    """
    found = next((known for known in _checked(registry, claims_stamp(registry)) if known.id == claim), None)
    if found is None:
        return empty_chart(
            registry, claim_slide.__name__, "A claim", _COLUMNS, look, f"There is no claim “{safe_plotly(claim)}”."
        )
    sheet = Sheet(look)
    _write(sheet, found)
    return compose(
        registry,
        claim_slide.__name__,
        found.statement,
        traces=[],
        layout=sheet.layout,
        summary=_summary(found),
        columns=_COLUMNS,
        rows=[tuple(getattr(found, column.name) for column in _COLUMNS)],
        look=look,
        who=_Source((f"{found.document}, {found.location}",)),
    )


class _Source(tuple[str]):
    """Where a claim is printed stands where other figures say who is drawn."""

    @property
    def words(self) -> str:
        return self[0]

    @property
    def shared(self) -> tuple[str, ...]:
        return ()


@lru_cache(maxsize=4)
def _checked(registry: Registry, stamp: str) -> tuple[CheckedClaim, ...]:
    """All claims of a registry, checked once for all slides until a file of claims changes."""
    return check_claims(registry)


def _summary(found: CheckedClaim) -> str:
    recomputed = f" Recomputed: {found.recomputed}." if found.recomputed else ""
    printed = f" Printed: “{found.printed or found.verbatim}”."
    return (
        f"{found.statement.rstrip('.')}.{printed}{recomputed} {STATUS_WORDS[found.status]} {found.explanation}".strip()
    )


def _write(sheet: Sheet, found: CheckedClaim) -> None:
    """The printed words to the left, the recomputed value to the right, below both what follows."""
    half = (sheet.width - _GAP) / 2
    right = half + _GAP
    left_end = _column(sheet, 0, half, "Printed", [(f"“{found.verbatim}”", 24.0, False), (found.printed, 34.0, True)])
    value = found.recomputed or "nothing to recompute"
    right_end = _column(sheet, right, half, "Recomputed from the cells", [(value, 34.0, bool(found.recomputed))])
    y = max(left_end, right_end) + 8
    sheet.rule(y)
    verdict = broken(STATUS_WORDS[found.status], sheet.width, 22.0)
    sheet.write(verdict, 0, y + 14, 22.0, bold=True, color=sheet.look.accent)
    y += 14 + height_of(verdict, 22.0) + 6
    size = 22.0
    while size > 18.5 and y + height_of(broken(found.explanation, sheet.width, size), size) > sheet.height:
        size -= 0.5
    sheet.write(broken(found.explanation, sheet.width, size), 0, y, size)


def _column(sheet: Sheet, x: float, width: float, head: str, parts: Sequence[tuple[str, float, bool]]) -> float:
    """A heading and what stands below it, each in its size; returns where it ends."""
    sheet.write(head, x, 0, 18.5, color=sheet.look.quiet)
    y = 34.0
    for text, size, bold in parts:
        if text:
            lines = broken(text, width, size)
            sheet.write(lines, x, y, size, bold=bold)
            y += height_of(lines, size) + 8
    return y
