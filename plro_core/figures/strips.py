"""Patterns as strips: one cell a planned visit, equal strips together with the count beside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, MOST_VALUES, PATIENTS, Cohort
from plro_core.figures.chart import Chart, compose, empty_chart
from plro_core.figures.form import Form, form_of
from plro_core.figures.points import InView, in_view, sentence, wrapped
from plro_core.figures.style import LIGHT, Look, Part, base_layout, quiet_axis, unseen, words
from plro_core.lookups import Sample
from plro_core.patterns import (
    Board,
    Pattern,
    board,
    pattern_of,
    position_criterion,
    told,
    usual,
    wording,
)
from plro_core.patterns.table import meaning
from plro_core.patterns.words import NO_BASELINE, NO_LATER, NO_RANGE, NOT_RECORDED
from plro_core.statements import PartOf, Statement, chosen_by, only, state, together
from plro_core.store import Registry
from plro_core.tables import Column
from plro_core.tables.notes import reference_note, variable_notes
from plro_core.tables.ranges import flag_statements
from plro_core.text import capitalised, k_of_n, listed, patients, safe_plotly, visit_name

_QUESTION = "Which courses do patients share?"
#: More rows than these are not compared; the others are counted below them.
_MOST_ROWS, _MOST_ROWS_ON_STAGE = 12, 11
#: Pixels of a strip, of a line of words, and between two patterns.
_STRIP, _LINE, _GAP = 20.0, 15.0, 7.0
#: Room left of the strips, above them, and the share of the plot that they take.
_LEFT, _HEAD, _KEY_LINE = 74.0, 60.0, 16.0
_ACROSS, _ACROSS_NARROW = 0.34, 0.24
#: Letters of a line beside the strips, on a phone, and on a stage, which holds the longest.
_LETTERS, _LETTERS_ON_STAGE = 27, 90
#: How strongly a word is drawn, where it is neither a way out of a range nor a step of a scale.
_QUIET = {
    "within": 0.16,
    "stayed within": 0.16,
    "no arrow": 0.16,
    "unchanged": 0.16,
    "first value": 0.1,
    NO_RANGE: 0.16,
}
_SIGNS = {
    "below": "↓", "above": "↑", "low": "↓", "high": "↑", "fell": "↓", "improved": "↓", "rose": "↑", "worse": "↑",
    "unchanged": "=", "came into range": "→", "left the range": "←", "stayed outside": "!", "crossed the range": "↕",
}  # fmt: skip
#: A pattern that fewer share is no finding.
_SHARED = 0.2
_ABSENT = (NOT_RECORDED, NO_BASELINE, NO_LATER)


@dataclass(frozen=True)
class _Block:
    """One pattern with the strips drawn for it, from ``top`` on in pixels: of each patient, or one for all."""

    pattern: Pattern
    strips: tuple[int | None, ...]
    top: float
    height: float
    strip: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    def at(self, index: int) -> float:
        """The middle of one of its strips."""
        return self.middle + (index - (len(self.strips) - 1) / 2) * self.strip


@dataclass(frozen=True)
class _Drawing:
    """What the parts of the figure are drawn from."""

    view: InView
    found: Board
    highlight: int | None
    look: Look

    @property
    def named(self) -> bool:
        return form_of(self.view.n) is Form.NAMED

    @property
    def visits(self) -> tuple[int | None, ...]:
        return self.found.months or (None,)

    @property
    def shown(self) -> tuple[Pattern, ...]:
        return self.found.patterns[: _MOST_ROWS_ON_STAGE if self.look.stage else _MOST_ROWS]

    @property
    def across(self) -> float:
        """The share of the plot that the strips take; on a narrow stage the words beside them need more."""
        return _ACROSS_NARROW if self.look.stage and self.look.stage.width < 1000 else _ACROSS

    def said(self, pattern: Pattern) -> str:
        """Beside a pattern its count and its words."""
        lines = wrapped(
            f"{k_of_n(pattern.k, self.found.n)}: {told(pattern.words)}",
            _LETTERS_ON_STAGE if self.look.stage else _LETTERS,
        )
        count = k_of_n(pattern.k, self.found.n)
        return (
            f"<b>{count}</b>{safe_plotly(lines.removeprefix(count))}"
            if "<br>" not in lines
            else lines.replace(count, f"<b>{count}</b>", 1)
        )

    def blocks(self) -> tuple[_Block, ...]:
        """The patterns from the top; on a stage they take the whole height."""
        look, top, made = self.look, 0.0, []
        for pattern in self.shown:
            strips: tuple[int | None, ...] = pattern.patients if self.named else (None,)
            lines = 1 + self.said(pattern).count("<br>")
            height = max(len(strips) * look.px(_STRIP), lines * look.type(12) * 1.25)
            made.append(_Block(pattern, strips, top, height, look.px(_STRIP)))
            top += height + look.px(_GAP)
        room = look.stage.height - look.px(_HEAD) - look.px(_LINE + 6) if look.stage else 0.0
        share = min(1.0, room / top) if look.stage and top else 1.0
        return tuple(
            replace(block, top=block.top * share, height=block.height * share, strip=block.strip * share)
            for block in made
        )

    def fill(self, word: str) -> str:
        """The colour of a cell: the farther from what is wanted, the stronger."""
        look = self.look
        if word in _ABSENT:
            return look.background
        scale = [name for _, name in self.found.variable.severity] if self.found.kind == "positions" else []
        if word in scale:
            return look.tint(look.accent, 0.08 + 0.92 * scale.index(word) / max(1, len(scale) - 1))
        return look.tint(look.line, 2 * _QUIET[word]) if word in _QUIET else look.tint(look.accent, 0.85)


def pattern_strips(
    registry: Registry,
    cohort: Cohort = EVERYONE,
    *,
    pattern: str = "",
    highlight: int | None = None,
    look: Look = LIGHT,
) -> Chart:
    """Courses in words as strips of one cell a visit: patients by name, of many one strip a pattern with its count.

    ``pattern`` is a measurement and a kind of pattern, such as "vas.positions" or "calcium.steps".

    Raises:
        QueryProblem: there are no such patterns.
    """
    entry, kind = pattern_of(registry.vocabulary, pattern or usual(registry.vocabulary))
    view = in_view(registry, Cohort(cohort.who), [entry], visits=False)
    columns = (Column("pattern", "Pattern"), Column("k", "Patients", "integer"), Column("n", "of", "integer"))
    if not view.n:
        return empty_chart(registry, "pattern_strips", _QUESTION, columns, look)
    found = board(registry, entry, kind, view.cohort, limit=MOST_VALUES)
    drawing = _Drawing(view, found, view.chosen(highlight), look)
    who = view.who(highlight)
    return compose(
        registry,
        "pattern_strips",
        _title(drawing),
        traces=[*_cells(drawing), _counts(drawing)],
        layout=_layout(drawing),
        summary=_summary(drawing),
        columns=columns,
        rows=[(one.text, one.k, found.n) for one in found.patterns],
        notes=_notes(drawing),
        look=look,
        who=who if drawing.named else replace(who, cases=Sample((), view.n, view.n)),
    )


def _cells(drawing: _Drawing) -> Iterator[Part]:
    """A cell for each visit of each strip, word by word; what is not recorded is hollow."""
    look, blocks = drawing.look, drawing.blocks()
    for word in wording(drawing.found.variable, drawing.found.kind).words:
        cells = [
            (block, index, place)
            for block in blocks
            for index in range(len(block.strips))
            for place, said in enumerate(block.pattern.words)
            if said == word
        ]
        if not cells:
            continue
        fill = drawing.fill(word)
        height = [block.strip * 0.86 for block, *_ in cells]
        yield {
            "type": "bar",
            "orientation": "h",
            "name": capitalised(told([word])),
            "x": [0.94] * len(cells),
            "base": [place + 0.03 for *_, place in cells],
            "y": [block.at(index) for block, index, _ in cells],
            "width": height,
            "customdata": [_mark(drawing, block, index, place) for block, index, place in cells],
            "hovertext": [_hover(drawing, block, index, place) for block, index, place in cells],
            "text": [_SIGNS.get(word, "")] * len(cells),
            "textposition": "inside",
            "insidetextanchor": "middle",
            "constraintext": "none",
            "textangle": 0,
            "textfont": {"size": look.type(11), "color": look.over(fill)},
            "marker": {"color": fill, "line": {"width": look.px(1), "color": look.line if word in _ABSENT else fill}},
        }


def _mark(drawing: _Drawing, block: _Block, index: int, place: int) -> list[int | None] | str | None:
    """A patient at a visit; of a strip of many, all of them."""
    case_id = block.strips[index]
    return _piece(block.pattern) if case_id is None else [case_id, drawing.visits[place]]


def _piece(pattern: Pattern) -> str | None:
    """The patients of a pattern in the language of cohorts; nothing of more than it may name."""
    if len(pattern.patients) < pattern.k:
        return None
    return f"{PATIENTS}={','.join(map(str, pattern.patients))}"


def _hover(drawing: _Drawing, block: _Block, index: int, place: int) -> str:
    case_id, month = block.strips[index], drawing.visits[place]
    count = f"{patients(block.pattern.k)} with this pattern"
    when = "" if month is None else f", {visit_name(month).lower()}"
    whose = f"Patient {case_id}{when}" if case_id is not None else f"{count}{when}"
    return sentence(f"{whose}: {drawing.found.variable.label_in_sentence} {told([block.pattern.words[place]])}")


def _counts(drawing: _Drawing) -> Part:
    """Under the words beside a pattern, whom a click on them chooses."""
    blocks = drawing.blocks()
    return {
        "mode": "markers",
        "name": "Patterns",
        "xaxis": "x2",
        "x": [0.05] * len(blocks),
        "y": [block.middle for block in blocks],
        "customdata": [_piece(block.pattern) for block in blocks],
        "hovertext": [f"{patients(block.pattern.k)}: {told(block.pattern.words)}" for block in blocks],
        "marker": unseen(drawing.look.px(18)),
    }


def _layout(drawing: _Drawing) -> Part:
    look, blocks = drawing.look, drawing.blocks()
    depth = blocks[-1].top + blocks[-1].height if blocks else look.px(_STRIP)
    left_out = look.px(_LINE) * (len(drawing.shown) < len(drawing.found.patterns))
    lines = _key(drawing).count("<br>")  # of the key, beyond the first
    head, foot = look.px(_HEAD + _KEY_LINE * lines), look.px(6) + left_out
    plot = look.stage.height - head - foot if look.stage else depth
    axes: dict[str, Part] = {
        "xaxis": quiet_axis(look, range=[0, len(drawing.visits)], domain=[0, drawing.across], visible=False),
        "xaxis2": quiet_axis(look, range=[0, 1], domain=[drawing.across + 0.02, 1], anchor="y", visible=False),
        "yaxis": quiet_axis(look, range=[plot, 0], visible=False),
    }
    margin = {"l": _LEFT, "r": 6, "t": head / look.scale, "b": foot / look.scale}
    return base_layout(
        look, (head + plot + foot) / look.scale, margin, barmode="overlay", annotations=list(_words(drawing)), **axes
    )


def _words(drawing: _Drawing) -> Iterator[Part]:
    """The key, the visits over the cells, names or nothing left of them, and the patterns beside them."""
    look, found = drawing.look, drawing.found
    top: Part = {"y": 1, "yref": "paper", "yanchor": "bottom"}
    yield words(look, _key(drawing), x=0, xref="paper", xshift=-look.px(_LEFT - 4), yshift=look.px(32), **top)
    for place, month in enumerate(drawing.visits):
        name = "all visits" if month is None else str(month)
        yield words(look, name, x=place + 0.5, xanchor="center", size=11, yshift=look.px(4), **top)
    left: Part = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -look.px(6)}
    if found.months:
        yield words(look, "month", size=11, yshift=look.px(4), **left, **top)
    for block in drawing.blocks():
        for index, case_id in enumerate(block.strips):
            if case_id is not None:
                name = f"<b>Patient {case_id}</b>" if case_id == drawing.highlight else f"Patient {case_id}"
                yield words(look, name, y=block.at(index), size=11, color=look.text, **left)
        beside: Part = {"x": drawing.across + 0.02, "xref": "paper", "y": block.middle, "color": look.text}
        yield words(look, drawing.said(block.pattern), size=11.5, **beside)
    rarer = found.patterns[len(drawing.shown) :]
    if rarer:
        left_out = f"and {len(rarer)} rarer patterns of {patients(sum(one.k for one in rarer))}, in the table"
        below: Part = {"y": 0, "yref": "paper", "yanchor": "top", "xshift": -look.px(_LEFT - 4), "yshift": -look.px(3)}
        yield words(look, left_out, x=0, xref="paper", size=11, **below)


def _key(drawing: _Drawing) -> str:
    """The words with the colours of their cells, as many as are drawn."""
    look = drawing.look
    seen = {word for pattern in drawing.shown for word in pattern.words}
    said = []
    for word in wording(drawing.found.variable, drawing.found.kind).words:
        if word in seen:
            glyph, hue = ("□", look.line) if word in _ABSENT else ("■", drawing.fill(word))
            sign = f" {_SIGNS[word]}" if word in _SIGNS else ""
            said.append(f'<span style="color:{hue}">{glyph}</span>{sign} {told([word])}')
    lines = [said] if look.stage else [said[at : at + 3] for at in range(0, len(said), 3)]
    return "<br>".join("   ".join(line) for line in lines)


def _part(drawing: _Drawing, pattern: Pattern) -> PartOf | None:
    """How many follow a pattern, as a cohort counts them; nothing where no cohort can say it."""
    found = drawing.found
    if found.kind != "positions" or (not found.variable.reference and not found.variable.severity):
        return None
    criteria = [
        position_criterion(found.variable, month, word)
        for month, word in zip(found.months, pattern.words, strict=True)
        if month in drawing.view.vocabulary.months
    ]
    if {criterion.key for criterion in criteria} & {criterion.key for criterion in drawing.view.cohort.criteria}:
        return None
    part = PartOf.of(drawing.view.registry, drawing.view.cohort, *criteria)
    return part if part.k == pattern.k else None


def _title(drawing: _Drawing) -> str | Statement:
    """The pattern that most share; of a selection by the value, and of one patient, only what is shown."""
    view, found = drawing.view, drawing.found
    name = f"{found.variable.label}: {wording(found.variable, found.kind, view.registry.flag_word).title}"
    if chosen := chosen_by(view.cohort, [found.variable]):
        return only(f"{found.variable.label}: which patterns are there?", chosen)
    first = next((one for one in found.patterns if set(one.words) != {NOT_RECORDED}), None)
    if view.n < 3 or first is None or first.k < 2 or first.k < _SHARED * found.n:
        return name
    part = _part(drawing, first)
    if part is None:
        return name
    return state("{label}: {words} in {part}", label=found.variable.label, words=told(first.words), part=part)


def _summary(drawing: _Drawing) -> Statement:
    """The patterns in words: with their counts, or with the patients who follow them."""
    view, found = drawing.view, drawing.found
    title = wording(found.variable, found.kind, view.registry.flag_word).title
    start = state("{label}, {title}, of {n}:", label=found.variable.label, title=title, n=view.patients)
    said = []
    for pattern in found.patterns[:5]:
        part = _part(drawing, pattern)
        if part is not None:
            said.append(state("{words} in {part}", words=told(pattern.words), part=part))
        elif drawing.named:
            one = len(pattern.patients) == 1
            who = listed([str(case_id) for case_id in pattern.patients])
            said.append(Statement(f"{told(pattern.words)}, patient{'' if one else 's'} {who}"))
        else:
            said.append(Statement(told(pattern.words)))
    return together([start, together(said, "; ") + Statement(".")], " ")


def _notes(drawing: _Drawing) -> Sequence[str | Statement]:
    """Why nobody is named, and what the words mean, with the ranges and their sources."""
    form = form_of(drawing.view.n)
    many = "" if form is Form.NAMED else "In a view of more than 12 a strip is a pattern rather than a patient."
    found = drawing.found
    registry, entry = drawing.view.registry, found.variable
    ranged = found.kind in ("positions", "range_steps", "range_overall")
    return [
        many,
        meaning(registry, entry, found.kind),
        *(reference_note(registry, [entry]) if ranged else ()),
        *(flag_statements(registry, drawing.view.cohort, [entry]) if ranged else ()),
        *variable_notes([entry]),
    ]
