"""A table read in one's own way: searched, sorted, narrowed to some columns; the choice is in the link."""

import re
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from plro_core import journal
from plro_core.store import SHIPPED
from plro_core.tables import Column, Reading, Table, keys, read_as
from tests.test_pages import open_tab, opened, tab_labels, words

CASES = Table(
    "cases",
    "Cases",
    (Column("Case", "Case"), Column("Time", "Time"), Column("Ca (mg/dL)", "Ca (mg/dL)"), Column("t", "T", "number", 1)),
    (
        ("1", "Baseline", "10.1", -2.5),
        (None, "Month 1", "N/A", None),
        ("2", "Baseline", "9.2↑", -1.0),
        (None, "Month 1", None, -2.5),
    ),
    ("A blank case is the one above.",),
)


def read(**chosen: object) -> list[tuple[object, ...]]:
    return list(read_as(CASES, Reading(**chosen)).rows)  # type: ignore[arg-type]


def test_a_table_that_nobody_has_touched_is_the_table() -> None:
    assert read_as(CASES, Reading()) == CASES


@pytest.mark.parametrize(
    ("words_sought", "found"),
    [
        ("baseline", [("1", "Baseline"), ("2", "Baseline")]),
        ("MONTH 1", [("1", "Month 1"), ("2", "Month 1")]),
        ("2 month", [("2", "Month 1")]),
        ("-2.5", [("1", "Baseline"), ("2", "Month 1")]),
        ("−2.5 10.1", [("1", "Baseline")]),
        ("nothing like it", []),
    ],
)
def test_a_row_is_found_by_the_words_it_shows_and_says_whose_it_is(
    words_sought: str, found: list[tuple[str, str]]
) -> None:
    assert [row[:2] for row in read(find=words_sought)] == found


def test_rows_are_sorted_by_size_words_after_numbers_and_missing_last() -> None:
    calcium = keys(CASES)
    key = next(name for name, column in calcium.items() if column.name == "Ca (mg/dL)")
    assert [row[2] for row in read(sort=key)] == ["9.2↑", "10.1", "N/A", None]
    assert [row[2] for row in read(sort=f"-{key}")] == ["10.1", "9.2↑", "N/A", None]
    assert [(row[0], row[3]) for row in read(sort="t")] == [("1", -2.5), ("2", -2.5), ("2", -1.0), ("1", None)]
    assert [(row[0], row[3]) for row in read(sort="-t")] == [("2", -1.0), ("1", -2.5), ("2", -2.5), ("1", None)]
    assert read(sort="no-such") == [(row[0] or last, *row[1:]) for row, last in zip(CASES.rows, "1122", strict=True)]


def test_lists_show_names_as_they_are() -> None:
    printed = opened("tables", tab="manuscript")
    rows, numbers = printed.multiselect(key="manuscript_rows"), printed.selectbox(key="bound_statistic")
    assert {"L1-L4 T-score", "Pain (VAS)"} <= set(rows.options)
    assert "median (Q1–Q3)" in numbers.options
    whole = opened("tables", tab="table-ii")
    (columns,) = (box for box in whole.multiselect if str(box.key).startswith("columns_"))
    (order,) = (box for box in whole.selectbox if str(box.key).startswith("sort_"))
    assert "Ca (mg/dL)" in columns.options
    assert "Ca (mg/dL), upwards" in order.options


def test_the_first_column_always_stays() -> None:
    narrowed = read_as(CASES, Reading(columns=("t", "unknown")))
    assert [column.name for column in narrowed.columns] == ["Case", "t"]
    assert narrowed.rows[0] == ("1", -2.5)
    assert narrowed.notes == CASES.notes


def test_columns_whose_names_differ_in_what_a_link_cannot_hold_have_keys_of_their_own() -> None:
    table = Table("t", "T", (Column("µ", "µ"), Column("±", "±"), Column("a b", "x"), Column("a-b", "y")), ())
    assert len(keys(table)) == 4


# The page


def markup(app: AppTest) -> str:
    return str(next(part.proto.body for part in app.get("html") if "<table>" in part.proto.body))


def shown(app: AppTest) -> list[list[str]]:
    rows = markup(app).partition("<tbody>")[2].split("<tr>")[1:]
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def heads(app: AppTest) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>(.*?)</th>', markup(app))


def test_a_table_is_searched_and_sorted_and_the_link_shows_a_colleague_the_same() -> None:
    app = open_tab(opened("tables"), "Printed Table II")
    app.text_input(key="find_table_ii").set_value("  baseline ").run()
    assert "10 of 40 rows hold “baseline”." in words(app)
    app.selectbox(key="sort_table_ii").set_value("-vas").run()
    app.multiselect(key="columns_table_ii").set_value(["time", "vas"]).run()
    assert not app.exception
    assert app.query_params == {"tab": "table-ii", "find": "baseline", "sort": "-vas", "columns": "time,vas"}
    assert heads(app) == ["Case", "Time", "VAS"]
    assert [row[2] for row in shown(app)] == sorted((row[2] for row in shown(app)), key=int, reverse=True)
    colleague = opened("tables", tab="table-ii", find="baseline", sort="-vas", columns="time,vas")
    assert shown(colleague) == shown(app)
    assert colleague.text_input(key="find_table_ii").value == "baseline"
    whole = open_tab(app, "Printed Table I")
    assert whole.query_params == {"tab": "table-i"}
    assert len(shown(whole)) == 10


def test_the_summary_is_searched_and_its_rows_say_what_they_are_of() -> None:
    app = opened("tables", find="median vas")
    assert all("VAS" in row[0] and "median" in row[2] for row in shown(app))
    assert shown(app)
    assert len(shown(app)) < len(shown(opened("tables")))


def test_a_column_that_there_is_not_is_said_and_the_table_shown() -> None:
    app = opened("tables", tab="table-ii", sort="height", columns="vas,weight", smoking="yes")
    assert not app.exception
    assert "This table has no column “height” to be sorted by." in words(app)
    assert "This table has no column “weight”." in words(app)
    assert app.query_params == {"smoking": "yes", "tab": "table-ii"}
    assert len(shown(app)) == 16


def test_a_cell_is_text_and_the_window_can_be_reached_by_keyboard() -> None:
    app = open_tab(opened("tables"), "Printed Table I")
    assert 'role="region" tabindex="0" aria-label="' in markup(app)
    assert markup(app).count('<th scope="row"') == 10


def test_nothing_found_is_said() -> None:
    app = opened("tables", find="no such words")
    assert not app.exception
    assert "0 of " in words(app)
    assert "No rows for this view." in words(app)


def test_the_download_says_that_it_holds_the_whole_table() -> None:
    app = opened("tables", find="age")
    assert "The file holds the whole table, every row and column." in words(app)


@pytest.mark.parametrize("link", [{"number": "age"}, {"by": "smoking", "number": "vas.3", "column": "yes"}])
def test_an_old_link_to_a_number_opens_on_its_cells(link: dict[str, str]) -> None:
    app = opened("tables", **link)
    assert "Where does a number come from?" in words(app)
    assert open_tab(app, tab_labels(app)[0]).query_params == {**link, "tab": "manuscript"}


def test_the_page_opens_on_one_row_a_variable_and_says_so_in_its_link() -> None:
    app = opened("tables")
    assert app.query_params == {"tab": "manuscript"}
    assert "Table 1." in markup(app)
    app = app.selectbox(key="group_by").set_value("smoking").run()
    assert app.query_params == {"by": "smoking", "tab": "manuscript"}
    elsewhere = opened("pain", smoking="yes").switch_page("tables.py").run()
    assert elsewhere.query_params == {"smoking": "yes", "tab": "manuscript"}


@pytest.mark.parametrize("link", [{"by": "smoking"}, {"smoking": "yes"}, {"find": "age"}, {"sort": "variable"}])
def test_an_old_link_without_a_tab_opens_what_it_showed(link: dict[str, str]) -> None:
    app = opened("tables", **link)
    assert app.query_params == {**link, "tab": "summary"}
    assert "median (Q1–Q3)" in markup(app)
    app = app.selectbox(key="group_by").set_value("breastfeeding").run()
    assert app.query_params["tab"] == "summary"


def copies(app: AppTest) -> list[str]:
    return [part.proto.body for part in app.get("html") if "data-click" in part.proto.body]


def test_a_table_is_copied_only_once_it_is_journalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLRO_JOURNAL", str(tmp_path))
    app = opened("tables", tab="manuscript", rows="age", smoking="yes")
    assert not copies(app)
    app = app.button(key="copy_summary").click().run()
    assert len(copies(app)) == 1
    line = journal.read(SHIPPED)[-1]
    assert (line.what, line.detail["form"], line.detail["cohort"]) == (
        "export",
        "summary, to the clipboard",
        "smoking=yes",
    )
    place = next(tmp_path.rglob(journal.NAME))
    place.write_bytes(place.read_bytes().replace(b"clipboard", b"clapboard"))
    app = app.button(key="copy_summary").click().run()
    assert not copies(app)
    assert app.error
