"""The library: strings for variables and cohorts, sentences for what is unknown, results that show and save themselves."""

import doctest
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import plro_core as plro
from plro_core.cli.process import main
from plro_core.cohort import Cohort
from plro_core.export import FORMATS
from plro_core.figures import FIGURES, figures_of
from plro_core.problems import DataProblem, QueryProblem
from plro_core.results import FigureResult, TableResult
from plro_core.store import SHIPPED, Registry
from plro_core.tables import Table, TwoForms
from tests.test_layers import ROOT
from tests.tools import library

SMOKERS = "smoking=yes"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return plro.open(SHIPPED)


# The names


def loaded_by(program: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(told.stdout.split())


def test_importing_the_library_loads_nothing_of_it() -> None:
    loaded = loaded_by("import plro_core as plro; dir(plro)")
    assert {name for name in loaded if name.partition(".")[0] == "plro_core"} == {"plro_core"}
    assert not loaded & {"duckdb", "numpy", "pandas", "plotly", "pyarrow"}


def test_a_name_of_the_library_stays_when_a_module_of_that_name_is_loaded() -> None:
    """``plro_core.cohort`` and four others are modules, too; importing one binds its name to the package."""
    functions = [name for name in plro.__all__ if name != "exact"]
    modules = {path.stem for path in (ROOT / "plro_core").iterdir()} & set(functions)
    assert len(modules) > 3
    loads = "; ".join(f"import plro_core.{name}" for name in sorted(modules))
    loaded_by(f"{loads}; import plro_core as plro; assert all(callable(getattr(plro, n)) for n in {functions!r})")


def test_a_name_that_it_has_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'tabel_one'"):
        plro.tabel_one  # noqa: B018


# Strings for variables and cohorts


def test_a_string_and_a_value_mean_the_same(registry: Registry) -> None:
    by = registry.vocabulary.variable("breastfeeding", "cases")
    named = plro.table_one(registry, SMOKERS, by="breastfeeding")
    given = plro.table_one(registry, Cohort.parse(SMOKERS, registry.vocabulary), by)
    assert (named.table, named.recipe) == (given.table, given.recipe)


def test_a_link_is_a_cohort_and_what_it_says_beside_is_left_out(registry: Registry) -> None:
    link = "http://127.0.0.1:8501/pain?smoking=yes&by=breastfeeding"
    assert plro.cohort(registry, link) == plro.cohort(registry, SMOKERS)
    with pytest.raises(QueryProblem, match="“by” is not a variable"):
        plro.cohort(registry, "smoking=yes&by=breastfeeding")


REFUSED = [
    (
        lambda r: plro.cohort(r, "smoker=yes"),
        "“smoker” is not a variable that patients can be filtered by (did you mean “smoking”?); see",
    ),
    (lambda r: plro.cohort(r, 3), 'A cohort is a query such as "smoking=yes"; got int.'),
    (
        lambda r: plro.table_one(r, by="breastfeding"),
        "“breastfeding” is not a variable that splits patients into groups (did you mean “breastfeeding”?); expected",
    ),
    (lambda r: plro.table_one(r, by="age"), "“age” is not a variable that splits patients into groups; expected"),
    (lambda r: plro.records(r, "visit"), "“visit” is not a table of the registry (did you mean “visits”?); expected"),
    (lambda r: plro.visits(r, "vas.2=1"), "“vas.2”: there is no visit at month “2”; expected"),
    (lambda r: plro.compare(r, ""), "A is everybody, so there is nobody to compare with; expected"),
    (lambda r: plro.compare(r, "smoking=yes", "age=25-31"), "are in both A and B."),
    (
        lambda r: plro.compare(r, "smoking=yes", leave_out_of="c"),
        "“c” is not a cohort to leave patients out of; expected a or b.",
    ),
    (
        lambda r: plro.counts(r, "calciun"),
        "“calciun” is not a variable that can be counted (did you mean “calcium”?); expected",
    ),
    (lambda r: plro.figure(r, "pain"), "“pain” is not a figure"),
    (
        lambda r: plro.figure(r, "pain_trajectory"),
        "“pain_trajectory” is not a figure (did you mean “pain_trajectories”?); expected",
    ),
    (lambda r: plro.figure(r, "swimmer", by="smoking"), "“swimmer” takes no “by”; it takes highlight and look."),
    (
        lambda r: plro.figure(r, "swimmer", hilight=3),
        "“swimmer” takes no “hilight” (did you mean “highlight”?); it takes",
    ),
    (lambda r: plro.figure(r, "swimmer", highlight=11), "There is no patient 11 in this registry."),
    (lambda r: plro.figure(r, "swimmer", highlight="3"), "There is no patient 3 in this registry."),
    (lambda r: plro.figure(r, "swimmer", look="blue"), "“blue” is not a look; expected light or dark."),
    (lambda r: plro.figure(r, "patient_timeline"), "“patient_timeline” needs “patient”."),
    (lambda r: plro.figure(r, "estimation_plot"), "“estimation_plot” needs “a”."),
    (
        lambda r: plro.figure(r, "published_cohorts", SMOKERS),
        "“published_cohorts” takes no cohort: it always draws the same patients.",
    ),
    (
        lambda r: plro.figure(r, "lab_trajectories", labs=["calciun"]),
        "“calciun” is not a laboratory variable (did you mean “calcium”?); expected",
    ),
    (lambda r: plro.figure(r, "responder_waterfall", month=2), "“2” is not"),
    (lambda r: plro.figure(r, "time_to_pain_control", definition="x"), "“x” is not"),
    (lambda r: plro.figure(r, "lab_trajectories", columns="x"), "“x” is not a number of columns; expected"),
    (
        lambda r: plro.figure(r, "estimation_plot", a=SMOKERS, other="x"),
        "Expected a registry, as plro.open() gives it; got str.",
    ),
    (lambda r: plro.table_one(SMOKERS), "Expected a registry, as plro.open() gives it; got str."),
    (lambda r: plro.claims(r, "contradict"), "“contradict” is not a status (did you mean “contradicted”?); expected"),
    (lambda r: plro.query(r, "DELETE FROM cases"), "The query was refused: expected one statement that asks"),
    (
        lambda r: plro.table_one(r).save("table.doc"),
        "“table.doc” says no form to write; expected a name that ends in .csv",
    ),
    (
        lambda r: plro.figure(r, "swimmer").save("a.csv"),
        "“a.csv” says no form to write; expected a name that ends in .html",
    ),
    (
        lambda r: plro.figure(r, "swimmer").save("a.png", width="wide"),
        "“wide” is not a width; expected single, middle or double.",
    ),
]


@pytest.mark.parametrize(("asked", "sentence"), REFUSED)
def test_what_is_unknown_is_one_sentence(registry: Registry, asked: Any, sentence: str) -> None:
    with pytest.raises(QueryProblem) as refused:
        asked(registry)
    assert sentence in str(refused.value)


# What comes back

OPTIONS: dict[str, dict[str, Any]] = {
    "patient_timeline": {"patient": 3},
    "estimation_plot": {"a": SMOKERS},
    "forest_plot": {"a": SMOKERS},
}


def made(registry: Registry) -> dict[str, TableResult]:
    """A table of each function, grouped and of a cohort where that can be."""
    return {
        "table_one": plro.table_one(registry, SMOKERS, by="breastfeeding"),
        "records": plro.records(registry, "visits", SMOKERS),
        "compare": plro.compare(registry, SMOKERS, within="age=25-40", tests=True),
        "counts": plro.counts(registry, "vas", SMOKERS, by="breastfeeding"),
        "claims": plro.claims(registry, "contradicted"),
        "dictionary": plro.dictionary(registry),
        "query": plro.query(registry, "FROM cases"),
    }


def again(snippet: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(snippet, "snippet", "exec"), names)
    return names["result"]


@pytest.mark.parametrize(
    ("a", "b", "options"),
    [
        (SMOKERS, "", {"leave_out_of": "b"}),
        ("", SMOKERS, {"leave_out_of": "a"}),
        (SMOKERS, None, {"within": "age=25-40"}),
    ],
)
def test_everybody_is_another_cohort_than_everybody_else(
    registry: Registry, a: str, b: str | None, options: dict[str, str]
) -> None:
    table = plro.compare(registry, a, b, **options)
    assert table.recipe is not None
    assert again(table.recipe.snippet).table == table.table
    figure = plro.figure(registry, "estimation_plot", a=a, b=b, **options)
    assert again(figure.recipe.snippet).to_frame().equals(figure.to_frame())


def test_a_cohort_is_compared_with_one_of_another_registry(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ward"
    monkeypatch.setenv("PLRO_REGISTRY", os.pathsep.join(["published", str(folder)]))
    folder.mkdir()
    (folder / "cases.csv").write_text("case_id,age,smoking\n1,31,yes\n2,33,no\n3,27,yes\n", encoding="utf-8")
    who = ("--author", "the ward", "--note", "first", "--accept-warnings")
    assert main(["import", str(folder / "cases.csv"), "--registry", str(folder), *who]) == 0
    with_other = plro.compare(registry, "", SMOKERS, other=plro.open(folder))
    assert with_other.recipe is not None
    assert again(with_other.recipe.snippet).table == with_other.table
    assert {(row["n_a"] or 0) + (row["missing_a"] or 0) for row in with_other.tidy.records} == {10}
    with pytest.raises(QueryProblem, match="Both registries hold the same data"):
        plro.compare(registry, "", SMOKERS, other=plro.open(SHIPPED))


def test_each_table_is_made_again_by_its_recipe(registry: Registry) -> None:
    for name, result in made(registry).items():
        if result.recipe:
            assert f"result = plro.{name}(registry" in result.recipe.snippet
            assert again(result.recipe.snippet).table == result.table, name


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_is_made_again_by_its_recipe(registry: Registry, name: str) -> None:
    options = OPTIONS.get(name, {}) | ({"by": "smoking"} if "group" in FIGURES[name].options else {})
    if name not in figures_of(registry.vocabulary):
        with pytest.raises(QueryProblem, match=f"“{name}” needs {FIGURES[name].needs}, which this registry"):
            plro.figure(registry, name)
        return
    figure = plro.figure(registry, name, **options)
    assert isinstance(figure, FigureResult)
    assert again(figure.recipe.snippet).chart.figure.to_json() == figure.chart.figure.to_json()


def test_the_tidy_form_keeps_types_and_what_is_missing(registry: Registry) -> None:
    frame = plro.records(registry, "visits").to_frame()
    assert len(frame) == 40
    assert str(frame["vas"].dtype) == "int64[pyarrow]"
    assert (
        int(frame["vitamin_d"].isna().sum())
        == registry.rows("SELECT count(*) FROM visits WHERE vitamin_d IS NULL")[0][0]
    )
    for name, result in made(registry).items():
        arrow = result.to_arrow()
        assert arrow.to_pylist() == result.tidy.records, name
        assert list(result.to_frame().columns) == arrow.column_names


def test_a_table_without_rows_still_has_its_columns(registry: Registry) -> None:
    nobody = plro.records(registry, "visits", "age=49-50")
    assert nobody.to_frame().shape == (0, len(registry.vocabulary.columns("visits")))
    assert nobody.to_arrow().schema.field("month").type == pa.int64()
    assert "<table>" in nobody._repr_html_()


def test_counts_add_up_and_tell_what_is_missing(registry: Registry) -> None:
    rows = plro.counts(registry, "vitamin_d").tidy.records
    assert sum(row["count"] for row in rows) == 40
    missing = sum(row["count"] for row in rows if row["vitamin_d"] is None)
    assert missing == registry.rows("SELECT count(*) FROM visits WHERE vitamin_d IS NULL")[0][0]


class _Text(HTMLParser):
    """Tags and text of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_a_table_that_can_be_read_out(registry: Registry) -> None:
    result = plro.table_one(registry, SMOKERS, by="breastfeeding")
    shown = _Text(result._repr_html_())
    assert [tag for tag, _ in shown.tags].count("caption") == 1
    heads = [about for tag, about in shown.tags if tag == "th"]
    assert {about["scope"] for about in heads} == {"col", "row"}
    assert "4 of 10 patients" in shown.text
    assert "How this was made" in shown.text


def test_data_are_shown_and_never_read_as_markup() -> None:
    from plro_core.tables import Column

    table = Table("t", "<b>T</b>", (Column("a", "<i>"),), (("<script>",),), ("<u>",))
    for value in (table, TwoForms(table, table), TableResult(table, None)):
        assert not {"b", "i", "script", "u"} & {tag for tag, _ in _Text(value._repr_html_()).tags}


def test_a_notebook_shows_an_interactive_figure_that_loads_nothing(registry: Registry) -> None:
    result = plro.figure(registry, "pain_trajectories", SMOKERS, highlight=5)
    ((tag, about),) = _Text(result._repr_html_()).tags
    assert (tag, about["title"]) == ("iframe", result.chart.title)
    page = about["srcdoc"] or ""
    assert "Plotly.newPlot" in page
    assert "default-src 'none'" in page
    bare = result.chart._repr_html_()
    assert "Plotly.newPlot" in bare
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', bare)


def test_a_registry_is_one_line(registry: Registry) -> None:
    assert repr(registry) == "Registry(“data”, version 2022-2: 10 patients, 40 visits)"
    assert "10 patients, 40 visits" in registry._repr_html_()
    assert str(SHIPPED.parent) not in registry._repr_html_()


def test_representations_are_short(registry: Registry) -> None:
    table, figure = plro.table_one(registry, SMOKERS), plro.figure(registry, "swimmer")
    assert repr(table) == f"TableResult(Summary of the cohort: {len(table.tidy.rows)} rows)"
    assert repr(figure) == f"FigureResult(swimmer: {figure.chart.title})"
    assert repr(figure.chart) == f"Chart(swimmer: {figure.chart.title})"
    assert "| Variable" in str(table)


# Files


@pytest.mark.parametrize("form", FORMATS)
def test_a_saved_table_carries_its_recipe(registry: Registry, form: str, tmp_path: Path) -> None:
    result = plro.table_one(registry, SMOKERS)
    path = result.save(tmp_path / f"table.{form.upper()}")
    content = path.read_bytes()
    if form == "parquet":
        assert json.loads(pq.read_schema(path).metadata[b"recipe"])["query"] == SMOKERS
    elif form not in ("xlsx", "docx"):
        assert registry.content in content.decode()
    assert result.recipe is not None
    assert (
        content == FORMATS[form].write(result.tidy if FORMATS[form].tidy else result.layout, result.recipe)
        or form == "xlsx"
    )


def test_a_saved_figure_is_the_page_of_the_dashboard(registry: Registry, tmp_path: Path) -> None:
    path = plro.figure(registry, "swimmer", look="dark").save(str(tmp_path / "a.html"))
    text = path.read_text(encoding="utf-8")
    assert registry.content in text
    assert "color-scheme: dark" in text


def test_what_cannot_be_written_is_one_sentence(registry: Registry, tmp_path: Path) -> None:
    table = plro.counts(registry, "smoking")
    with pytest.raises(DataProblem, match=r"t\.csv cannot be written: no such file or directory\."):
        table.save(tmp_path / "nowhere" / "t.csv")
    with pytest.raises(DataProblem, match=r"cases\.parquet cannot be written: it is a file of a registry"):
        table.save(SHIPPED / "versions" / "2022-2" / "cases.parquet")


# The page


def test_the_page_is_fresh() -> None:
    assert library.main(["--check"]) == 0


def test_a_stale_page_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "library.md").write_text("old", encoding="utf-8")
    assert library.main(["--check"], tmp_path / "library.md") == 1
    assert "“make fix” writes it anew" in capsys.readouterr().err


def test_every_name_of_the_library_has_an_example_and_says_what_it_raises() -> None:
    for name in plro.__all__:
        if name != "exact":
            told = getattr(plro, name).__doc__
            assert ">>> " in told, name
            assert "Raises:" in told or name in ("dictionary", "thresholds"), name


@pytest.mark.parametrize("page", ["docs/library.md", "README.md"])
def test_every_example_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLRO_REGISTRY", raising=False)
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page, page, 0)
    assert len(examples.examples) > 3
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    assert "".join(told) == ""
