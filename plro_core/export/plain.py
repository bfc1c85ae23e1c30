"""Exports for programs: CSV, JSON and Parquet of the raw cells.

CSV is a plain table that every program reads: no comment lines. The recipe stands in columns at the right whose names
begin with ``recipe_``: cohort query, data version and content in every row, so that rows keep their origin when files are
joined, and everything else in the first row only. Text that a spreadsheet would take for a formula gets a leading
quote; numbers never change.
"""

import csv
import json
from io import BytesIO, StringIO

import pyarrow.parquet as pq

from plro_core.export.recipe import Recipe
from plro_core.tables import Cell, Table
from plro_core.text import guarded

_EVERY_ROW = ("query", "version", "content")
_FIRST_ROW = (
    *(
        "title",
        "cohort",
        "n",
        "source",
        "synthetic",
        "registry",
        "registry_title",
        "time",
        "program",
        "command",
        "link",
    ),
    *("sql", "snippet", "notes"),
)


def as_csv(table: Table, recipe: Recipe | None) -> bytes:
    """UTF-8 with a byte order mark (Excel needs it, others skip it), CRLF, missing as an empty cell."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    extra = [f"recipe_{name}" for name in (*_EVERY_ROW, *_FIRST_ROW)] if recipe else []
    writer.writerow([guarded(name) for name in (*(column.name for column in table.columns), *extra)])
    for index, row in enumerate(table.rows):
        cells = (*row, *_recipe_cells(recipe, table, index)) if recipe else row
        writer.writerow([_csv_cell(cell) for cell in cells])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _csv_cell(cell: Cell) -> str | float | int:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return guarded(cell) if isinstance(cell, str) else cell


def _recipe_cells(recipe: Recipe, table: Table, index: int) -> list[str]:
    told = {
        **recipe.as_dict,
        "notes": " | ".join(table.notes),
        "snippet": recipe.snippet.replace("\n\n", "\n"),
    }
    every = [str(told[name]) for name in _EVERY_ROW]
    return every + [str(told[name]).replace("\n", "; ") if index == 0 else "" for name in _FIRST_ROW]


def as_json(table: Table, recipe: Recipe | None) -> bytes:
    """Without a recipe a plain list of objects; with one, an object that holds recipe, columns, notes and rows."""
    answer: object = table.records
    if recipe:
        answer = {
            "recipe": recipe.as_dict,
            "columns": [dict(column.__dict__) for column in table.columns],
            "notes": list(table.notes),
            "rows": table.records,
        }
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"


def as_parquet(table: Table, recipe: Recipe | None) -> bytes:
    """Typed columns; labels and units in the fields' metadata, recipe and notes in the schema's."""
    arrow = table.to_arrow()
    if recipe:
        told = json.dumps(recipe.as_dict, ensure_ascii=False)
        arrow = arrow.replace_schema_metadata({**arrow.schema.metadata, b"recipe": told.encode()})
    buffer = BytesIO()
    pq.write_table(arrow, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()
