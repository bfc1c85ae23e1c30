"""What stands beside the cells of a table in print: marks, notes and titles say what the cells hold, and nothing else."""

from collections.abc import Iterable
from pathlib import Path

import pytest

import plro_core as plro
from plro_core.cli.process import main
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import compare, comparison_table
from plro_core.manuscript import STYLES, Compact, TableSpec, compact_table, two_groups
from plro_core.problems import QueryProblem, RegistryProblem
from plro_core.store import Registry, open_registry
from tests.test_widening import kept


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("made") / "up"
    assert main(["synth", "--cases", "60", "--seed", "1", "-o", str(folder)]) == 0
    return open_registry(folder)


def made(registry: Registry, show: str = "", by: str = "", cohort: str = "", **asked: str) -> Compact:
    words = registry.vocabulary
    chosen = Cohort.parse(cohort, words) if cohort else EVERYONE
    group = words.variable(by, "cases") if by else None
    return compact_table(registry, TableSpec.parse(words, show, **asked), chosen, group)


@pytest.mark.parametrize("style", STYLES)
def test_marks_are_letters_and_signs_alone(style: str) -> None:
    marks = [STYLES[style].mark(place) for place in range(200)]
    assert len(set(marks)) == len(marks)
    assert all(set(mark) <= set("abcdefghijklmnopqrstuvwxyz*†‡§‖¶") and len(mark) < 3 for mark in marks)


@pytest.mark.parametrize("style", STYLES)
def test_where_marks_would_outnumber_the_letters_each_cell_says_its_n(sixty: Registry, style: str) -> None:
    table = made(sixty, by="smoking", statistic="median", style=style).printed
    assert table.marks == ()
    assert "“n =” and “of” say of how many a value is recorded" in note_of(table.notes)
    smoking = {case["case_id"]: case["smoking"] for case in sixty.tables["cases"].to_pylist()}
    groups: dict[str, list[bool | None]] = {"": [True, False, None], "yes": [True], "no": [False]}
    start = next(place for place, row in enumerate(table.rows) if row.cells[0].text.startswith("Calcium"))
    told = 0
    for row, month in zip(table.rows[start + 1 :], (0, 1, 3, 6), strict=False):
        for cell in row.cells[1:]:
            assert cell.behind is not None
            if cell.behind.group not in groups:
                continue
            patients = [one for one, smokes in smoking.items() if smokes in groups[cell.behind.group]]
            values = [
                visit["calcium"]
                for visit in sixty.tables["visits"].to_pylist()
                if visit["month"] == month and visit["case_id"] in patients and visit["calcium"] is not None
            ]
            expected = f"; n = {len(values)}" if len(values) < len(patients) else ""
            assert cell.text.endswith(expected), (month, cell.behind.group)
            assert ("n =" in cell.text) == bool(expected)
            told += bool(expected)
    assert told > 3
    assert len(made(sixty, "calcium", "smoking").printed.marks) > 3  # few enough to be looked up


def test_marks_go_on_as_columns_of_a_spreadsheet_do() -> None:
    letters = [STYLES["plain"].mark(place) for place in (0, 25, 26, 51, 52, 701, 702)]
    assert letters == ["a", "z", "aa", "az", "ba", "zz", "aaa"]
    assert [STYLES["turkish-neurosurgery"].mark(place) for place in (0, 6, 11, 12)] == ["*", "**", "¶¶", "a"]


def test_each_cell_tells_its_n_by_its_column_and_its_mark(sixty: Registry) -> None:
    table = made(sixty, "vas,calcium").printed
    marks = dict(table.marks)
    visits = sixty.tables["visits"].to_pylist()
    for row, name in zip(table.rows, ("vas", "calcium"), strict=True):
        for cell, month in zip(row.cells[2:], (0, 1, 3, 6), strict=True):
            of_month = [visit[name] for visit in visits if visit["month"] == month]
            lacking, absent = of_month.count(None), 60 - len(of_month)
            told = [f"{lacking} of {len(of_month)} not recorded"] if lacking else []
            told += [f"{absent} of 60 without this visit"] if absent else []
            assert marks.get(cell.mark, "") == ", ".join(told)
    assert any("without this visit" in note for note in marks.values())
    assert any(note.endswith("in view") for _, note in made(sixty, "calcium", cohort="vas=4-10").printed.marks)


def note_of(notes: Iterable[str]) -> str:
    return next(note for note in notes if "umbers are" in note or "ounts are" in note)


@pytest.mark.parametrize(("show", "cohort", "note"), [
    ("age", "", "Numbers are median (Q1–Q3, of type 7)."),
    ("smoking", "", "Counts are k of n recorded."),
    ("age,smoking", "patients=1,2", "Fewer than three values are given themselves; counts are k of n recorded."),
    (
        "age,vas:0/6",
        "month=0",
        "Numbers are median (Q1–Q3, of type 7); – nothing recorded in the visits in view.",
    ),
])  # fmt: skip
def test_a_note_promises_nothing_that_no_cell_does(registry: Registry, show: str, cohort: str, note: str) -> None:
    assert note in made(registry, show, cohort=cohort).printed.notes


def test_percentages_are_told_where_they_stand(sixty: Registry) -> None:
    assert note_of(made(sixty, "smoking").printed.notes) == "Counts are k with the percentage of the recorded."
    mixed = note_of(made(sixty, "brace", "twin_pregnancy").printed.notes)
    assert mixed == "Counts are k of n recorded, from 20 recorded on k with the percentage of them."


def test_a_table_of_made_up_patients_is_called_by_what_it_shows(sixty: Registry) -> None:
    layout = made(sixty, "age", "smoking").layout
    assert layout.title == "Characteristics and course by smoking"
    assert layout.subtitle.startswith("Synthetic data")


def test_no_difference_is_told_of_other_visits_than_the_cells_are_of(registry: Registry) -> None:
    words = registry.vocabulary
    by, chosen = words.variable("breastfeeding", "cases"), Cohort.parse("vas=4-10", words)
    assert not two_groups(registry, chosen, by)
    assert two_groups(registry, Cohort.parse("month=0,1", words), by)
    with pytest.raises(QueryProblem, match="“vas=4-10” chooses visits by their values"):
        compact_table(registry, TableSpec.parse(words, "vas", difference=True), chosen, by)


def test_the_variable_of_the_groups_alone_is_no_table(registry: Registry) -> None:
    with pytest.raises(QueryProblem, match="nothing beside its groups"):
        made(registry, "smoking", "smoking")


def test_a_narrowed_comparison_says_among_whom_and_at_which_visits(registry: Registry) -> None:
    words = registry.vocabulary
    a, within = Cohort.parse("breastfeeding=continued", words), Cohort.parse("smoking=yes&month=0", words)
    table = comparison_table(compare(registry, a, within=within)).layout
    assert table.subtitle == (
        "A: patients with smoking and breastfeeding continued (n = 2). "
        "B: everybody else among patients with smoking (n = 2)."
    )
    assert any("the choice of visits does not apply" in note for note in table.notes)
    everybody = plro.compare(registry, "breastfeeding=continued").table.layout  # type: ignore[union-attr]
    assert everybody.subtitle.endswith("B: everybody else (n = 8).")


_ARMS = '[[variable]]\nname = "arm"\nlabel = "Arm"\ntable = "cases"\nkind = "category"\nlevels = {{ {} }}\n'


def test_no_level_is_called_as_all_patients_together(tmp_path: Path) -> None:
    with pytest.raises(RegistryProblem, match="not what tables call all patients together"):
        kept(tmp_path / "ward", _ARMS.format('overall = "all of it"'), cases="case_id,age,arm\n1,30,overall\n")


def test_a_level_in_the_words_for_a_gap_stands_beside_the_gap(tmp_path: Path) -> None:
    cases = "case_id,age,arm\n1,30,x\n2,31,\n3,32,y\n"
    registry = kept(tmp_path / "ward", _ARMS.format('x = "not recorded", y = "y"'), cases=cases)
    layout = made(registry, "age", "arm").layout
    assert [row[2:] for row in layout.rows] == [("30", "32", "31")]
    assert layout.columns[2].label != layout.columns[4].label


# What the command line refuses


@pytest.mark.parametrize("months", ["9" * 5000, "0-" + "9" * 5000])
def test_a_visit_of_very_many_digits_is_none(months: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table1", "--show", f"vas:{months}"]) == 2
    assert "names no planned visit" in capsys.readouterr().err


def test_a_file_of_rows_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.json").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name, says in (
        ("empty.json", "empty.json: The file is not readable JSON (line 1, column 1); expected what a table shows.\n"),
        ("folder", "folder: this is not a plain file.\n"),
        ("nowhere", "nowhere: there is no such file.\n"),
    ):
        assert main(["table1", "--spec", str(tmp_path / name)]) == 1
        assert capsys.readouterr().err == says


def test_a_file_of_rows_gives_one_row_a_variable_whatever_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.json").write_text("{}", encoding="utf-8")
    assert main(["table1", "--spec", str(tmp_path / "rows.json")]) == 0
    assert capsys.readouterr().out.startswith("## Characteristics and course\n")


def test_no_command_writes_over_what_it_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paper, spec = tmp_path / "paper.md", tmp_path / "rows.json"
    paper.write_text("Median age was 30.5 years.", encoding="utf-8")
    spec.write_text('{"show": "age"}', encoding="utf-8")
    link = tmp_path / "link.md"
    link.symlink_to(paper)
    for command in (
        ["draft", str(paper), "--ask", str(paper)],
        ["draft", str(paper), "-o", str(link)],
        ["draft", str(paper), "--ask", str(tmp_path / "x.json"), "-o", str(tmp_path / "x.json")],
        ["table1", "--spec", str(spec), "-o", str(spec)],
    ):
        assert main(command) == 2
        assert "would be written over" in capsys.readouterr().err
    assert paper.read_text(encoding="utf-8") == "Median age was 30.5 years."
    assert spec.read_text(encoding="utf-8") == '{"show": "age"}'


def test_nothing_is_written_where_the_form_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "paper.md").write_text("Median age was 30.5 years.", encoding="utf-8")
    asked = tmp_path / "ask.json"
    assert main(["draft", str(tmp_path / "paper.md"), "--ask", str(asked), "-o", str(tmp_path / "x.zzz")]) == 2
    assert not asked.exists()


@pytest.mark.parametrize("command", [
    ["table1", "-o", "{}"],
    ["synth", "--cases", "1", "-o", "{}"],
    ["import", "{}", "--registry", "{}", "--author", "A", "--note", "n"],
    ["backup", "{}"],
    ["restore", "{}", "--registry", "{}"],
])  # fmt: skip
def test_links_in_a_circle_are_one_sentence(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    assert main([part.format(circle) for part in command]) == 1
    told = capsys.readouterr().err
    assert told.startswith("circle ")
    assert "Unexpected" not in told


@pytest.mark.parametrize("command", [["synth", "--cases", "1", "-o"], ["backup"]])
def test_a_file_in_the_place_of_a_folder_is_named(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert main([*command, str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith("file is not a folder; ")


def test_no_name_of_a_file_moves_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "no\x1b[31mfile"]) == 1
    assert capsys.readouterr().err.startswith("no\ufffd[31mfile: ")


@pytest.mark.parametrize(("command", "says"), [
    (["table1", "--number", "0"], "--number: 0 is not a whole number from 1 to 39; "),
    (["table1", "--number", "x"], "--number: “x” is not a whole number from 1 to 39; "),
    (["synth", "--cases", "1", "--seed", "-1", "-o", "x"], "--seed: -1 is not a whole number from 0; "),
    (["table1", "-o", ""], "-o names no file; give one, or - for standard output."),
])  # fmt: skip
def test_numbers_and_names_that_are_none_are_told_in_words(
    command: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 2
    assert capsys.readouterr().err.startswith(says)
