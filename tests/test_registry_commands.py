"""Files come in, versions come and go: on the command line, in one sentence, and never into the paper's registry."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plro_core import intake, journal, store
from plro_core.cli import console
from plro_core.cli.process import StoppedError, main
from plro_core.intake.answers import Answers
from plro_core.intake.model import Dialect, File, Finding, Intake
from plro_core.store import SHIPPED, current_version, history, open_registry
from plro_core.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "check",
    "import",
    "versions",
    "diff",
    "publish",
    "rollback",
    "discard",
    "journal",
    "template",
    "bundle",
    "redcap",
    "quality",
)
WHO = ("--author", "Ada", "--note", "a note")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def ward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a registry of one's own, which does not exist yet; files lie beside it."""
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path / "ward"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "ward"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process: exit code, standard output, standard error."""

    def answer(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return answer


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def cases(*ages: int) -> str:
    return write("cases.csv", "case_id,age", *(f"{number},{age}" for number, age in enumerate(ages, 1)))


def visits(*vas: int) -> str:
    return write("visits.csv", "case_id,month,vas", *(f"{number},0,{value}" for number, value in enumerate(vas, 1)))


def refused(answer: tuple[int, str, str], code: int = 1) -> str:
    """The one sentence of a refusal."""
    assert answer[0] == code
    assert answer[2].count("\n") == 1
    assert answer[2].endswith((".\n", "?\n", "!\n"))
    assert "Traceback" not in answer[2]
    return answer[2]


@pytest.fixture(scope="module")
def two_imports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which two files were imported into a registry, one after the other."""
    home = tmp_path_factory.mktemp("two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLRO_REGISTRY", str(home / "ward"))
        patch.chdir(home)
        assert main(["import", cases(31, 30), visits(9, 8), *WHO, "--version", "a"]) == 0
        assert main(["import", cases(31, 33), *WHO, "--version", "b"]) == 0
    return home


@pytest.fixture
def two(two_imports: Path, tmp_path: Path) -> None:
    """Versions a (published first) and b (published now)."""
    shutil.copytree(two_imports, tmp_path, dirs_exist_ok=True)


def warned(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> list[dict[str, Any]]:
    """Let the intake find these besides what it finds; what it was asked is kept."""
    real, asked = intake.read, []

    def read(files: list[File], vocabulary: Vocabulary, base: Any = None, **options: Any) -> Intake:
        asked.append(options)
        found = real(files, vocabulary, base, **options)
        tables = None if any(finding.severity == "error" for finding in findings) else found.tables
        return Intake((*found.findings, *findings), found.sources, tables, found.given)

    monkeypatch.setattr(intake, "read", read)
    return asked


DOUBT = Finding("cases.csv", "", 2, "age", "B2", "31", "rare", "warning", "rarely so high.")
FAULT = Finding("cases.csv", "", 2, "age", "B2", "\x1b[2J", "wrong", "error", "expected a number.")


# Checking


def test_sound_files(run: Run, ward: Path):
    assert run("check", cases(31), visits(9)) == (0, "0 errors, 0 warnings in 2 files with 2 rows.\n", "")
    assert run("check", cases(31), visits(9), "--format", "json")[:2] == (0, "[]\n")
    assert not ward.exists()


def test_findings_are_listed(run: Run, ward: Path):
    code, out, err = run("check", cases(31, 99), visits(9, 8))
    assert (code, err) == (1, "")
    assert "error: cases.csv, B3, age: “99”" in out
    assert re.search(r"\n1 error, \d warnings? in 2 files with 4 rows\.\n$|^error.*\n1 error, 0", out)
    code, out, _ = run("check", cases(31, 99), visits(9, 8), "--format", "json")
    found = next(entry for entry in json.loads(out) if entry["severity"] == "error")
    assert list(found) == [
        *("file", "sheet", "row", "column", "cell", "value", "rule", "severity", "message", "suggestion")
    ]
    assert (code, found["cell"], found["value"], found["rule"]) == (1, "B3", "99", "plausible")
    assert not ward.exists()


def test_a_warning_alone_is_no_refusal_of_a_check(run: Run, monkeypatch: pytest.MonkeyPatch):
    warned(monkeypatch, DOUBT)
    code, out, _ = run("check", cases(31), visits(9))
    assert (code, out.splitlines()[0]) == (0, "warning: cases.csv, B2, age: “31”; rarely so high.")


def test_a_value_cannot_steer_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch):
    warned(monkeypatch, FAULT)
    _, out, _ = run("check", cases(31), visits(9))
    assert "\x1b" not in out
    assert "\ufffd[2J" in out


def test_how_text_is_read(run: Run, monkeypatch: pytest.MonkeyPatch):
    asked = warned(monkeypatch)
    run("check", cases(31), "--whole", "--encoding", "cp1254", "--delimiter", "tab", "--decimal", ",")
    run("check", cases(31))
    dialects = {"cases.csv": Dialect("cp1254", "\t", ",")}
    how = [{name: one[name] for name in ("whole", "dialects", "mapping", "answers")} for one in asked]
    assert how[0] == {"whole": True, "dialects": dialects, "mapping": None, "answers": Answers()}
    assert how[1] == {"whole": False, "dialects": {}, "mapping": None, "answers": Answers()}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check"], 2, "Give FILE; see"),
        (["check", "none.csv"], 1, "none.csv: no such file or directory"),
        (["check", "."], 1, "is a directory"),
        (["check", "cases.csv", "--delimiter", "ab"], 2, "--delimiter is one character"),
        (["check", "cases.csv", "./cases.csv"], 2, "Two files are named cases.csv"),
        (["check", "cases.csv", "--mapping", "none.json"], None, ""),
        (["import", "cases.csv"], 2, "Give --author and --note; see"),
        (["import", "cases.csv", "--author", " ", "--note", "x"], 1, "Nobody is named as the author"),
        (["import", "cases.csv", *WHO, "--accept-warnings", "--version", "../x"], 1, "cannot name a version"),
        (["publish", "x", *WHO], 1, "“x” is not a version of this registry"),
        (["rollback", "x", *WHO], 1, "“x” is not a version of this registry"),
        (["discard", "../x"], 1, "“../x” is not a version of this registry"),
        (["diff", "a", "b"], 1, "“a” is not a version"),
        (["template"], 2, "Give -o FILE with a name that ends in xlsx or zip"),
        (["template", "-o", "form.docx"], 2, "ends in xlsx or zip"),
        (["journal", "--format", "pdf"], 2, "“pdf” is not one of md,"),
    ],
)
def test_wrong_commands(run: Run, ward: Path, arguments: list[str], code: int | None, words: str):
    cases(31)
    ward.mkdir()
    answer = run(*arguments)
    assert words in refused(answer, answer[0] if code is None else code)


def test_a_file_too_large_to_be_one(run: Run):
    with Path("huge.csv").open("wb") as file:
        file.truncate(60_000_000)
    assert "huge.csv is larger than 50 MB" in refused(run("check", "huge.csv"))


def test_a_pipe_or_a_device_is_no_file(run: Run):
    os.mkfifo("pipe.csv")
    words = "is a pipe or a device; expected a file"
    for arguments in (["pipe.csv"], ["/dev/zero"], [cases(31), "--mapping", "pipe.csv"]):
        assert words in refused(run("check", *arguments))


# Importing


def test_the_first_import_makes_the_registry(run: Run, ward: Path):
    code, out, err = run("import", cases(31), visits(9), *WHO)
    day = datetime.now(UTC).date().isoformat()
    assert (code, err) == (0, "")
    assert out.startswith("1 patient and 1 visit new, no cell changed, nothing removed.\n")
    assert re.search(rf"Version {day} published \(content [0-9a-f]{{12}}\)\.\n$", out)
    manifest = open_registry(ward).manifest
    assert (manifest.author, manifest.note, manifest.parent, manifest.synthetic) == ("Ada", "a note", None, False)
    assert manifest.source == "cases.csv and visits.csv"
    drafted, done = journal.read(ward)
    assert (drafted.what, done.what, done.version) == ("draft", "publish", day)
    assert [file["name"] for file in drafted.detail["files"]] == ["cases.csv", "visits.csv"]


@pytest.mark.usefixtures("two")
def test_a_second_import_follows_the_first(run: Run, ward: Path):
    assert [(info.version, info.manifest and info.manifest.parent) for info in history(ward)] == [
        ("a", None),
        ("b", "a"),
    ]
    code, out, _ = run("import", visits(9, 3), *WHO, "--title", "Ward 3", "--synthetic")
    assert code == 0
    assert "Nothing new, 1 cell changed, nothing removed." in out
    opened = open_registry(ward)
    assert opened.rows("SELECT age, vas FROM cases JOIN visits USING (case_id) ORDER BY 1") == [(31, 9), (33, 3)]
    assert (opened.manifest.title, opened.manifest.synthetic) == ("Ward 3", True)


@pytest.mark.parametrize(
    "text", ["two\nlines", "\x1b[2J", "\ud800", "x" * 1001], ids=["lines", "control", "half", "long"]
)
@pytest.mark.parametrize("option", ["--title", "--source"])
def test_a_title_is_one_line_of_text(run: Run, ward: Path, option: str, text: str):
    answer = run("import", cases(31), visits(9), *WHO, option, text)
    assert "expected one line of at most 1000 characters" in refused(answer)
    assert not ward.exists()


@pytest.mark.usefixtures("two")
def test_an_answer_is_not_written_over_a_version(run: Run, ward: Path):
    before = (ward / "versions/a/cases.parquet").read_bytes()
    answer = run("records", "cases", "-o", str(ward / "versions" / "a" / "cases.parquet"))
    assert "it is a file of a registry, which only its own commands change" in refused(answer)
    assert (ward / "versions/a/cases.parquet").read_bytes() == before


@pytest.mark.usefixtures("two")
def test_an_import_that_changes_nothing(run: Run, ward: Path):
    before = (ward / journal.NAME).read_bytes()
    assert "the registry holds all of this already" in refused(run("import", cases(31, 33), *WHO))
    assert (ward / journal.NAME).read_bytes() == before
    assert len(history(ward)) == 2


def test_an_error_refuses_everything(run: Run, ward: Path):
    answer = run("import", cases(31, 99), visits(9, 8), *WHO)
    assert refused(answer).startswith("Nothing was imported: 1 error")
    assert "“99”" in answer[1]
    assert not ward.exists()


@pytest.mark.usefixtures("two")
def test_a_refused_import_is_journalled_without_values(run: Run, ward: Path):
    answer = run("import", cases(31, 99), *WHO, "--accept-warnings")
    assert "99" not in refused(answer)
    last = journal.read(ward)[-1]
    assert (last.what, last.who, last.detail["errors"]) == ("import refused", "Ada", 1)
    assert last.detail["files"][0]["name"] == "cases.csv"
    assert "age" not in json.dumps(last.detail)
    assert current_version(ward) == "b"


def test_an_import_that_is_stopped_anywhere_leaves_the_registry_as_it_was(
    two: None, ward: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in ward.rglob("*") if path.is_file() and path.name != ".lock"}

    before, stages, stop_at = held(), list[str](), [0]

    def told(_: object, share: float, words: str) -> bool:
        stages.append(words)
        if len(stages) == stop_at[0]:
            raise StoppedError(signal.SIGINT)
        return True

    monkeypatch.setattr(console.Bar, "__call__", told)
    given = (cases(31, 44), visits(3, 2))
    for stop_at[0] in range(1, 9):
        stages.clear()
        assert refused(run("import", *given, *WHO), 130) == "Stopped.\n"
        assert held() == before
    stop_at[0] = 0
    assert run("import", *given, *WHO)[0] == 0


def test_warnings_need_to_be_accepted(run: Run, ward: Path, monkeypatch: pytest.MonkeyPatch):
    warned(monkeypatch, DOUBT)
    files = (cases(31), visits(9))
    assert "0 errors, 1 warning" in refused(run("import", *files, *WHO))
    assert "--accept-warnings" in refused(run("import", *files, *WHO))
    assert not ward.exists()
    assert run("import", *files, *WHO, "--accept-warnings")[0] == 0
    assert journal.read(ward)[0].detail["warnings"] == 1


def test_the_shipped_registry_takes_no_import(run: Run, monkeypatch: pytest.MonkeyPatch):
    before = {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*")}
    monkeypatch.delenv("PLRO_REGISTRY")
    for arguments in (["import", cases(31)], ["import", cases(31), "--registry", str(SHIPPED)]):
        assert "The shipped registry stays as it was published" in refused(run(*arguments, *WHO))
    for arguments in (["publish", "2022-2"], ["rollback", "2022-2"]):
        refused(run(*arguments, *WHO))
    refused(run("discard", "2022-2", "--author", "Ada"))
    assert {path: path.stat().st_mtime_ns for path in SHIPPED.rglob("*")} == before
    code, out, _ = run("journal")
    assert code == 0
    assert "0 lines" in out
    assert "The shipped registry stays as it was published" in out


@pytest.mark.usefixtures("two")
def test_a_registry_that_moved_meanwhile(run: Run, ward: Path, monkeypatch: pytest.MonkeyPatch):
    real = store.draft

    def slow(*arguments: Any, **options: Any) -> Any:
        store.release(ward, "a", "Bea", "faster")
        return real(*arguments, **options)

    monkeypatch.setattr(store, "draft", slow)
    words = refused(run("import", cases(31, 40), *WHO))
    assert words == "The registry moved from b to a while you looked: preview again.\n"
    assert [info.version for info in history(ward)] == ["a", "b"]


def test_a_journal_that_cannot_be_written(run: Run, ward: Path):
    (ward / journal.NAME).mkdir(parents=True)
    words = "journal.jsonl cannot be read: is a directory"
    assert words in refused(run("import", cases(31), visits(9), *WHO))
    assert words in refused(run("import", cases(31), visits(9), *WHO, "--version", "a"))
    assert list((ward / "versions").glob("*")) == []


def test_a_folder_that_cannot_be_written(run: Run):
    Path("file").write_text("", encoding="utf-8")
    words = refused(run("import", cases(31), visits(9), *WHO, "--registry", "file", "--version", "a"))
    assert words == "file is not a folder; expected that of a registry, or a name for a new one.\n"


# Versions


@pytest.mark.usefixtures("two")
def test_versions_are_listed(run: Run):
    code, out, _ = run("versions", "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert [(row["version"], row["state"], row["patients"], row["visits"]) for row in found] == [
        ("a", "published", 2, 2),
        ("b", "current", 2, 2),
    ]
    assert found[0]["content"] != found[1]["content"]
    for format in ("csv", "md"):
        assert "current" in run("versions", "--format", format)[1]


def test_no_versions_are_an_empty_list(run: Run, ward: Path):
    ward.mkdir()
    assert run("versions", "--format", "json")[:2] == (0, "[]\n")
    assert run("journal", "--format", "json")[:2] == (0, "[]\n")
    assert run("journal", "--verify") == (0, "The journal is empty.\n", "")


@pytest.mark.usefixtures("two")
def test_a_broken_version_is_listed(run: Run, ward: Path):
    (ward / "versions" / "a" / "cases.parquet").write_bytes(b"")
    found = json.loads(run("versions", "--format", "json")[1])
    assert [bool(row["problem"]) for row in found] == [True, False]
    assert "cases.parquet" in refused(run("rollback", "a", *WHO))
    assert "cases.parquet" in refused(run("diff", "a", "b"))


@pytest.mark.usefixtures("two")
def test_diff_is_cell_by_cell(run: Run):
    assert json.loads(run("diff", "a", "b", "--format", "json")[1]) == [
        {"change": "changed", "table": "cases", "row": "2", "column": "age", "old": "30", "new": "33"}
    ]
    assert json.loads(run("diff", "a", "a", "--format", "json")[1]) == []
    assert "Nothing changes." in run("diff", "b", "b")[1]


@pytest.mark.usefixtures("two")
def test_drafts(run: Run, ward: Path):
    code, out, _ = run("import", cases(31, 40), *WHO, "--draft", "--version", "c")
    assert (code, current_version(ward)) == (0, "b")
    assert "Version c drafted; “publish” publishes it" in out
    assert "was never published; “publish” publishes it" in refused(run("rollback", "c", *WHO))
    code, out, _ = run("publish", "c", "--author", "Bea", "--note", "ready")
    assert (code, current_version(ward)) == (0, "c")
    assert out.startswith("Version c is now the published one")
    assert "was published before; “rollback” goes back to it" in refused(run("publish", "c", *WHO))
    assert "so it stays" in refused(run("discard", "c", "--author", "Ada"))
    assert run("rollback", "a", *WHO)[0] == 0
    assert run("import", cases(31, 41), *WHO, "--draft", "--version", "d")[0] == 0
    assert run("discard", "d", "--author", "Ada") == (0, "Draft d discarded.\n", "")
    assert [info.version for info in history(ward)] == ["a", "b", "c"]
    assert [entry.what for entry in journal.read(ward)][4:] == ["draft", "publish", "rollback", "draft", "discard"]


@pytest.mark.usefixtures("two")
def test_who_discards_is_the_login_name_unless_told(run: Run, ward: Path, monkeypatch: pytest.MonkeyPatch):
    run("import", cases(31, 40), *WHO, "--draft", "--version", "c")
    monkeypatch.setenv("LOGNAME", "bea")
    assert run("discard", "c")[0] == 0
    assert journal.read(ward)[-1].who == "bea"


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "command",
    [
        ["table1", "--format", "json"],
        ["records", "cases", "--format", "json"],
        ["query", "FROM cases"],
        ["compare", "--a", "vas.0=9", "--format", "json"],
        ["claims", "--format", "json"],
    ],
    ids=lambda command: command[0],
)
def test_an_older_version_is_asked(run: Run, ward: Path, command: list[str]):
    now, old = run(*command), run(*command, "--version", "a")
    assert (now[0], old[0]) == (0, 0)
    assert run(*command, "--version", "b") == now
    assert (now[1] == old[1]) == (command[0] == "claims")
    assert "“z” is not a version" in refused(run(*command, "--version", "z"))


def test_figures_and_printed_tables_take_a_version_too(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PLRO_REGISTRY")
    assert run("printed", "1", "--version", "2022-2") == run("printed", "1")
    assert run("figure", "overlap", "-o", "overlap.html", "--version", "2022-2") == (0, "", "")
    assert "“z” is not a version" in refused(run("figure", "overlap", "-o", "overlap.html", "--version", "z"))


# The journal


@pytest.mark.usefixtures("two")
def test_the_journal_is_listed_and_verified(run: Run, ward: Path):
    found = json.loads(run("journal", "--format", "json")[1])
    assert [row["what"] for row in found] == ["draft", "publish"] * 2
    code, out, _ = run("journal", "--verify")
    assert (code, out) == (0, journal.verify(ward).sentence + "\n")
    path = ward / journal.NAME
    path.write_text(path.read_text(encoding="utf-8").replace("Ada", "Eve", 1), encoding="utf-8")
    assert "journal.jsonl, line 1 was altered" in refused(run("journal", "--verify"))


def test_a_build_in_a_folder_of_its_own_is_journalled(run: Run, ward: Path):
    for _ in range(2):
        assert run("build", "--source", str(SHIPPED / "source"))[0] == 0
    assert [(entry.what, entry.version) for entry in journal.read(ward)] == [("build", "2022-2")]


@pytest.mark.usefixtures("two")
def test_the_paper_is_not_built_into_a_registry_of_ones_own(run: Run, ward: Path):
    before = {path: path.read_bytes() for path in ward.rglob("*") if path.is_file()}
    assert "ward holds something else than “Ten published patients" in refused(run("build"))
    assert {path: path.read_bytes() for path in ward.rglob("*") if path.is_file()} == before


def test_a_build_that_was_imported_into_is_a_registry_of_ones_own(run: Run, ward: Path):
    assert run("build")[0] == 0
    assert run("import", cases(31), *WHO, "--accept-warnings", "--version", "b")[0] == 0
    assert "so nothing was built" in refused(run("build"))
    assert current_version(ward) == "b"


# Forms


def test_the_form_that_is_filled_in_comes_in(run: Run):
    assert run("template", "-o", "form.xlsx") == (0, "", "")
    assert run("template", "-o", "form.zip") == (0, "", "")
    assert Path("form.xlsx").read_bytes()[:2] == Path("form.zip").read_bytes()[:2] == b"PK"


# The program as a whole


def documented() -> list[list[str]]:
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    session = text.partition("\n## A registry of your own\n")[2].partition("\n## ")[0]
    return [shlex.split(line) for line in re.findall(r"^python -m plro_core (.+)$", session, re.MULTILINE)]


def test_every_command_is_documented():
    assert {command[0] for command in documented()} >= set(COMMANDS)


def test_the_documented_session_works(run: Run, ward: Path):
    cases(31, 30, 25)
    visits(9, 8, 7)
    write("more.csv", "case_id,month,vas", "1,3,2", "2,3,1", "3,3,0")
    for command in documented():
        code, out, err = run(*command)
        assert (command, code, err) == (command, 0, "")
        assert out or command[0] in ("template", "bundle", "deposit", "phenopackets", "redcap", "sdtm")
    assert current_version(ward) == "2026-1"
    assert [info.version for info in history(ward)] == ["2026-1", "2026-2"]


def test_an_import_that_is_killed(ward: Path):
    """The whole program, killed at different moments of an import: the registry is whole and the next import works."""
    for wait in (1.6, 2.2, 2.8):
        age = 20 + int(wait * 10)
        command = [sys.executable, "-m", "plro_core", "import", str(Path(cases(age)).resolve()), *WHO]
        program = subprocess.Popen(
            [*command, "--accept-warnings", "--registry", str(ward)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(wait)
        program.send_signal(signal.SIGKILL)
        program.wait(timeout=10)
        if (ward / "CURRENT").exists():
            open_registry(ward).close()
        journal.verify(ward)
    assert main(["import", cases(59), *WHO, "--accept-warnings"]) == 0
    assert open_registry(ward).rows("SELECT age FROM cases") == [(59,)]
    assert all(not path.name.startswith(".") for path in (ward / "versions").iterdir())
