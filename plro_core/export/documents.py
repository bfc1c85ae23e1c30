"""Exports for readers: a Markdown table and an HTML page that stands alone. Data are shown, never interpreted."""

import re
from html import escape

from tabulate import tabulate

from plro_core.export.embedding import in_html, in_markdown, origin
from plro_core.export.recipe import Recipe
from plro_core.tables import Table
from plro_core.tables.markup import html_notes, html_table

_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$&])")

#: Parts of a recipe that are code.
_CODE = ("SQL", "Python")

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2530; background: #fff; max-width: 72rem; margin: 2rem auto;
  padding: 0 1.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; padding-bottom: .75rem; }
caption strong { display: block; font-size: 1.35rem; line-height: 1.3; }
caption span { color: #51606f; }
thead th { text-align: left; border-top: 2px solid #1c2530; border-bottom: 1px solid #1c2530; vertical-align: bottom; }
th, td { padding: .28rem .75rem .28rem 0; vertical-align: top; font-weight: 400; text-align: left; }
thead th { font-weight: 600; }
tr.start > * { border-top: 1px solid #d5dce3; }
tbody tr:last-child > * { border-bottom: 2px solid #1c2530; }
.number { text-align: right; }
.notes, .recipe { color: #51606f; font-size: .85rem; }
h2 { font-size: 1rem; color: #1c2530; }
.wide { overflow-x: auto; }
.recipe dt { font-weight: 600; }
.recipe dd { margin: 0 0 .4rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font-size: .8rem; }
@media print { .wide { overflow: visible; } body { margin: 0; max-width: none; padding: 0; font-size: 9pt; } thead { display: table-header-group; }
  tr { break-inside: avoid; } }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div class="wide">
<table>
<caption><strong>{title}</strong><span>{subtitle}</span></caption>
{table}
</table>
</div>
{notes}{recipe}{origin}</body>
</html>
"""


def as_html(table: Table, recipe: Recipe | None) -> bytes:
    """A page that needs nothing else and prints well: caption, table, notes and recipe, all text escaped."""
    page = _PAGE.format(
        title=escape(table.title),
        subtitle=escape(table.subtitle),
        style=STYLE,
        table=html_table(table),
        notes=html_notes(table.notes),
        recipe=html_recipe(recipe),
        origin=in_html(origin(recipe)) if recipe else "",
    )
    return page.encode()


def html_recipe(recipe: Recipe | None) -> str:
    """How it was made, as headings and texts."""
    if recipe is None:
        return ""
    items = "".join(f"<dt>{escape(head)}</dt><dd>{_recipe_text(head, text)}</dd>" for head, text in recipe.lines)
    return f'<section class="recipe"><h2>How this was made</h2><dl>{items}</dl></section>\n'


def _recipe_text(head: str, text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if head in _CODE else escape(text)


def as_markdown(table: Table, recipe: Recipe | None) -> bytes:
    """A GitHub table under its title, then the notes and the recipe."""
    subtitle = [markdown_text(table.subtitle)] if table.subtitle else []
    parts = [f"## {markdown_text(table.title)}", *subtitle, markdown_table(table)]
    if table.notes:
        parts.append("\n".join(f"- {markdown_text(note)}" for note in table.notes))
    if recipe:
        parts += ["### How this was made", _markdown_recipe(recipe), in_markdown(origin(recipe))]
    return ("\n\n".join(parts) + "\n").encode()


def markdown_text(text: str) -> str:
    """Text on one line with Markdown's special characters escaped, pipes included."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.splitlines()))


def markdown_table(table: Table) -> str:
    """The table alone, numbers to the right."""
    head = [markdown_text(column.heading) for column in table.columns]
    rows = [[markdown_text(cell) for cell in row] for row in table.shown] or [[""] * len(head)]
    aligned = ["right" if column.is_number else "left" for column in table.columns]
    return tabulate(rows, head, "github", disable_numparse=True, colalign=aligned)


def _markdown_recipe(recipe: Recipe) -> str:
    lines = [f"- {head}: {markdown_text(text)}" for head, text in recipe.lines if head not in _CODE]
    return "\n".join(lines) + f"\n\n```sql\n{recipe.sql}\n```\n\n```python\n{recipe.snippet}\n```"
