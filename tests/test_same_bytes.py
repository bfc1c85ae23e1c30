"""The ten published patients leave in every form and come back into an empty registry: the same bytes each time."""

from pathlib import Path

import pytest

from plro_core.handover import VersionMetadata, prepare, read_handed, store_version, told_apart
from plro_core.intake import File, filled, template_files
from plro_core.intake.redcap import dictionary_csv, export_csv, own_mapping
from plro_core.preview import held_tables
from plro_core.store import SHIPPED, Registry
from plro_core.vocabulary import STANDARD

pytest_plugins = ["tests.core_fixtures"]

PATIENTS = ("cases", "visits", "symptoms", "treatments", "fractures", "imaging")


def as_workbook(registry: Registry) -> list[File]:
    return [File("registry.xlsx", filled(STANDARD, held_tables(registry)))]


def as_text(registry: Registry) -> list[File]:
    return [File(name, content) for name, content in template_files(STANDARD, held_tables(registry)).items()]


def as_redcap(registry: Registry, delimiter: str = ",", decimal: str = ".") -> list[File]:
    return [
        File("export.csv", export_csv(held_tables(registry), STANDARD, delimiter, decimal)),
        File("dictionary.csv", dictionary_csv(STANDARD, delimiter, decimal)),
        File("mapping.json", own_mapping(STANDARD).json.encode()),
    ]


def as_redcap_with_commas(registry: Registry) -> list[File]:
    return as_redcap(registry, ";", ",")


@pytest.mark.parametrize("leave", [as_workbook, as_text, as_redcap, as_redcap_with_commas])
def test_what_leaves_comes_back_byte_for_byte(registry: Registry, leave, tmp_path: Path) -> None:
    handed = told_apart(leave(registry), STANDARD)
    found = read_handed(handed, None, True, {}, handed.mapping, STANDARD)
    assert [finding.sentence for finding in found.errors] == []
    ready = prepare(found, None, STANDARD)
    assert ready is not None
    manifest = store_version(tmp_path, ready, VersionMetadata("a test", "the published ten"), publish=True)
    for table in PATIENTS:
        here = tmp_path / "versions" / manifest.version / f"{table}.parquet"
        assert here.read_bytes() == (SHIPPED / "versions" / "2022-2" / f"{table}.parquet").read_bytes(), table
