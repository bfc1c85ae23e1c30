"""The formats of an export, their names and types, and the one function that makes the bytes."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from plro_core.export.calls import groups_in
from plro_core.export.documents import as_html, as_markdown
from plro_core.export.embedding import origin
from plro_core.export.plain import as_csv, as_json, as_parquet
from plro_core.export.recipe import Recipe
from plro_core.export.workbook import as_workbook
from plro_core.manuscript.compact import Compact
from plro_core.manuscript.ruled import ruled
from plro_core.manuscript.writing import MANUSCRIPT
from plro_core.manuscript.writing import write as in_print
from plro_core.problems import QueryProblem
from plro_core.tables import Table, TwoForms
from plro_core.text import listed

_LONGEST_NAME = 60


@dataclass(frozen=True)
class Format:
    """One format: its name for readers, MIME type, whether it is text, and who writes it.

    A summary table is written in its ``tidy`` form for programs, in its ``layout`` for readers, or in both.
    """

    label: str
    mime: str
    is_text: bool
    write: Callable[[Table, Recipe | None], bytes]
    tidy: bool = False


def _in_print(form: str) -> Callable[[Table, Recipe | None], bytes]:
    return lambda table, recipe: in_print(ruled(table), form, origin(recipe) if recipe else "")


FORMATS: dict[str, Format] = {
    "csv": Format("CSV, tidy", "text/csv; charset=utf-8", True, as_csv, tidy=True),
    "xlsx": Format(
        "Excel workbook",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        False,
        lambda table, recipe: as_workbook([table], recipe),
    ),
    "html": Format("HTML page", "text/html; charset=utf-8", True, as_html),
    "md": Format("Markdown", "text/markdown; charset=utf-8", True, as_markdown),
    "parquet": Format("Parquet, tidy", "application/vnd.apache.parquet", False, as_parquet, tidy=True),
    "json": Format("JSON, tidy", "application/json", True, as_json, tidy=True),
    **{name: Format(form.label, form.mime, form.is_text, _in_print(name)) for name, form in MANUSCRIPT.items()},
}


def export_table(table: Table | TwoForms, format: str, recipe: Recipe | None = None) -> bytes:
    """A table as the bytes of a file, its recipe inside; without a recipe, the bare table.

    Raises:
        QueryProblem: the format is unknown, or the table does not fit into it.
    """
    if format not in FORMATS:
        raise QueryProblem(f"“{format}” is not a format; expected {listed(list(FORMATS), 'or')}.")
    if format in MANUSCRIPT and isinstance(table, Compact):
        return in_print(table.printed, format, origin(recipe) if recipe else "")
    if isinstance(table, Table):
        return FORMATS[format].write(table, recipe)
    if format == "xlsx":
        printed = table.printed if isinstance(table, Compact) else None
        return as_workbook([table.layout, table.tidy], recipe, printed)
    return FORMATS[format].write(table.tidy if FORMATS[format].tidy else table.layout, recipe)


def file_name(name: str, recipe: Recipe | None, format: str) -> str:
    """A safe name that tells what, who, in which groups and which data: ``plro-table1-smoking-yes-by-breastfeeding-2022-2.csv``.

    Only small letters, digits and hyphens; a long cohort is cut and told apart by a short hash of its query.
    """
    parts = ["plro", _slug(name)]
    if recipe:
        told = (recipe.query, groups_in(recipe.snippet))
        parts += ["synthetic" if recipe.synthetic else "", *map(_cohort_slug, told), _slug(recipe.version)]
    return "-".join(part for part in parts if part) + f".{format}"


def _cohort_slug(query: str) -> str:
    words = query.replace("!", "-not-").replace("~", "-missing-").replace("*", "-any-")
    slug = _slug(words)
    if len(slug) <= _LONGEST_NAME:
        return slug
    return f"{slug[:_LONGEST_NAME].rstrip('-')}-{hashlib.sha256(query.encode()).hexdigest()[:8]}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
