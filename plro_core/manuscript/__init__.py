"""Tables as a journal prints them: what a table shows as one small value, its cells, and the formats that a manuscript needs."""

from plro_core.manuscript.compact import Compact, compact_table
from plro_core.manuscript.differences import two_groups
from plro_core.manuscript.model import Behind, PrintTable
from plro_core.manuscript.ruled import ruled
from plro_core.manuscript.screen import on_screen, rows_that_hold
from plro_core.manuscript.spec import STATISTICS, Statistics, TableSpec, read_spec
from plro_core.manuscript.styles import STYLES, Style
from plro_core.manuscript.writing import MANUSCRIPT, write

__all__ = [
    "MANUSCRIPT",
    "STATISTICS",
    "STYLES",
    "Behind",
    "Compact",
    "PrintTable",
    "Statistics",
    "Style",
    "TableSpec",
    "compact_table",
    "on_screen",
    "read_spec",
    "rows_that_hold",
    "ruled",
    "two_groups",
    "write",
]
