"""A report as one HTML file that needs nothing else: its figures can be moved and pointed at without any network."""

from collections.abc import Iterable
from html import escape

from plotly.offline import get_plotlyjs

from plro_core.export.documents import STYLE, html_recipe
from plro_core.export.embedding import in_html
from plro_core.export.images import font_faces
from plro_core.export.interactive import drawing, for_script, json_text
from plro_core.figures import CONFIG
from plro_core.manuscript.markup import html_below, html_caption, html_grid
from plro_core.report.blocks import Block, FigureBlock, Heading, Pages, Paragraph, Run, TableBlock

_MORE = """
body { font-family: "IBM Plex Sans", system-ui, sans-serif; max-width: 52rem; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin: 2rem 0 .5rem; } h3, h4 { font-size: 1.05rem; }
.quiet, figcaption, .below { color: #51606f; font-size: .85rem; }
figure { margin: 1.5rem 0; } figcaption strong, caption { color: #1c2530; }
caption { font-size: .95rem; } tr.section th { font-style: italic; } tr.one th { padding-left: 1rem; } tr.two th { padding-left: 2rem; }
thead tr.over :is(th, td) { border-bottom: none; } thead tr.over th.span { border-bottom: 1px solid #1c2530; } thead tr + tr :is(th, td) { border-top: none; }
.live { border-bottom: 1px dotted #51606f; } .changed { border-bottom: 2px solid #b4540a; }
mark.doubt { background: none; border-bottom: 2px wavy #b42318; text-decoration: underline wavy #b42318; }
.number { text-align: left; }
details { margin: .4rem 0; } summary { cursor: pointer; }
@media print { details { display: none; } figure { break-inside: avoid; } }
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
{plotly}</head>
<body>
<h1>{title}</h1>
{authors}<p class="quiet">{data}</p>
{blocks}
{origin}{drawings}</body>
</html>
"""
_DRAW = """<script>
const drawn = {figures};
for (const [name, figure] of Object.entries(drawn)) Plotly.newPlot(name, figure.data, figure.layout, {config});
</script>
"""


def as_html(pages: Pages) -> bytes:
    """The report as a page, all text escaped; Plotly is written into it once, and only if there is a figure."""
    figures = [block for block in pages.blocks if isinstance(block, FigureBlock)]
    page = _PAGE.format(
        title=escape(pages.title),
        style=font_faces() + STYLE + _MORE,
        plotly=f"<script>{get_plotlyjs()}</script>\n" if figures else "",
        authors=f"<p>{escape(pages.authors)}</p>\n" if pages.authors else "",
        data=escape(pages.data),
        blocks="\n".join(map(_block, pages.blocks)),
        origin=in_html(pages.origin),
        drawings=_drawings(figures) if figures else "",
    )
    return page.encode()


def _drawings(figures: Iterable[FigureBlock]) -> str:
    told = ", ".join(f"{json_text(block.name)}: {drawing(block.chart)}" for block in figures)
    return _DRAW.format(figures=f"{{{told}}}", config=for_script(json_text(CONFIG)))


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"
    if isinstance(block, Paragraph):
        return f"<p>{''.join(map(_run, block.runs))}</p>"
    return _figure(block) if isinstance(block, FigureBlock) else _table(block)


def _run(run: Run) -> str:
    if not run.mark:
        return escape(run.text)
    element = "mark" if run.mark == "doubt" else "span"
    return f'<{element} class="{run.mark}" title="{escape(run.told)}">{escape(run.text)}</{element}>'


def _figure(block: FigureBlock) -> str:
    chart = block.chart
    below = "".join(f"<br>{escape(line)}" for line in block.below)
    return (
        f'<figure><div id="{block.name}" role="img" aria-label="{escape(chart.summary)}"></div>'
        f"<figcaption><strong>{escape(block.caption)}</strong>{below}</figcaption>"
        f"<details><summary>As text</summary><p>{escape(chart.summary)}</p></details>"
        f"<details><summary>How this was made</summary>{html_recipe(block.recipe)}</details></figure>"
    )


def _table(block: TableBlock) -> str:
    table = block.printed
    return (
        f'<div class="wide"><table>{html_caption(table)}\n{html_grid(table)}</table></div>\n'
        f'<p class="below">{"<br>".join(html_below(table))}</p>'
    )
