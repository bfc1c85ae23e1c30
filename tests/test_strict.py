"""The one reader of JSON and TOML: what two readers could take differently is refused, in one sentence that names the part."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plro_core.problems import DataProblem
from plro_core.strict import MOST_DEPTH, Form

FORM = Form(DataProblem, "a list of cases", 10_000)
NAMED = Form(DataProblem, "a list of cases", 10_000, "cases.toml")


class Stated(TypedDict):
    rows: int


@dataclass(frozen=True)
class Version:
    name: str
    parent: str | None
    synthetic: bool
    files: Mapping[str, Stated]
    detail: Mapping[str, Any] = field(default_factory=dict)


WHOLE = {"name": "1", "parent": None, "synthetic": False, "files": {"a": {"rows": 3}}}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "The file is not readable JSON (line 1, column 2); expected a list of cases."),
        ('{"a": 1,\n "b" 2}', "The file is not readable JSON (line 2, column 6); expected a list of cases."),
        ("9" * 5000, "The file is not readable JSON (a number is too long); expected a list of cases."),
        ("[" * 9000, "The file is not readable JSON (nested too deeply); expected a list of cases."),
        (f'{{"a": {nested(MOST_DEPTH)}}}', "“a 1 1 1"),
        (b"\xff\xfe", "The file is not UTF-8 text; expected a list of cases."),
        ("{}".encode("utf-16"), "The file is not UTF-8 text; expected a list of cases."),
        (b" " * 10_001, "The file is larger than 10 kB; expected a list of cases."),
        ('{"a": 1, "a": 1}', "“a” is given twice; expected it once."),
        ('{"b": [{"a": 1, "\\u0061": 2}]}', "“a” is given twice; expected it once."),
        ('{"a\\u202eb": 1, "a\\u202eb": 1}', "“a\ufffdb” is given twice; expected it once."),
        ("NaN", "The file is nan; expected a number."),
        ('{"a": [1, {"b": -Infinity}]}', "“a 2: b” is -inf; expected a number."),
        ('{"a": 1e999}', "“a” is inf; expected a number."),
        ('{"a": "\\ud800"}', "“a” holds a character that cannot be seen; expected plain words."),
        ('{"a": {"\\udfff": 1}}', "“a: \ufffd” holds a character that cannot be seen; expected plain words."),
    ],
    ids=lambda text: str(text)[:20],
)
def test_json_that_no_two_readers_would_take_alike(text: str | bytes, sentence: str) -> None:
    with pytest.raises(DataProblem) as told:
        FORM.json(text)
    assert str(told.value).startswith(sentence)
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = 1\na = 2\n", "cases.toml: Cannot overwrite a value (at line 2, column 6); expected TOML."),
        ("a = ", "cases.toml: Invalid value (at end of document); expected TOML."),
        ("a = " + nested(4900), "cases.toml: The file is nested too deeply; expected TOML."),
        ("a = " + "9" * 5000, "cases.toml: A number is too long; expected TOML."),
        ("a = [1, nan]", "cases.toml: “a 2” is nan; expected a number."),
        ("[[b]]\n[[b]]\na = inf", "cases.toml: “b 2: a” is inf; expected a number."),
        (b"a = '\xff'", "cases.toml: The file is not UTF-8 text; expected a list of cases."),
        ("#" * 10_001, "cases.toml: The file is larger than 10 kB; expected a list of cases."),
    ],
    ids=lambda text: str(text)[:20],
)
def test_toml_that_no_two_readers_would_take_alike(text: str | bytes, sentence: str) -> None:
    with pytest.raises(DataProblem) as told:
        NAMED.toml(text)
    assert str(told.value) == sentence


numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=20,
)


@given(values)
def test_what_json_can_say_is_read_as_it_was_written(value: object) -> None:
    written = json.dumps(value)
    assert FORM.json(written) == value
    assert FORM.json(b"\xef\xbb\xbf" + json.dumps(value, ensure_ascii=False).encode()) == value


def test_a_byte_order_mark_before_toml_is_passed_over() -> None:
    assert NAMED.toml(b"\xef\xbb\xbfa = 1") == NAMED.toml("\ufeffa = 1") == {"a": 1}
    assert FORM.text("\ufeffa") == "\ufeffa"


def test_nesting_up_to_the_limit_is_read() -> None:
    assert FORM.json(nested(MOST_DEPTH)) == json.loads(nested(MOST_DEPTH))
    with pytest.raises(DataProblem, match=f"nested more than {MOST_DEPTH} deep"):
        FORM.json(nested(MOST_DEPTH + 1))


def test_a_record_has_the_declared_parts() -> None:
    assert FORM.record(Version, WHOLE, "the version") == Version("1", None, False, {"a": {"rows": 3}})
    assert FORM.record(Version, {**WHOLE, "parent": "0", "detail": {"n": [1]}}, "the version").detail == {"n": [1]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": 3}, "“name” is 3; expected text."),
        ({"name": None}, "“name” is null; expected text."),
        ({"parent": ["0"]}, "“parent” is [\"0\"]; expected text or null."),
        ({"synthetic": 0}, "“synthetic” is 0; expected true or false."),
        ({"files": []}, "“files” is not an object; expected names with what they mean."),
        ({"files": {"a": 3}}, "“a” is not an object; expected names with what they mean."),
        ({"files": {"a": {}}}, "“rows” is missing from a."),
        ({"files": {"a": {"rows": 1, "bytes": 2}}}, "“bytes” is not a part of a; expected rows."),
        ({"files": {"a": {"rows": True}}}, "“rows of a” is true; expected a whole number."),
        ({"files": {"a": {"rows": 1.0}}}, "“rows of a” is 1.0; expected a whole number."),
        ({"detail": None}, "“detail” is not an object; expected names with what they mean."),
        ({"guest\n": 1}, "“guest\ufffd” is not a part of the version; expected name, parent, synthetic, files and"),
        ({"name": {"a": "x" * 900}}, "“name” is {\"a\": \"" + "x" * 53 + "…; expected text."),
    ],
    ids=lambda row: str(row)[:30],
)  # fmt: skip
def test_a_record_of_another_form_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataProblem) as told:
        FORM.record(Version, WHOLE | change, "the version")
    assert str(told.value).startswith(sentence)


@pytest.mark.parametrize("missing", ["name", "parent", "synthetic", "files"])
def test_a_part_without_a_default_may_not_be_left_out(missing: str) -> None:
    with pytest.raises(DataProblem, match=f"^“{missing}” is missing from the version"):
        FORM.record(Version, {part: value for part, value in WHOLE.items() if part != missing}, "the version")


@given(values)
def test_any_value_is_a_record_or_one_sentence(value: object) -> None:
    for change in (value, WHOLE | {"files": value}, WHOLE | {"name": value}):
        said, made = "", None
        try:
            made = FORM.record(Version, change, "the version")
        except DataProblem as problem:
            said = str(problem)
        assert said.isprintable()
        assert len(said) < 300
        assert made is None or all(type(stated["rows"]) is int for stated in made.files.values())
        assert made is None or isinstance(made.name, str)


def test_a_file_is_read_no_further_than_its_form_allows(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    path.write_bytes(b"[]")
    assert FORM.file(path) == b"[]"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert len(FORM.file(path)) == 10_001


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"[]")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in (".", "link", "device", "nothing"):
        with pytest.raises(DataProblem, match=r"^this is not a plain file\.$"):
            FORM.file(tmp_path / name)
    assert FORM.file(tmp_path / "link", follow=True) == b"[]"
    with pytest.raises(DataProblem, match="plain file"):
        FORM.file(tmp_path / "device", follow=True)


def test_the_library_alone_lets_these_through() -> None:
    """What the reader adds; when the library refuses one of them itself, a check can go."""
    assert json.loads('{"a": 1, "a": 2}') == {"a": 2}
    assert math.isnan(json.loads("NaN"))
    assert json.loads("1e999") == math.inf
    assert json.loads('"\\ud800"') == "\ud800"
