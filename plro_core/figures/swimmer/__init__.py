"""Each patient's way from delivery: breastfeeding, diagnosis, visits, what was started when, and stated pain control."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plro_core import lookups
from plro_core.cohort import EVERYONE, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import MOST_DRAWN, MOST_NAMED
from plro_core.figures.points import InView, in_view
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, words
from plro_core.figures.swimmer import counted
from plro_core.figures.swimmer.marks import diagnoses, follow_up, pain_control, span_traces, visits
from plro_core.figures.swimmer.sentences import QUESTION, diagnosis_and_feeding, notes, rows, summary, title
from plro_core.figures.swimmer.spans import colours_of, lead_of, lines_of, named_of, spans_of, week_of
from plro_core.lookups import Record
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.text import safe_plotly

_COLUMNS = (
    Column("case_id", "Patient", "integer"),
    Column("event", "Event"),
    Column("start_week", "Start", "number", 1, "weeks from delivery"),
    Column("stop_week", "Stop", "number", 1, "weeks from delivery"),
    Column("status", "Status of the cell"),
)
#: Heights of a lane, of one without a name and of the words over and below the lanes, in pixels.
_LANE, _THIN, _TOP, _FOOT = 38.0, 7.5, 60.0, 40.0


def swimmer(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """One lane a patient in weeks from delivery: breastfeeding, diagnosis, visits, dated treatments, pain control.

    Up to twelve patients are named, up to sixty have a lane each, of more the weeks of diagnosis are counted.
    """
    view = in_view(registry, cohort, [*diagnosis_and_feeding(registry.vocabulary), registry.vocabulary.variable("vas")])
    if not view.n:
        return empty_chart(registry, "swimmer", QUESTION, _COLUMNS, look)
    highlight = view.chosen(highlight)
    cases = sorted(view.cases, key=lambda case: (case["weeks_postpartum"] is None, case["weeks_postpartum"] or 0))
    given = lookups.facts(registry, "treatments", cohort) if view.n <= MOST_DRAWN else lookups.NOBODY
    doubted = lookups.uncertain_cells(registry, "treatments")
    spans = spans_of(view, given, doubted, look, lead_only=view.n > MOST_NAMED)
    if view.n > MOST_DRAWN:
        traces, layout = counted.picture(view, look)
    else:
        lanes = _Lanes(view, cases, given, highlight, look)
        traces = [
            *span_traces(spans, lanes.places, highlight, look),
            follow_up(view, cases, lanes.places, highlight, look),
            visits(view, cases, lanes.places, highlight, look),
            diagnoses(cases, lanes.places, highlight, look, lanes.named),
            *([pain_control(registry, cases, lanes.places, highlight, look)] if lanes.named else []),
        ]
        layout = lanes.layout()
    return compose(
        registry,
        "swimmer",
        title(view),
        traces=[trace for trace in traces if trace["x"]],
        layout=layout,
        summary=summary(view, cases),
        columns=_COLUMNS,
        rows=rows(view, cases, spans),
        notes=(*view.notes, *(notes(registry) if view.n <= MOST_NAMED else ())),
        look=look,
        who=view.who(highlight),
    )


@dataclass(frozen=True)
class _Lanes:
    """The lanes of single patients, the earliest diagnosis on top, and the words around them."""

    view: InView
    cases: Sequence[Record]
    given: Sequence[Record]
    highlight: int | None
    look: Look

    @property
    def named(self) -> bool:
        return self.view.n <= MOST_NAMED

    @property
    def places(self) -> dict[int, int]:
        return {case["case_id"]: index for index, case in enumerate(self.cases)}

    @property
    def _undated(self) -> dict[int, list[str]]:
        """By patient: the agents that have no date, where they are to be named."""
        if not self.named:
            return {}
        kinds = named_of(self.view.vocabulary)
        found: dict[int, set[str]] = {}
        for row in self.given:
            if row["kind"] in kinds and row["start"] is None:
                found.setdefault(row["case_id"], set()).add(_short(row["agent"]))
        return {case_id: sorted(agents) for case_id, agents in found.items()}

    def layout(self) -> Part:
        look, cases = self.look, self.cases
        last = max([week_of(case, self.view.months[-1]) or 0.0 for case in cases] + [10.0])
        lane = _LANE if self.named else _THIN
        top = _TOP if self.named else 30.0
        right = look.type(10.5) / look.scale * 0.56 * self._longest + 10 if self._undated else 16.0
        left = look.type(12) / look.scale * 4.5 if self.named else 12.0
        names = [f"<b>{case_id}</b>" if case_id == self.highlight else str(case_id) for case_id in self.places]
        return base_layout(
            look,
            top + lane * max(2, len(cases)) + _FOOT,
            {"l": left, "r": right, "t": top, "b": _FOOT},
            xaxis=quiet_axis(look, range=[-0.8, last + 1.2], tickvals=list(range(0, int(last) + 1, 8)), zeroline=False),
            yaxis=quiet_axis(
                look,
                range=[max(2, len(cases)) - 0.45, -0.55],
                tickvals=list(self.places.values()),
                ticktext=names,
                showticklabels=self.named,
                showgrid=False,
                tickfont={"size": look.type(12), "color": look.text},
            ),
            annotations=[*self._axis_words(), *self._lane_words(), *([self._key()] if self.named else [])],
            shapes=[*self._delivery(), *self._grounds()],
        )

    @property
    def _longest(self) -> int:
        return max(len(agent) for agents in [*self._undated.values(), ["no date given"]] for agent in agents)

    def _axis_words(self) -> Iterator[Part]:
        look = self.look
        above: Part = {"y": 1, "yref": "paper", "yanchor": "bottom", "yshift": look.px(3)}
        under: Part = {"x": 1, "xref": "paper", "xanchor": "right", "y": 0, "yref": "paper", "yshift": look.px(-32)}
        yield words(look, "Delivery", x=0, size=11, xshift=look.px(-10), **above)
        yield words(look, "Weeks from delivery", size=11, **under)
        if self._undated:
            yield words(look, "no date given", x=1, xref="paper", size=10.5, xshift=look.px(4), **above)

    def _lane_words(self) -> Iterator[Part]:
        """At the end of a lane what was given without a date; at its start that the diagnosis has none."""
        look = self.look
        for case_id, agents in self._undated.items():
            told = "<br>".join(safe_plotly(agent) for agent in agents[:2])
            at: Part = {"x": 1, "xref": "paper", "y": self.places[case_id], "xshift": look.px(4)}
            yield words(look, told, size=10.5, color=look.ink(look.accent), **at)
        for case in self.cases if self.named else ():
            if case["weeks_postpartum"] is None:
                middle: Part = {"x": 0, "y": self.places[case["case_id"]], "xshift": look.px(8)}
                yield words(look, "week of diagnosis not recorded", size=11, **middle)

    def _key(self) -> Part:
        """What each line of a lane is, from its top: a stroke in the line's colour before its name."""
        kind = self.view.vocabulary.variable("kind", "treatments")
        shown = {row["kind"] for row in self.given if row["start"] is not None}
        named = [("breastfeeding", colours_of(self.look)[0])]
        for code, colour in zip(lines_of(self.view.vocabulary), colours_of(self.look)[1:], strict=True):
            if code in shown:
                heavy = code == lead_of(self.view.vocabulary)
                named.append((f"<b>{kind.level_label(code)}</b>" if heavy else kind.level_label(code), colour))
        parts = [f'<span style="color:{colour}">▬</span> {name}' for name, colour in named]
        parts += ["◆ diagnosis", "● visit", "▸ end not recorded"]
        parts += ["◇ pain control"] if any(case["pain_control_months"] is not None for case in self.cases) else []
        text = f"{'   '.join(parts[:4])}<br>{'   '.join(parts[4:])}"
        at: Part = {"x": 0, "xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom"}
        return words(self.look, text, size=10.5, xshift=self.look.px(-24), yshift=self.look.px(20), **at)

    def _delivery(self) -> list[Part]:
        line = {"color": self.look.quiet, "width": self.look.px(1.2)}
        return [{"type": "line", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line, "layer": "below"}]

    def _grounds(self) -> Iterator[Part]:
        """Every other lane on a faint ground, and the highlighted one on a stronger."""
        ground: Part = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "layer": "below", "line": {"width": 0}}
        for case_id, index in self.places.items():
            if case_id == self.highlight or (self.named and index % 2 == 0):
                fill = self.look.band if case_id == self.highlight else self.look.surface
                yield ground | {"y0": index - 0.5, "y1": index + 0.5, "fillcolor": fill}


def _short(agent: str) -> str:
    """An agent's name without what stands in brackets, and without the levels that a procedure names."""
    return str(agent).split(" (")[0].split(" T")[0].split(" L")[0]
