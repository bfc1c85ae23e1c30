"""Texts that a spreadsheet would take for formulas: guarded in CSV files where that is asked for, and taken back without loss."""

import csv
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO, StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.bundle import bundle, unbundle
from plro_core.handover import read_handed, told_apart
from plro_core.intake import File
from plro_core.intake.redcap.mapping import MappingProblem, RedcapMapping
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.preview import held_tables
from plro_core.store import Registry, open_registry
from plro_core.text import guarded, unguarded
from tests.hostile_registry import Canaries, hostile

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def of_formulas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Patients among whose texts are formulas, and one that is written as a guarded formula is."""
    folder = hostile(tmp_path_factory.mktemp("own") / "formulas", Canaries())
    with closing(open_registry(folder)) as registry:
        yield registry


@given(text=st.text(alphabet="'=+-@1.a\t", max_size=6))
@settings(max_examples=500, deadline=None, derandomize=True)
def test_a_guard_is_taken_back_without_loss(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(FORMULA)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("'=1", "''=1"),
        ("-2.5", "'-2.5"),
        ("-2+3", "'-2+3"),
        ("it's", "it's"),
        ("'a", "'a"),
        ("", ""),
    ],
)
def test_formulas_alone_are_guarded(text: str, shown: str) -> None:
    assert guarded(text) == shown


def cells(content: bytes) -> set[str]:
    return {cell for row in csv.reader(StringIO(content.decode("utf-8-sig"), newline="")) for cell in row}


def armed(content: bytes) -> set[str]:
    """The cells that a spreadsheet would take for a formula."""
    return {cell for cell in cells(content) if cell.startswith(FORMULA) and not re.fullmatch(r"-[\d.]+", cell)}


def test_a_guarded_bundle_holds_no_formula_and_is_the_same_version(of_formulas: Registry) -> None:
    plain, safe = bundle(of_formulas), bundle(of_formulas, guarded=True)
    with zipfile.ZipFile(BytesIO(plain)) as archive:
        assert any(armed(archive.read(name)) for name in archive.namelist() if name.endswith(".csv"))
    with zipfile.ZipFile(BytesIO(safe)) as archive:
        assert [name for name in archive.namelist() if name.endswith(".csv") and armed(archive.read(name))] == []
        assert b"guarded" in archive.read("README.md")
    given, back = (unbundle(content, of_formulas.vocabulary) for content in (plain, safe))
    assert given.manifest == back.manifest
    assert all(back.tables[name].equals(table) for name, table in given.tables.items())


def test_guarded_records_come_back_from_redcap_as_they_were(of_formulas: Registry) -> None:
    words, tables = of_formulas.vocabulary, held_tables(of_formulas)
    records = export_csv(tables, words, guarded=True)
    assert armed(export_csv(tables, words))
    assert not armed(records)
    assert not armed(dictionary_csv(words, guarded=True))
    files = {
        "records.csv": records,
        "dictionary.csv": dictionary_csv(words, guarded=True),
        "mapping.json": own_mapping(words, guarded=True).json.encode(),
    }
    handed = told_apart([File(name, content) for name, content in files.items()], words)
    mapping = RedcapMapping.from_json(files["mapping.json"], words)
    found = read_handed(handed, None, True, {}, mapping, words)
    assert not found.errors
    for name in ("treatments", "imaging", "cases", "visits"):
        assert found.tables[name].equals(tables[name]), name


def test_a_mapping_says_whether_texts_are_guarded(of_formulas: Registry) -> None:
    words = of_formulas.vocabulary
    mapping = own_mapping(words, guarded=True)
    assert RedcapMapping.from_json(mapping.json, words) == mapping
    assert any("guard" in sentence for sentence in mapping.sentences)
    assert '"guarded"' not in own_mapping(words).json
    with pytest.raises(MappingProblem, match="neither true nor false"):
        RedcapMapping.from_json(mapping.json.replace('"guarded": true', '"guarded": 1'), words)
