"""The addresses of the watchers' page. Whoever knows a room's code gets its scene, and nothing else of the dashboard."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import plotly
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from pages.live import here
from pages.live.keys import COOKIE, COOKIE_PATH, COOKIE_SECONDS, written
from pages.live.rooms import Room, RoomProblem, StoreProblem
from pages.live.tries import visitor
from pages.live.watching.allowed import allowed
from pages.live.watching.packed import answer, gzipped
from pages.live.watching.painting import LAYOUTS, LOOKS, Paintings
from pages.live.watching.streams import Stream, event
from pages.shared import identity

FILES = Path(__file__).resolve().parent / "files"
PLOTLY = Path(plotly.__file__).resolve().parent / "package_data" / "plotly.min.js"
ONE_YEAR = "public, immutable, max-age=31536000"
NOT_KEPT = {"Cache-Control": "no-store"}

#: A picture of nothing, for an address that is asked for its cookie.
_NOTHING = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
_TYPES = {".js": "text/javascript", ".css": "text/css"}

_paintings = Paintings()


def routes() -> list[BaseRoute]:
    """The page, its program files, the stream of scenes, and the key of the presenter's browser."""
    return [
        Mount(
            "/watch",
            routes=[
                Route("/files/{edition}/{name}", program_file),
                Route("/{code}", page),
                Route("/{code}/steps/{layout}/{theme}", steps),
                Route("/keep/{ticket}", keep_leading),
            ],
        )
    ]


def _files() -> dict[str, Path]:
    """What the page loads, by name; nothing else is ever opened."""
    return {PLOTLY.name: PLOTLY} | {path.name: path for path in FILES.iterdir() if path.suffix in _TYPES}


@cache
def edition() -> str:
    """What tells these program files from those of another release, so that a browser may keep them for a year."""
    digest = sha256(plotly.__version__.encode())
    for path in sorted(FILES.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _html() -> str:
    return (FILES / "watch.html").read_text(encoding="utf-8").replace("{edition}", edition())


async def page(_request: Request) -> Response:
    """The page; what it shows it asks for itself, so it is the same for all rooms."""
    return HTMLResponse(_html(), headers={"Cache-Control": "no-cache"})


def program_file(request: Request) -> Response:
    """Plotly from the installed package, and the page's own script and style."""
    file = _files().get(request.path_params["name"])
    if file is None or request.path_params["edition"] != edition():
        raise HTTPException(404)
    return answer(request.scope, gzipped(file), _TYPES[file.suffix], ONE_YEAR)


async def steps(request: Request) -> Stream | Response:
    """The scenes of the room's steps, one event each, in the layout and look that the watcher's window asks for; or that too many
    codes were tried.
    """
    layout, theme = request.path_params["layout"], request.path_params["theme"]
    if layout not in LAYOUTS or theme not in LOOKS:
        raise HTTPException(404, headers=NOT_KEPT)
    streams, read = here.streams(), allowed(request.scope, here.rooms().read)
    code = str(request.path_params["code"]).strip().upper()[:20]
    try:
        who = visitor(request.client.host if request.client else None)
        await run_in_threadpool(here.tries().room, code, who, read)
    except StoreProblem as problem:  # the page tries again by itself
        return PlainTextResponse(str(problem), 503, NOT_KEPT)
    except RoomProblem:
        return Response(event("over", "tries"), headers=NOT_KEPT, media_type="text/event-stream")

    async def paint(room: Room) -> bytes:
        _paintings.keep_only([room.code, *streams.codes()])
        return await _paintings.event_of(room, layout, theme)

    async def read_later(code: str) -> Room | None:
        """Whether somebody may watch hangs on files, for which the loop does not wait."""
        return await run_in_threadpool(read, code)

    return Stream(streams, code, read_later if identity.configured() else read, paint)


async def keep_leading(request: Request) -> Response:
    """Give the presenter's browser the key of its room, once."""
    key = here.tickets().redeem(request.path_params["ticket"])
    if key is None:
        raise HTTPException(404, headers=NOT_KEPT)
    answered = Response(_NOTHING, headers=NOT_KEPT, media_type="image/svg+xml")
    answered.set_cookie(
        COOKIE,
        written(key),
        max_age=COOKIE_SECONDS,
        path=COOKIE_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answered
