"""What a new version would do, said before it is written: to saved views, to the headlines, to the summary table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from plro_core import preview as module
from plro_core.cohort import Cohort
from plro_core.preview import Preview, changes_table, effects_table, held_tables, preview, unsaved
from plro_core.problems import QueryProblem
from plro_core.schema import arrow_schema
from plro_core.store import SHIPPED, Registry, open_registry, publish
from plro_core.views import SavedView, save_view
from plro_core.vocabulary import STANDARD
from tests.oracle import ABOUT

Rows = list[dict[str, Any]]


def tables(cases: Rows, visits: Rows) -> dict[str, pa.Table]:
    given = {"cases": cases, "visits": visits}
    made = {}
    for table in STANDARD.tables:
        schema = arrow_schema(table.name, STANDARD)
        rows = [{name: row.get(name) for name in schema.names} for row in given.get(table.name, [])]
        made[table.name] = pa.Table.from_pylist(rows, schema=schema)
    return made


def smokers(*vas: int | None) -> dict[str, pa.Table]:
    """Patients who smoke, each with this VAS at month 3, and one patient who does not smoke."""
    numbers = range(1, len(vas) + 1)
    return tables(
        [*({"case_id": number, "smoking": True} for number in numbers), {"case_id": 99, "smoking": False}],
        [{"case_id": number, "month": 3, "vas": value} for number, value in zip(numbers, vas, strict=True)],
    )


def published(folder: Path, held: Mapping[str, pa.Table], *views: tuple[str, str, dict[str, str]]) -> Registry:
    publish(held, {**ABOUT, "version": "1", "synthetic": False}, folder, STANDARD)
    for name, query, options in views:
        save_view(folder, SavedView.now(name, "", "pain", Cohort.parse(query, STANDARD), options.items(), "1"))
    return open_registry(folder)


def seen(folder: Path, held: Mapping[str, pa.Table], new: Mapping[str, pa.Table], *views: Any) -> Preview:
    return preview(published(folder, held, *views), new, STANDARD)


SMOKERS = ("Smokers", "smoking=yes", {})


# Nothing, nobody, one patient


def test_the_first_version_of_nobody() -> None:
    found = preview(None, tables([], []), STANDARD)
    assert (found.sentence, bool(found.changes)) == ("Nothing changes.", False)
    assert (found.views, found.headlines, found.summary) == ((), (), ())


def test_the_first_patient() -> None:
    found = preview(None, tables([{"case_id": 1, "age": 31}], [{"case_id": 1, "month": 0, "vas": 9}]), STANDARD)
    assert found.sentence == "1 patient and 1 visit new, no cell changed, nothing removed."
    told = {effect.what: (effect.before, effect.after) for effect in found.headlines}
    assert told["Title"] == ("Nobody is in this view", "1 patient")
    assert told["Overview, Age"] == ("– (not recorded)", "31 (the one recorded value, years)")
    assert ("Age (years), n (missing)", "0 (0)", "1 (0)") in [
        (effect.what, effect.before, effect.after) for effect in found.summary
    ]


def test_the_same_again_changes_nothing() -> None:
    registry = open_registry(SHIPPED)
    found = preview(registry, held_tables(registry), STANDARD)
    assert found == Preview(found.changes, (), (), ())
    assert not found.changes
    assert found.sentence == "Nothing changes."


# Saved views


def test_a_view_says_how_many_and_which_median(tmp_path: Path) -> None:
    found = seen(tmp_path, smokers(1, 2, 2, 3), smokers(1, 2, 3, 3, 2), SMOKERS)
    assert [view.sentence for view in found.views] == [
        "Smokers: 4 → 5 patients; median VAS at month 3: 2 (n = 4) → 2 (n = 5)"
    ]
    assert found.sentence.endswith("nothing removed. 1 saved view shows something else.")


def test_below_three_values_there_is_no_median(tmp_path: Path) -> None:
    found = seen(tmp_path, smokers(1, 4), smokers(1, 4, 4), SMOKERS)
    assert [view.sentence for view in found.views] == ["Smokers: 2 → 3 patients; VAS at month 3: 1, 4 → 4 (n = 3)"]
    found = seen(tmp_path / "b", smokers(None, None, None), smokers(5, None, None), SMOKERS)
    assert [view.sentence for view in found.views] == ["Smokers: VAS at month 3: – → 5"]


def test_a_view_that_shows_the_same_is_not_told(tmp_path: Path) -> None:
    new = smokers(1, 2, 3)
    cases = new["cases"]
    ages = pa.array([None, None, None, 40], pa.int64())
    new["cases"] = cases.set_column(cases.column_names.index("age"), cases.schema.field("age"), ages)
    found = seen(tmp_path, smokers(1, 2, 3), new, SMOKERS)
    assert (found.views, found.changes.sentence) == ((), "Nothing new, 1 cell changed, nothing removed.")
    assert "saved view" not in found.sentence


def test_a_view_of_which_nobody_is_left(tmp_path: Path) -> None:
    found = seen(tmp_path, smokers(1, 2), smokers(), SMOKERS)
    assert found.views[0].broken == "nobody is left in it"
    assert found.views[0].sentence.endswith("; nobody is left in it")
    assert found.sentence.endswith("1 saved view shows something else, 1 of them nothing useful.")


def test_a_view_of_a_patient_who_is_gone(tmp_path: Path) -> None:
    found = seen(tmp_path, smokers(1, 2), smokers(1), ("Hers", "", {"patient": "2"}))
    assert found.views[0].broken == "it singles out patient 2, who is no longer there"


def test_a_view_that_cannot_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise QueryProblem("Too much.")

    monkeypatch.setattr(module, "size", refuse)
    with pytest.raises(QueryProblem):  # not a view's fault: the headlines cannot be made either
        module.size(None)
    found = seen(tmp_path, smokers(1), smokers(2), SMOKERS)
    assert [view.sentence for view in found.views] == ["Smokers: it cannot be shown: Too much."]


def test_a_file_that_is_no_view_is_told(tmp_path: Path) -> None:
    registry = published(tmp_path, smokers(1), SMOKERS)
    (tmp_path / "views" / "broken.json").write_text("{")
    (problem,) = preview(registry, smokers(2), STANDARD).problems
    assert problem.startswith("views/broken.json:")


# Headlines and tables


def test_only_lines_that_change_are_told(tmp_path: Path) -> None:
    found = seen(tmp_path, smokers(1, 2, 3), smokers(1, 2, 9))
    assert [effect.what for effect in found.headlines] == []
    assert [effect.sentence for effect in found.summary] == [
        "Pain (VAS), 0-10, Month 3, median (Q1–Q3): 2 (1.5–2.5) → 2 (1.5–5.5)",
        "Pain (VAS), 0-10, Month 3, mean (SD): 2.0 (1.0) → 4.0 (4.4)",
        "Pain (VAS), 0-10, Month 3, min–max: 1–3 → 1–9",
    ]


def test_the_tables(tmp_path: Path) -> None:
    found = seen(tmp_path, smokers(1, 2, 3), smokers(1, 2, 9), SMOKERS, ("Hers", "smoking=yes", {"patient": "3"}))
    table = changes_table(found.changes)
    assert table.rows == (("changed", "visits", "3/3", "vas", "3", "9"),)
    assert table.subtitle == "Nothing new, 1 cell changed, nothing removed."
    assert {row[0] for row in effects_table(found).rows} == {"Summary table"}
    many = preview(None, smokers(1, 2, 3), STANDARD).changes
    cut = changes_table(many, most=2)
    assert (len(cut.rows), cut.notes) == (2, ("15 further cells differ and are not listed.",))
    assert {row[5] for row in changes_table(many).rows if row[3] == "smoking"} == {"yes", "no"}


def test_a_table_of_broken_views(tmp_path: Path) -> None:
    rows = effects_table(seen(tmp_path, smokers(1), smokers(), SMOKERS)).rows
    assert ("Saved view “Smokers”", "Patients", "1", "0 patients") in rows
    assert ("Saved view “Smokers”", "Broken", "", "nobody is left in it") in rows


def test_unsaved_tables_are_asked_like_a_version(tmp_path: Path) -> None:
    registry = unsaved(smokers(1, 2), STANDARD, published(tmp_path, smokers(1)))
    assert registry.version == module.UNSAVED
    assert registry.rows("SELECT count(*) FROM visits") == [(2,)]
    registry.close()
