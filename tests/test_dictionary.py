"""The dictionary says of each column what its declaration says."""

import json
from pathlib import Path

from plro_core.dictionary import as_markdown, as_table
from plro_core.export import export_table
from plro_core.store import SHIPPED, open_registry
from plro_core.vocabulary import STANDARD
from plro_core.vocabulary.thresholds import THRESHOLDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "dictionary.md"


def entry(table: str, name: str) -> dict:
    return next(row for row in as_table(STANDARD.variables).records if (row["table"], row["name"]) == (table, name))


def test_every_column_of_the_registry_is_in_it():
    rows = [(row["table"], row["name"]) for row in as_table(STANDARD.variables).records]
    assert rows == [(variable.table, variable.name) for variable in STANDARD.variables]


def test_calcium_has_unit_code_ranges_and_conversion():
    calcium = entry("visits", "calcium")
    assert (calcium["unit"], calcium["loinc"], calcium["decimals"]) == ("mg/dL", "17861-6", 1)
    assert [calcium[f"reference_{part}"] for part in ("low", "high", "laboratory", "version", "population")] == [
        8.4,
        10.2,
        "ARUP Laboratories",
        "test 0070172, one copy of the page",
        "18 years and older",
    ]
    assert [calcium[f"reference_{part}"] for part in ("date", "read", "source", "status")] == [
        "unknown",
        "2026-11-26",
        "https://ltd.aruplab.com/Tests/Pub/0070172",
        "seen in a published source",
    ]
    assert (calcium["si_unit"], calcium["si_factor"]) == ("mmol/L", 0.2495)


def test_the_uncertain_analyte_has_no_band_and_no_conversion():
    magnesium = entry("visits", "magnesium")
    assert (magnesium["reference_low"], magnesium["si_factor"], magnesium["loinc"]) == (None, None, None)
    assert "analyte uncertain" in magnesium["note"]


def test_levels_give_code_and_words():
    assert entry("visits", "pth_flag")["levels"] == "H (high), L (low)"
    assert entry("cases", "breastfeeding")["levels"] == "stopped, continued"


def test_the_page_has_a_section_for_each_table_and_a_line_for_each_column():
    page = as_markdown(open_registry(SHIPPED))
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("## `")] == [
        table.name for table in STANDARD.tables
    ]
    columns, _, held_against = page.partition("## Reference ranges")
    lines = [line for line in columns.splitlines() if line.startswith("| ")]
    assert len(lines) == len(STANDARD.variables) + len(STANDARD.tables)
    lines = [line for line in held_against.splitlines() if line.startswith("| ")]
    assert len(lines) == sum(len(lab.ranges) for lab in STANDARD.labs) + len(THRESHOLDS) + 2


def test_the_page_in_docs_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == as_markdown(open_registry(SHIPPED))


def test_it_exports_like_any_table():
    assert len(json.loads(export_table(as_table(STANDARD.variables), "json"))) == len(STANDARD.variables)
