"""A table and its recipe as bytes for a download or a file: the same table and recipe always give the same bytes."""

from plro_core.export.files import FORMATS, Format, export_table, file_name
from plro_core.export.recipe import Recipe, printed_recipe, recipe_for, records_recipe, table_one_recipe

__all__ = [
    "FORMATS",
    "Format",
    "Recipe",
    "export_table",
    "file_name",
    "printed_recipe",
    "recipe_for",
    "records_recipe",
    "table_one_recipe",
]
