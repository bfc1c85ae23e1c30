"""What lasted from when to when, in weeks from delivery: breastfeeding and the dated treatments of each patient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plro_core.figures.points import InView, sentence
from plro_core.figures.style import Look
from plro_core.figures.treatments import dose_words, doubt_words
from plro_core.lookups import Record
from plro_core.text import as_recorded, listed, safe_plotly
from plro_core.vocabulary import Vocabulary

WEEKS_A_MONTH = 365.25 / 12 / 7
#: Kinds of treatment that last and have a line of their own, below the drug that is told first, from the top of a lane.
#: Advice, such as rest, is none: what a source recommends has no start that it records.
_LASTING = ("orthosis", "supplement", "analgesic")
#: Kinds whose agents are named beside a lane where no date is given, besides the drug that is told first.
_NAMED = ("procedure",)


@dataclass(frozen=True)
class Span:
    """Something that lasted: from a week to a week (``None``: the end is not recorded), at a height in its lane."""

    case_id: int
    name: str
    start: float
    stop: float | None
    height: float
    hover: str
    status: str
    colour: str
    width: float
    known: float  # the last week at which it is known to go on


def lead_of(words: Vocabulary) -> str:
    """The kind of treatment that is told first."""
    return words.variable("kind", "treatments").trait


def lines_of(words: Vocabulary) -> tuple[str, ...]:
    """The kinds that have a line, from the top of a lane."""
    return lead_of(words), *_LASTING


def named_of(words: Vocabulary) -> tuple[str, ...]:
    """The kinds whose agents are named beside a lane where no date is given."""
    return lead_of(words), *_NAMED


def week_of(case: Record, month: float) -> float | None:
    """The week from delivery of a month after diagnosis."""
    diagnosed = case["weeks_postpartum"]
    return None if diagnosed is None else round(diagnosed + month * WEEKS_A_MONTH, 2)


def colours_of(look: Look) -> tuple[str, ...]:
    """Breastfeeding, then the kinds that have a line: the drug that is told first in the accent, the others quiet."""
    return (look.tint(look.text, 0.55), look.accent, look.tint(look.text, 0.7), look.line, look.tint(look.line, 0.75))


def spans_of(
    view: InView, given: Sequence[Record], origins: dict[tuple[str, str], Record], look: Look, lead_only: bool
) -> list[Span]:
    """Breastfeeding and the dated treatments of each kind, in its place in the lane; of many patients the first kind alone."""
    words, spans = view.vocabulary, []
    kinds = lines_of(words)[:1] if lead_only else lines_of(words)
    for case in view.cases:
        if case["weeks_postpartum"] is None:
            continue
        if not lead_only:
            spans += list(_breastfeeding(case, look))
        for index, kind in enumerate(kinds):
            rows = [
                row
                for row in given
                if (row["case_id"], row["kind"]) == (case["case_id"], kind) and row["start"] is not None
            ]
            for start, stop in sorted({(row["start"], row["stop"]) for row in rows}, key=str):
                same = [row for row in rows if (row["start"], row["stop"]) == (start, stop)]
                height = 0.0 if lead_only else 0.12 + 0.1 * index
                spans.append(_span(view, case, same, origins, height, colours_of(look)[index + 1], index == 0))
    return spans


def _span(
    view: InView,
    case: Record,
    rows: Sequence[Record],
    origins: dict[tuple[str, str], Record],
    height: float,
    colour: str,
    first: bool,
) -> Span:
    """Treatments of one patient that lasted equally long; ``first`` is the kind that is told first, drawn thick."""
    start, stop, diagnosed = rows[0]["start"], rows[0]["stop"], case["weeks_postpartum"]
    doubts = [_doubt(row, origins) for row in rows]
    return Span(
        case["case_id"],
        listed([row["agent"] for row in rows]),
        diagnosed + start,
        None if stop is None else diagnosed + stop,
        height,
        _hover(case["case_id"], rows, doubts),
        f"as {view.registry.stated_word}" if not any(doubts) else "uncertain",
        colour,
        7 if first else 3,
        diagnosed + start,
    )


def _breastfeeding(case: Record, look: Look) -> Iterator[Span]:
    what = case["breastfeeding"]
    if what is None:
        return
    stopped = what == "stopped"
    said = "breastfeeding stopped at diagnosis" if stopped else "breastfeeding continued; end not recorded"
    stop = float(case["weeks_postpartum"]) if stopped else None
    hover = sentence(f"Patient {case['case_id']}: {said}")
    name = f"breastfeeding {safe_plotly(what)}"
    colour, known = colours_of(look)[0], float(case["weeks_postpartum"])
    yield Span(case["case_id"], name, 0.0, stop, -0.2, hover, "start inferred", colour, 2.5, known)


def _doubt(row: Record, origins: dict[tuple[str, str], Record]) -> str:
    origin = origins.get((f"{row['case_id']}/{row['kind']}/{row['agent']}", "agent"))
    return doubt_words(origin) if origin else ""


def _hover(case_id: int, rows: Sequence[Record], doubts: list[str]) -> str:
    named = [", ".join(filter(None, (row["agent"], dose_words(row)))) for row in rows]
    start, stop = rows[0]["start"], rows[0]["stop"]
    began = "from diagnosis" if start == 0 else f"from week {as_recorded(start)} after diagnosis"
    end = "end not recorded" if stop is None else f"for {as_recorded(stop - start)} weeks"
    return sentence(f"Patient {case_id}: {safe_plotly('; '.join(named))}", f"{began}, {end}", *dict.fromkeys(doubts))
