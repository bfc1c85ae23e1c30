"""The story in front: each patient's courses of the drug that is told first, large and in colour, and what else differs."""

from collections.abc import Iterator

from plro_core import lookups
from plro_core.cohort import Cohort
from plro_core.figures.points import wrapped
from plro_core.figures.style import Part, group_name, unseen, words
from plro_core.figures.treatments.plan import Plan, agents_words
from plro_core.figures.treatments.seen import Agents, Seen
from plro_core.figures.treatments.words import hover
from plro_core.lookups import Record
from plro_core.text import capitalised, counted, grouped, safe_plotly
from plro_core.vocabulary import Variable

#: Shades of a bar whose end is not recorded, and how much of the time each takes.
_FADE = (1.0, 0.6, 0.3)
_OPEN = 0.2
#: The letters of what else differs, that a turned head has room for.
_TRAIT = 22


def story_shapes(seen: Seen, plan: Plan) -> list[Part]:
    """The bars of all courses, and bands behind the highlighted patient and between the rows."""
    shapes = [*_bands(seen, plan)]
    for row, left, right in plan.undated_courses():
        at = plan.places[row["case_id"]]
        shapes.append(_bar(_hue(seen, row), "x2", left + 0.004, right - 0.004, at, 0.8))
    for row, at, high in plan.lanes():
        for start, stop, strength in _pieces(row, plan):
            shapes.append(_bar(seen.look.tint(_hue(seen, row), strength), "x", start, stop, at, high))
    return shapes


def _hue(seen: Seen, row: Record) -> str:
    hue = seen.hue(row["agent"])
    return seen.look.tint(hue, 0.45) if seen.highlight not in (None, row["case_id"]) else hue


def _bar(fill: str, axis: str, left: float, right: float, at: float, high: float) -> Part:
    place: Part = {"x0": left, "x1": right, "y0": at - high / 2, "y1": at + high / 2, "xref": axis, "yref": "y"}
    return {"type": "rect", "layer": "between", "fillcolor": fill, "line": {"width": 0}, **place}


def _pieces(row: Record, plan: Plan) -> list[tuple[float, float, float]]:
    """A bar, or three that fade where the end is not recorded."""
    start, stop = row["start"], row["stop"]
    if stop is not None:
        return [(start, max(stop, start + (plan.weeks[1] - plan.weeks[0]) * 0.006), 1.0)]
    step = (plan.weeks[1] - plan.weeks[0]) * _OPEN / len(_FADE)
    return [(start + step * at, start + step * (at + 1), strength) for at, strength in enumerate(_FADE)]


def _bands(seen: Seen, plan: Plan) -> Iterator[Part]:
    place: Part = {"type": "rect", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "line": {"width": 0}}
    for case_id, at in plan.places.items():
        if case_id == seen.highlight:
            yield {**place, "yref": "y", "y0": at - 0.5, "y1": at + 0.5, "fillcolor": seen.look.band}
    if not seen.named:
        return
    rule = {"color": seen.look.grid, "width": 1}
    for line in plan.lines:
        at = line.at + 0.5
        yield {**place, "type": "line", "yref": "y", "y0": at, "y1": at, "line": rule}


def story_marks(seen: Seen, plan: Plan) -> list[Part]:
    """What a pointer meets: every course, and of named patients also who got none."""
    dated = [(row, (_pieces(row, plan)[0][0] + _pieces(row, plan)[-1][1]) / 2, at) for row, at, _ in plan.lanes()]
    undated = [(row, (left + right) / 2, plan.places[row["case_id"]]) for row, left, right in plan.undated_courses()]
    size = max(8.0, plan.row * 0.7)
    return [
        _targets(seen, "x", dated, size),
        _targets(seen, "x2", undated, size),
        _nothing(seen, plan),
        _blocks(seen, plan),
    ]


def _blocks(seen: Seen, plan: Plan) -> Part:
    """What a pointer meets over the name of the drug and over the names of rows: all who got the same."""
    treated = [case["case_id"] for block in seen.blocks if block.agents for case in block.cases]
    found = [(-1.0, 0.06, seen.lead_words, treated)] if treated else []
    if not seen.named:
        found += [
            (
                plan.places[block.cases[0]["case_id"]],
                -0.08,
                agents_words(block.agents),
                [c["case_id"] for c in block.cases],
            )
            for block in seen.blocks
        ]
    return {
        "mode": "markers",
        "name": "Who got the same",
        "xaxis": "x5",
        "yaxis": "y",
        "x": [x for _, x, *_ in found],
        "y": [y for y, *_ in found],
        "customdata": [seen.piece_of(ids) for *_, ids in found],
        "hovertext": [f"{safe_plotly(name)}: {counted(len(ids), 'patient')}" for *_, name, ids in found],
        "marker": unseen(seen.look.px(18)),
    }


def _nothing(seen: Seen, plan: Plan) -> Part:
    """A small hollow dot for each patient of whom no such drug is documented."""
    found = [(case, block) for block in seen.blocks if not block.agents for case in block.cases]
    told = {True: f"no {seen.lead_words} documented", False: "no treatment recorded"}
    return {
        "mode": "markers",
        "name": "None documented",
        "xaxis": "x5",
        "yaxis": "y",
        "x": [0.008] * len(found),
        "y": [plan.places[case["case_id"]] for case, _ in found],
        "customdata": [[case["case_id"]] for case, _ in found],
        "hovertext": [f"Patient {case['case_id']}: {told[block.agents is not None]}" for case, block in found],
        "marker": {
            "color": seen.look.line,
            "symbol": "circle-open",
            "size": seen.look.px(6 if seen.named else 4),
            "line": {"width": 1, "color": seen.look.line},
        },
    }


def _targets(seen: Seen, axis: str, found: list[tuple[Record, float, float]], size: float) -> Part:
    return {
        "mode": "markers",
        "name": safe_plotly(capitalised(seen.lead_words)),
        "xaxis": axis,
        "yaxis": "y",
        "x": [x for _, x, _ in found],
        "y": [y for *_, y in found],
        "customdata": [[row["case_id"]] for row, *_ in found],
        "hovertext": [hover(seen, row) for row, *_ in found],
        "marker": unseen(size, "square"),
    }


def story_words(seen: Seen, plan: Plan) -> list[Part]:
    """The drugs on their bars, what the zones are, and the names of the rows."""
    said = [*_zone_words(seen, plan), *_heading_words(seen, plan)]
    if seen.named:
        said += [*_bar_words(seen, plan), *_row_names(seen, plan), *_trait_words(seen, plan)]
        said += list(_nothing_words(seen, plan))
    else:
        said += _block_words(seen, plan)
    return said


def _zone_words(seen: Seen, plan: Plan) -> Iterator[Part]:
    top: Part = {"yref": "paper", "y": plan.share(plan.head, 0)[1], "yanchor": "bottom", "yshift": 3}
    drug = f"<b>{safe_plotly(capitalised(seen.lead_words))}</b>"
    if plan.undated:
        told = f"{drug}{'<br>' if plan.dated else ', '}start not recorded"
        yield words(seen.look, told, x=plan.undated_span[0], xref="paper", size=11, **top)
    if plan.dated:
        told = "weeks from diagnosis" if plan.undated else f"{drug}, weeks from diagnosis"
        yield words(seen.look, told, x=plan.dated_span[0], xref="paper", size=11, **top)
    if not plan.dated and not plan.undated:
        yield words(seen.look, drug, x=0, xref="paper", size=11, **top)


def _bar_words(seen: Seen, plan: Plan) -> Iterator[Part]:
    """The name of a drug on its bar, or right of it where the bar is too short."""
    look, size = seen.look, 12.0
    letter = look.type(size) * 0.56
    for row, left, right in plan.undated_courses():
        room = (right - left) * (plan.undated_span[1] - plan.undated_span[0]) * plan.width
        yield _on_bar(seen, row, "x2", left + 0.02, plan.places[row["case_id"]], room, letter, right - 0.0)
    first, last = plan.weeks
    for row, at, _ in plan.lanes():
        start, stop = _pieces(row, plan)[0][0], _pieces(row, plan)[-1][1]
        solid = stop if row["stop"] is not None else _pieces(row, plan)[1][1]
        room = (solid - start) / (last - first) * (plan.dated_span[1] - plan.dated_span[0]) * plan.width
        yield _on_bar(seen, row, "x", start + (last - first) * 0.008, at, room, letter, stop)


def _on_bar(seen: Seen, row: Record, axis: str, x: float, y: float, room: float, letter: float, end: float) -> Part:
    look, hue = seen.look, _hue(seen, row)
    name = safe_plotly(row["agent"])
    fits = len(row["agent"]) * letter <= room - 8
    at: Part = {"xref": axis, "yref": "y", "y": y, "size": 12}
    if fits or axis == "x2":
        most = max(4, int((room - 8) / letter))
        shown = name if fits else f"{safe_plotly(row['agent'][: most - 1])}…"
        return words(look, f"<b>{shown}</b>", x=x, color=look.over(hue), bgcolor=hue, borderpad=0, **at)
    return words(look, f"<b>{name}</b>", x=end, xshift=4, color=look.ink(hue), **at)


def _nothing_words(seen: Seen, plan: Plan) -> Iterator[Part]:
    """Beside the first row of those who got none: that nothing is documented, or that no treatment is recorded at all."""
    said: set[tuple[object, Agents]] = set()
    for line in plan.lines:
        key = (line.block.group, line.block.agents)
        if line.case is None or line.block.agents or key in said:
            continue
        said.add(key)
        told = "none documented" if line.block.agents is not None else "no treatment recorded"
        yield words(seen.look, told, x=0.024, xref="paper", y=line.at, yref="y", size=11)


def _row_names(seen: Seen, plan: Plan) -> Iterator[Part]:
    for case_id, at in plan.places.items():
        strong = case_id == seen.highlight or bool(seen.courses.get(case_id))
        name = f"Patient {case_id}"
        colour = seen.look.text if strong else seen.look.quiet
        told = f"<b>{name}</b>" if strong else name
        yield words(
            seen.look, told, x=0, xref="paper", xanchor="right", xshift=-8, y=at, yref="y", size=12, color=colour
        )


def _heading_words(seen: Seen, plan: Plan) -> Iterator[Part]:
    """The groups over their rows, each with its n."""
    group = seen.view.group
    for line in plan.lines:
        if line.case is None and group is not None:
            n = seen.view.group_sizes.get(line.block.group, 0)
            name = group_name(group, line.block.group)
            told = f"<b>{safe_plotly(capitalised(group.label_in_sentence))}: {safe_plotly(name)}</b>, n = {grouped(n)}"
            shift = -plan.left + 4
            yield words(
                seen.look, told, x=0, xref="paper", xshift=shift, y=line.at, yref="y", size=11.5, color=seen.look.text
            )


def _block_words(seen: Seen, plan: Plan) -> Iterator[Part]:
    """Left of rows without names: which drugs their patients got, and how many they are."""
    look = seen.look
    place: Part = {"x": 0, "xref": "paper", "xanchor": "right", "align": "right", "xshift": -8, "yref": "y"}
    for block in seen.blocks:
        first = plan.places[block.cases[0]["case_id"]] - 0.5
        hue = look.ink(seen.hue(block.agents[0])) if block.agents else look.quiet
        yield words(look, plan.name_of(block), y=first, yanchor="top", size=10.5, color=hue, **place)


def _trait_words(seen: Seen, plan: Plan) -> Iterator[Part]:
    """In what else the patients differ, small and quiet: a column each."""
    look = seen.look
    pain = {
        (row["case_id"], row["month"]): row
        for row in lookups.visits(seen.registry, Cohort(seen.view.cohort.who))
        if row["month"] == 0
    }
    top: Part = {"yref": "paper", "y": plan.share(plan.head, 0)[1], "yanchor": "bottom", "yshift": 3, "size": 10}
    for index, entry in enumerate(plan.traits):
        name = _trait_name(entry)
        short = name if len(name) <= _TRAIT else f"{name[: _TRAIT - 1]}…"
        name = wrapped(safe_plotly(name), 11) if plan.staged else safe_plotly(short)
        turned: Part = (
            {"xanchor": "center", "align": "center"} if plan.staged else {"textangle": 38, "xanchor": "right"}
        )
        yield words(look, name, x=index, xref="x3", **turned, **top)
        for case in seen.view.cases:
            record = pain.get((case["case_id"], 0), {}) if entry.per_visit else case
            told = _trait_cell(entry, record.get(entry.name))
            place: Part = {"x": index, "xref": "x3", "y": plan.places[case["case_id"]], "yref": "y"}
            yield words(look, told, xanchor="center", size=11, color=look.text if told != "·" else look.quiet, **place)


def _trait_name(entry: Variable) -> str:
    if entry.trait and entry.kind != "boolean":
        return capitalised(entry.level_label(entry.trait))
    return f"{entry.short_label} at baseline" if entry.per_visit else entry.short_label if entry.trait else entry.label


def _trait_cell(entry: Variable, value: object) -> str:
    if value is None:
        return "?"
    if entry.trait:
        has = value is True if entry.kind == "boolean" else value == entry.trait
        return "●" if has else "·"
    return entry.written(float(value))  # type: ignore[arg-type]


def trait_marks(seen: Seen, plan: Plan) -> list[Part]:
    """What a pointer meets over the columns of what else differs: the patient."""
    cells = [(case, index) for case in seen.view.cases for index in range(len(plan.traits))]
    return [
        {
            "mode": "markers",
            "name": "What else differs",
            "xaxis": "x3",
            "yaxis": "y",
            "x": [index for _, index in cells],
            "y": [plan.places[case["case_id"]] for case, _ in cells],
            "customdata": [[case["case_id"]] for case, _ in cells],
            "hovertext": [
                f"Patient {case['case_id']}: {safe_plotly(plan.traits[index].label_in_sentence)}"
                for case, index in cells
            ],
            "marker": unseen(12),
        }
    ]
