"""Finished tables: numbers first, then their formatting, then the layout, each a step of its own."""

from plro_core.tables.choosing import Reading, keys, read_as
from plro_core.tables.model import Cell, Column, Table, TwoForms, from_arrow, told_apart
from plro_core.tables.rows import printed_table, printed_tables, record_tables, records_table
from plro_core.tables.summary import OVERALL, Statistic
from plro_core.tables.table_one import TableOne, table_one

__all__ = [
    "OVERALL",
    "Cell",
    "Column",
    "Reading",
    "Statistic",
    "Table",
    "TableOne",
    "TwoForms",
    "from_arrow",
    "keys",
    "printed_table",
    "printed_tables",
    "read_as",
    "record_tables",
    "records_table",
    "table_one",
    "told_apart",
]
