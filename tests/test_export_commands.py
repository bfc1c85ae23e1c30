"""A whole version leaves and comes back: as one file, as a REDCap project; and what is wrong in it is said."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from plro_core import journal, store
from plro_core.store import SHIPPED, Manifest, content_hash, open_registry
from plro_core.vocabulary import declared
from tests.test_bundle import sealed, unzipped
from tests.test_own_variables import DECLARED
from tests.test_registry_commands import WHO, Run, cases, refused, run, visits, ward, write

__all__ = ["run", "ward"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def shipped(run: Run) -> str:
    """The paper's registry as one file."""
    assert run("bundle", "-o", "paper.zip", "--registry", str(SHIPPED)) == (0, "", "")
    return "paper.zip"


def test_a_bundle_in_an_empty_folder_stays_what_it_was(run: Run, ward: Path, shipped: str):
    assert run("check", shipped)[:2] == (0, "0 errors, 0 warnings in 1 file with 1483 rows.\n")
    code, out, _ = run("import", shipped, *WHO)
    assert (code, "Version 2022-2 published" in out) == (0, True)
    old, new = (open_registry(folder).manifest for folder in (SHIPPED, ward))
    # the version that it follows is not in this folder
    assert (new, content_hash(new)) == (replace(old, parent=None), content_hash(old))
    for name in old.files:
        assert (ward / "versions/2022-2" / name).read_bytes() == (SHIPPED / "versions/2022-2" / name).read_bytes()
    drafted, published = journal.read(ward)
    assert (drafted.detail["imported by"], published.who) == ("Ada", "Ada")
    assert run("bundle", "-o", "again.zip", "--author", "Ada") == (0, "", "")
    again, first = (unzipped(Path(name).read_bytes()) for name in ("again.zip", shipped))
    assert {name for name in first if again[name] != first[name]} == {"manifest.json", "checksums.txt"}
    assert again.keys() == first.keys()


def test_a_bundle_replaces_only_what_it_is_told_to(run: Run, ward: Path, shipped: str):
    assert run("import", cases(31), visits(9), *WHO, "--version", "a", "--synthetic")[0] == 0
    words = "paper.zip is a whole registry; give --whole to replace what this one holds.\n"
    assert refused(run("import", shipped, *WHO)) == refused(run("check", shipped)) == words
    code, out, _ = run("import", shipped, *WHO, "--whole", "--version", "b")
    assert (code, "Version b published" in out) == (0, True)
    manifest = open_registry(ward).manifest
    paper = open_registry(SHIPPED).manifest
    assert (manifest.parent, manifest.author, manifest.note) == ("a", "Ada", "a note")
    assert (manifest.title, manifest.source, manifest.synthetic) == (paper.title, paper.source, False)
    assert content_hash(manifest) == content_hash(paper)


def test_made_up_patients_stay_made_up(run: Run, ward: Path, monkeypatch: pytest.MonkeyPatch):
    assert run("import", cases(31), visits(9), *WHO, "--version", "a", "--synthetic")[0] == 0
    assert run("bundle", "-o", "b.zip", "--author", "Ada")[0] == 0
    monkeypatch.setenv("PLRO_REGISTRY", "other")
    assert run("import", cases(32), visits(8), *WHO)[0] == 0
    assert run("import", "b.zip", *WHO, "--whole")[0] == 0
    assert open_registry("other").manifest.synthetic


def test_a_bundle_stands_alone_and_whole(run: Run, ward: Path, shipped: str):
    assert "expected it without other files" in run("check", shipped, cases(31))[1]
    content = Path(shipped).read_bytes()
    Path("cut.zip").write_bytes(content[:-200])
    assert "damaged or cut short" in run("check", "cut.zip")[1]
    with zipfile.ZipFile("more.zip", "w") as made:
        for name, part in unzipped(content).items():
            made.writestr(name, part.replace(b"31", b"13") if name == "data/cases.csv" else part)
    code, out, _ = run("import", "more.zip", *WHO)
    assert (code, "data/cases.csv: the file was altered" in out, ward.exists()) == (1, True, False)


@pytest.mark.parametrize(
    "told",
    [{"version": "../x"}, {"author": "A" * 500}, {"title": "\x1b[2J"}, {"time": "x" * 100}, {"note": "two\nlines"}],
)
def test_what_a_bundle_says_of_itself_is_not_trusted(run: Run, ward: Path, shipped: str, told: dict[str, str]):
    files = unzipped(Path(shipped).read_bytes())
    manifest = {**json.loads(files["manifest.json"]), **told}
    Path("evil.zip").write_bytes(sealed({**files, "manifest.json": json.dumps(manifest).encode()}))
    refused(run("import", "evil.zip", *WHO))
    assert not ward.exists()


def plro(*arguments: str, registry: Path) -> subprocess.CompletedProcess[str]:
    """The whole program, which reads a registry's own words when it starts."""
    environment = {**os.environ, "PLRO_REGISTRY": str(registry), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "plro_core", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_the_words_of_a_bundle_come_with_it(tmp_path: Path):
    """A registry with words of its own goes to a folder that does not exist, by one command; a check writes nothing."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    (first / declared.FILE).write_text(DECLARED, encoding="utf-8")
    files = (
        write("cases.csv", "case_id,age,consent", "1,31,yes"),
        write("visits.csv", "case_id,month,p1np", "1,12,20"),
    )
    assert plro("import", *files, *WHO, "--accept-warnings", registry=first).returncode == 0
    assert plro("bundle", "-o", "b.zip", "--author", "Ada", registry=first).returncode == 0
    told = plro("check", "b.zip", registry=second)
    assert (told.returncode, second.exists()) == (0, False)
    assert plro("import", "b.zip", *WHO, registry=second).returncode == 0
    assert (second / declared.FILE).read_text(encoding="utf-8") == DECLARED
    manifests = [
        Manifest.read(folder / "versions" / store.current_version(folder) / "manifest.json")
        for folder in (first, second)
    ]
    assert manifests[0] == manifests[1]
    third = tmp_path / "third"
    assert plro("import", "b.zip", *WHO, "--registry", str(third), registry=first).returncode == 0
    assert (third / declared.FILE).exists()
    plain = tmp_path / "plain"
    files = (write("cases.csv", "case_id,age", "1,31"), write("visits.csv", "case_id,month,vas", "1,0,9"))
    assert plro("import", *files, *WHO, "--registry", str(plain), registry=first).returncode == 0
    assert not list(plain.rglob(declared.FILE))


def test_words_do_not_enter_a_folder_that_holds_something(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, words in ((first, DECLARED), (second, "months = [0, 1, 3, 6, 24]\n")):
        folder.mkdir()
        (folder / declared.FILE).write_text(words, encoding="utf-8")
    files = (write("cases.csv", "case_id,age", "1,31"), write("visits.csv", "case_id,month,vas", "1,12,2"))
    assert plro("import", *files, *WHO, "--accept-warnings", registry=first).returncode == 0
    assert plro("bundle", "-o", "b.zip", "--author", "Ada", registry=first).returncode == 0
    told = plro("import", "b.zip", *WHO, registry=second)
    assert (told.returncode, "put this variables.toml into the registry's folder first" in told.stdout) == (1, True)
    assert [path.name for path in second.iterdir() if path.suffix == ".toml"] == [declared.FILE]
    assert "24" in (second / declared.FILE).read_text(encoding="utf-8")


# Archives and mappings


def archive(name: str, files: dict[str, str]) -> str:
    with zipfile.ZipFile(name, "w") as made:
        for entry, content in files.items():
            made.writestr(entry, content)
    return name


def test_an_archive_is_read_as_its_files(run: Run, ward: Path):
    files = {
        "ward/cases.csv": "case_id,age\n1,31\n",
        "ward/visits.csv": "case_id,month,vas\n1,0,9\n",
        "__MACOSX/ward/._cases.csv": "of a file manager",
    }
    name = archive("all.zip", files)
    assert run("import", name, *WHO)[0] == 0
    assert open_registry(ward).rows("SELECT age, vas FROM cases JOIN visits USING (case_id)") == [(31, 9)]


def test_an_archive_loses_no_file_in_silence(run: Run, ward: Path):
    name = archive("all.zip", {"cases.csv": "case_id,age\n1,31\n", "visits.xls": "case_id,month,vas\n1,0,9\n"})
    answer = run("import", name, *WHO)
    assert "the archive holds visits.xls, which is no table" in answer[1]
    refused(answer)
    assert not ward.exists()


def test_a_redcap_project_comes_back(run: Run, ward: Path):
    assert run("redcap", "-o", "project.zip", "--registry", str(SHIPPED)) == (0, "", "")
    assert run("redcap", "-o", "records.csv", "--registry", str(SHIPPED)) == (0, "", "")
    files = unzipped(Path("project.zip").read_bytes())
    assert sorted(files) == [
        "dictionary.csv",
        "event-forms.csv",
        "events.csv",
        "mapping.json",
        "records.csv",
        "repeating-forms.csv",
    ]
    assert files["records.csv"] == Path("records.csv").read_bytes()
    assert run("import", "project.zip", *WHO, "--accept-warnings")[0] == 0
    ours, theirs = (open_registry(folder).rows("FROM visits ORDER BY ALL") for folder in (ward, SHIPPED))
    assert ours == theirs
    Path("mapping.json").write_bytes(files["mapping.json"])
    Path("dictionary.csv").write_bytes(files["dictionary.csv"])
    among = run("check", "records.csv", "dictionary.csv", "mapping.json")
    assert among[0] == 0
    assert run("check", "records.csv", "dictionary.csv", "--mapping", "mapping.json") == among
    twice = run("check", "records.csv", "mapping.json", "--mapping", "mapping.json")
    assert "There is a mapping among the files" in refused(twice, 2)


# What leaves is journalled


@pytest.mark.parametrize(
    ("command", "form"),
    [
        ("bundle", "registry"),
        ("deposit", "deposit"),
        ("sdtm", "sdtm"),
        ("phenopackets", "phenopackets"),
        ("redcap", "redcap-records"),
    ],
)
def test_what_leaves_is_journalled(run: Run, ward: Path, command: str, form: str):
    assert run("import", cases(31), visits(9), *WHO, "--version", "a")[0] == 0
    assert run(command, "-o", "out.zip", "--author", "Bea", "--note", "for the meeting") == (0, "", "")
    if command == "redcap":
        assert run(command, "-o", "out.xml", "--author", "Bea", "--note", "for the meeting") == (0, "", "")
        assert journal.read(ward)[-1].detail["form"] == "redcap-project"
        assert run(command, "-o", "out.zip", "--author", "Bea", "--note", "for the meeting") == (0, "", "")
    last = journal.read(ward)[-1]
    assert (last.what, last.who, last.version, last.note, last.detail) == (
        *("export", "Bea", "a", "for the meeting"),
        {"form": form, "cohort": "", "n": 1, "mode": "rows", "unique": 1},
    )
    (ward / journal.NAME).rename(ward / "kept")
    (ward / journal.NAME).mkdir()
    assert "journal cannot be written" in refused(run(command, "-o", "other.zip", "--author", "Bea"))
    assert not Path("other.zip").exists()
    assert "ends in" in refused(run(command, "-o", "out.pdf"), 2)


def test_the_shipped_registry_keeps_no_journal(run: Run, shipped: str):
    assert Path(shipped).exists()
    assert not (SHIPPED / journal.NAME).exists()


# Quality


def test_quality_in_tables(run: Run):
    found = json.loads(run("quality", "--format", "json", "--registry", str(SHIPPED))[1])
    assert list(found)[:3] == ["completeness-by-visit", "completeness-by-centre", "follow-up"]
    assert {"rule-counts", "rule-hits", "duplicates"} <= set(found)
    code, out, _ = run("quality", "--registry", str(SHIPPED))
    assert (code, out.count("\n## ") + out.startswith("## ")) == (0, len(found))
    one = run("quality", "follow-up", "--format", "csv", "--registry", str(SHIPPED))[1]
    assert [row["held"] for row in csv.DictReader(io.StringIO(one))] == ["10", "10", "10", "10"]
    assert "is not a table of the report" in refused(run("quality", "x", "--registry", str(SHIPPED)), 2)
    assert "name one TABLE" in refused(run("quality", "--format", "csv", "--registry", str(SHIPPED)), 2)
