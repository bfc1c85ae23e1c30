"""Treatments at a glance: who got a bone-active drug, and how many got anything else."""

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.glance.small import HEIGHT, MOST_ROWS, Line, dimmed, each_drawn, row_names, rows_axis, whom
from plro_core.figures.points import InView, in_view, sentence
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis
from plro_core.lookups import Record
from plro_core.statements import Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import listed, safe_plotly
from plro_core.vocabulary import Variable

_QUESTION = "Who got a bone-active drug?"
_COLUMNS = (
    Column("kind", "Kind of intervention"),
    Column("patients", "Patients", "integer"),
    Column("of", "Of", "integer"),
)
#: What stands first, whatever else was given.
_FIRST = "bone_active"


def drugs_at_a_glance(
    registry: Registry, cohort: Cohort = EVERYONE, *, highlight: int | None = None, look: Look = LIGHT
) -> Chart:
    """Kinds of treatment, the bone-active drugs first: a dot for each patient who got one, or bars where they are many."""
    kind = registry.vocabulary.variable("kind", "treatments")
    view = in_view(registry, Cohort(cohort.who), [kind], visits=False)
    if not view.n:
        return empty_chart(registry, "drugs_at_a_glance", _QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    kinds = _kinds(view, kind)
    if not view.frequency(kind.name, None).n:
        return empty_chart(registry, "drugs_at_a_glance", _QUESTION, _COLUMNS, look, "No treatment is recorded.")
    given = tuple(lookups.facts(registry, "treatments", view.cohort))
    return compose(
        registry,
        "drugs_at_a_glance",
        _title(view, kind),
        traces=_dots(view, kinds, given, highlight, look) if each_drawn(view) else _bars(view, kind, kinds, look),
        layout=_layout(view, kind, kinds, look),
        summary=_summary(view, kind, kinds),
        columns=_COLUMNS,
        rows=[(kind.level_label(code), (share := view.share_having(kind, code)).k, share.n) for code in kinds],
        look=look,
        notes=("What is not documented may have been given. Treatment was not allocated.",),
        who=whom(view, highlight, each_drawn(view)),
    )


def _kinds(view: InView, kind: Variable) -> list[str]:
    """The bone-active drugs, then the kinds that anybody got, in the order of their declaration."""
    held = view.frequency(kind.name, None).values
    rest = [level.code for level in kind.levels if level.code != _FIRST and held.get(level.code)]
    return [_FIRST, *rest][:MOST_ROWS]


def _layout(view: InView, kind: Variable, kinds: list[str], look: Look) -> Part:
    lines = [
        Line(kind.level_label(code).capitalize(), view.share_having(kind, code).bare, code == _FIRST) for code in kinds
    ]
    return base_layout(
        look,
        HEIGHT,
        {"l": 2, "r": 4, "t": 4, "b": 4},
        xaxis=quiet_axis(look, range=[-0.02, 1.0], visible=False),
        yaxis=rows_axis(len(kinds), look),
        annotations=row_names(lines, look),
    )


def _dots(view: InView, kinds: list[str], given: tuple[Record, ...], highlight: int | None, look: Look) -> list[Part]:
    """A dot for each patient at her own place in every row, full where she got the treatment."""
    ids = sorted(view.ids)
    agents: dict[tuple[int, str], list[str]] = {}
    for row in given:
        agents.setdefault((row["case_id"], row["kind"]), []).append(str(row["agent"]))
    cells = [(place, case_id, index, code) for index, code in enumerate(kinds) for place, case_id in enumerate(ids)]
    got = [agents.get((case_id, code), []) for _, case_id, _, code in cells]
    colours = []
    for (_, case_id, _, code), names in zip(cells, got, strict=True):
        hue = look.text if case_id == highlight else look.accent if code == _FIRST else look.line
        full = look.tint(hue, 0.35 if dimmed(case_id, highlight) else 0.85)
        colours.append(full if names else look.tint(look.rule, 0.55))
    return [
        {
            "mode": "markers",
            "name": "Treatments",
            "x": [(place + 0.5) / len(ids) for place, *_ in cells],
            "y": [index + 0.2 for *_, index, _ in cells],
            "customdata": [case_id for _, case_id, *_ in cells],
            "hovertext": [
                sentence(f"Patient {case_id}: {safe_plotly(listed(names)) if names else 'not documented'}")
                for (_, case_id, *_), names in zip(cells, got, strict=True)
            ],
            "marker": {
                "color": colours,
                "size": look.px(min(8.0, 260 / len(ids))),
                "symbol": ["circle" if names else "circle-open" for names in got],
            },
        }
    ]


def _bars(view: InView, kind: Variable, kinds: list[str], look: Look) -> list[Part]:
    """A bar for each kind, as long as the share of those of whom any treatment is recorded."""
    shares = [view.share_having(kind, code) for code in kinds]
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": "Treatments",
            "x": [share.k / share.n if share.n else 0.0 for share in shares],
            "y": list(range(len(kinds))),
            "width": 0.34,
            "offset": 0.04,
            "hovertext": [
                sentence(f"{kind.level_label(code).capitalize()}: {share.words}")
                for code, share in zip(kinds, shares, strict=True)
            ],
            "marker": {
                "color": [
                    look.tint(look.accent, 0.85) if code == _FIRST else look.tint(look.line, 0.6) for code in kinds
                ]
            },
        }
    ]


def _title(view: InView, kind: Variable) -> Statement:
    """How many got a bone-active drug, of those of whom any treatment is recorded; a choice by one is said instead."""
    treatments = [entry for entry in view.vocabulary.columns("cases") if entry.group == "Treatment"]
    if chosen := chosen_by(view.cohort, [kind, *treatments]):
        return only(_QUESTION, chosen)
    return state("A bone-active drug is documented in {share}", share=view.share_having(kind, _FIRST))


def _summary(view: InView, kind: Variable, kinds: list[str]) -> Statement:
    each = (state("{kind} {share}", kind=kind.level_label(code), share=view.share_having(kind, code)) for code in kinds)
    start = state("Treatments documented in {patients}.", patients=view.patients)
    return together([start, state("{each}.", each=together(each, "; "))], " ")
