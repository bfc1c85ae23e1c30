"""Whatever a registry declares goes out by each door and comes back equal: template, REDCap project, bundle.

Template and REDCap project carry what is recorded of patients. What documents print and claim belongs to the documents, and
where a cell comes from is told anew by the file that it is read from; the bundle carries both.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings

from plro_core import store
from plro_core.bundle import bundle
from plro_core.handover import VersionMetadata, prepare, read_handed, store_version, told_apart, words_for
from plro_core.intake import File, Intake, filled, read, template_files
from plro_core.intake.answers import Answers
from plro_core.intake.redcap.mapping import RedcapMapping
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.preview import held_tables
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import FILE, Vocabulary, parse, words_of
from tests.generated_registries import Generated, registries

#: From tables to files and back to the rows of each clinical table.
Door = Callable[[Mapping[str, pa.Table], Vocabulary], dict[str, list[Any]]]

DOORS = settings(max_examples=25, deadline=None)
ABOUT = {
    "version": "1",
    "title": "Generated",
    "source": "made up",
    "author": "a test",
    "note": "",
    "time": "2026-01-01T00:00:00Z",
    "synthetic": True,
}


@contextmanager
def published(generated: Generated) -> Iterator[Registry]:
    """The registry on disk: its declarations beside its first version."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / FILE).write_text(generated.text, "utf-8")
        store.publish(generated.tables, ABOUT, folder, words_of(folder))
        registry = open_registry(folder)
        try:
            yield registry
        finally:
            registry.close()


def came_in(files: list[File], words: Vocabulary, mapping: RedcapMapping | None = None) -> dict[str, list[Any]]:
    """The rows of each clinical table that the files hold, every question of codes for missing answered with “a value”."""

    def reading(answers: Answers) -> Intake:
        return read(files, words, mapping=mapping, answers=answers)

    asked = reading(Answers()).questions
    intake = reading(Answers(values=frozenset((question.column, question.code) for question in asked)))
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    return clinical(intake.tables, words)


def clinical(tables: Mapping[str, pa.Table], words: Vocabulary) -> dict[str, list[Any]]:
    return {name: tables[name].to_pylist() for name in words.clinical}


#: Names that REDCap gives to columns of its own, and two that one way of renaming would bring together.
REDCAPS = ("vaccination_complete", "cases_risk_factors_complete", "redcap_event_name", "redcap_id", "a___b", "a____b")

#: Declared columns with values of one patient that some door has not brought back.
GIVEN_BACK = {
    "a name that is another's label": (
        """[[variable]]
name = "old"
label = "P1NP"
table = "cases"
kind = "text"
[[variable]]
name = "p1np"
label = "New"
table = "cases"
kind = "text"
""",
        {"old": "a", "p1np": "b"},
    ),
    "a number that Python writes with an exponent": (
        """[[variable]]
name = "small"
label = "Small"
table = "cases"
kind = "number"
decimals = 6
plausible = [0, 1]
""",
        {"small": 0.000001},
    ),
    "a name like a field of another table": (
        """[[variable]]
name = "fractures_level"
label = "Fracture levels"
table = "cases"
kind = "integer"
plausible = [0, 10]
""",
        {"fractures_level": 2},
    ),
    "names like REDCap's own columns": (
        "".join(
            f'[[variable]]\nname = "{name}"\nlabel = "Own {number}"\ntable = "cases"\nkind = "integer"\nplausible = [0, 2]\n'
            for number, name in enumerate(REDCAPS)
        ),
        dict.fromkeys(REDCAPS, 1),
    ),
}


def by_text(tables: Mapping[str, pa.Table], words: Vocabulary) -> dict[str, list[Any]]:
    return came_in([File(name, content) for name, content in template_files(words, tables).items()], words)


def by_workbook(tables: Mapping[str, pa.Table], words: Vocabulary) -> dict[str, list[Any]]:
    return came_in([File("registry.xlsx", filled(words, tables))], words)


def by_redcap(tables: Mapping[str, pa.Table], words: Vocabulary) -> dict[str, list[Any]]:
    files = [File("records.csv", export_csv(tables, words)), File("dictionary.csv", dictionary_csv(words))]
    return came_in(files, words, RedcapMapping.from_json(own_mapping(words).json, words))


@pytest.mark.parametrize("door", [by_text, by_workbook, by_redcap])
@pytest.mark.parametrize("what", GIVEN_BACK)
def test_what_a_door_has_lost_comes_back(door: Door, what: str) -> None:
    text, values = GIVEN_BACK[what]
    fracture = {"case_id": 1, "level": "T6"}
    generated = Generated(text, {"cases": [{"case_id": 1, **values}], "fractures": [fracture]})
    words = Vocabulary(parse(text))
    assert door(generated.tables, words) == clinical(generated.tables, words)


@DOORS
@given(registries())
def test_the_filled_template_comes_back_from_text(generated: Generated) -> None:
    with published(generated) as registry:
        tables, words = held_tables(registry), registry.vocabulary
    assert by_text(tables, words) == clinical(generated.tables, words)


@DOORS
@given(registries())
def test_the_filled_template_comes_back_from_a_workbook(generated: Generated) -> None:
    with published(generated) as registry:
        tables, words = held_tables(registry), registry.vocabulary
    assert by_workbook(tables, words) == clinical(generated.tables, words)


@DOORS
@given(registries())
def test_the_redcap_project_comes_back_with_its_dictionary_and_mapping(generated: Generated) -> None:
    with published(generated) as registry:
        tables, words = held_tables(registry), registry.vocabulary
    assert by_redcap(tables, words) == clinical(generated.tables, words)


@settings(DOORS, max_examples=12)  # a bundle tells much besides its tables, which takes its time
@given(registries())
def test_the_bundle_published_elsewhere_is_the_same_version(generated: Generated) -> None:
    with published(generated) as registry, TemporaryDirectory() as elsewhere:
        content, words = bundle(registry), registry.vocabulary
        handed = told_apart([File("bundle.zip", content)], words)
        folder = Path(elsewhere) / "registry"
        there = words_for(folder, handed.bundle)
        intake = read_handed(handed, None, False, {}, None, there)
        prepared = prepare(intake, None, there)
        assert prepared is not None, [finding.sentence for finding in intake.errors]
        manifest = store_version(folder, prepared, VersionMetadata("a test", "handed over"), publish=True)
        assert manifest.files == registry.manifest.files
        again = open_registry(folder)
        tables = held_tables(again)
        again.close()
        assert {name: table.to_pylist() for name, table in tables.items()} == {
            name: table.to_pylist() for name, table in generated.tables.items()
        }
