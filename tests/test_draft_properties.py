"""Whatever the summary table says, written into a sentence, agrees; with one number changed it differs."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import plro_core as plro
from plro_core.drafts import Checked, check_draft
from plro_core.drafts.model import Sentence
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.tables.summary import NOT_RECORDED
from plro_core.text import number
from plro_core.vocabulary import FILE, words_of
from tests.small_registry import small_registry
from tests.tools.own_registry import DECLARED, own_rows

pytestmark = pytest.mark.usefixtures("read_here")

GROUPS = (None, "smoking", "breastfeeding")


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


def visit_words(month: int | None) -> str:
    return "" if month is None else " at baseline" if month == 0 else f" at month {month}"


def group_words(registry: Registry, row: dict[str, Any]) -> str:
    if row["by"] is None:
        return ""
    query = f"{row['by']}={row['group']}"
    return f"Among patients with {plro.cohort(registry, query).criteria[0].phrase}, "


def numeric(row: dict[str, Any], whom: str) -> Iterator[tuple[str, Decimal, int]]:
    """Sentences with one number replaced by “{}”, the number, and in how many units of its last decimal it is changed."""
    words, when = f"{row['label']}", visit_words(row["month"])
    mean, median = (number(row[part], 2) if row[part] is not None else None for part in ("mean", "median"))
    low, high = number(row["minimum"], 1), number(row["maximum"], 1)
    if row["sd"] is not None:
        yield f"{whom}mean {words}{when} was {{}} ± {number(row['sd'], 2)}.", Decimal(plain(mean)), 2
        yield f"{whom}{words} was {mean} ± {{}}{when} (mean ± SD).", Decimal(plain(number(row["sd"], 2))), 2
    if median is not None:
        quartiles = f"{number(row['q1'], 2)} to {number(row['q3'], 2)}"
        yield f"{whom}the median {words} was {{}} (IQR {quartiles}){when}.", Decimal(plain(median)), 2
        yield f"{whom}the median {words}{when} was {{}} (range {low} to {high}).", Decimal(plain(median)), 2
    if low != high:
        yield f"{whom}{words}{when} ranged from {low} to {{}}.", Decimal(plain(high)), 2


def plain(text: str | None) -> str:
    return (text or "0").replace("−", "-").replace("\u202f", "")


def counted(registry: Registry, row: dict[str, Any], whom: str) -> Iterator[tuple[str, Decimal, int]]:
    variable = registry.vocabulary.variable(row["variable"])
    level = variable.level_label(row["level"])
    if variable.kind == "boolean":
        what = ("" if row["level"] == "yes" else "no ") + variable.words
    else:
        what = level if variable.many else f"{variable.words} {level}"
    yield f"{whom}{{}} of {row['n']} patients had {what}.", Decimal(row["k"]), 1
    if row["n"]:
        share = number(100 * row["k"] / row["n"], 1)
        yield f"{whom}{{}} ({share}%) had {what}.", Decimal(row["k"]), 1
        yield f"{whom}{what} in {{}}/{row['n']} ({share}%).", Decimal(row["k"]), -1 if row["k"] else 1


def templates(registry: Registry, by: str | None) -> Iterator[tuple[str, Decimal, int]]:
    for row in plro.table_one(registry, by=by).table.tidy.records:
        if by and (row["by"] is None or row["group"] == NOT_RECORDED):
            continue
        whom = group_words(registry, row)
        if row["level"] is None:
            if row["n"] > 1:
                yield from numeric(row, whom)
        else:
            yield from counted(registry, row, whom)


def one(registry: Registry, sentence: str) -> Checked:
    found = check_draft(registry, [Sentence("line 1", sentence)]).checked
    assert len(found) == 1, (sentence, [each.statement.printed for each in found])
    return found[0]


@pytest.mark.parametrize("by", GROUPS)
def test_a_number_of_the_summary_agrees_and_a_changed_one_differs(registry: Registry, by: str | None) -> None:
    check_all(registry, by)


@pytest.mark.parametrize("by", [None, "mobility"])
def test_so_it_is_in_a_registry_without_documents_and_with_words_of_its_own(tmp_path: Path, by: str | None) -> None:
    (tmp_path / FILE).write_text(DECLARED, "utf-8")
    words = words_of(tmp_path)
    check_all(small_registry(words, **own_rows()), by)


def check_all(registry: Registry, by: str | None) -> None:
    seen = 0
    for sentence, told, units in templates(registry, by):
        changed = told + units * Decimal(1).scaleb(int(told.as_tuple().exponent))
        right, wrong = (one(registry, sentence.format(value)) for value in (told, changed))
        assert (right.found.status, right.reading.guesses) == ("agrees", ()), (sentence, told, right)
        rarely = "unknown" if "Recorded in" in wrong.found.explanation else "differs"
        assert wrong.found.status == rarely, (sentence, changed, wrong)
        seen += 1
    assert seen > 100
