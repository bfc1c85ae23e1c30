"""Figures drawn for a stage in a real browser: how large their words are, which are cut off and which lie on each other."""

import base64
import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import plotly
from playwright.sync_api import Page

from plro_core.cohort import Cohort
from plro_core.figures import Chart
from plro_core.figures.catalogue import Entry
from plro_core.figures.style import FONT, Stage, look
from plro_core.store import Registry, open_registry
from tests.browser_tools import ROOT
from tests.oracle import registry_of as registry_with
from tests.oracle import synthetic_tables, treatments_of

_PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

#: Ten patients, groups of two and of three, one patient, nobody, many and very many: patients, filters, grouping.
SHOWN = {
    "ten": (10, "", None),
    "two groups": (10, "", "breastfeeding"),
    "three groups": (10, "", "case_definition"),
    "one": (10, "age=24", None),
    "nobody": (10, "age=50", None),
    "sixty": (60, "", None),
    "sixty in three groups": (60, "", "case_definition"),
    "a thousand": (1000, "", None),
    "a thousand in two groups": (1000, "", "breastfeeding"),
}


#: Each text of a plot: its words, its size as it is seen, how far it reaches out of the stage, and its box.
_WORDS = """(stage) => [...document.querySelectorAll('svg text')].map((text) => {
  const box = text.getBoundingClientRect();
  const scale = text.getScreenCTM() ? Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b) : 1;
  const lines = [text, ...text.querySelectorAll('tspan')].filter((part) => part.textContent.trim());
  const size = Math.min(...lines.map((part) => parseFloat(getComputedStyle(part).fontSize) * scale));
  const out = Math.max(0 - box.left, 0 - box.top, box.right - stage.width, box.bottom - stage.height);
  return {words: text.textContent, size, out, box: [box.left, box.top, box.right, box.bottom]};
}).filter((word) => word.words.trim() && word.box[2] > word.box[0])"""


@cache
def registry_of(patients: int) -> Registry:
    """The shipped patients, or as many random ones."""
    if patients == 10:
        return open_registry()
    return registry_with(synthetic_tables(patients, patients) | {"treatments": treatments_of(patients, patients)})


def drawn(entry: Entry, registry: Registry, query: str, by: str | None, stage: str, **more: Any) -> Chart:
    """A figure on a stage, with whom and what it asks for."""
    cohort = Cohort.parse(query, registry.vocabulary)
    smokers = Cohort.parse("smoking=yes", registry.vocabulary)
    given: dict[str, Any] = {"cohort": cohort, "a": smokers, "within": cohort, "case_id": 8}
    given |= {"group": registry.vocabulary.variable(by, "cases")} if by else {}
    return entry.draw(
        registry,
        **{key: value for key, value in given.items() if key in entry.options},
        look=look("light", stage=stage),
        **more,
    )


def slides(entry: Entry, registry: Registry, query: str, by: str | None, stage: str) -> Iterator[Chart]:
    """All slides of a figure."""
    first = drawn(entry, registry, query, by, stage)
    yield first
    for slide in range(2, first.slides + 1):
        yield drawn(entry, registry, query, by, stage, slide=slide)


def draw(page: Page, chart: Chart, stage: Stage) -> list[dict[str, Any]]:
    """Draw a figure in an empty page as large as the stage; returns its words."""
    if page.url != "about:blank#stage":
        page.goto("about:blank#stage")
        page.set_content(f"<style>{_faces()} body {{ margin: 0; background: #fff }}</style><div id=plot></div>")
        page.add_script_tag(path=str(_PLOTLY))
        page.evaluate("(font) => document.fonts.load(`18px ${font}`)", FONT.split(",")[0])
    page.set_viewport_size({"width": stage.width, "height": stage.height})
    figure = json.loads(chart.figure.to_json()) | {"config": {"staticPlot": True}}
    figure["layout"] |= {"width": stage.width}
    page.evaluate("(figure) => Plotly.newPlot('plot', figure)", figure)
    found: list[dict[str, Any]] = page.evaluate(_WORDS, {"width": stage.width, "height": stage.height})
    return found


def faults(found: list[dict[str, Any]], smallest: float) -> list[str]:
    """What is wrong with the words of a figure: too small, cut off, or on each other; the watermark lies over all."""
    found = [word for word in found if word["words"] != "SYNTHETIC"]
    said = [f"small ({word['size']:.1f} px): {word['words']}" for word in found if word["size"] < smallest - 0.1]
    said += [f"cut off by {word['out']:.0f} px: {word['words']}" for word in found if word["out"] > 1]
    for place, one in enumerate(found):
        said += [
            f"collide: {one['words']} / {other['words']}" for other in found[place + 1 :] if _on_each_other(one, other)
        ]
    return said


def _on_each_other(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two boxes share more than the slack that lines of text have above and below their letters: more of it where
    no letter of the upper one reaches below the line.
    """
    width = min(one["box"][2], other["box"][2]) - max(one["box"][0], other["box"][0])
    height = min(one["box"][3], other["box"][3]) - max(one["box"][1], other["box"][1])
    upper = min(one, other, key=lambda word: word["box"][1])["words"]
    slack = (0.3 if set(upper) & set("gjpqyQ,;()") else 0.6) * min(one["size"], other["size"])
    return width > 2 and height > slack


def _faces() -> str:
    """The shipped fonts as the theme declares them, from their files."""
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    return " ".join(
        f"@font-face {{ font-family: '{face['family']}'; font-weight: {face['weight']}; "
        f"unicode-range: {face['unicodeRange']}; src: url(data:font/woff2;base64,{_as_text(face['url'])}) }}"
        for face in theme["fontFaces"]
    )


def _as_text(address: str) -> str:
    return base64.b64encode((ROOT / "pages" / "server" / address.lstrip("/")).read_bytes()).decode()
