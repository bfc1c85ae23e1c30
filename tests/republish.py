"""The same data under another version's name, for tests of what happens when a registry is published."""

from pathlib import Path

import pyarrow.parquet as pq

from plro_core.store import Manifest, open_registry, publish
from plro_core.vocabulary import STANDARD


def republish(folder: Path, version: str) -> None:
    """Publish the tables of the current version once more."""
    registry = open_registry(folder)
    source = folder / "versions" / registry.version
    manifest = Manifest.read(source / "manifest.json")
    about = {name: getattr(manifest, name) for name in ("title", "source", "author", "note", "time", "synthetic")}
    schemas = {table.name: pq.read_schema(source / f"{table.name}.parquet") for table in STANDARD.tables}
    tables = {name: registry.arrow(f"FROM {name}").cast(schema) for name, schema in schemas.items()}
    publish(tables, about | {"version": version}, folder, STANDARD, parent=registry.version)
    registry.close()
