"""The patients of a version in parts: whole, each once, the same every time, and nothing where something is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from plro_core.cli.process import main
from plro_core.counts.codes import CodeEngine
from plro_core.counts.questions import Counted, Sized, together
from plro_core.problems import RegistryProblem
from plro_core.store import SHIPPED, Registry, open_registry, open_shard, shards_of, write_shards
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.dask_tools import in_shards, shards_home
from tests.oracle import synthetic_tables

pytest_plugins = ["tests.shard_fixtures"]


def all_of(registry: Registry) -> list[Registry]:
    shards = shards_of(registry)
    assert shards is not None
    return [open_shard(shards_home(registry), name, shards) for name in shards.parts]


def test_each_patient_is_in_one_shard_with_all_her_rows(made: Registry) -> None:
    parts = all_of(made)
    for table in ("cases", "visits", "symptoms", "fractures"):
        rows = [row for part in parts for row in part.records(f"FROM {table}")]
        assert sorted(map(repr, rows)) == sorted(map(repr, made.records(f"FROM {table}")))
        seen = [{row["case_id"] for row in part.records(f"FROM {table}")} for part in parts]
        assert sum(map(len, seen)) == len(set().union(*seen))
    assert [part.patients for part in parts] == [6, 7, 7]
    asked = [Sized(), Counted((STANDARD.variable("age"), STANDARD.variable("vas", "visits")))]
    for question in asked:
        assert together(CodeEngine(part.codes).answer(question) for part in parts) == CodeEngine(made.codes).answer(
            question
        )


def test_rows_of_a_patient_that_lie_apart_come_together(tmp_path: Path) -> None:
    tables = synthetic_tables(5, 20)
    for name in ("cases", "visits", "symptoms"):
        order = sorted(range(tables[name].num_rows), key=lambda at: (at * 7) % 13)
        tables[name] = tables[name].take(pa.array(order, pa.int64()))
    opened = in_shards(tables, tmp_path / "registry", into=4)
    asked = Counted((STANDARD.variable("age"), STANDARD.variable("vas", "visits"), STANDARD.variable("symptom")))
    found = together(CodeEngine(part.codes).answer(asked) for part in all_of(opened))
    assert found == CodeEngine(opened.codes).answer(asked)
    opened.close()


@pytest.mark.parametrize(("patients", "into", "expected"), [(0, 16, 1), (1, 16, 1), (3, 16, 3), (20, 1, 1)])
def test_no_shard_is_without_a_patient(tmp_path: Path, patients: int, into: int, expected: int) -> None:
    opened = in_shards(synthetic_tables(1, patients), tmp_path / "registry", into)
    assert [part.patients for part in all_of(opened)] == [patients // expected] * expected
    opened.close()


def test_written_again_they_are_the_same(copied: Registry) -> None:
    before = {path: path.read_bytes() for path in shards_home(copied).rglob("*.*") if path.is_file()}
    shutil.rmtree(copied.folder / "shards")
    assert shards_of(copied) is None
    write_shards(copied.folder, None, 3)
    assert {path: path.read_bytes() for path in before} == before


def test_another_number_replaces_them_and_what_belongs_to_no_version_goes(copied: Registry) -> None:
    old = shards_home(copied).with_name("v0-0123456789ab")
    shutil.copytree(shards_home(copied), old)
    assert len(write_shards(copied.folder, None, 5).parts) == 5
    assert [home.name for home in (copied.folder / "shards").iterdir()] == [shards_home(copied).name]


def test_stopped_half_way_those_that_were_there_stay(copied: Registry) -> None:
    def stop(done: int, of: int) -> None:
        assert (done, of) == (1, 5)
        raise KeyboardInterrupt

    before = shards_of(copied)
    with pytest.raises(KeyboardInterrupt):
        write_shards(copied.folder, None, 5, stop)
    assert shards_of(copied) == before
    assert len(list((copied.folder / "shards").iterdir())) == 1


def test_new_words_have_no_shards_until_they_are_written(copied: Registry) -> None:
    (copied.folder / "variables.toml").write_text('use = ["bmi"]\n')
    opened = open_registry(copied.folder)
    assert shards_of(opened) is None
    write_shards(copied.folder, None, 2)
    assert {part.vocabulary.variable("bmi", "cases").name for part in all_of(opened)} == {"bmi"}
    opened.close()


def test_words_of_the_registry_are_those_of_its_shards(tmp_path: Path) -> None:
    words = Vocabulary(parse('use = ["bmi"]'))
    tables = synthetic_tables(1, 4)
    cases = tables["cases"].append_column("bmi", pa.array([20.5, 21.0, None, 30.0]))
    opened = in_shards(tables | {"cases": cases.select(words_of_cases(words))}, tmp_path / "registry", 2, words)
    asked = Counted((words.variable("bmi", "cases"),))
    found = together(CodeEngine(part.codes).answer(asked) for part in all_of(opened))
    assert found == {("bmi", None, None, value): 1 for value in (20.5, 21.0, None, 30.0)}
    opened.close()


def words_of_cases(words: Vocabulary) -> list[str]:
    return [entry.name for entry in words.columns("cases")]


def test_the_command_says_what_it_wrote(copied: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shard", "--registry", str(copied.folder), "--into", "2"]) == 0
    said = f"Version v1: 20 patients in 2 shards, in shards/{shards_home(copied).name}.\n"
    assert capsys.readouterr().out == said
    assert main(["shard", "--registry", str(copied.folder), "--into", "0"]) == 2
    assert main(["shard", "--registry", str(SHIPPED)]) == 1
    assert main(["shard", "--registry", str(copied.folder), "--version", "v9"]) == 1
    assert "“v9” is not a version" in capsys.readouterr().err
    assert not (SHIPPED / "shards").exists()


# What is wrong with a list is said, whatever it is


def _change(**to: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda stated: stated | to


def _part(**to: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda stated: stated | {"parts": stated["parts"] | {"02": stated["parts"]["02"] | to}}


LISTS = {
    "another version": (_change(version="v2"), "it says version v2"),
    "other content": (_change(content="0" * 64), "it says version v1, content 000000000000"),
    "other words": (_change(words="0" * 64), "it says version v1"),
    "one left out": (
        lambda stated: stated | {"parts": {name: stated["parts"][name] for name in ("01", "02")}},
        "its shards hold 13 patients; expected 20",
    ),
    "one twice": (
        lambda stated: stated | {"parts": stated["parts"] | {"03": stated["parts"]["02"]}},
        "two shards hold the same",
    ),
    "a number left out": (
        lambda stated: stated | {"parts": {"01": stated["parts"]["01"], "03": stated["parts"]["03"]}},
        "its shards are not numbered one by one",
    ),
    "a path for a number": (
        lambda stated: stated | {"parts": {**stated["parts"], "../../x": stated["parts"]["03"]}},
        "its shards are not numbered one by one",
    ),
    "other patients": (_part(patients=8), "its shards hold 21 patients; expected 20"),
    "other rows": (_part(rows=1), "rows; expected"),
    "a word for a number": (_part(patients="7"), '“patients of 02” is "7"; expected a whole number'),
}


@pytest.mark.parametrize("fault", LISTS)
def test_a_list_that_is_not_of_every_patient_once_is_refused(copied: Registry, fault: str) -> None:
    change, said = LISTS[fault]
    path = shards_home(copied) / "shards.json"
    told = {
        name: value for name, value in json.loads(path.read_text()).items() if name not in ("plro_shards", "sha256")
    }
    path.write_text(json.dumps(change(told)))  # without a checksum, as earlier releases wrote it
    with pytest.raises(RegistryProblem, match=r"shards[.]json") as refused:
        shards_of(copied)
    assert said in str(refused.value)
    assert "“shard” writes them anew" in str(refused.value)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"version": "v1"', b"[]"], ids=repr)
def test_a_list_that_cannot_be_read_is_refused(copied: Registry, content: bytes | None) -> None:
    path = shards_home(copied) / "shards.json"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(RegistryProblem, match=r"^shards/v1-[0-9a-f]{12}/shards\.json: .*“shard” writes them anew\.$"):
        shards_of(copied)
