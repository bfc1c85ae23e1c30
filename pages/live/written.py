"""A scene as text, so that another process can show it: its parts as values, its figures by their recipes.

Nothing of it is run when it is read: a figure is named, and drawn by the function of that name among those that the pages draw.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from pages.live.rooms import RoomProblem, Scene
from pages.live.watching.painting import MOST_ROWS
from pages.shared import registries
from pages.shared.figures import Figure, Foreign
from pages.shared.scene import Number, Part, Picture, Rows, Sheet, Words
from plro_core import strict
from plro_core.cohort import Cohort
from plro_core.figures import Chart
from plro_core.figures.catalogue import FIGURES
from plro_core.figures.claim_card import claim_card
from plro_core.figures.claims import claims_found
from plro_core.figures.slides import printed_slide, table_one_slide, text_slide
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table

MOST_BYTES = 5_000_000
_FORM = strict.Form(RoomProblem, "the scene of a live room", MOST_BYTES, "scene")

#: Every figure that a page shows, by its name.
DRAWN: dict[str, Callable[..., Chart]] = {name: entry.draw for name, entry in FIGURES.items()} | {
    draw.__name__: draw for draw in (claims_found, claim_card, text_slide, table_one_slide, printed_slide)
}


# Writing


def as_text(scene: Scene) -> str:
    """The scene as JSON; of a long table as many rows as watchers are shown."""
    sheet = scene.sheet
    written = (
        None
        if sheet is None
        else asdict(replace(sheet, parts=())) | {"parts": [_written(part) for part in sheet.parts]}
    )
    told = {
        "page": scene.page,
        "view": scene.view,
        "version": scene.version,
        "registry": scene.registry,
        "sheet": written,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _written(part: Part) -> dict[str, Any]:
    if isinstance(part, Words):
        return {"words": part.kind, "text": part.text}
    if isinstance(part, Number):
        return {"number": asdict(part)}
    if isinstance(part, Rows):
        return {"table": _written_table(part)}
    options = [[name, *_written_option(value)] for name, value in part.figure.options]
    told = {"draw": part.figure.draw.__name__, "name": part.figure.name, "options": options}
    return {"picture": told | {"data": part.data, "query": part.query, "caveats_said": part.caveats_said}}


def _written_option(value: Any) -> tuple[str, Any]:
    if isinstance(value, Cohort):
        return "cohort", value.query
    if isinstance(value, Registry):
        return "registry", [registries.name_of(value), value.version]
    if isinstance(value, tuple):
        return "several", list(value)
    return "plain", value


def _written_table(part: Rows) -> dict[str, Any]:
    table = part.table
    return {
        "name": table.name,
        "title": table.title,
        "subtitle": table.subtitle,
        "notes": table.notes,
        "columns": [[column.name, column.label, column.kind, column.decimals, column.unit] for column in table.columns],
        "rows": table.rows[:MOST_ROWS],
        "of": len(table.rows),
    }


# Reading


def from_text(text: str) -> Scene:
    """The scene that a text says.

    Raises:
        RoomProblem: it says none.
    """
    try:
        page, view, version, registry, sheet = _parts(_FORM.json(text), "page", "view", "version", "registry", "sheet")
        return Scene(page, tuple((key, word) for key, word in view), version, registry, _sheet(sheet))
    except (KeyError, TypeError, ValueError):
        raise RoomProblem("The scene of a live room cannot be read; expected one that this program wrote.") from None


def _parts(told: Any, *names: str) -> list[Any]:
    """The values of an object with exactly these parts."""
    entries = _FORM.object("scene", told)
    _FORM.check_keys("scene", entries, names)
    return [entries[name] for name in names]


def _sheet(told: Any) -> Sheet | None:
    if told is None:
        return None
    title, caption, stage, synthetic, parts = _parts(told, "title", "caption", "stage", "synthetic", "parts")
    return Sheet(title, caption, stage, synthetic, tuple(map(_part, parts)))


def _part(told: Any) -> Part:
    if "words" in told:
        kind, text = _parts(told, "words", "text")
        return Words(text, kind)
    if "number" in told:
        return Number(*_parts(told["number"], "label", "value", "detail"))
    if "table" in told:
        return _rows(told["table"])
    draw, name, options, data, query, said = _parts(
        told["picture"], "draw", "name", "options", "data", "query", "caveats_said"
    )
    given = tuple((key, _option(kind, value)) for key, kind, value in options)
    return Picture(Figure(DRAWN[draw], name, given), data, query, said)


def _option(kind: str, value: Any) -> Any:
    """An option, as far as it can be known before a registry is opened."""
    if kind == "several":
        return tuple(value)
    return value if kind == "plain" else Foreign(kind, tuple(value) if kind == "registry" else value)


def _rows(told: Any) -> Rows:
    name, title, subtitle, notes, heads, cells, of = _parts(
        told, "name", "title", "subtitle", "notes", "columns", "rows", "of"
    )
    columns = tuple(Column(*head) for head in heads)
    rows: tuple[tuple[Cell, ...], ...] = tuple(map(tuple, cells))
    return Rows(Table(name, title, columns, rows, tuple(notes), subtitle), of)
