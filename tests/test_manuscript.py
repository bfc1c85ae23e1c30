"""Tables as journals print them: every text is that of the data, and each format is read back with the tools of its readers."""

import json
import re
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import plro_core as plro
from plro_core.cli.process import main
from plro_core.cohort import EVERYONE, Cohort
from plro_core.export import export_table, printed_recipe
from plro_core.manuscript import MANUSCRIPT, STYLES, Compact, TableSpec, compact_table, rows_that_hold, ruled, write
from plro_core.manuscript.aligning import spaces_before
from plro_core.manuscript.latex import latex
from plro_core.manuscript.model import Head, PrintCell, PrintRow, PrintTable
from plro_core.manuscript.rich_text import from_rtf, rtf
from plro_core.manuscript.styles import roman
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.tables import printed_table, table_one
from plro_core.verify import reading
from plro_core.vocabulary import STANDARD
from tests.test_pages import opened, words
from tests.test_verify import said

HOSTILE = ["=1+1", r"\input{x}", "a & b", "50 %", "{\\rtf1}", "#_^~$", "<b>x</b>", "ç ğ ı Ş “x” – −3.1 ± 2 †", "🦴"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def made(registry: Registry, show: str = "", by: str = "", cohort: str = "", **asked: str) -> Compact:
    words = registry.vocabulary
    group = words.variable(by, "cases") if by else None
    chosen = Cohort.parse(cohort, words) if cohort else EVERYONE
    return compact_table(registry, TableSpec.parse(words, show, **asked), chosen, group)


def texts(table: PrintTable) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows]


# What it says


def test_groups_are_columns_and_two_values_are_given_themselves(registry: Registry) -> None:
    table = made(registry, "age,smoking,vas:0/6", "breastfeeding", style="turkish-neurosurgery").printed
    assert texts(table) == [
        ("Age (years)", "29.9 ± 2.9", "29.4 ± 2.8", "30, 34"),
        ("Smoking", "4 of 10", "2 of 8", "2 of 2"),
        ("Pain (VAS), 0-10", "", "", ""),
        ("Baseline", "7.9 ± 1.0", "7.6 ± 0.9", "9, 9"),
        ("Month 6", "0.4 ± 0.5", "0.3 ± 0.5", "1, 1"),
    ]
    assert table.heads == (
        (Head(""), Head(""), Head("Breastfeeding after diagnosis", 2)),
        (Head(""), Head("Overall (n = 10)"), Head("stopped (n = 8)"), Head("continued (n = 2)")),
    )
    assert table.title.startswith(
        "Table I. Characteristics and course by breastfeeding: all patients, 10 of 10 patients"
    )


def test_visits_stand_side_by_side_and_what_is_missing_has_a_mark(registry: Registry) -> None:
    table = made(registry, "age,pth:0-6").printed
    assert texts(table)[0] == ("Age (years)", "30.5 (29–31)", "", "", "", "")
    row = table.rows[1]
    assert [cell.text for cell in row.cells[2:]] == [
        "36 (23–43)",
        "27.5 (26.25–31.75)",
        "29 (24–37.5)",
        "37.5 (32.5–45.5)",
    ]
    missing = dict(table.marks)
    assert [missing[cell.mark] for cell in row.cells[2:]] == [
        f"{n} of 10 not recorded" for n in (registry_missing(registry, "pth", month) for month in (0, 1, 3, 6))
    ]


def registry_missing(registry: Registry, name: str, month: int) -> int:
    visits = registry.tables["visits"].to_pylist()
    return sum(row["month"] == month and row[name] is None for row in visits)


@pytest.mark.parametrize("by", ["", "breastfeeding", "smoking"])
@pytest.mark.parametrize("cohort", ["", "patients=8", "age=60", "smoking=yes&month=0,1"])
def test_every_number_is_that_of_the_full_table(registry: Registry, cohort: str, by: str) -> None:
    group = STANDARD.variable(by, "cases") if by else None
    full = table_one(registry, Cohort.parse(cohort, STANDARD) if cohort else EVERYONE, group)
    compact = made(registry, by=by, cohort=cohort)
    assert set(compact.tidy.rows) == set(full.tidy.rows)
    known = {cell for row in full.layout.rows for cell in row if cell} | {""}
    told = {cell.text for row in compact.printed.rows for cell in row.cells[1:]}
    assert told <= known


def test_a_percentage_stands_only_where_enough_are_recorded(registry: Registry, thousand: Registry) -> None:
    few = made(registry, "smoking").printed
    assert texts(few) == [("Smoking", "4 of 10")]
    many = compact_table(thousand, TableSpec.parse(thousand.vocabulary, "smoking")).printed
    assert re.fullmatch(r"\d+ \(\d+\.\d %\)", texts(many)[0][1])
    assert "SYNTHETIC" in many.caption.upper()
    assert many.notes[0].startswith("Synthetic data")


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("made") / "up"
    assert main(["synth", "--cases", "1000", "--seed", "4", "-o", str(folder)]) == 0
    return open_registry(folder)


@pytest.mark.parametrize(("statistic", "cell"), [
    ("median", "30.5 (29–31)"),
    ("mean", "29.9 (2.9)"),
    ("both", "30.5 (29–31); 29.9 (2.9)"),
    ("range", "30.5 (24–34)"),
])  # fmt: skip
def test_numbers_are_summarised_as_asked(registry: Registry, statistic: str, cell: str) -> None:
    assert texts(made(registry, "age", statistic=statistic).printed)[0][1] == cell


def test_uncertain_units_are_said_and_abbreviations_are_spelt_out(registry: Registry) -> None:
    table = made(registry, "magnesium:0,pth:0,vas:0").printed
    assert any("as printed" in note for note in table.notes)
    assert ("VAS", "visual analogue scale") in table.abbreviations
    assert ("Q1–Q3", "first to third quartile") in table.abbreviations
    assert not [note for note in made(registry, "age").printed.notes if "as printed" in note]


def test_the_variable_of_the_groups_is_no_row(registry: Registry) -> None:
    assert [row[0] for row in texts(made(registry, "age,smoking", "smoking").printed)] == ["Age (years)"]


# What is asked


@pytest.mark.parametrize(("show", "says"), [
    ("agee", "did you mean “age”?"),
    ("vas:2", "visits are planned at months 0, 1, 3 and 6"),
    ("vas:x", "names no planned visit"),
    ("vas:7-9", "names no planned visit"),
    ("age:0", "is not recorded at visits"),
    ("age,age", "a second time"),
    (",", "shows nothing"),
])  # fmt: skip
def test_what_cannot_be_shown_is_one_sentence(show: str, says: str) -> None:
    with pytest.raises(QueryProblem, match=re.escape(says)):
        TableSpec.parse(STANDARD, show)


@given(
    st.lists(st.sampled_from([entry.name for entry in STANDARD.summarised]), min_size=1, unique=True),
    st.sets(st.sampled_from(STANDARD.months), min_size=1),
)
def test_what_is_asked_comes_back_from_its_text(names: list[str], months: set[int]) -> None:
    visits = "/".join(map(str, sorted(months)))
    per_visit = {entry.name for entry in STANDARD.summarised if entry.per_visit}
    spec = TableSpec.parse(STANDARD, ",".join(f"{name}:{visits}" if name in per_visit else name for name in names))
    assert TableSpec.parse(STANDARD, spec.text) == spec
    assert [shown.variable.name for shown in spec.show] == names


def test_roman_numerals() -> None:
    assert [roman(number) for number in (1, 2, 3, 4, 5, 9, 10, 14, 39)] == [
        "I",
        "II",
        "III",
        "IV",
        "V",
        "IX",
        "X",
        "XIV",
        "XXXIX",
    ]


@pytest.mark.parametrize("style", STYLES)
def test_marks_of_a_style_are_all_different(style: str) -> None:
    marks = [STYLES[style].mark(place) for place in range(20)]
    assert len(set(marks)) == 20


# Word


def test_a_word_table_has_three_rules_heads_that_repeat_and_high_marks(registry: Registry) -> None:
    table = made(registry, "age,calcium:0-6", "breastfeeding", style="turkish-neurosurgery").printed
    document = docx.Document(BytesIO(write(table, "docx")))
    grid = document.tables[0]
    rows = grid.rows
    assert [bool(row._tr.trPr is not None and row._tr.trPr.find(qn("w:tblHeader")) is not None) for row in rows] == [
        True, True, *[False] * len(table.rows)
    ]  # fmt: skip
    ruled_rows = {place for place, row in enumerate(rows) for cell in row.cells if rules(cell)}
    assert ruled_rows == {0, 1, len(rows) - 1}
    assert (rules(rows[0].cells[0]), rules(rows[1].cells[0]), rules(rows[-1].cells[0])) == (
        ["top"],
        ["bottom"],
        ["bottom"],
    )
    high = [run.text for row in rows for cell in row.cells for run in cell.paragraphs[0].runs if run.font.superscript]
    assert high == [cell.mark for row in table.rows for cell in row.cells if cell.mark]
    told = [tuple(cell.text.strip("\u2007").replace("\u2011", "-") for cell in row.cells) for row in rows[2:]]
    assert told == [tuple(cell.text + cell.mark for cell in row.cells) for row in table.rows]
    assert document.core_properties.title == table.title


def rules(cell: docx.table._Cell) -> list[str]:
    borders = cell._tc.tcPr.find(qn("w:tcBorders")) if cell._tc.tcPr is not None else None
    return [] if borders is None else [border.tag.rpartition("}")[2] for border in borders]


@pytest.mark.parametrize("title", ["Table I", "Table II"])
def test_the_printed_tables_come_out_cell_for_cell(registry: Registry, title: str) -> None:
    table = printed_table(registry, title)
    document = docx.Document(BytesIO(export_table(table, "docx", printed_recipe(registry, title))))
    told = [
        tuple(cell.text.strip("\u2007").replace("\u2011", "-") for cell in row.cells) for row in document.tables[0].rows
    ]
    assert told == [tuple(column.heading for column in table.columns), *map(tuple, table.shown)]
    assert document.paragraphs[0].text.startswith(f"{title}: ")
    assert document.sections[0].orientation == WD_ORIENT.LANDSCAPE


@pytest.mark.parametrize("form", MANUSCRIPT)
def test_the_same_table_gives_the_same_bytes_and_is_verified(
    registry: Registry, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plro_core.verify.verdict.given", reading.read)
    for asked in (
        {},
        {"by": "breastfeeding", "style": "jama"},
        {"cohort": "age=60"},
        {"cohort": "patients=8", "show": "age,vas:0"},
    ):
        result = plro.summary(registry, **asked)
        content = export_table(result.table, form, result.recipe)
        assert content == export_table(result.table, form, result.recipe)
        assert said(content, registry).sentence.startswith("Byte for byte")


def test_a_changed_cell_is_found_in_each_format(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plro_core.verify.verdict.given", reading.read)
    result = plro.summary(registry, show="age,smoking")
    for form in ("tex", "rtf"):
        content = export_table(result.table, form, result.recipe)
        changed = content.replace(b"30.5 (", b"31.5 (", 1)
        assert changed != content
        assert said(changed, registry).state == "differs"
    document = docx.Document(BytesIO(export_table(result.table, "docx", result.recipe)))
    document.tables[0].rows[1].cells[1].paragraphs[0].runs[0].text = "4 of 9"
    assert said(saved(document), registry).sentence.startswith("Every cell") is False
    untouched = docx.Document(BytesIO(export_table(result.table, "docx", result.recipe)))
    assert said(saved(untouched), registry).state == "same"


def saved(document: docx.document.Document) -> bytes:
    written = BytesIO()
    document.save(written)
    return written.getvalue()


# LaTeX and RTF


def hostile_table() -> PrintTable:
    rows = tuple(PrintRow((PrintCell(text), PrintCell("−2.5", "a"))) for text in HOSTILE)
    return PrintTable(
        "50 % of {x} & y", ((Head("a_b"), Head("c#")),), rows, ("left", "decimal"), "1", marks=(("a", "100 % \\x"),)
    )


def test_nothing_in_a_text_is_a_command_of_latex() -> None:
    source = write(hostile_table(), "tex").decode()
    assert latex(r"\input{x} & 5 % $x$ #_^~") == (
        r"\textbackslash{}input\{x\} \& 5 \% \$x\$ \#\_\textasciicircum{}\textasciitilde{}"
    )
    assert r"\input" not in source
    body = source[source.index(r"\midrule") : source.index(r"\bottomrule")].splitlines()[1 : -0 or None]
    lines = [line for line in body if line.endswith(r"\\")]
    assert len(lines) == len(HOSTILE)
    assert all(len(re.findall(r"(?<!\\)&", line)) == 1 for line in lines)
    assert r"\textsuperscript{a}" in source


def test_spans_have_short_rules_in_latex(registry: Registry) -> None:
    source = write(made(registry, "age", "breastfeeding").printed, "tex").decode()
    assert r"\multicolumn{2}{c}{\textbf{Breastfeeding after diagnosis}} \\" in source
    assert r"\cmidrule(lr){3-4}" in source
    assert [source.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Cf", "Zl", "Zp"]), max_size=60))
def test_any_text_comes_back_from_rtf(text: str) -> None:
    told = rtf(text)
    assert told.isascii()
    assert from_rtf(told) == "".join(sign for sign in text if sign.isprintable() or sign in "\u202f\u2007\u00a0")


def test_rtf_is_balanced_and_has_a_row_a_row() -> None:
    content = write(hostile_table(), "rtf").decode("ascii")
    bare = re.sub(r"\\[\\{}]", "", content)
    assert bare.count("{") == bare.count("}")
    assert content.count(r"\row") == 1 + len(HOSTILE)
    assert content.count(r"\trhdr") == 1


# Decimals


@pytest.mark.parametrize(("texts", "spaces"), [
    (["7.5 (7–9)", "30.5 (29–31)", "–", "N/A", "4 of 10"], [1, 0, 0, 0, 1]),
    (["−2.9", "11.4↑", "3"], [0, 0, 1]),
    ([], []),
])  # fmt: skip
def test_points_stand_below_each_other(texts: list[str], spaces: list[int]) -> None:
    assert spaces_before(texts) == spaces


def test_an_ordinary_table_is_set_with_its_numbers_aligned(registry: Registry) -> None:
    table = ruled(printed_table(registry, "Table II"))
    assert table.aligned == (
        "decimal",
        "left",
        "decimal",
        "decimal",
        "decimal",
        "decimal",
        "decimal",
        "decimal",
        "left",
    )


# Doors


def test_the_command_takes_rows_statistic_style_and_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table1", "--show", "age", "--style", "turkish-neurosurgery"]) == 0
    assert "29.9 ± 2.9" in capsys.readouterr().out
    spec = tmp_path / "mine.json"
    spec.write_text(json.dumps({"show": ["age", "vas:0/6"], "statistic": "range", "number": 2}), encoding="utf-8")
    assert main(["table1", "--spec", str(spec), "-o", str(tmp_path / "t.docx")]) == 0
    document = docx.Document(tmp_path / "t.docx")
    assert document.paragraphs[0].text.startswith("Table 2. ")
    assert "30.5 (24–34)" in document.tables[0].rows[2].cells[1].text
    for told, says in (
        ('{"show": 3}', "“show” is 3; expected text."),
        ('{"row": "age"}', "“row” is not known; expected show, statistic, style, number or difference."),
        ('{"number": 0}', "“number” is 0; expected a whole number from 1 to 39."),
        ("[]", "expected an object with show, statistic, style, number and difference."),
    ):
        spec.write_text(told, encoding="utf-8")
        assert main(["table1", "--spec", str(spec)]) == 1
        assert capsys.readouterr().err == f"mine.json: {says}\n"


def test_the_recipe_says_a_command_that_gives_the_same(registry: Registry, tmp_path: Path) -> None:
    result = plro.summary(registry, "smoking=yes", by="breastfeeding", show="age,vas:0/6", statistic="mean", number=3)
    command = result.recipe.command.removeprefix("python -m plro_core ").split()
    assert main([*command, "-o", str(tmp_path / "t.docx")]) == 0
    assert (tmp_path / "t.docx").read_bytes() == export_table(result.table, "docx", result.recipe)


def tables_page(**options: str) -> AppTest:
    return opened("tables", tab="manuscript", **options)


@pytest.mark.parametrize("cohort", [{}, {"patients": "8"}, {"age": "60"}])
def test_the_page_shows_it_for_everybody_one_and_nobody(cohort: dict[str, str]) -> None:
    app = tables_page(**cohort)
    assert not app.exception
    if "age" in cohort:
        assert "Nobody" in words(app) or "0 of 10 patients" in words(app)
    else:
        assert "Age (years)" in shown(app)


def test_the_page_says_what_a_link_asks_and_writes_what_is_chosen() -> None:
    app = tables_page(by="breastfeeding", style="turkish-neurosurgery", rows="age,vas:0/6")
    assert not app.exception
    assert "29.9 ± 2.9" in shown(app)
    assert app.multiselect(key="manuscript_rows").value == ["age", "vas"]
    app = app.multiselect(key="manuscript_visits").set_value([0]).run()
    assert app.query_params["rows"] == "age,vas:0"
    app = app.multiselect(key="manuscript_rows").set_value(["vas", "age"]).run()
    assert app.query_params["rows"] == "vas:0,age"
    app = app.button(key="manuscript_all").click().run()
    assert "rows" not in app.query_params
    assert "Documented fracture" in shown(app)


def test_a_search_keeps_what_stands_above_and_below_what_it_finds(registry: Registry) -> None:
    printed = made(registry, "age,breastfeeding,vas:0/6", "smoking").printed

    def found(words: str) -> list[str]:
        return [row.cells[0].text for row in rows_that_hold(printed, words).rows]

    assert found("") == [row.cells[0].text for row in printed.rows]
    assert found("stopped") == ["Breastfeeding after diagnosis", "stopped"]
    assert found("BREASTFEEDING continued") == ["Breastfeeding after diagnosis", "continued"]
    assert found("pain") == ["Pain (VAS), 0-10", "Baseline", "Month 6"]
    assert found("nothing of the kind") == []


def test_the_page_is_searched_and_its_file_is_whole() -> None:
    app = tables_page(find="age")
    assert app.text_input(key="find_summary").value == "age"
    assert "Age (years)" in shown(app)
    assert "Documented fracture" not in shown(app)
    assert any("rows hold “age”" in caption.value for caption in app.caption)
    app = app.text_input(key="find_summary").set_value("").run()
    assert "Documented fracture" in shown(app)
    app = tables_page(find="nothing of the kind")
    assert not app.exception
    assert any("No rows for this view" in caption.value for caption in app.caption)


def shown(app: AppTest) -> str:
    return next(unescape(part.proto.body) for part in app.get("html") if "plro-print" in part.proto.body)


def test_each_number_of_the_page_leads_to_its_cells() -> None:
    app = tables_page(by="breastfeeding", smoking="yes", rows="vas:3", style="jama", difference="on")
    links = re.findall(r'<a class="plro-cell" href="([^"]*)">([^<]*)</a>', shown(app))
    assert [dict(parse_qsl(link.removeprefix("?"))) for link, _ in links] == [
        {"smoking": "yes", "by": "breastfeeding", "number": "vas.3", "tab": "source"} | column
        for column in ({}, {"column": "stopped"}, {"column": "continued"}, {})
    ]
    behind = opened("tables", **dict(parse_qsl(links[2][0].removeprefix("?"))))
    values = re.findall(r"\d+", links[2][1])
    assert "Where does a number come from?" in words(behind)
    assert behind.table[0].value.iloc[:, 2].astype(str).tolist() == values


def test_a_difference_is_offered_between_two_groups_alone() -> None:
    app = tables_page(by="breastfeeding", rows="age")
    assert "stopped − continued" not in shown(app)
    app = app.toggle(key="bound_difference").set_value(True).run()
    assert app.query_params["difference"] == "on"
    assert "−3 (−10 to 3)" in shown(app)
    for without in ({}, {"by": "case_definition"}, {"by": "breastfeeding", "breastfeeding": "stopped"}):
        app = tables_page(**without, rows="age", difference="on")
        assert not app.exception
        assert "bound_difference" not in {toggle.key for toggle in app.toggle}
        assert "Difference" not in shown(app)
