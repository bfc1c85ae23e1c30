"""A figure as one HTML page that needs nothing else: it works from a memory stick, without any network."""

import json
from html import escape

from plotly.offline import get_plotlyjs

from plro_core.export.captions import captioned
from plro_core.export.documents import STYLE, html_recipe
from plro_core.export.embedding import in_html, origin
from plro_core.export.files import file_name
from plro_core.export.images import font_faces
from plro_core.export.recipe import Recipe
from plro_core.figures import CONFIG, Chart
from plro_core.figures.style import LIGHT, Look
from plro_core.tables.markup import html_notes, html_table
from plro_core.text import capitalised

_MORE = """
body {{ font-family: "IBM Plex Sans", system-ui, sans-serif; }}
h1 {{ font-size: 1.35rem; line-height: 1.3; margin: 0 0 .25rem; }}
figure {{ margin: 0; }} figcaption {{ color: {quiet}; font-size: .85rem; margin: .5rem 0 1rem; }}
.who {{ color: {quiet}; font-size: .9rem; margin: 0 0 .25rem; }}
.caveat {{ border-left: 3px solid {accent}; font-size: .9rem; margin: .25rem 0 .5rem; padding-left: .6rem; }}
details {{ margin: .75rem 0; }} summary {{ cursor: pointer; }}
"""
_DARK = """
:root {{ color-scheme: dark; }}
body {{ background: {background}; color: {text}; }} h2, thead th {{ color: {text}; }}
.notes, .recipe, caption span {{ color: {quiet}; }} tr.start > * {{ border-color: {rule}; }}
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<script>{plotly}</script>
</head>
<body>
<h1>{title}</h1>
<p class="who">{who}</p>
{caveats}
<figure>
<div id="figure" role="img" aria-label="{summary}"></div>
<figcaption>{caption}<br>{source}</figcaption>
</figure>
<details><summary>As text</summary><p>{summary}</p></details>
<details><summary>The numbers</summary><div class="wide"><table>
{table}
</table></div></details>
{notes}{recipe}{origin}<script>
const drawn = {figure}, saved = {saved};
const camera = {{
  name: "save", title: "Save as SVG", icon: Plotly.Icons.camera,
  click: () => Plotly.downloadImage(saved, {{format: "svg", width: saved.layout.width, height: saved.layout.height, filename: {file}}})
}};
Plotly.newPlot("figure", drawn.data, drawn.layout, {{...{config}, modeBarButtons: [[camera]]}});
</script>
</body>
</html>
"""
#: In a page of its own the figure can be saved as a picture, with title and caption in it: the browser makes it, and
#: nothing is sent.
_CONFIG = CONFIG | {"displayModeBar": True}
_SAVED_WIDTH = 740.0


def figure_html(chart: Chart, recipe: Recipe, look: Look = LIGHT) -> bytes:
    """The figure as on the page, to be looked at in a browser, with caption, text, numbers, notes and recipe.

    ``look`` is the one that it was drawn in. All text is escaped; Plotly is written into the page once.
    """
    colours = {
        "background": look.background,
        "text": look.text,
        "quiet": look.quiet,
        "rule": look.rule,
        "accent": look.accent,
    }
    style = font_faces() + STYLE + _MORE.format(**colours) + (_DARK.format(**colours) if look.name == "dark" else "")
    page = _PAGE.format(
        title=escape(chart.title),
        style=style,
        plotly=get_plotlyjs(),
        summary=escape(chart.summary),
        who=escape(capitalised(chart.who)),
        caveats="".join(f'<p class="caveat">{escape(caveat)}</p>' for caveat in chart.caveats),
        caption=escape(f"{recipe.n} · {recipe.cohort} · data {recipe.version}"),
        source=escape(recipe.source),
        table=html_table(chart.table),
        notes=html_notes(chart.notes),
        recipe=html_recipe(recipe),
        origin=in_html(origin(recipe)),
        figure=drawing(chart),
        saved=for_script(captioned(chart, recipe, _SAVED_WIDTH, look).to_json()),
        file=for_script(json_text(file_name(chart.name, recipe, "svg").removesuffix(".svg"))),
        config=for_script(json_text(_CONFIG)),
    )
    return page.encode()


def drawing(chart: Chart) -> str:
    """What Plotly draws, as JSON that can stand in a script."""
    return for_script(chart.figure.to_json())


def json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def for_script(text: str) -> str:
    """JSON that cannot end the script it stands in."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
