"""A ``variables.toml`` at fault is the first thing that is said, whatever else is wrong with the files."""

from pathlib import Path

import pytest

from plro_core.cli.process import main
from tests.test_pages import opened

SENTENCE = "variables.toml: “variable 1, stage: kind colour”"
WRONG = '[[variable]]\nname = "stage"\nlabel = "Stage"\ntable = "cases"\nkind = "colour"\n'
#: Files that have faults of their own.
FILES = {"cases.csv": "case_id,race\n1,x\n", "visits.csv": "case_id,month,vas\n1,2,99\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "own"
    own.mkdir()
    (own / "variables.toml").write_text(WRONG)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return own


@pytest.mark.parametrize(
    "command",
    [
        ["check", "cases.csv", "visits.csv"],
        ["check", "cases.csv", "visits.csv", "--format", "json"],
        ["check", "cases.csv", "--missing", "nothing=99"],
        ["check", "absent.csv"],
        ["import", "cases.csv", "visits.csv", "--author", "A. Aydin", "--note", "first"],
        ["template", "-o", "template.xlsx"],
    ],
)
def test_the_command_line_names_the_file_first(
    command: list[str], folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert main([*command, "--registry", str(folder)]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith(SENTENCE)
    assert not Path("template.xlsx").exists()


def test_the_registry_page_names_the_file_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    app = opened("registry")
    assert not app.exception
    assert app.error[0].value.startswith("variables\\.toml\\: “variable 1, stage\\: kind colour”")
    assert "Mend the file" in app.error[0].value
    assert not app.get("file_uploader")
