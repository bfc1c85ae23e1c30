"""A table or figure and its recipe as bytes for a download or a file: the same thing and recipe give the same bytes (of images: with
the same Chromium)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from plro_core.export.calls import FIGURE_WORDS, library_call
from plro_core.export.files import FORMATS, Format, export_table, file_name
from plro_core.export.recipe import (
    Recipe,
    comparison_recipe,
    dictionary_recipe,
    draft_recipe,
    figure_recipe,
    printed_recipe,
    ranges_recipe,
    recipe_for,
    records_recipe,
    summary_recipe,
    table_one_recipe,
)

if TYPE_CHECKING:
    from plro_core.export.images import IMAGES, WIDTHS, figure_image, find_chromium, image_trouble
    from plro_core.export.interactive import figure_html

__all__ = [
    "FIGURE_WORDS",
    "FORMATS",
    "IMAGES",
    "WIDTHS",
    "Format",
    "Recipe",
    "comparison_recipe",
    "dictionary_recipe",
    "draft_recipe",
    "export_table",
    "figure_html",
    "figure_image",
    "figure_recipe",
    "file_name",
    "find_chromium",
    "image_trouble",
    "library_call",
    "printed_recipe",
    "ranges_recipe",
    "recipe_for",
    "records_recipe",
    "summary_recipe",
    "table_one_recipe",
]

#: What exports figures is loaded when it is asked for: a table needs none of it.
_LATE = {
    **dict.fromkeys(("IMAGES", "WIDTHS", "figure_image", "find_chromium", "image_trouble"), "images"),
    "figure_html": "interactive",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
