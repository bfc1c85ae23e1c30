"""A registry in memory from a few rows, for tests whose truth is worked out by hand or by a slow plain loop."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from plro_core.schema import SCHEMA_VERSION, arrow_schema
from plro_core.store import Manifest, Registry
from plro_core.vocabulary import STANDARD, Vocabulary

Row = Mapping[str, Any]


def small_registry(words: Vocabulary = STANDARD, **rows: Iterable[Row]) -> Registry:
    """``small_registry(cases=[{"case_id": 1}], visits=[…])``: what a row does not name is missing."""
    tables = {table.name: _table(table.name, list(rows.get(table.name, ())), words) for table in words.tables}
    manifest = Manifest("test", "Made up", "", "", "", "2026-01-01T00:00:00Z", None, True, SCHEMA_VERSION, {})
    return Registry(Path(), manifest, words, tables)


def courses(*courses: Mapping[int, int | None], **columns: list[Any]) -> Registry:
    """Patients 1, 2, … with these VAS by month; ``columns`` are further columns of ``cases``, one value a patient."""
    return small_registry(
        cases=[
            {"case_id": number + 1, **{name: values[number] for name, values in columns.items()}}
            for number in range(len(courses))
        ],
        visits=[
            {"case_id": number, "month": month, "vas": vas}
            for number, course in enumerate(courses, 1)
            for month, vas in course.items()
        ],
    )


def _table(name: str, rows: list[Row], words: Vocabulary) -> pa.Table:
    schema = arrow_schema(name, words)
    return pa.Table.from_pylist([{field: row.get(field) for field in schema.names} for row in rows], schema=schema)
