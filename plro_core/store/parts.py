"""A part of a version as a registry of its own in memory: whoever holds it reaches no other patient."""

import hashlib
import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from plro_core.problems import RegistryProblem
from plro_core.store.columns import NUMBER
from plro_core.store.manifest import Stated
from plro_core.store.reading import Registry
from plro_core.text import listed, printable


def only_with(registry: Registry, name: str, level: str) -> Registry:
    """The patients with this level of a fact of the case, with all their rows; what a document prints of others is not in it.

    Its content is its own, so that no answer about it is taken for one about the whole version, or the other way round.

    Raises:
        RegistryProblem: the registry has no such fact with such a level.
    """
    _check(registry, name, level)
    cases = registry.tables["cases"]
    numbers = cases.filter(pc.equal(cases[name], level))[NUMBER]
    tables = {table: _rows(registry, table, numbers) for table in registry.tables}
    told = hashlib.sha256(json.dumps([registry.content, name, level]).encode()).hexdigest()
    files: dict[str, Stated] = {
        f"{table}.parquet": {"sha256": told, "rows": found.num_rows} for table, found in tables.items()
    }
    return Registry(registry.folder, replace(registry.manifest, files=files), registry.vocabulary, tables)


def _check(registry: Registry, name: str, level: str) -> None:
    entry = next((one for one in registry.vocabulary.variables if one.table == "cases" and one.name == name), None)
    if entry is None or not entry.levels or entry.many:
        raise RegistryProblem(
            f"The registry declares no “{printable(name)}” with levels, so nobody can be shown one of them alone."
        )
    codes = [one.code for one in entry.levels]
    if level not in codes:
        raise RegistryProblem(
            f"“{printable(level)}” is not a level of “{printable(name)}”; expected {listed(codes, 'or')}."
        )


def _rows(registry: Registry, table: str, numbers: pa.ChunkedArray) -> pa.Table:
    found = registry.tables[table]
    if NUMBER in found.column_names:
        return found.filter(pc.is_in(found[NUMBER], value_set=numbers))
    if table == "provenance":
        of = pc.list_element(pc.split_pattern(found["key"], "/", max_splits=1), 0)
        return found.filter(pc.is_in(of, value_set=pc.cast(numbers, pa.string())))
    return found.slice(0, 0)
