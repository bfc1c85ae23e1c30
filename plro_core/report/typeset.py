"""A report as a PDF, set by typst: tagged, with embedded fonts of its own, and the same bytes each time."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from plro_core.export.embedding import into_pdf
from plro_core.manuscript import PrintTable
from plro_core.manuscript.widths import widths
from plro_core.problems import DataProblem
from plro_core.report.blocks import Block, FigureBlock, Heading, Pages, Paragraph

_TEMPLATE = Path(__file__).with_name("page.typ")
#: Signs of a table's type that stand beside each other on a page, upright and on its side.
_UPRIGHT, _ON_ITS_SIDE = 95.0, 148.0


def as_pdf(pages: Pages, pictures: Mapping[str, bytes]) -> bytes:
    """The document's bytes; ``pictures`` are the figures as PNG, by name.

    Raises:
        DataProblem: it cannot be set.
    """
    import typst

    told = {
        "title": pages.title,
        "authors": [pages.authors] if pages.authors else [],
        "data": pages.data,
        "blocks": list(map(_block, pages.blocks)),
    }
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        (root / "page.typ").write_bytes(_TEMPLATE.read_bytes())
        for name, picture in pictures.items():
            (root / f"{name}.png").write_bytes(picture)
        try:
            content = typst.compile(
                root / "page.typ",
                root=root,
                sys_inputs={"pages": json.dumps(told, ensure_ascii=False)},
                ignore_system_fonts=True,
                timestamp=0,
                package_path=root,
                package_cache_path=root,
            )
        except (RuntimeError, OSError):  # its words may hold what stands in the report
            raise DataProblem("The report could not be set as a PDF; ask for HTML or DOCX.") from None
    return into_pdf(bytes(content), pages.origin, pages.title, pages.data)


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "text": block.text}
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "runs": [{"text": run.text, "mark": run.mark} for run in block.runs]}
    if isinstance(block, FigureBlock):
        return {
            "kind": "figure",
            "file": f"{block.name}.png",
            "alt": block.chart.summary,
            "caption": block.caption,
            "below": block.below,
        }
    return _table(block.printed)


def _table(table: PrintTable) -> dict[str, Any]:
    return {
        "kind": "table",
        "wide": table.is_wide,
        "number": f"{table.word} {table.number}." if table.number else "",
        "caption": table.caption,
        "widths": widths(table, _ON_ITS_SIDE if table.is_wide else _UPRIGHT),
        "aligned": table.aligned,
        "heads": [[{"text": head.text, "span": head.span} for head in row] for row in table.heads],
        "rows": [
            {
                "section": row.section,
                "indent": row.indent,
                "cells": [{"text": cell.text, "mark": cell.mark} for cell in row.cells],
            }
            for row in table.rows
        ],
        "marks": table.marks,
        "notes": [text for text in (*table.notes, table.spelt_out) if text],
    }
