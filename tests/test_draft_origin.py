"""The results of a draft carry an origin, and what is said of them is true: without the draft they cannot be made again."""

import hashlib
import json
from pathlib import Path

import pytest

from plro_core.__main__ import main
from plro_core.drafts import checked_draft, draft_table
from plro_core.export import draft_recipe, export_table
from plro_core.export.calls import needs_a_file
from plro_core.problems import DataProblem, RegistryProblem
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.verify import verify

pytestmark = pytest.mark.usefixtures("read_here")

TEXT = "The mean age was 29.9 years. Three patients smoked.\n"


def find(content: str, version: str, name: str) -> Registry:
    registry = open_registry(SHIPPED)
    if registry.content != content:
        raise RegistryProblem("No registry here holds this version.")
    return registry


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.md"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx", "docx", "html", "md", "tex", "rtf", "parquet"])
def test_every_format_says_that_the_draft_is_not_within(draft: Path, form: str) -> None:
    registry = open_registry(SHIPPED)
    table = checked_draft(registry, str(draft))
    sha256 = hashlib.sha256(draft.read_bytes()).hexdigest()
    content = export_table(table, form, draft_recipe(registry, table.title, sha256))
    verdict = verify(content, find, lambda found: found)
    assert verdict.state == "not here"
    assert verdict.sentence.startswith(
        f"It was made from a draft, which is not within it, and version {registry.version}"
    )
    other = content.replace(registry.content.encode(), b"0" * 64) if form in ("csv", "md", "html", "tex") else b""
    if other:
        assert verify(other, find, lambda found: found).sentence == "No registry here holds this version."


def test_the_command_writes_the_origin_and_verify_ends_with_1(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = draft.with_name("results.csv")
    assert main(["draft", str(draft), "-o", str(out)]) == 1
    text = out.read_text("utf-8-sig")
    assert hashlib.sha256(draft.read_bytes()).hexdigest() in text
    assert str(draft.parent) not in text
    capsys.readouterr()
    assert main(["verify", str(out)]) == 1
    assert "which is not within it" in capsys.readouterr().out


def test_the_recipe_tells_the_command_with_its_arguments() -> None:
    recipe = draft_recipe(open_registry(SHIPPED), "1 statistic in the draft", "ab" * 32, True, "differs")
    assert recipe.command.startswith("python -m plro_core draft DRAFT --answers ANSWERS --status differs --version")
    assert needs_a_file(recipe.snippet)
    assert not needs_a_file(recipe.snippet.replace("checked_draft", "claims"))


def test_a_recipe_that_names_a_file_of_the_reader_reads_none(draft: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = open_registry(SHIPPED)
    table = checked_draft(registry, str(draft))
    recipe = draft_recipe(registry, table.title, "ab" * 32)
    content = export_table(table, "md", recipe).replace(b'"DRAFT', b'"/etc/hostname')
    monkeypatch.setattr("plro_core.drafts.checked_draft", lambda *_: pytest.fail("it was called"))
    assert verify(content, find, lambda found: found).state == "not here"


def test_a_draft_is_checked_from_a_file_with_its_answers(draft: Path) -> None:
    registry = open_registry(SHIPPED)
    answers = draft.with_name("answers.json")
    answers.write_text(json.dumps({"answers": [{"words": "# patients smoked.", "number": 1, "about": False}]}), "utf-8")
    assert [row["status"] for row in checked_draft(registry, str(draft)).records] == ["differs", "agrees"]
    told = checked_draft(registry, str(draft), str(answers), "unknown").records
    assert [row["printed"] for row in told] == ["Three patients"]
    with pytest.raises(DataProblem, match=r"gone\.docx: No such file"):
        checked_draft(registry, str(draft.with_name("gone.docx")))


def test_a_table_of_no_statement_has_a_title_of_its_own() -> None:
    from plro_core.drafts.model import Draft

    table = draft_table(Draft(others=1, unused=1))
    assert table.title == "No statistic was found in the draft"
    assert table.notes[-2:] == (
        "1 further number (such as years, doses, references and single values in tables) were not read as statistics.",
        "1 answer is about no statement of this draft.",
    )
    assert draft_table(Draft(unused=2)).notes[-1] == "2 answers are about no statement of this draft."
