"""Every rule of the manual holds in the core, and the page of rules is made of the same tables.

The examples of the statistics are run by ``test_exact_spec.py``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from plro_core.cohort import Cohort
from plro_core.counts import Frequency, counts, size
from plro_core.figures.flags import flag_disagreements
from plro_core.problems import QueryProblem
from plro_core.statistics import summarise
from plro_core.store import Registry
from plro_core.tables import table_one
from plro_core.vocabulary import STANDARD
from tests.oracle import frequency
from tests.small_registry import small_registry
from tests.spec_cohorts import (
    CASES,
    COHORTS,
    COUNTED,
    FLAGS,
    REFUSED,
    SUMMARIES,
    SYMPTOMS,
    VISITS,
    records,
    rows,
)
from tests.spec_statistics import EXAMPLES
from tests.tools import rules


def _typed(table: str, text: str) -> list[dict[str, Any]]:
    """Rows of a spec table as the registry stores them."""
    kinds = {entry.name: entry.kind for entry in STANDARD.columns(table)}
    read = {
        "identifier": int,
        "integer": int,
        "number": float,
        "boolean": lambda cell: cell == "yes",
    }
    return [
        {name: read.get(kinds[name], str)(cell) if cell else None for name, cell in row.items()}
        for row in records(text)
    ]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    """The four patients of the examples."""
    opened = small_registry(
        cases=_typed("cases", CASES), visits=_typed("visits", VISITS), symptoms=_typed("symptoms", SYMPTOMS)
    )
    yield opened
    opened.close()


COHORT_ROWS = [(section.title, row) for section in COHORTS for row in records(section.table)]


@pytest.mark.parametrize(
    ("title", "row"), COHORT_ROWS, ids=[f"{title}: {row['written']}" for title, row in COHORT_ROWS]
)
def test_a_cohort_finds_these_patients_and_visits(registry: Registry, title: str, row: dict[str, str]) -> None:
    cohort = Cohort.parse(row["written"], STANDARD)
    condition, values = cohort.case_sql()
    found = registry.rows(f"SELECT case_id FROM cases WHERE {condition} ORDER BY case_id", values)
    assert ", ".join(str(case_id) for (case_id,) in found) == row["patients"]
    n = size(registry, cohort)
    assert (n.patients, n.visits) == (len(found), int(row["visits"]))


@pytest.mark.parametrize("row", records(REFUSED.table), ids=lambda row: row["written"])
def test_a_faulty_cohort_is_refused_in_these_words(row: dict[str, str]) -> None:
    with pytest.raises(QueryProblem) as problem:
        Cohort.parse(row["written"], STANDARD)
    assert str(problem.value) == row["refused with"]


@pytest.mark.parametrize("row", records(COUNTED.table), ids=lambda row: " ".join(filter(None, row.values())))
def test_what_is_counted_and_what_is_missing(registry: Registry, row: dict[str, str]) -> None:
    entry, month = STANDARD.variable(row["variable"]), int(row["month"]) if row["month"] else None
    cohort, expected = Cohort.parse(row["written"], STANDARD), (int(row["n"]), int(row["missing"]))
    if not entry.many:  # its frequencies count a patient once for each value
        found = counts(registry, [entry], cohort).get((entry.name, month, None), Frequency())
        assert (found.n, found.missing) == expected
    tidy = [
        line
        for line in table_one(registry, cohort).tidy.records
        if (line["variable"], line["month"]) == (entry.name, month)
    ]
    assert {(line["n"], line["missing"]) for line in tidy} == {expected}


@pytest.mark.parametrize("row", records(SUMMARIES.table), ids=lambda row: row["values"] or "nothing")
def test_median_quartiles_mean_and_deviation(row: dict[str, str]) -> None:
    summary = summarise(frequency([None if cell == "?" else float(cell) for cell in row["values"].split()]))
    assert (summary.n, summary.missing) == (int(row["n"]), int(row["missing"]))
    for heading in ("median", "Q1", "Q3", "mean", "SD"):
        found, cell = getattr(summary, heading.lower()), row[heading]
        assert found is None if cell == "–" else found == pytest.approx(float(cell), abs=5e-5), heading


@pytest.mark.parametrize("row", records(FLAGS.table), ids=lambda row: " ".join(list(row.values())[:3]))
def test_the_printed_arrow_and_the_computed_flag(row: dict[str, str]) -> None:
    lab = next(entry for entry in STANDARD.labs if entry.name == row["analyte"])
    value, arrow = float(row["value"]), row["printed arrow"] or None
    words = {"H": "high", "L": "low", None: "none" if lab.reference else "not computed"}
    assert words[lab.flag(value)] == row["computed flag"]
    visit = {"case_id": 1, "month": 0, lab.name: value, f"{lab.name}_flag": arrow}
    listed = flag_disagreements(small_registry(cases=[{"case_id": 1}], visits=[visit])).records
    assert [line["verdict"] for line in listed] == ([row["the two"]] if row["the two"] else [])
    assert all(line["computed"] == row["computed flag"] for line in listed)


# The page


def test_the_page_holds_every_example() -> None:
    page = rules.as_markdown()
    for section in (*COHORTS, REFUSED, COUNTED, SUMMARIES, FLAGS):
        assert f"# {section.title}\n" in page
        assert all(len(row) == len(rows(section.table)[0]) for row in rows(section.table))
    assert all(f"### {example.title}\n" in page for example in EXAMPLES)


def test_a_stale_page_is_told_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "rules.md"
    assert rules.main(["--check"], page) == 1
    assert "rules.md is stale" in capsys.readouterr().err
    assert rules.main([], page) == 0
    assert rules.main(["--check"], page) == 0
    page.write_text(page.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert rules.main(["--check"], page) == 1


def test_the_page_in_docs_is_fresh() -> None:
    assert rules.main(["--check"]) == 0
