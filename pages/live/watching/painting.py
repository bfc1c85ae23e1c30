"""A room's scene as the watcher's page takes it: made once for each layout and look that somebody asks for, the same bytes
for all.
"""

import asyncio
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from plotly.io.json import to_json_plotly
from starlette.concurrency import run_in_threadpool

from pages.live.rooms import Room, Scene
from pages.live.watching.packed import packed
from pages.live.watching.streams import event
from pages.shared import registries
from pages.shared.scene import Number, Part, Picture, Rows, Sheet, Words
from plro_core.figures import CONFIG, Chart
from plro_core.figures.slides import OF_WORDS
from plro_core.figures.style import STAGES, Look, look
from plro_core.figures.template import with_template
from plro_core.store import Registry
from plro_core.tables import Table
from plro_core.text import capitalised, number

#: How a figure is laid out for a watcher: for a stage of that form, or as a page (and a phone) has it.
LAYOUTS = (*STAGES, "page")
LOOKS = ("light", "dark")

#: More rows than that nobody reads on a screen that somebody else turns.
MOST_ROWS = 250
#: As many as the text equivalent of a figure reads out.
_ROWS_AS_TEXT = 60
#: Options of a view that are about the presenter's screen and not about what is seen.
_OF_THE_STAGE = frozenset({"present", "view", "figure", "screen", "slide", "slide_words", "spot"})

Json = dict[str, Any]


class Paintings:
    """The scenes that are asked for now, as bytes; of each room only the present step is kept. Lives on the server's loop."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, dict[tuple[str, str], asyncio.Future[bytes]]]] = {}

    async def event_of(self, room: Room, layout: str, theme: str) -> bytes:
        """The scene as the event that carries it; whoever asks while it is being made waits for the same."""
        change, made = self._kept.get(room.code, (0, {}))
        if change != room.change:
            made = {}
            self._kept[room.code] = (room.change, made)
        wanted = (layout if room.scene.sheet and room.scene.sheet.stage else "page", theme)
        if wanted not in made:
            made[wanted] = asyncio.ensure_future(run_in_threadpool(carried, room, *wanted))
        try:
            return await asyncio.shield(made[wanted])
        except Exception:
            made.pop(wanted, None)  # the next who asks tries again
            raise

    def keep_only(self, codes: Iterable[str]) -> None:
        """Forget the pictures of rooms that nobody watches."""
        watched = set(codes)
        self._kept = {code: kept for code, kept in self._kept.items() if code in watched}


def carried(room: Room, layout: str, theme: str) -> bytes:
    """The scene as an event: JSON, compressed, in the letters that an event stream may hold."""
    content = packed(to_json_plotly(painted(room, layout, theme)).encode())
    return event("scene", b64encode(content).decode(), room.change)


def painted(room: Room, layout: str, theme: str) -> Json:
    """The scene as the watcher's page takes it: plain texts, rows of texts, and figures."""
    sheet = room.scene.sheet or Sheet()
    drawn = look(theme, stage=layout if layout in STAGES else "")
    registry = None
    if any(isinstance(part, Picture) for part in sheet.parts):
        registry = registries.shown(room.scene.registry, room.scene.version)
    return {
        "step": room.change,
        "leader": room.leader,
        "title": sheet.title,
        "caption": sheet.caption,
        "stage": sheet.stage,
        "synthetic": sheet.synthetic,
        "explore": explore(room.scene, room.code),
        "config": CONFIG,
        "parts": [_part(part, registry, drawn) for part in sheet.parts],
    }


def explore(scene: Scene, code: str) -> str:
    """Where a full session shows the same page, patients and options, and knows the room it came from; relative to the root."""
    kept = [(key, text) for key, text in scene.view if key not in _OF_THE_STAGE]
    place = [("registry", scene.registry)] if scene.registry else []
    query = urlencode([*kept, *place, ("version", scene.version), ("from-room", code)], safe="!~,*")
    return f"{scene.page}?{query}"


def _part(part: Part, registry: Registry | None, drawn: Look) -> Json:
    if isinstance(part, Words):
        return {"kind": part.kind, "text": part.text}
    if isinstance(part, Number):
        return {"kind": "number", "label": part.label, "value": part.value, "detail": part.detail}
    if isinstance(part, Rows):
        return {"kind": "table", **_table(part.table, MOST_ROWS, part.of)}
    if registry is None:
        raise ValueError("A scene with a figure names no version.")
    chart = part.drawn(registry, drawn)
    if chart.name in OF_WORDS and drawn.stage is None:  # a phone sets words itself
        return {"kind": "table", **_table(chart.table, MOST_ROWS)}
    return _figure(part, chart, drawn)


def _figure(part: Picture, chart: Chart, drawn: Look) -> Json:
    figure = with_template(chart.spec)
    stage = drawn.stage
    return {
        "kind": "figure",
        "name": part.figure.name,
        "title": chart.title,
        "who": capitalised(chart.who),
        "caveats": () if part.caveats_said else chart.caveats,
        "notes": chart.notes,
        "summary": chart.summary,
        "table": _table(chart.table, _ROWS_AS_TEXT),
        "width": stage.width if stage else 0,
        "height": chart.spec["layout"].get("height") or 0,
        # What a click would act on stays here: whoever watches does not click.
        "data": [_without_ids(trace) for trace in figure["data"]],
        "layout": figure["layout"],
    }


def _without_ids(trace: Json) -> Json:
    keeps = "hovertemplate" in trace or "texttemplate" in trace
    return trace if keeps else {key: value for key, value in trace.items() if key not in ("customdata", "ids")}


def _table(table: Table, most: int, of: int | None = None) -> Json:
    rows = len(table.rows) if of is None else of
    left = f"The first {most} of {number(rows)} rows." if rows > most else ""
    return {
        "title": table.title,
        "subtitle": table.subtitle,
        "columns": [{"heading": column.heading, "number": column.is_number} for column in table.columns],
        "rows": replace(table, rows=table.rows[:most]).shown,
        "notes": table.notes,
        "left": left,
    }
