"""Whether lumbar T-scores count where a lumbar vertebra is fractured."""

from pages.shared import bound, session
from pages.shared.options import one_of

OPTIONS = (one_of("lumbar", "leave-out", expected="leave-out", words="fractured lumbar vertebrae left out"),)


def left_out(view: session.View) -> bool:
    """Whether the lumbar T-scores of patients with a fractured lumbar vertebra are left out."""
    return view.options.get("lumbar") == "leave-out"


def control() -> None:
    """Leave out lumbar T-scores of patients with a fractured lumbar vertebra; kept in the link."""
    bound.toggle(
        "Without fractured lumbar spines",
        "lumbar",
        help="A fractured lumbar vertebra makes the lumbar T-score hard to interpret (ISCD).",
        on="leave-out",
    )
