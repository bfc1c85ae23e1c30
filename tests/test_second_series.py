"""A second published series comes as a folder without code, and nothing is said of the first: the folder is data."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.bundle import bundle
from plro_core.cli.process import main as answer
from plro_core.cohort import EVERYONE, Cohort
from plro_core.dictionary import as_markdown
from plro_core.figures import FIGURES, Chart, figures_of
from plro_core.headlines import about, bone, overview, overview_title, pain
from plro_core.manuscript import STYLES
from plro_core.problems import PlainProblem
from plro_core.series.claims import STATUSES, check_claims, claims_as_table, claims_title, read_claims
from plro_core.series.folder import read_series
from plro_core.series.transcription import SOURCE
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.tables import printed_table, printed_tables, record_tables, records_table, table_one
from plro_core.vocabulary import words_of
from tests.test_claims import checked_in
from tests.test_pages import PAGES, opened, words

pytest_plugins = ["tests.core_fixtures"]

SERIES = Path(__file__).parent / "second_series"

#: Words that only the first paper's registry may say.
FOREIGN = re.compile(
    r"Aytar|Istanbul|Turk(ish)? Neurosurg|JTN\.36058|10\.5137|\bTable II?\b|published series|T6, T10"
    r"|[Tt]en (consecutive|published|patients|women)|\ball ten\b|\bthe ten\b|10 of 10|n = 10\b"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("second") / "five"
    assert answer(["build", "--source", str(SERIES), "--registry", str(home)]) == 0
    return home


@pytest.fixture(scope="module")
def series(folder: Path) -> Iterator[Registry]:
    found = open_registry(folder)
    yield found
    found.close()


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """A copy of the series with one text in one file replaced."""

    def edit(name: str, old: str, new: str) -> Path:
        copy = tmp_path / "copy"
        shutil.copytree(SERIES, copy, dirs_exist_ok=True)
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return copy

    return edit


def foreign(text: str) -> list[str]:
    """What a text says of the first paper, each with a few words around it."""
    return [text[max(0, found.start() - 40) : found.end() + 40] for found in FOREIGN.finditer(text)]


# --- it comes in ---


def test_its_patients_are_bound_to_its_document_and_to_no_other(series: Registry) -> None:
    [bound] = series.documents
    assert (bound.document.short, bound.patients) == ("Five patients", {1, 2, 3, 4, 5})
    assert series.document == bound.document


def test_building_again_changes_nothing_and_the_check_agrees(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    source = ["--source", str(SERIES), "--registry", str(folder)]
    assert answer(["build", *source]) == answer(["build", "--check", *source]) == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    capsys.readouterr()


def test_a_check_names_what_is_stale(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "five"
    shutil.copytree(folder, copy)
    (copy / "series" / "five-patients" / "claims.csv").unlink()
    assert answer(["build", "--check", "--source", str(SERIES), "--registry", str(copy)]) == 1
    assert "Not what tests/second_series gives: series/five-patients/claims.csv;" in capsys.readouterr().err


def test_a_series_that_lies_in_the_registry_is_built_where_it_is(tmp_path: Path) -> None:
    home = tmp_path / "mine" / "series" / "five-patients"
    shutil.copytree(SERIES, home)
    assert answer(["build", "--source", str(home), "--registry", str(tmp_path / "mine")]) == 0
    with_claims = open_registry(tmp_path / "mine")
    assert len(check_claims(with_claims)) == 2
    with_claims.close()


def test_imported_patients_have_the_claims_of_the_document_beside_them(tmp_path: Path) -> None:
    home = tmp_path / "mine"
    shutil.copytree(SERIES, home / "series" / "five-patients")
    shutil.copy(SERIES / "variables.toml", home)
    document = home / "series" / "five-patients" / "document.toml"
    document.write_text(document.read_text(encoding="utf-8").replace("Table A, row ", "cases.csv, row ", 1), "utf-8")
    files = [str(SERIES / f"{name}.csv") for name in ("cases", "visits", "fractures", "treatments")]
    said = ["--author", "a test", "--note", "five", "--accept-warnings"]
    told = ["--source", "Five published patients of other papers", "--registry", str(home)]
    assert answer(["import", *files, *said, *told]) == 0
    imported = open_registry(home)
    assert [claim.status for claim in check_claims(imported)] == ["agrees", "differs"]
    imported.close()


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("claims.csv", "treated", "guess", "claims.csv, row 2, column check: “guess”; expected one of mean_sd, "),
        ("claims.csv", "variable=age", "variable=", "claims.csv, row 3, column parameters: “variable=”; expected name=val"),
        ("claims.csv", "id,topic", "topic,id", "claims.csv, first line: “topic,id,"),
        ("printed.csv", "Table A,1,No.", "Table B,1,No.", "printed.csv, row 2, column document: “Table B”; expected Table A."),
        ("printed.csv", "1,Age (years)", "1,Age", "printed.csv, row 3, column column: “Age”; expected No., Age (years), "),
        ("printed.csv", "Table A,2,No.", "Table A,two,No.", "printed.csv, row 7, column row: “two”; expected a whole number"),
        ("provenance.csv", "cases,1,", "cases,9,", "provenance.csv, row 2, column key: “9”; expected 1, 2, 3, 4 or 5."),
        ("provenance.csv", "1,age", "1,years", "provenance.csv, row 3, column column: “years”; expected "),
        ("provenance.csv", "28,printed", "28,read", "provenance.csv, row 3, column status: “read”; expected printed, "),
        ("cases.csv", "1,28,", "1,280,", "cases.csv, B2, age: “280”; "),
        ("document.toml", "[[printed]]", "[licence]\nterms = \"none\"\n[[printed]]", "document.toml: “licence”; expected text, name"),
        ("document.toml", '"Table A, row "', '"Table Z, row "', "document.toml, places: expected how the places "),
        ("document.toml", "five-patients", "../five", "document.toml: “name = ../five”; expected small letters, digits"),
        ("document.toml", "places =", 'printed_sha256 = "0"\nplaces =', "document.toml, printed_sha256: expected "),
        ("registry.toml", "of other papers", "of others", "registry.toml, source: “Five published patients of others, "),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_and_nothing_is_built(
    edited: Callable[[str, str, str], Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    sentence: str,
) -> None:
    home = tmp_path / "registry"
    assert answer(["build", "--source", str(edited(file, old, new)), "--registry", str(home)]) == 1
    said = capsys.readouterr().err.strip()
    assert sentence in said
    assert "\n" not in said
    assert not home.exists()


def test_other_words_than_those_of_the_registry_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "variables.toml").write_text('use = ["bmi"]\n', encoding="utf-8")
    assert answer(["build", "--source", str(SERIES), "--registry", str(tmp_path)]) == 1
    assert "variables.toml differs from second_series/variables.toml; expected the same." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["variables.toml"]


# --- its own claims and tables ---


def test_its_claims_are_checked_on_its_patients(series: Registry) -> None:
    found = {claim.id: (claim.recomputed, claim.status, claim.document) for claim in check_claims(series)}
    assert found == {
        "teriparatide-count": ("3 of 5", "agrees", "Five patients"),
        "age-median": ("28 (n = 5)", "differs", "Five patients"),
    }
    assert claims_as_table(check_claims(series), claims_title(series)).title.startswith("Five patients, ")


def test_a_claim_on_what_was_never_recorded_cannot_be_checked(
    edited: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    copy = edited("claims.csv", "variable=age", "variable=bmi")
    assert answer(["build", "--source", str(copy), "--registry", str(tmp_path / "registry")]) == 0
    found = open_registry(tmp_path / "registry")
    checked = {claim.id: (claim.status, claim.explanation) for claim in check_claims(found)}
    found.close()
    assert checked["age-median"] == ("not_checkable", "This registry has no variable “bmi”.")


def test_every_kind_of_check_answers_for_patients_of_whom_little_is_recorded(series: Registry) -> None:
    """The first paper's claims, asked of the second's patients: no kind of check fails on cells that are not there."""
    found = checked_in(series, SOURCE)
    assert len(found) == len(read_claims(SOURCE))
    assert {claim.id for claim in found if not claim.explanation.endswith(".") or claim.status not in STATUSES} == set()


def test_its_printed_table_is_as_printed(series: Registry) -> None:
    assert list(printed_tables(series)) == ["Table A"]
    found = printed_table(series, "Table A")
    assert found.rows[1] == ("2", "35", "48", "-3.3", "teriparatide, then zoledronate")
    assert len(found.rows) == 5
    assert found.notes == ("As printed; a dash means not reported.",)
    older = printed_table(series, "Table A", Cohort.parse("age=30-40", series.vocabulary))
    assert [row[0] for row in older.rows] == ["2", "3"]


def test_the_command_line_has_its_claims_and_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["claims"], ["printed", "1"], ["printed", "Table A"], ["table1"], ["dictionary"]):
        assert answer([*command, "--registry", str(folder)]) == 0
        assert foreign(capsys.readouterr().out) == []


# --- what is true of it, and what is not said ---


def test_what_was_never_asked_is_not_recorded(series: Registry) -> None:
    said = {headline.label: (headline.value, headline.detail) for headline in overview(series)}
    assert said["Smoking"] == ("–", "not recorded")
    assert said["Went on breastfeeding"] == ("1 of 3", "after diagnosis; not recorded in 2")
    assert said["Vertebral fracture"] == ("4 of 5", "documented fracture: vertebral fracture")
    assert {headline.label: headline.value for headline in pain(series)}["Pain halved by month 1"] == "–"


def test_the_overview_introduces_its_own_patients(series: Registry) -> None:
    assert about(series) == series.documents[0].document.introduction
    lines = [about(series), str(overview_title(series)), *map(repr, (*overview(series), *pain(series), *bone(series)))]
    assert foreign("\n".join(lines)) == []


def test_its_tables_and_dictionary_say_nothing_of_the_first(series: Registry) -> None:
    made = [table_one(series), table_one(series, by=series.vocabulary.variable("breastfeeding"))]
    made += [records_table(series, name) for name in record_tables(series.vocabulary)]
    assert [foreign(repr(table)) for table in made] == [[]] * len(made)
    assert foreign(as_markdown(series)) == []
    assert "Counted from delivery to the first fracture." in as_markdown(series)


@pytest.mark.parametrize("name", figures_of(words_of(SERIES)))
def test_its_figures_say_nothing_of_the_first(series: Registry, name: str) -> None:
    chart = drawn(series, name)
    said = [chart.title, chart.summary, chart.nothing, *chart.notes, repr(chart.table), str(chart.figure.to_json())]
    assert foreign(json.dumps(said, ensure_ascii=False)) == []


def drawn(registry: Registry, name: str) -> Chart:
    """A figure of all patients, with what it cannot be drawn without."""
    needed = {"case_id": 2, "a": Cohort.parse("breastfeeding=continued", registry.vocabulary)}
    needed["variable"] = registry.vocabulary.variable("age")
    takes = FIGURES[name].options
    given = {key: value for key, value in needed.items() if key in takes and key != "variable"}
    return FIGURES[name].draw(registry, *([EVERYONE] if "cohort" in takes else []), **given)


def test_its_bundle_says_nothing_of_the_first(series: Registry) -> None:
    with zipfile.ZipFile(BytesIO(bundle(series))) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".parquet")}
    assert {name: foreign(text) for name, text in texts.items()} == {name: [] for name in texts}
    assert "Table A,2,L1-L4 T-score,-3.3" in texts["data/printed.csv"]


def test_its_bundle_states_the_terms_of_its_document(edited: Callable[[str, str, str], Path], tmp_path: Path) -> None:
    terms = '[licence]\nname = "CC-BY-4.0"\ntext = "Reuse with attribution."\n\n[[printed]]'
    source = edited("document.toml", "[[printed]]", terms)
    assert answer(["build", "--source", str(source), "--registry", str(tmp_path / "registry")]) == 0
    found = open_registry(tmp_path / "registry")
    with zipfile.ZipFile(BytesIO(bundle(found))) as archive:
        assert archive.read("LICENCE.txt").decode() == "Reuse with attribution."
        assert json.loads(archive.read("datapackage.json"))["licenses"][0]["name"] == "CC-BY-4.0"
    found.close()


def test_its_bundle_carries_its_document(series: Registry, tmp_path: Path) -> None:
    """The tables come in by themselves; the document is put beside them, because a stranger's is not taken in unseen."""
    file, home = tmp_path / "five.zip", tmp_path / "again"
    file.write_bytes(bundle(series))
    assert answer(["import", str(file), "--registry", str(home), "--author", "a test", "--note", "five"]) == 0
    without = open_registry(home)
    assert (without.documents, check_claims(without), without.content) == ((), (), series.content)
    without.close()
    with zipfile.ZipFile(file) as archive:
        archive.extractall(home, [name for name in archive.namelist() if name.startswith("series/")])
    again = open_registry(home)
    assert check_claims(again) == check_claims(series)
    assert printed_table(again, "Table A") == printed_table(series, "Table A")
    again.close()


@pytest.mark.parametrize("page", PAGES)
def test_its_pages_say_nothing_of_the_first(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    links: dict[str, dict[str, str]] = {"compare": {"a": "breastfeeding=continued"}, "patients": {"patient": "2"}}
    app = opened(page, **links.get(page, {}))
    assert not app.exception
    assert not app.error
    told = everything(app)
    if page == "tables":  # a journal's style is offered to everybody, by its name
        told = told.replace(STYLES["turkish-neurosurgery"].label, "")
    assert foreign(told) == []


def everything(app: AppTest) -> str:
    """All that a page sends to the browser: text, hovers, helps, charts and the cells of tables."""
    parts, blocks = [words(app)], [app._tree]
    while blocks:
        block = blocks.pop()
        parts.append(str(getattr(block, "proto", "")))
        blocks += getattr(block, "children", {}).values()
    return "\n".join(parts)


def test_its_claims_page_shows_them_under_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_REGISTRY", str(folder))
    said = words(opened("claims"))
    assert "Statements of Five patients (5 patients), checked on all of these patients, whatever the filters." in said
    assert "Of 2 statements that can be checked 1 agrees; 1 differs." in said


def lines(app: AppTest) -> list[str]:
    """The claims of a page, a line each."""
    return [button.label for button in app.button if str(button.key).startswith("claim_")]


def test_a_claim_that_changes_is_seen_at_the_next_look_and_a_fault_is_one_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.setenv("PLRO_REGISTRY", str(tmp_path / "copy"))
    claims = tmp_path / "copy" / "series" / "five-patients" / "claims.csv"
    assert "Three patients had teriparatide\\. **three** *3 of 5*" in lines(opened("claims"))
    before = claims.read_text(encoding="utf-8")
    claims.write_text("\ufeff" + before.replace("teriparatide,three,", "teriparatide,received,"), encoding="utf-8")
    assert "Three patients had teriparatide\\. **received** *3 of 5*" in lines(opened("claims"))
    claims.write_text(before.replace("treated", "guess"), encoding="utf-8")
    app = opened("claims")
    assert not app.exception
    assert len(app.error) == 1
    assert "claims.csv, row 2, column check: “guess”; expected one of mean_sd, " in words(app)


def test_claims_that_are_gone_from_the_folder_go_from_the_registry(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "registry")
    shutil.copytree(SERIES, tmp_path / "source")
    (tmp_path / "source" / "claims.csv").unlink()
    about = tmp_path / "source" / "registry.toml"
    about.write_text(about.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"'), encoding="utf-8")
    source = ["--source", str(tmp_path / "source"), "--registry", str(tmp_path / "registry")]
    assert answer(["build", *source]) == answer(["build", "--check", *source]) == 0
    later = open_registry(tmp_path / "registry")
    assert check_claims(later) == ()
    later.close()


def test_what_is_looked_for_is_found_in_the_first(monkeypatch: pytest.MonkeyPatch, registry: Registry) -> None:
    """Otherwise nothing could be concluded from finding nothing."""
    monkeypatch.setenv("PLRO_REGISTRY", str(SHIPPED))
    assert all(foreign(everything(opened(page))) for page in PAGES)
    assert foreign(about(registry))
    assert foreign(as_markdown(registry))


def test_a_series_is_read_with_its_doubts(tmp_path: Path) -> None:
    found = read_series(SERIES, tmp_path)
    assert [doubt.rule for doubt in found.doubts].count("no_pain_score") == 4
    assert found.tables["cases"].num_rows == 5
    with pytest.raises(PlainProblem, match=r"registry\.toml: the file is missing"):
        read_series(tmp_path, tmp_path)
