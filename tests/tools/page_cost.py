"""What a page costs the server: ``python -m tests.tools.page_cost [PAGE …]`` for the registry that ``PLRO_REGISTRY`` names.

Each page is opened in the test tool, and then its patients are narrowed by the slider for age, each time to a cohort that nobody
has asked for. Processor time is the median of such changes; what is counted (queries, questions, figures, bytes) is of the last.
"""

import gc
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import CodeType, FrameType
from typing import Any

import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from pages.shared.figures import drawn_in
from plro_core.compare.question import _compared
from plro_core.counts import CodeEngine
from plro_core.store import Registry, open_registry
from plro_core.store.engine import Engine
from tests.all_pages import PAGES

FRAME = Path(__file__).resolve().parents[2] / "pages" / "frame.py"
#: The filter that is moved, and ends that it is moved to: each pair once, so that every cohort is new.
SLIDER = "range_t_femoral_neck"
ENDS = iter([(-low / 10, -high / 10) for high in range(11, 23) for low in range(32, 23, -1)])
#: From so many bytes on Streamlit lets the browser keep an element.
KEPT_BY_BROWSER = 10_000
#: How many changes are timed.
CHANGES = 7

ANSWER = CodeEngine.answer.__code__
#: What is counted: calls of these functions.
COUNTED: dict[CodeType, str] = {
    Engine.cursor.__code__: "queries",
    Registry.found.__code__: "lookups",
    drawn_in.__code__: "figures",
    go.Figure.__init__.__code__: "validated",
    _compared.__code__: "comparisons",
    open_registry.__code__: "openings",
}


@dataclass(frozen=True)
class Cost:
    """What one run of a page cost.

    ``milliseconds`` are of the processor. ``queries`` went to DuckDB, ``lookups`` by key to the stored tables, different ``questions`` to an engine of counts; ``figures`` were drawn
    and ``validated`` by Plotly; ``comparisons`` were made, registries opened (``openings``). ``sent`` are the bytes of all messages
    to the browser, ``largest`` those of the largest.
    """

    milliseconds: float
    queries: int = 0
    lookups: int = 0
    questions: int = 0
    figures: int = 0
    validated: int = 0
    comparisons: int = 0
    openings: int = 0
    sent: int = 0
    largest: int = 0


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Counts calls of what is counted, in threads that begin meanwhile; a question that is asked again is counted once."""
    found: Counter[str] = Counter()
    asked = set()

    def called(frame: FrameType, event: str, argument: Any) -> None:
        if event != "call":
            return
        if name := COUNTED.get(frame.f_code):
            found[name] += 1
        elif frame.f_code is ANSWER:
            asked.add(frame.f_locals["question"])

    threading.setprofile(called)
    try:
        yield found
    finally:
        threading.setprofile(None)
        found["questions"] = len(asked)


def opened(page: str, **link: str) -> AppTest:
    """A page as a fresh session sees it."""
    app = AppTest.from_file(str(FRAME), default_timeout=300)
    for key, text in link.items():
        app.query_params[key] = text
    if page != "overview":
        app.switch_page(f"{page}.py")
    return app.run()


def narrowed(app: AppTest) -> AppTest:
    """The same page for a cohort that nobody has asked for."""
    app.slider(key=SLIDER).set_range(*next(ENDS))
    return app.run()


def sent(app: AppTest) -> dict[bytes, str]:
    """The elements that the page sent, with their kinds."""
    return {element.proto.SerializeToString(): element.type for element in _elements(app._tree)}


def new(before: Mapping[bytes, str], now: Mapping[bytes, str]) -> list[bytes]:
    """What crosses the wire: Streamlit sends a large element that the browser has already only by its name."""
    return [element for element in now if len(element) < KEPT_BY_BROWSER or element not in before]


def _elements(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from _elements(child)
        elif child.proto is not None:
            yield child


def counted(app: AppTest) -> Cost:
    """What one more change of a page costs in what can be counted."""
    before = sent(app)
    with counting() as found:
        narrowed(app)
    assert not app.exception, app.exception
    sizes = [len(element) for element in new(before, sent(app))]
    return Cost(0, **found, sent=sum(sizes), largest=max(sizes))


def timed(change: Callable[[], object]) -> float:
    """Milliseconds of the processor for one run."""
    start = time.process_time()
    change()
    return (time.process_time() - start) * 1000


def cost_of(page: str, **link: str) -> tuple[float, Cost]:
    """Milliseconds of the first session on a page, and the cost of a change of its patients."""
    holder: list[AppTest] = []
    first = timed(lambda: holder.append(opened(page, **link)))
    app = holder[0]
    narrowed(app)
    times = [timed(lambda: narrowed(app)) for _ in range(CHANGES)]
    found = counted(app)
    return first, Cost(**{**vars(found), "milliseconds": median(times)})


def bare() -> float:
    """Milliseconds of a run that shows one line: what the test tool and Streamlit cost by themselves."""
    app = AppTest.from_string("import streamlit as st\nst.write(1)").run()
    return median(timed(app.run) for _ in range(15))


def main(wanted: tuple[str, ...]) -> None:
    """Measure and print a Markdown table."""
    opened("overview")
    gc.collect()
    gc.freeze()
    print(f"a bare rerun: {bare():.0f} ms\n")
    heads = ("first", "change", *list(Cost.__dataclass_fields__)[1:])
    print(f"| page | {' | '.join(heads)} |\n|---|{'---:|' * len(heads)}")
    for page in wanted or PAGES[:-1]:
        first, found = cost_of(page)
        print(
            f"| {page} | {first:.0f} | {found.milliseconds:.0f} | {' | '.join(f'{n:,}' for n in list(vars(found).values())[1:])} |",
            flush=True,
        )


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
