"""The command line answers on standard output, complains in one sentence, and never shows a traceback."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from plro_core import __version__
from plro_core.cli import asking
from plro_core.cli.process import main
from plro_core.cli.root import COMMANDS as DECLARED
from plro_core.export import export_table, table_one_recipe
from plro_core.figures import FIGURES, figures_of
from plro_core.store import SHIPPED, Manifest, current_version, open_registry
from plro_core.tables import table_one
from plro_core.vocabulary import STANDARD

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    "build",
    "query",
    "table1",
    "shared",
    "records",
    "printed",
    "compare",
    "claims",
    "figure",
    "dictionary",
    "ranges",
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLRO_REGISTRY", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process: exit code, standard output, standard error."""

    def answer(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    return answer


def assert_one_sentence(err: str) -> None:
    assert err.count("\n") == 1
    assert err.endswith((".\n", "!\n"))
    assert "Traceback" not in err


# Answers.


def test_table1_in_json_is_a_plain_list(run: Run):
    code, out, err = run("table1", "--where", "smoking=yes", "--format", "json")
    age = json.loads(out)[0]
    assert (code, err) == (0, "")
    assert (age["variable"], age["n"], age["median"], age["sd"]) == ("age", 4, 30.5, pytest.approx(4.193, abs=1e-3))


def test_table1_of_nobody(run: Run):
    code, out, _ = run("table1", "--where", "age=50", "--by", "smoking")
    assert code == 0
    assert "0 of 10 patients · 0 of 40 visits" in out


def test_table1_is_readable_by_default(run: Run):
    code, out, _ = run("table1", "--by", "breastfeeding")
    assert code == 0
    assert "| Age (years) " in out
    assert "Confounded: both patients" in out
    assert "```python" in out


def test_plain_leaves_the_recipe_out(run: Run):
    _, out, _ = run("table1", "--plain", "--format", "csv")
    assert "recipe_" not in out
    assert out.startswith("variable,")


def test_records_in_csv(run: Run):
    _, out, _ = run("records", "visits", "--where", "age=34&month=0", "--format", "csv")
    assert out.splitlines()[1].startswith("8,0,9,9.2,")


def test_printed_tables_go_by_number_too(run: Run):
    assert run("printed", "2", "--plain") == run("printed", "Table II", "--plain")


def test_query(run: Run):
    sql = "SELECT month, median(vas) AS vas FROM visits GROUP BY month ORDER BY month"
    code, out, _ = run("query", sql)
    assert code == 0
    assert json.loads(out) == [{"month": m, "vas": v} for m, v in ((0, 7.5), (1, 3.5), (3, 2.0), (6, 0.0))]


def test_missing_is_null_and_never_nan(run: Run):
    _, out, _ = run("query", "SELECT 'nan'::DOUBLE AS nan, NULL AS nothing, DATE '2020-01-02' AS day")
    assert json.loads(out, parse_constant=pytest.fail) == [{"nan": None, "nothing": None, "day": "2020-01-02"}]


def test_dictionary(run: Run):
    _, out, _ = run("dictionary", "--format", "json")
    assert {"table", "name", "unit", "reference_source"} <= set(json.loads(out)[0])


# Files.


def test_the_file_is_what_the_dashboard_offers(run: Run, tmp_path: Path):
    target = tmp_path / "smokers.xlsx"
    assert run("table1", "-o", str(target)) == (0, "", "")
    registry = open_registry()
    assert target.read_bytes() == export_table(table_one(registry), "xlsx", table_one_recipe(registry))
    assert load_workbook(target).sheetnames == ["Table", "Data", "About"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_cannot_be_written_leaves_the_old_one(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "table.md"
    target.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, _, err = run("table1", "-o", str(target))
    assert (code, err) == (1, "table.md cannot be written: no space left on device.\n")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["table1", "--format", "csv", "-o", "x.json"], "“x.json” says json and --format says csv; give the file"),
        (["quality", "--format", "json", "-o", "x.md"], "“x.md” says md and --format says json"),
        (["figure", "overlap", "--format", "html", "-o", "x.svg"], "“x.svg” says svg and --format says html"),
        (["template", "--format", "zip", "-o", "x.xlsx"], "“x.xlsx” says xlsx and --format says zip"),
        (["redcap", "--format", "csv", "-o", "x.zip"], "“x.zip” says zip and --format says csv"),
    ],
)
def test_a_name_may_not_contradict_the_format(
    run: Run, arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert_one_sentence(err)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_says_nothing_contradicts_nothing(run: Run, tmp_path: Path):
    assert run("table1", "--format", "csv", "-o", str(tmp_path / "x.txt"))[0] == 0
    assert (tmp_path / "x.txt").read_bytes().startswith(b"\xef\xbb\xbfvariable,")


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (["table1", "--plain", "-o", "-"], b"## Summary"),
        (["table1", "--format", "csv", "-o", "-"], b"variable,"),
        (["figure", "overlap", "--format", "html", "-o", "-"], b"<!doctype html>"),
        (["template", "--format", "xlsx", "-o", "-"], b"PK"),
        (["bundle", "-o", "-"], b"PK"),
        (["redcap", "--format", "csv", "-o", "-"], b"case_id"),
        (["quality", "--format", "json", "-o", "-"], b"{"),
        (["dictionary", "--format", "csv", "-o", "-"], b"table,"),
    ],
)
def test_a_dash_is_standard_output(
    arguments: list[str],
    beginning: bytes,
    capsysbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    out, err = capsysbinary.readouterr()
    assert (out[: len(beginning)], err) == (beginning, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_transcription_is_not_built_into_a_registry_of_others(run: Run, copy: Path, tmp_path: Path):
    for manifest in copy.glob("versions/*/manifest.json"):
        manifest.write_text(
            manifest.read_text(encoding="utf-8").replace("Ten published", "Two published"), encoding="utf-8"
        )
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "diary.txt").touch()
    for folder in (copy, notes):
        before = sorted(folder.rglob("*"))
        code, out, err = run("build", "--registry", str(folder))
        assert (code, out) == (1, "")
        assert f"{folder.name} holds something else than “Ten published patients" in err
        assert "name a new folder with --registry" in err
        assert_one_sentence(err)
        assert sorted(folder.rglob("*")) == before


def test_a_transcription_is_built_again_into_its_own_registry(run: Run, copy: Path):
    assert run("build", "--registry", str(copy))[0] == 0


@pytest.mark.parametrize("name", ["CURRENT", "journal.jsonl", "variables.toml", "versions/new.md", "views/x.md"])
def test_no_answer_is_written_over_what_a_registry_keeps(run: Run, copy: Path, name: str):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    code, _, err = run("table1", "--format", "md", "-o", str(copy / name))
    assert (code, err) == (
        1,
        f"{Path(name).name} cannot be written: it is a file of a registry, which only its own commands change.\n",
    )
    assert before == {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}


def test_binary_formats_go_to_a_pipe(capsysbinary: pytest.CaptureFixture[bytes]):
    assert main(["records", "cases", "--format", "parquet"]) == 0
    assert len(pd.read_parquet(BytesIO(capsysbinary.readouterr().out))) == 10


def test_binary_formats_do_not_go_to_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, out, err = run("records", "cases", "--format", "xlsx")
    assert (code, out) == (2, "")
    assert "-o FILE" in err


def test_every_figure_is_listed_with_what_it_shows(run: Run):
    _, out, _ = run("figure", "--list")
    names = [line.split(maxsplit=1)[0] for line in out.splitlines()]
    assert names == list(FIGURES)
    assert all(len(line.split(maxsplit=1)[1]) > 20 for line in out.splitlines())


def test_an_image_without_chromium_is_a_sentence(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLRO_CHROMIUM", str(tmp_path / "nothing"))
    code, out, err = run("figure", "overlap", "-o", str(tmp_path / "overlap.svg"))
    assert (code, out) == (1, "")
    assert err.startswith("An image of a figure needs Chromium: install it")
    assert_one_sentence(err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["estimation_plot", "--a", "smoking=yes", "--where", "age=25-40"],
        ["patient_timeline", "--patient", "8"],
        ["pain_trajectories", "--look", "dark", "--patient", "8"],
    ],
)
def test_a_figure_as_a_page_needs_no_chromium(
    run: Run, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PLRO_CHROMIUM", str(tmp_path / "nothing"))
    target = tmp_path / "figure.html"
    assert run("figure", *arguments, "-o", str(target)) == (0, "", "")
    assert f"plro.figure(registry, &quot;{arguments[0]}&quot;" in target.read_text(encoding="utf-8")


def test_a_whole_link_names_the_cohort_and_what_is_left_out_is_told(run: Run):
    link = "https://plro.example.org/pain?smoking=yes&amp;vas.1=0-3&by=breastfeeding&patient=3&utm_source=mail&fbclid=x"
    code, out, err = run("table1", "--plain", "--where", link)
    assert (code, out) == run("table1", "--plain", "--where", "smoking=yes&vas.1=0-3")[:2]
    assert err == "Only the patients of the link are taken; left out: by=breastfeeding and patient=3.\n"


def test_links_may_be_compared(run: Run):
    plain = run("compare", "--a", "smoking=yes", "--b", "smoking=no")
    assert plain[0] == 0
    linked = run("compare", "--a", "http://x/pain?smoking=yes&by=smoking", "--b", "?smoking=no&utm_id=4")
    assert linked[:2] == plain[:2]


# Wrong commands: one sentence and exit 2.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Give a command; see “python -m plro_core --help”"),
        (["tables"], "“tables” is not a command (did you mean “table1”?); see"),
        (["table1", "extra"], "Got unexpected extra argument (extra); see “python -m plro_core table1 --help”"),
        (["table1", "--by", "age"], "“age” is not a variable that patients can be split by; expected smoking,"),
        (["table1", "--by", "smokin"], "be split by (did you mean “smoking”?); expected smoking,"),
        (
            ["table1", "--where", "smoker=yes"],
            "“smoker” is not a variable that patients can be filtered by (did you mean",
        ),
        (["table1", "--where", "zzz=yes"], "“zzz” is not a variable that patients can be filtered by; see"),
        (
            ["table1", "--format", "cvs"],
            "--format: “cvs” is not one of md, csv, json, html, xlsx, parquet, docx, tex and rtf (did you mean “csv”?)",
        ),
        (["table1", "-o"], "Option “-o” requires an argument"),
        (
            ["table1", "-o", "x.pdf"],
            "“pdf” is not a format; expected md, csv, json, html, xlsx, parquet, docx, tex or rtf, or --format",
        ),
        (["claims", "--status", "agree"], "--status: “agree” is not one of"),
        (["quality", "rule-hit"], "“rule-hit” is not a table of the report (did you mean “rule-hits”?)"),
        (["figure", "pain_trajectory", "-o", "x.svg"], "is not a figure (did you mean “pain_trajectories”?)"),
        (["figure", "overlap", "--patient", "one", "-o", "x.svg"], "--patient: “one” is not a whole number"),
        (["table1", "--where", "age=31-25"], "runs backwards"),
        (["table1", "--wher", "age=31"], "There is no option --wher (did you mean “--where”?)"),
        (["records", "secrets"], "“secrets” is not a table of this registry; expected cases, visits,"),
        (["records", "visit"], "“visit” is not a table of this registry (did you mean “visits”?)"),
        (["printed", "Table III"], "not a table of the paper"),
        (
            ["figure", "histogram", "-o", "pie.svg"],
            "“histogram” is not a figure; there are pain_at_a_glance, spine_at_a_glance,",
        ),
        (["figure"], "Name a figure; there are"),
        (["figure", "overlap"], "Give -o FILE with a name that ends in svg, png, pdf, tiff, eps, html or txt"),
        (["figure", "overlap", "-o", "overlap.docx"], "ends in svg, png, pdf, tiff, eps, html or txt"),
        (["figure", "overlap", "--a", "smoking=yes", "-o", "x.svg"], "“overlap” takes no --a"),
        (["figure", "patient_timeline", "-o", "x.svg"], "“patient_timeline” needs --patient"),
        (["figure", "estimation_plot", "-o", "x.svg"], "“estimation_plot” needs --a"),
        (["figure", "overlap", "--patient", "44", "-o", "x.html"], "There is no patient 44 in this registry"),
        (["figure", "patient_timeline", "--patient", "44", "-o", "x.html"], "There is no patient 44 in this registry"),
        (
            ["figure", "overlap", "--patient", "1", "--where", "smoking=yes", "-o", "x.html"],
            "Patient 1 does not belong to the cohort of --where: patients with smoking",
        ),
        (
            ["figure", "overlap", "-o", "-"],
            "Give -o FILE with a name that ends in svg, png, pdf, tiff, eps, html or txt",
        ),
        (["figure", "overlap", "--dpi", "72", "-o", "x.png"], "The resolution is 300 to 1200 dpi"),
        (["query", "SELECT 1", "--where", "smoking=yes"], "takes no --where"),
        (["query", "SELEC 1"], "refused"),
        (["query", "DELETE FROM cases"], "refused"),
        (["query", "WITH d AS (DELETE FROM cases RETURNING *) SELECT * FROM d"], "refused"),
        (["query", "SELECT * FROM read_csv('/etc/passwd')"], "refused"),
    ],
)
def test_wrong_commands(run: Run, arguments: list[str], words: str):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert_one_sentence(err)


NOBODY = [
    name for name, entry in figures_of(STANDARD).items() if "cohort" in entry.options and "case_id" not in entry.options
]


@pytest.mark.parametrize("name", NOBODY)
def test_a_figure_of_nobody_is_a_sentence(run: Run, name: str, tmp_path: Path):
    answer = run("figure", name, "--where", "age=50", "-o", str(tmp_path / "x.html"))
    assert answer == (1, "", "Nothing was drawn: no patient fits.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("cohorts", "sentence"),
    [
        (["--a", "age=50"], "Nothing was drawn: nobody is in A, so there is nothing to compare."),
        (["--a", "smoking=yes", "--b", "age=50"], "Nothing was drawn: nobody is in B, so there is nothing to compare."),
        (["--a", "smoking=yes", "--b", "smoking=yes"], "Nothing was drawn: 4 patients are in both"),
    ],
)
def test_a_comparison_of_nobody_is_a_sentence(run: Run, cohorts: list[str], sentence: str, tmp_path: Path):
    code, _, err = run("figure", "estimation_plot", *cohorts, "-o", str(tmp_path / "x.html"))
    assert (code, err[: len(sentence)]) == (1, sentence)
    assert_one_sentence(err)


def test_a_timeline_may_be_of_a_patient_outside_the_cohort(run: Run, tmp_path: Path):
    where = ["--where", "smoking=yes", "-o", str(tmp_path / "x.html")]
    assert run("figure", "patient_timeline", "--patient", "1", *where)[0] == 0


@pytest.mark.parametrize("name", DECLARED)
def test_help_names_the_registry_option_and_what_the_command_does(run: Run, name: str):
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: python -m plro_core {name} ")
    # Thresholds are the same for every registry, made-up patients go into a new one, and a key lies in none.
    assert ("--registry DIR" in out) == (name not in ("thresholds", "synth", "journal-key"))
    does = DECLARED[name][1]
    assert f"{does[:1].upper()}{does[1:]}." in " ".join(out.split())


def test_help_lists_every_command(run: Run):
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert re.findall(r"^  ([a-z0-9-]+) {2,}", out.partition("Commands:")[2], re.MULTILINE) == list(DECLARED)
    assert run("-h") == (code, out, err)


def test_the_program_says_which_one_it_is(run: Run):
    assert run("--version") == (0, f"plro {__version__}\n", "")


def test_help_loads_nothing_that_it_does_not_need():
    assert loaded("--help") & {"numpy", "pandas", "pyarrow", "duckdb", "plotly", "plro_core.vocabulary"} == set()


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (
            ["table1"],
            {"plotly", "plro_core.figures", "plro_core.intake", "plro_core.series.claims", "plro_core.bundle"},
        ),
        (["query", "SELECT 1"], {"plotly", "plro_core.figures", "plro_core.intake", "plro_core.series.claims"}),
        (["versions"], {"plotly", "pandas", "plro_core.figures", "plro_core.series.claims", "plro_core.bundle"}),
        (["dictionary"], {"plotly", "plro_core.figures", "plro_core.intake", "plro_core.series.claims"}),
        (["claims"], {"plotly", "plro_core.figures", "plro_core.intake", "plro_core.bundle"}),
        (["figure", "--list"], {"pandas", "kaleido", "plro_core.intake", "plro_core.bundle"}),
    ],
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], spared: set[str]):
    assert loaded(*arguments) & spared == set()


def loaded(*arguments: str) -> set[str]:
    """The modules that a command has loaded when it is done."""
    program = (
        "import sys\nfrom plro_core.cli.process import main\n"
        f"code = main({list(arguments)!r})\nprint(*sys.modules, file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    return set(done.stderr.split())


# Bad data: one sentence and exit 1.


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the shipped registry that a test may spoil."""
    folder = tmp_path / "registry"
    for name in ("versions", "source"):
        shutil.copytree(SHIPPED / name, folder / name)
    shutil.copy(SHIPPED / "CURRENT", folder / "CURRENT")
    return folder


def test_a_spoilt_registry_is_named(run: Run, copy: Path):
    path = copy / "versions" / current_version(copy) / "cases.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    for command in (["table1"], ["query", "FROM cases"]):
        code, out, err = run(*command, "--registry", str(copy))
        assert (code, out) == (1, "")
        assert "cases.parquet: the file was altered" in err
        assert_one_sentence(err)


@pytest.mark.parametrize(
    "command",
    [
        "query 'FROM cases'", "table1", "records cases", "printed 1", "compare --a smoking=yes", "claims", "dictionary",
        "figure overlap -o x.html", "versions", "diff a b", "publish a --author A --note n", "quality", "journal",
        "rollback a --author A --note n", "discard a", "bundle -o x.zip", "redcap -o x.zip", "journal --verify", "build --check",
    ],
)  # fmt: skip
def test_a_registry_that_is_not_there_is_told(run: Run, command: str, tmp_path: Path):
    answer = run(*shlex.split(command), "--registry", str(tmp_path / "none"))
    assert answer == (1, "", "none: there is no such folder; expected the folder of a registry.\n")


def test_a_file_is_no_registry(run: Run, tmp_path: Path):
    (tmp_path / "file").touch()
    answer = run("versions", "--registry", str(tmp_path / "file"))
    assert answer == (1, "", "file: it is not a folder; expected the folder of a registry.\n")


def test_the_registry_may_be_named_by_the_environment(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path / "none"))
    assert run("table1")[0] == 1


def test_the_shipped_registry_is_what_the_source_gives(run: Run):
    code, out, err = run("build", "--check")
    assert (code, err) == (0, "")
    assert re.fullmatch(r"Version \S+: \d+ rows in \d+ tables\.\n", out)


def test_a_build_makes_the_shipped_bytes(run: Run, tmp_path: Path):
    """Over the version before it, because a version says which one it follows."""
    version, new = current_version(SHIPPED), tmp_path / "new"
    before = Manifest.read(SHIPPED / "versions" / version / "manifest.json").parent or ""
    shutil.copytree(SHIPPED / "versions" / before, new / "versions" / before)
    (new / "CURRENT").write_text(f"{before}\n", encoding="utf-8")
    assert run("build", "--registry", str(new))[0] == 0
    assert run("build", "--registry", str(new))[0] == 0  # again, and nothing changes
    for path in (SHIPPED / "versions" / version).iterdir():
        built = new / "versions" / version / path.name
        if path.name == "manifest.json":  # the shipped one carries no checksum of its own
            assert Manifest.read(built) == Manifest.read(path)
        else:
            assert built.read_bytes() == path.read_bytes()


def test_a_changed_source_is_stale(run: Run, copy: Path):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    table = copy / "source" / "table1.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("1,1,31,", "1,1,32,"), encoding="utf-8")
    before[table] = table.read_bytes()
    code, _, err = run("build", "--check", "--registry", str(copy), "--source", str(copy / "source"))
    assert code == 1
    assert "cases.parquet" in err
    assert "visits.parquet" not in err
    assert_one_sentence(err)
    assert before == {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}


def test_a_source_cell_that_cannot_be_read_is_named(run: Run, copy: Path):
    table = copy / "source" / "table1.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("1,1,31,", "1,1,young,"), encoding="utf-8")
    code, _, err = run("build", "--registry", str(copy), "--source", str(copy / "source"))
    assert code == 1
    assert "table1.csv, row 1, column age: “young”" in err
    assert_one_sentence(err)


def test_a_stale_dictionary(run: Run, tmp_path: Path):
    page = tmp_path / "dictionary.md"
    assert run("dictionary", "-o", str(page))[0] == 0
    assert run("dictionary", "--check", str(page)) == (0, "", "")
    page.write_text(page.read_text(encoding="utf-8") + "x", encoding="utf-8")
    code, _, err = run("dictionary", "--check", str(page))
    assert code == 1
    assert "dictionary.md is stale" in err
    assert_one_sentence(err)


def test_an_unexpected_problem_tells_its_kind_and_no_value(run: Run, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("patient 8, VAS 9")

    monkeypatch.setattr(asking, "table_one", broken)
    assert run("table1") == (1, "", "Unexpected problem of type ZeroDivisionError; nothing was written.\n")


# The program as a whole.


def started(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "plro_core", *arguments], cwd=ROOT, stderr=subprocess.PIPE, **options
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    err = process.communicate(timeout=60)[1].decode()
    return process.returncode, err


def test_a_reader_who_leaves_early_is_no_error():
    read, write = os.pipe()
    os.close(read)
    process = started("records", "provenance", stdout=write)
    os.close(write)
    assert ended(process) == (0, "")


@pytest.mark.parametrize("arguments", [["table1"], ["figure", "--list"], ["build", "--help"], ["--help"]])
def test_a_full_disk_behind_standard_output(arguments: list[str]):
    with Path("/dev/full").open("wb") as full:
        answer = ended(started(*arguments, stdout=full))
    assert answer == (1, "Standard output cannot be written: no space left on device.\n")


@pytest.mark.parametrize("arguments", [["table1"], ["figure", "--list"], ["--help"], ["--version"]])
def test_a_closed_standard_output(arguments: list[str]):
    answer = ended(started(*arguments, preexec_fn=lambda: os.close(1)))
    assert answer == (1, "Standard output is closed, so the answer has nowhere to go.\n")


def test_a_file_does_not_need_standard_streams(tmp_path: Path):
    target = tmp_path / "table.md"

    def close() -> None:
        for number in (0, 1, 2):
            os.close(number)

    process = subprocess.Popen(
        [sys.executable, "-m", "plro_core", "table1", "-o", str(target)], cwd=ROOT, preexec_fn=close
    )
    assert process.wait(timeout=60) == 0
    assert target.read_text(encoding="utf-8").startswith("## Summary")


@pytest.mark.parametrize(
    "locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
@pytest.mark.parametrize("arguments", [["table1", "--plain"], ["check", "tests/test_docs.py"], ["table1", "--help"]])
def test_answers_are_utf_8_whatever_the_locale(arguments: list[str], locale: dict[str, str]):
    process = started(*arguments, stdout=subprocess.PIPE, env=os.environ | locale)
    out, err = process.communicate(timeout=60)
    assert err == b""
    assert out.decode("utf-8") == started(*arguments, stdout=subprocess.PIPE).communicate(timeout=60)[0].decode("utf-8")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("loaded", ["plro_core.cli.process", "click", "pyarrow", "plro_core.tables"])
def test_a_signal_stops_politely_while_modules_are_loaded(number: signal.Signals, code: int, loaded: str):
    """The program asks itself to end as soon as this module is loaded."""
    program = (
        "import os, sys, threading, time\n"
        "from plro_core.cli.process import run\n"
        "def ask():\n"
        f"    while {loaded!r} not in sys.modules: time.sleep(0.001)\n"
        f"    os.kill(os.getpid(), {int(number)})\n"
        "import signal\n"
        "for told in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(told, signal.SIG_DFL)  # whoever runs the tests may ignore some, as nohup does\n"
        "real = signal.signal\n"
        "def watched(*told):\n"
        "    real(*told)\n"
        f"    if told[0] == {int(signal.SIGHUP)}: threading.Thread(target=ask, daemon=True).start()\n"
        "signal.signal = watched\n"
        "sys.argv[1:] = ['table1']\n"
        "run()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (code, b"", b"Stopped.\n")


def documented() -> list[str]:
    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    examples = text.partition("\n## Examples\n")[2].partition("\n## ")[0]
    return re.findall(r"^python -m plro_core (.+)$", examples, re.MULTILINE)


def test_every_command_is_documented():
    assert {command.split()[0] for command in documented()} == set(COMMANDS)


@pytest.mark.parametrize("command", documented())
def test_documented_commands_work(run: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*shlex.split(command))
    assert (code, err) == (0, "")
    assert out or list(tmp_path.iterdir())
