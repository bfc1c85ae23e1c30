"""A spotlight on some patients of a finished figure: everybody else is muted, nothing moves."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from plro_core import lookups
from plro_core.cohort import Cohort
from plro_core.counts import size
from plro_core.figures.chart import Chart
from plro_core.figures.style import Look, Part
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import listed, patients

_MUTED = 0.13
_PATIENTS = re.compile(r"[0-9]{1,9}(,[0-9]{1,9}){0,99}")
_PATIENT_ROW = re.compile(r"(?:Patient )?(\d+)")


@dataclass(frozen=True)
class Spotlight:
    """Who is in the light, and how that is said."""

    patients: frozenset[int]
    words: str

    @classmethod
    def of(cls, text: str, registry: Registry, cohort: Cohort) -> "Spotlight":
        """Read it from a link: numbers of patients ("2,8"), or a piece of the cohort language ("smoking=yes").

        Raises:
            QueryProblem: neither, or nobody in view is meant; one sentence.
        """
        if _PATIENTS.fullmatch(text):
            wanted = dict.fromkeys(map(int, text.split(",")))
            found = [case_id for case_id in wanted if lookups.contains(registry, cohort, case_id)]
            words = f"patient{'s' * (len(found) > 1)} {listed(list(map(str, found)))}"
        else:
            chosen = Cohort.parse(text, registry.vocabulary)
            meant = Cohort((*cohort.who, *chosen.who))
            found = [case["case_id"] for case in lookups.cases(registry, meant)]
            words = f"{chosen.sentence} ({patients(size(registry, meant).patients)})"
        if not found:
            raise QueryProblem(f"Nobody in view is meant by the spotlight “{text[:60]}”.")
        return cls(frozenset(found), words)


def spotlit(chart: Chart, light: Spotlight, look: Look) -> Chart:
    """The figure with everybody else muted, and who is in the light among the words of who is drawn."""
    traces = [_lit(trace, light.patients) for trace in chart.spec["data"]]
    layout = {
        key: _axis(part, light.patients, look) if re.fullmatch(r"[xy]axis\d*", key) else part
        for key, part in chart.spec["layout"].items()
    }
    said = " · ".join(filter(None, (chart.who, f"spotlight on {light.words}")))
    return replace(
        chart,
        spec={"data": traces, "layout": layout},
        who=said,
        summary=f"{chart.summary} Spotlight on {light.words}.",
    )


def _lit(trace: Part, inside: Collection[int]) -> Part:
    """A trace with the points of others muted; one of nobody's stays as it is."""
    whose = [_patient(data) for data in _plain(trace.get("customdata"))]
    if all(case_id is None for case_id in whose):
        return trace
    lit = [case_id is None or case_id in inside for case_id in whose]
    if all(lit):
        return trace
    if not any(state for state, case_id in zip(lit, whose, strict=True) if case_id is not None):
        return trace | {"opacity": _MUTED}
    muted = dict(trace)
    if "markers" in trace.get("mode", "") or "marker" in trace:
        usual = trace.get("marker", {}).get("opacity", 1)
        before = usual if isinstance(usual, Sequence) else [usual] * len(lit)
        muted["marker"] = trace.get("marker", {}) | {
            "opacity": [opacity if state else opacity * _MUTED for opacity, state in zip(before, lit, strict=False)]
        }
    if trace.get("mode") == "lines":
        muted |= _only(trace, lit)
    return muted


def _only(trace: Part, lit: Sequence[bool]) -> Part:
    """Of a line through several patients that part which is in the light."""
    parts = {key: _plain(trace[key]) for key in ("x", "y") if key in trace}
    return {key: [at if state else None for at, state in zip(ends, lit, strict=False)] for key, ends in parts.items()}


def _plain(values: Any) -> list[Any]:
    return [] if values is None else list(values)


def _patient(data: Any) -> int | None:
    """Whose a point is: a number, or a list that begins with one."""
    first = data[0] if isinstance(data, list | tuple) or (hasattr(data, "tolist") and len(data)) else data
    return int(first) if isinstance(first, int | float) and not isinstance(first, bool) else None


def _axis(axis: Mapping[str, Any], inside: Collection[int], look: Look) -> Part:
    """An axis whose rows or columns are patients, with the numbers of others muted."""
    words = list(axis.get("ticktext") or ())
    rows = [_PATIENT_ROW.fullmatch(re.sub("<[^>]+>", "", str(word))) for word in words]
    if not words or not any(row and row.group(0).startswith("Patient") for row in rows):
        return dict(axis)
    muted = [
        f'<span style="color:{look.rule}">{word}</span>' if row and int(row.group(1)) not in inside else word
        for word, row in zip(words, rows, strict=True)
    ]
    return dict(axis) | {"ticktext": muted}
