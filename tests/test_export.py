"""Exports are read back with the tools that their readers use."""

import csv
import html
import json
from html.parser import HTMLParser
from io import BytesIO, StringIO
from zipfile import ZipFile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from plro_core.cohort import EVERYONE, Cohort
from plro_core.export import (
    FORMATS,
    Recipe,
    comparison_recipe,
    export_table,
    figure_recipe,
    file_name,
    printed_recipe,
    recipe_for,
    records_recipe,
    table_one_recipe,
)
from plro_core.figures import forest_plot, pain_trajectories
from plro_core.manuscript.rich_text import from_rtf
from plro_core.manuscript.word import ORIGIN_PART
from plro_core.problems import QueryProblem
from plro_core.store import Registry, open_registry
from plro_core.tables import Column, Table, from_arrow, records_table, table_one
from plro_core.vocabulary import STANDARD

ODD = Cohort.parse("smoking=yes&t_l1_l4=-3.5--2.5&symptom=!back,~", STANDARD)
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "<script>alert(1)</script>",
    "![x](http://x.test/)",
    "a|b\nc",
    'q"q',
]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def recipe(registry: Registry) -> Recipe:
    return table_one_recipe(registry, ODD, STANDARD.variable("breastfeeding"))


@pytest.fixture
def hostile() -> Table:
    columns = (Column("=name", "=name"), Column("value", "Value", "number", 1), Column("flag", "Flag", "boolean"))
    return Table("hostile", "<b>Title</b>", columns, tuple((text, -2.5, None) for text in HOSTILE), ("<i>note</i>",))


def test_no_rows_can_be_exported_in_every_format(registry: Registry, recipe: Recipe):
    nobody = Cohort.parse("age=50", STANDARD)
    for format in FORMATS:
        assert export_table(records_table(registry, "cases", nobody), format, recipe)
        assert export_table(table_one(registry, nobody), format)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_table_gives_the_same_bytes(registry: Registry, recipe: Recipe, format: str):
    by = STANDARD.variable("breastfeeding")
    first, second = (export_table(table_one(registry, ODD, by), format, recipe) for _ in range(2))
    assert first == second


def test_unknown_formats_are_refused(registry: Registry):
    with pytest.raises(QueryProblem, match="“pdf” is not a format; expected csv, xlsx"):
        export_table(records_table(registry, "cases"), "pdf")


# The recipe.


def test_the_snippet_makes_the_same_bytes(registry: Registry, recipe: Recipe):
    names: dict = {}
    exec(recipe.snippet, names)
    again = export_table(names["result"].table, "csv", recipe)
    assert again == export_table(table_one(registry, ODD, STANDARD.variable("breastfeeding")), "csv", recipe)


@pytest.mark.parametrize(
    "query", ["", "smoking=yes&month=0,1", "symptom=!back,~&vas.1=0-3", "t_l1_l4=-3.5--2.5", "twin_pregnancy=~"]
)
def test_the_sql_finds_the_cohort(registry: Registry, query: str):
    cohort = Cohort.parse(query, STANDARD)
    recipe = recipe_for(registry, "Title", cohort)
    patients, visits = registry.rows(f"SELECT count(DISTINCT case_id), count(month) FROM ({recipe.sql})")[0]
    assert recipe.n == f"{patients} of 10 patients · {visits} of 40 visits"


def test_every_kind_of_table_has_a_snippet_that_runs(registry: Registry):
    names: dict = {}
    exec(printed_recipe(registry, "Table I", ODD).snippet, names)
    assert names["result"].rows
    exec(records_recipe(registry, "visits", ODD).snippet, names)
    assert names["result"].table.rows


def test_a_recipe_tells_version_source_and_n(recipe: Recipe):
    assert recipe.version == "2022-2"
    assert "10.5137/1019-5149.JTN.36058-21.1" in recipe.source
    assert recipe.n == "2 of 10 patients · 8 of 40 visits"


def carried(content: bytes, format: str) -> str:
    """The text of an export in which its recipe must be found."""
    if format == "xlsx":
        return "\n".join(str(cell) for row in load_workbook(BytesIO(content))["About"].values for cell in row)
    if format == "parquet":
        return json.dumps(json.loads(pq.read_schema(BytesIO(content)).metadata[b"recipe"]), ensure_ascii=False)
    if format == "docx":
        with ZipFile(BytesIO(content)) as archive:
            return html.unescape(archive.read(ORIGIN_PART).decode())
    if format == "rtf":
        return from_rtf(content.decode())
    text = content.decode("utf-8-sig")
    return html.unescape(text) if format == "html" else text.replace("\\", "") if format == "md" else text


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_carries_the_recipe(registry: Registry, recipe: Recipe, format: str):
    text = carried(export_table(records_table(registry, "cases", ODD), format, recipe), format)
    for part in (recipe.query, recipe.n, recipe.version, recipe.source, recipe.cohort, "plro.table_one("):
        assert part in text


# CSV.


def test_csv_reads_back_as_numbers(registry: Registry, recipe: Recipe):
    table = records_table(registry, "cases")
    frame = pd.read_csv(BytesIO(export_table(table, "csv", recipe)))
    assert frame["t_l1_l4"].tolist() == table.values("t_l1_l4")
    assert frame["smoking"].tolist() == table.values("smoking")
    assert frame["weight_gain_kg"].isna().sum() == 9
    assert set(frame["recipe_version"]) == {"2022-2"}
    assert set(frame["recipe_content"]) == {open_registry().content}
    names: dict = {}
    exec(frame["recipe_snippet"][0], names)
    assert names["result"].tidy.rows
    assert frame["recipe_snippet"].notna().sum() == 1
    assert list(frame.filter(regex="^(?!recipe_)").columns) == [column.name for column in table.columns]


def test_csv_disarms_formulas_and_never_numbers(hostile: Table):
    head, *rows = csv.reader(StringIO(export_table(hostile, "csv").decode("utf-8-sig"), newline=""))
    assert head == ["'=name", "value", "flag"]
    assert [row[0] for row in rows] == [f"'{text}" for text in HOSTILE[:6]] + HOSTILE[6:]
    assert {(row[1], row[2]) for row in rows} == {("-2.5", "")}


def test_csv_quotes_a_bare_carriage_return():
    table = Table("t", "T", (Column("a", "A"),), (("one\rtwo",),))
    assert export_table(table, "csv").endswith(b'a\r\n"one\rtwo"\r\n')


def test_a_summary_in_csv_is_tidy(registry: Registry):
    frame = pd.read_csv(BytesIO(export_table(table_one(registry), "csv")))
    vas = frame[(frame["variable"] == "vas")].set_index("month")
    assert vas["median"].to_dict() == {0: 7.5, 1: 3.5, 3: 2, 6: 0}
    assert frame.loc[frame["variable"] == "magnesium", "note"].str.contains("analyte uncertain").all()


# The other formats.


def test_xlsx_has_real_numbers_and_no_formula(registry: Registry, hostile: Table, recipe: Recipe):
    book = load_workbook(BytesIO(export_table(table_one(registry), "xlsx", recipe)))
    assert book.sheetnames == ["Table", "Data", "About"]
    assert book["Data"].freeze_panes == "A2"
    sheet = load_workbook(BytesIO(export_table(hostile, "xlsx")))["Data"]
    assert [(row[0].value, row[0].data_type) for row in sheet.iter_rows(min_row=2)][:2] == [("=1+1", "s"), ("+1", "s")]
    assert sheet["B2"].value == -2.5
    assert sheet["B2"].number_format == "0.0"
    assert all(cell.data_type in ("s", "n") and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


def test_xlsx_numbers_read_back(registry: Registry):
    table = records_table(registry, "cases")
    frame = pd.read_excel(BytesIO(export_table(table, "xlsx")), sheet_name="Data")
    assert frame["L1-L4 T-score"].tolist() == table.values("t_l1_l4")
    assert frame["Smoking"].tolist() == table.values("smoking")


def test_xlsx_keeps_the_start_of_a_text_that_is_too_long():
    table = Table("t", "T", (Column("a", "A"),), (("x" * 40_000,),))
    value = load_workbook(BytesIO(export_table(table, "xlsx")))["Data"]["A2"].value
    assert len(value) == 32_767
    assert value.endswith("…")


def test_parquet_keeps_types_units_and_missing(registry: Registry, recipe: Recipe):
    content = export_table(records_table(registry, "visits"), "parquet", recipe)
    table = pq.read_table(BytesIO(content))
    assert table.schema.field("vitamin_d").metadata[b"unit"] == b"ng/mL, assumed"
    assert table["calcium"].null_count == 5
    tidy = pq.read_table(BytesIO(export_table(table_one(registry), "parquet")))
    assert tidy.schema.field("median").type == pa.float64()
    assert tidy.schema.field("n").type == pa.int64()


def test_json_without_a_recipe_is_a_plain_list(registry: Registry, recipe: Recipe):
    table = records_table(registry, "cases")
    assert json.loads(export_table(table, "json")) == table.records
    assert json.loads(export_table(table, "json", recipe))["rows"] == table.records


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append("data" if ("type", "application/json") in attrs else tag)
        self.links += [name for name, _ in attrs if name in ("src", "href", "onclick")]


def test_html_stands_alone_and_runs_nothing(hostile: Table, recipe: Recipe):
    page = export_table(hostile, "html", recipe).decode()
    tags = _Tags()
    tags.feed(page)
    assert not {"script", "img", "link", "b", "i"} & set(tags.found)
    assert tags.found.count("data") == 1  # its origin, which no browser runs
    assert tags.links == []
    assert "&lt;script&gt;" in page
    assert "−2.5" in page


def test_markdown_keeps_its_columns_and_fetches_nothing(hostile: Table):
    text = export_table(hostile, "md").decode()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(HOSTILE)
    assert all(line.replace("\\|", "").count("|") == 4 for line in rows)
    assert "![x](" not in text
    assert "<script" not in text.replace("\\<", "")


# File names and query answers.


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "plro-table1-2022-2.csv"),
        ("smoking=yes", "plro-table1-smoking-yes-2022-2.csv"),
        ("smoking=!yes,~", "plro-table1-smoking-not-yes-missing-2022-2.csv"),
    ],
)
def test_file_names_are_safe_and_telling(registry: Registry, query: str, name: str):
    assert file_name("table1", table_one_recipe(registry, Cohort.parse(query, STANDARD)), "csv") == name


def test_file_names_tell_the_groups(registry: Registry) -> None:
    smoking = Cohort.parse("smoking=yes", STANDARD)
    by = STANDARD.variable("breastfeeding", "cases")
    rest = comparison_recipe(registry, smoking, None)
    other = comparison_recipe(registry, smoking, Cohort.parse("", STANDARD), Cohort.parse("age=30-35", STANDARD))
    assert file_name("table1", table_one_recipe(registry, smoking, by), "csv") == (
        "plro-table1-smoking-yes-by-breastfeeding-2022-2.csv"
    )
    assert file_name("comparison", rest, "csv") == "plro-comparison-smoking-yes-against-rest-2022-2.csv"
    assert file_name("comparison", other, "csv") == "plro-comparison-age-30-35-smoking-yes-against-all-2022-2.csv"
    drawn = figure_recipe(registry, "Pain", pain_trajectories, smoking, [("group", by)])
    assert file_name("pain", drawn, "png") == "plro-pain-smoking-yes-by-breastfeeding-2022-2.png"
    forest = figure_recipe(registry, "A against B", forest_plot, options=[("a", smoking), ("b", None)])
    assert file_name("forest", forest, "svg") == "plro-forest-smoking-yes-against-rest-2022-2.svg"


def test_long_file_names_are_cut_and_still_differ(registry: Registry):
    long = "symptom=back,low_back,hip,ankle,inguinal,difficulty_walking&age="
    names = [
        file_name("x", recipe_for(registry, "T", Cohort.parse(f"{long}{age}", STANDARD)), "csv") for age in (30, 31)
    ]
    assert names[0] != names[1]
    assert max(map(len, names)) < 100


def test_an_sql_answer_becomes_plain_cells():
    answer = open_registry().arrow(
        "SELECT 'nan'::DOUBLE AS x, DATE '2020-01-02' AS day, sum(3) AS total, [1, 2] AS list"
    )
    table = from_arrow("query", "Answer", answer)
    assert table.records == [{"x": None, "day": "2020-01-02", "total": 3, "list": "[1, 2]"}]
    assert json.loads(export_table(table, "json")) == table.records


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(QueryProblem, match="two columns named “a”"):
        from_arrow("query", "Answer", pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]))


def test_everyone_is_said_in_words(registry: Registry):
    assert recipe_for(registry, "T", EVERYONE).cohort == "all patients"
