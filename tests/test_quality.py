"""How good the records are: counts that can be checked by hand in the paper's tables, and registries made to go wrong."""

import csv
import shutil
from typing import Any

import pytest

from plro_core.cohort import Cohort
from plro_core.quality import (
    WINDOWS,
    completeness,
    completeness_map,
    duplicates,
    flag_disagreement,
    follow_up,
    follow_up_by_patient,
    report,
    rule_counts,
    rule_hits,
    rule_tables,
    trend,
    trend_lines,
)
from plro_core.quality.follow_up import window
from plro_core.quality.report import Report
from plro_core.series.transcription import SOURCE
from plro_core.store import SHIPPED, Registry
from plro_core.tables import Table
from plro_core.vocabulary import STANDARD
from tests.core_fixtures import EditRegistry
from tests.small_registry import small_registry
from tests.test_own_variables import DECLARED, WRITE, run

pytest_plugins = ["tests.core_fixtures"]

NOBODY = small_registry()
ONE = small_registry(cases=[{"case_id": 1, "age": 30}], visits=[{"case_id": 1, "month": 0, "vas": 8}])


def row(table: Table, **where: Any) -> dict[str, Any]:
    found = [row for row in table.records if all(row[name] == value for name, value in where.items())]
    assert len(found) == 1, (where, found)
    return found[0]


# Completeness


def test_pth_is_missing_where_table_ii_prints_not_available(registry: Registry) -> None:
    with (SOURCE / "table2.csv").open(encoding="utf-8", newline="") as file:
        printed = [line["pth"] for line in csv.DictReader(file)]
    assert printed.count("N/A") == 16
    by_visit = [
        row(completeness(registry), variable="pth", visit=visit)
        for visit in ("Baseline", "Month 1", "Month 3", "Month 6")
    ]
    assert [found["recorded"] for found in by_visit] == [5, 6, 7, 6]
    assert sum(found["missing"] for found in by_visit) == 16
    assert {(found["of"], found["patients"]) for found in by_visit} == {(10, 10)}
    assert row(completeness(registry, None), variable="pth")["missing"] == 16


def test_pain_is_complete_and_weight_gain_is_printed_for_one_patient(registry: Registry) -> None:
    found = completeness(registry)
    assert all(line["missing"] == 0 for line in found.records if line["variable"] == "vas")
    assert row(found, variable="weight_gain_kg")["recorded"] == 1
    assert row(found, variable="brace")["recorded"] == 8
    assert found.title == "313 of 380 cells are recorded"
    assert found.subtitle == "10 of 10 patients · 40 of 40 visits"


def test_every_variable_but_keys_and_arrows_is_counted(registry: Registry) -> None:
    wanted = {
        entry.name
        for table in ("cases", "visits")
        for entry in STANDARD.columns(table)
        if entry.name not in ("case_id", "month") and not entry.name.endswith("_flag")
    }
    assert set(completeness(registry).values("variable")) == wanted


def test_a_cohort_is_counted_alone(registry: Registry) -> None:
    smokers = completeness(registry, "visit", Cohort.parse("smoking=yes", STANDARD))
    assert row(smokers, variable="age")["of"] == 4
    late = completeness(registry, "visit", Cohort.parse("month=6", STANDARD))
    assert row(late, variable="vas", visit="Month 6")["of"] == 10
    assert row(late, variable="vas", visit="Month 1")["of"] == 0


def test_a_visit_that_was_not_held_is_not_a_missing_value() -> None:
    found = completeness(ONE)
    assert (
        row(found, variable="vas", visit="Month 3")["of"],
        row(found, variable="vas", visit="Month 3")["patients"],
    ) == (0, 1)
    assert row(found, variable="calcium", visit="Baseline")["missing"] == 1


def test_a_visit_at_another_month_is_counted_too() -> None:
    odd = small_registry(cases=[{"case_id": 1}], visits=[{"case_id": 1, "month": 2, "vas": 1}])
    assert row(completeness(odd), variable="vas", visit="Month 2")["recorded"] == 1


def test_without_centres_there_is_one_sentence(registry: Registry) -> None:
    found = completeness(registry, "centre")
    assert found.rows == ()
    assert found.title == "Completeness by centre: centre is not recorded in this registry"


def test_the_map_says_n_in_every_square_and_of_how_many_above(registry: Registry) -> None:
    chart = completeness_map(registry)
    assert len(chart.figure.data[0].text) == len(chart.table.rows)
    assert chart.figure.data[0].text[-4:] == ("5", "6", "7", "6")
    assert chart.figure.layout.xaxis.ticktext == ("once<br>10", "0<br>10", "1<br>10", "3<br>10", "6<br>10")
    assert "Parathyroid hormone, Baseline: 5 of 10" in chart.figure.data[0].hovertext
    assert "Parathyroid hormone (Baseline): 5 of 10" in chart.summary
    assert completeness_map(ONE).figure.data
    assert "No patient fits." in completeness_map(NOBODY).summary


# Follow-up


def test_all_planned_visits_of_the_paper_were_held_on_days_that_it_does_not_say(registry: Registry) -> None:
    found = follow_up(registry)
    assert found.title == "40 of 40 planned visits were held"
    assert found.values("held") == [10, 10, 10, 10]
    assert found.values("late") == [None] * 4
    assert "not recorded in this registry" in found.notes[1]
    assert follow_up_by_patient(registry).rows[0] == (1, "held", "held", "held", "held", 4)


def test_visits_not_held_are_told_by_patient() -> None:
    assert follow_up(ONE).values("not_held") == [0, 1, 1, 1]
    assert follow_up_by_patient(ONE).rows == ((1, "held", "not held", "not held", "not held", 1),)
    assert follow_up(NOBODY).title == "No visit is planned: nobody is in view"
    assert follow_up_by_patient(NOBODY).rows == ()


def test_of_many_patients_those_with_the_fewest_visits_are_listed() -> None:
    many = small_registry(cases=[{"case_id": n} for n in (1, 2, 3)], visits=[{"case_id": 1, "month": 0}])
    found = follow_up_by_patient(many, limit=2)
    assert found.values("case_id") == [2, 3]
    assert "2 of 3 patients" in found.notes[-1]
    assert follow_up_by_patient(many, Cohort.parse("age=!", STANDARD), limit=9).values("case_id") == []


def test_windows_grow_with_the_distance_and_hold_for_months_between() -> None:
    assert [window(month) for month in (0, 1, 2, 3, 5, 6, 12, 60)] == [7, 7, 7, 14, 14, 30, 30, 30]
    assert set(STANDARD.months) >= set(WINDOWS)


GROWN = """
import json
from plro_core import store
from plro_core.quality import completeness, follow_up, follow_up_by_patient
registry = store.open_registry()
print(json.dumps({
    "centres": completeness(registry, "centre").records,
    "visits": follow_up(registry).records, "notes": follow_up(registry).notes,
    "patients": follow_up_by_patient(registry).rows,
}))
"""

DAYS = """
for visit, day in zip(rows["visits"], (0, 20, 92, 214)):
    visit["day"] = day
"""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The published registry with centres, a visit at month 12, and days for the first patient's visits."""
    folder = tmp_path_factory.mktemp("quality") / "registry"
    shutil.copytree(SHIPPED, folder)
    (folder / "variables.toml").write_text(DECLARED, encoding="utf-8")
    run(WRITE.replace("tables = {name", f"{DAYS}\ntables = {{name", 1), folder)
    found: dict[str, Any] = run(GROWN, folder)
    return found


def test_centres_are_counted_one_by_one(grown: dict[str, Any]) -> None:
    pth = {
        line["centre"]: (line["recorded"], line["of"], line["patients"])
        for line in grown["centres"]
        if line["variable"] == "pth"
    }
    assert pth == {"Istanbul": (14, 25, 6), "Ankara": (10, 16, 4)}
    ages = [line for line in grown["centres"] if line["variable"] == "age"]
    assert [(line["centre"], line["recorded"]) for line in ages] == [("Istanbul", 6), ("Ankara", 4)]


def test_days_tell_early_from_late(grown: dict[str, Any]) -> None:
    told = {
        line["month"]: (line["held"], line["in_window"], line["early"], line["late"], line["no_day"])
        for line in grown["visits"]
    }
    assert told == {
        0: (10, 1, 0, 0, 9),
        1: (10, 0, 1, 0, 9),
        3: (10, 1, 0, 0, 9),
        6: (10, 0, 0, 1, 9),
        12: (1, 1, 0, 0, 0),
    }
    assert "our own choice" in grown["notes"][1]
    first, second = grown["patients"][:2]
    assert first == [
        1,
        "in time (day 0)",
        "early (day 20)",
        "in time (day 92)",
        "late (day 214)",
        "in time (day 371)",
        5,
    ]
    assert second == [2, *["held, day not recorded"] * 4, "not held", 4]


# Rules and flags


def test_the_rules_of_intake_ask_about_what_a_reader_of_the_paper_would(registry: Registry) -> None:
    hits = [(line["rule"], line["row"], line["column"]) for line in rule_hits(registry).records]
    assert ("reference", "3/0", "calcium") in hits  # 11.4 mg/dL, printed with an arrow
    assert ("flag", "10/0", "vitamin_d_flag") in hits  # an arrow down at 20.6 ng/mL
    assert ("unit_doubt", "8/0", "pth") in hits  # 6.2 would be usual in pmol/L
    assert {case for rule, case, _ in hits if rule == "fractured_lumbar"} <= {"4", "8", "10"}
    counted = rule_counts(registry)
    assert sum(counted.values("hits")) == len(hits)
    assert row(counted, rule="stop_before_start")["hits"] == 0
    assert "not a fault" in counted.notes[0]


def test_rules_stop_when_they_are_told_to(registry: Registry) -> None:
    counted, hits = rule_tables(registry, lambda share, words: False)
    assert hits.rows == ()
    assert "Stopped before all rules were asked." in counted.notes


def test_the_list_of_hits_is_cut_and_says_so(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plro_core.quality.rules.MOST_LISTED", 3)
    found = rule_hits(registry)
    total = sum(rule_counts(registry).values("hits"))
    assert len(found.rows) == 3
    assert f"The first 3 of {total} are listed." in found.notes
    assert str(total) in found.title


def test_printed_and_computed_flags_disagree_in_five_cells_of_the_paper(registry: Registry) -> None:
    found = flag_disagreement(registry)
    apart = [
        (line["case_id"], line["month"], line["printed"], line["computed"])
        for line in found.records
        if line["verdict"] == "disagree"
    ]
    assert apart == [
        (1, 3, "none", "low"),
        (4, 1, "none", "low"),
        (6, 1, "none", "low"),
        (8, 0, "low", "none"),
        (10, 0, "low", "none"),
    ]
    assert not any("sample" in note for note in found.notes)


# Duplicates


def test_no_patient_of_the_paper_looks_like_another(registry: Registry) -> None:
    assert duplicates(registry).title == "Nothing looks recorded twice"


def alike(**columns: Any) -> dict[str, Any]:
    return {
        "age": 30,
        "weeks_postpartum": 4,
        "t_l1_l4": -2.9,
        "t_l2_l4": -3.0,
        "t_femoral_neck": -2.2,
    } | columns


def twins(
    first: dict[str, Any], second: dict[str, Any], vas: tuple[int | None, int | None] = (8, 8)
) -> list[tuple[Any, ...]]:
    found = small_registry(
        cases=[{"case_id": 1, **first}, {"case_id": 2, **second}],
        visits=[{"case_id": n, "month": 0, "vas": pain} for n, pain in enumerate(vas, 1)],
    )
    return [line[2:5] for line in duplicates(found).rows]


def test_patients_who_agree_in_all_that_is_recorded_are_listed() -> None:
    assert twins(alike(), alike()) == [("1", "2", 6)]
    assert twins(alike(), alike(age=None)) == [("1", "2", 5)]
    assert twins(alike(t_l1_l4=None), alike()) == [("1", "2", 5)]
    assert twins(alike(), alike(), (8, None)) == [("1", "2", 5)]


def test_patients_who_differ_anywhere_or_say_too_little_are_not() -> None:
    assert twins(alike(), alike(age=31)) == []
    assert twins(alike(), alike(t_femoral_neck=-2.3)) == []
    assert twins(alike(), alike(), (8, 7)) == []
    assert twins(alike(age=None), alike(t_l1_l4=None)) == []


def test_patients_are_compared_without_the_slow_way_round() -> None:
    """Comparing every pair by hand finds the same pairs."""
    names = ["age", "weeks_postpartum", "t_l1_l4", "t_l2_l4", "t_femoral_neck"]
    choices = [(30, 31, None), (4, None), (-2.9, None), (-3.0, None), (-2.2, -2.3)]
    cases = [
        {
            "case_id": number + 1,
            **{
                name: among[(number // 3**at) % len(among)]
                for at, (name, among) in enumerate(zip(names, choices, strict=True))
            },
        }
        for number in range(60)
    ]
    found = small_registry(cases=cases, visits=[{"case_id": case["case_id"], "month": 0, "vas": 5} for case in cases])
    slow = set()
    for first in cases:
        for second in cases:
            pairs = [(first[name], second[name]) for name in names if None not in (first[name], second[name])]
            if first["case_id"] < second["case_id"] and len(pairs) >= 4 and all(a == b for a, b in pairs):
                slow.add((str(first["case_id"]), str(second["case_id"])))
    assert {line[2:4] for line in duplicates(found).rows if line[0] == "two patients"} == slow
    assert slow


def test_visits_of_a_patient_that_agree_in_everything_measured_are_listed() -> None:
    same = {"vas": 3, "calcium": 9.1, "alp": 60.0}
    found = small_registry(
        cases=[{"case_id": 1}, {"case_id": 2}],
        visits=[
            {"case_id": 1, "month": 1, **same},
            {"case_id": 1, "month": 3, **same},
            {"case_id": 1, "month": 6, **same, "pth": 40.0},
            {"case_id": 2, "month": 1, **same},
            {"case_id": 2, "month": 3, "vas": 3},
            {"case_id": 2, "month": 6, "vas": 3},
        ],
    )
    assert [line[:5] for line in duplicates(found).rows] == [("two visits of a patient", "visits", "1/1", "1/3", 3)]


def test_a_fact_given_twice_in_other_capitals_is_listed() -> None:
    found = small_registry(
        cases=[{"case_id": 1}],
        treatments=[
            {"case_id": 1, "kind": "supplement", "agent": "Calcium  carbonate"},
            {"case_id": 1, "kind": "supplement", "agent": "calcium carbonate "},
            {"case_id": 1, "kind": "analgesic", "agent": "calcium carbonate"},
        ],
    )
    assert [(line[0], line[1]) for line in duplicates(found).rows] == [("a fact given twice", "treatments")]


# Trend and report


def test_the_trend_counts_each_version_and_tells_of_a_broken_one(
    edited_registry: EditRegistry, registry: Registry
) -> None:
    folder = edited_registry("CURRENT", b"2022-2\n")
    shutil.copytree(folder / "versions" / "2022-2", folder / "versions" / "broken")
    found = trend(folder, ["2022-2", "broken", "none"])
    assert found.records[0] == {
        "version": "2022-2",
        "time": "2026-11-26T00:00:00Z",
        "patients": 10,
        "visits": 40,
        "recorded": 313,
        "cells": 380,
        "complete": pytest.approx(100 * 313 / 380),
        "rule_hits": len(rule_hits(registry).rows),
        "problem": None,
    }
    assert "expected broken" in found.records[1]["problem"]
    assert found.records[2]["patients"] is None


def test_the_trend_stops_between_versions() -> None:
    asked: list[float] = []

    def once(share: float, words: str) -> bool:
        asked.append(share)
        return len(asked) < 2

    found = trend(SHIPPED, ["2022-2", "2022-2"], once)
    assert len(found.rows) == 1
    assert "Stopped after 1 of 2 versions." in found.notes
    assert asked == [0.0, 0.5]


def test_the_lines_stand_at_their_true_times(registry: Registry) -> None:
    first = trend(SHIPPED, ["2022-2"])
    times = ("2026-03-01", "2026-01-01T12:00:00Z", "some day")
    rows = tuple((f"<b>{number}", time, *first.rows[0][2:]) for number, time in enumerate(times))
    chart = trend_lines(registry, Table(first.name, first.title, first.columns, rows))
    line = chart.figure.data[0]
    assert list(line.x) == ["2026-01-01T12:00:00", "2026-03-01T00:00:00"]
    assert "&lt;b&gt;1" in line.hovertext[0]
    assert {axis.type for axis in chart.figure.select_xaxes()} == {"date"}
    assert trend_lines(registry, first).figure.data
    assert "No patient fits." in trend_lines(registry, trend(SHIPPED, [])).summary


def test_the_report_tells_how_far_it_is_and_can_be_stopped(registry: Registry) -> None:
    shares: list[float] = []

    def listen(share: float, words: str) -> bool:
        shares.append(share)
        return True

    done = report(registry, listen, versions=["2022-2"])
    names = ["completeness", "follow-up", "rules", "flags", "duplicates", "trend"]
    assert [part.name for part in done.parts] == names
    assert not done.stopped
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    stopped = report(registry, lambda share, words: words not in ("flags", "version 2022-2"), versions=["2022-2"])
    assert [part.name for part in stopped.parts] == names[:3]
    assert stopped.stopped
    late = report(registry, lambda share, words: words != "version 2022-2", versions=["2022-2"])
    assert late.stopped
    assert isinstance(late, Report)


@pytest.mark.parametrize("few", [NOBODY, ONE], ids=["nobody", "one patient"])
def test_small_registries_are_reported_not_raised(few: Registry) -> None:
    done = report(few)
    assert [part.name for part in done.parts] == ["completeness", "follow-up", "rules", "flags", "duplicates"]
    assert all(table.title for part in done.parts for table in part.tables)
