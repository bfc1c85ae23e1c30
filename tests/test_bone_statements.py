"""What is said of bone density and fractures, counted again row by row: groups, spines that cannot be read, many patients."""

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from plro_core import figures, headlines
from plro_core.cohort import Cohort
from plro_core.figures import Chart
from plro_core.figures.style import LIGHT, group_styles
from plro_core.schema import SCHEMA_VERSION, arrow_schema
from plro_core.statements import Middle, NumberEach
from plro_core.store import Manifest, Registry, open_registry
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.foreign_registries import twelve
from tests.oracle import ABOUT, Rows, patients_in, registry_of, synthetic_registry, synthetic_tables
from tests.statements_oracle import check
from tests.test_statements import SIZES, check_chart, rows_of_size
from tests.test_statements import registry_of as of_size

pytest_plugins = ["tests.core_fixtures"]

GROUP = STANDARD.variable("breastfeeding", "cases")
#: A registry with repeated scans, and with a Z-score whose values are those of the T-score.
WORDS = Vocabulary(
    parse(
        'use = ["densitometry"]\n[[variable]]\nname = "z_l2_l4"\nlabel = "L2-L4 Z-score"\ntable = "cases"\nkind = "number"\n'
        'group = "Bone density"\ndecimals = 1\nplausible = [-8, 6]\nmeasures = ["L2", "L3", "L4"]\n'
    )
)


@cache
def scanned(patients: int) -> Registry:
    """A registry in which most patients were scanned several times, some on two machines."""
    tables, random = synthetic_tables(patients, patients), np.random.default_rng(patients)
    cases = tables["cases"]
    schema = arrow_schema("cases", WORDS)
    values = {name: cases[name if name in cases.column_names else "t_l2_l4"] for name in schema.names}
    scans: dict[str, list[object]] = {name: [] for name in arrow_schema("densitometry", WORDS).names}
    for case_id in cases["case_id"].to_pylist():
        for day in sorted(random.choice(800, random.integers(0, 4), replace=False).tolist()):
            row = {"case_id": case_id, "day": day, "site": "l1_l4" if day % 3 else "radius", "machine": "AB"[day % 2]}
            row |= {"bmd": None if day % 7 == 0 else round(0.5 + day % 100 / 200, 3)}
            for name, column in scans.items():
                column.append(row.get(name))
    tables["cases"] = pa.table(values, schema=schema)
    tables["densitometry"] = pa.table(scans, schema=arrow_schema("densitometry", WORDS))
    manifest = Manifest(**ABOUT, version="test", parent=None, schema_version=SCHEMA_VERSION, files={})
    return Registry(Path(), manifest, WORDS, tables)


def rows_scanned(registry: Registry) -> Rows:
    return {table.name: registry.records(f'FROM "{table.name}"') for table in WORDS.tables}


def checked(rows: Rows, chart: Chart) -> Chart:
    """The chart, once its words are counted again."""
    check_chart(rows, chart)
    return chart


def test_groups_are_answered_for_under_the_name_of_their_variable(registry: Registry) -> None:
    for draw in (figures.t_score_strip, figures.t_score_distribution):
        chart = draw(registry, group=GROUP)
        assert chart.title == (
            "T-score L1–L4 by breastfeeding after diagnosis: stopped median −2.8 (n = 8); continued −3.7 and −3.5 (n = 2)"
        )
        assert "femoral neck, continued −3.3 and −2.2 (n = 2)" in chart.summary
    chart = figures.fracture_map(registry, group=GROUP)
    assert chart.title == (
        "A documented fracture by breastfeeding after diagnosis: stopped 2 of 8 patients; continued 2 of 2 patients"
    )


@pytest.mark.parametrize("name", ["t_score_strip", "t_score_distribution", "fracture_map"])
def test_with_groups_a_colour_is_a_group_even_of_the_highlighted_patient(registry: Registry, name: str) -> None:
    figure = getattr(figures, name)(registry, group=GROUP, highlight=8).figure.to_dict()
    hues = set()
    for trace in figure["data"]:
        if "color" not in trace.get("marker", {}) or trace["name"] == "Fractured where measured":
            continue
        colours = np.broadcast_to(trace["marker"]["color"], len(trace["x"]))
        hues |= {str(hue) for data, hue in zip(trace.get("customdata", ()), colours, strict=False) if data[0] == 8}
    assert hues == {group_styles(GROUP, LIGHT)["continued"].colour}


def test_of_patients_chosen_by_a_score_or_by_a_fracture_nothing_is_stated(registry: Registry) -> None:
    low, broken = (Cohort.parse(query, STANDARD) for query in ("t_l1_l4=-8--3", "level=T12"))
    asked = "How low is bone density, and at which site? Only patients with L1-L4 T-score −8 to −3"
    assert figures.t_score_strip(registry, low).title == asked
    assert figures.t_score_distribution(registry, low).title == asked
    assert figures.fracture_map(registry, broken).title.startswith("Which vertebrae are fractured, and in whom? Only")
    assert [headline.value for headline in headlines.bone(registry, low)] == ["–"]


def test_a_choice_of_visits_leaves_bone_density_as_it_is(registry: Registry) -> None:
    chosen = figures.t_score_strip(registry, Cohort.parse("vas=4-10", STANDARD))
    assert (chosen.title, chosen.notes) == (
        figures.t_score_strip(registry).title,
        figures.t_score_strip(registry).notes,
    )


def test_a_score_is_doubtful_only_where_a_vertebra_that_it_measures_is_fractured() -> None:
    tables = synthetic_tables(5, 1)
    schema = arrow_schema("fractures", STANDARD)
    row = {name: [None] for name in schema.names} | {"case_id": [1], "level": ["L1"]}
    scores = {name: [-3.0] for name in ("t_l1_l4", "t_l2_l4", "t_femoral_neck")}
    cases = {name: scores.get(name, tables["cases"][name]) for name in tables["cases"].column_names}
    tables |= {
        "fractures": pa.table(row, schema=schema),
        "cases": pa.table(cases, schema=arrow_schema("cases", STANDARD)),
    }
    registry = registry_of(tables)
    chart = figures.t_score_strip(registry, leave_out_lumbar_fracture=True)
    assert [row["t_score"] for row in chart.data] == [None, -3.0, -3.0]
    assert "A fracture among L1 to L4 is documented in 1 of 1 patient: patient 1 (L1)." in " ".join(chart.notes)


@pytest.mark.parametrize("leave_out", [False, True])
def test_who_has_a_fractured_lumbar_spine_is_counted_from_everybody(leave_out: bool) -> None:
    """The rows that are drawn are those of 200 of the 1,000."""
    rows = rows_of_size(1000)
    measured = {"L1", "L2", "L3", "L4"}
    broken = {row["case_id"] for row in rows["fractures"] if row["level"] in measured}
    for draw, group in ((figures.t_score_strip, None), (figures.t_score_distribution, GROUP)):
        chart = checked(rows, draw(of_size(1000), group=group, leave_out_lumbar_fracture=leave_out))
        told = next(note for note in chart.notes if note.startswith("A fracture among L1 to L4"))
        assert f"documented in {len(broken)} of 1000 patients. " in told
        assert ("left out" in told) == leave_out


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("query", ["", "vas=4-10", "smoking=yes", "t_l1_l4=-2-6"])
def test_headlines_are_counted_from_everybody(size: int, query: str) -> None:
    found = headlines.bone(of_size(size), Cohort.parse(query, STANDARD))
    for headline in found:
        for amount in headline.amounts:
            check(rows_of_size(size), amount)
            if isinstance(amount, Middle) and amount.n:
                assert headline.value == amount.bare
                assert ("median" in headline.detail) == (amount.n > 2)
    assert bool(found[0].amounts) == (not query.startswith("t_"))


def test_the_lines_of_a_z_score_are_its_own() -> None:
    registry = scanned(1000)
    chart = checked(rows_scanned(registry), figures.z_score_strip(registry, leave_out_lumbar_fracture=True))
    assert chart.title.startswith("Z-score at or below −2.0: unfractured L2-L4 in ")
    grouped = checked(rows_scanned(registry), figures.z_score_strip(registry, group=GROUP))
    assert grouped.title.startswith("Median Z-score L2-L4: stopped ")  # of those who are recorded, the lowest first


@pytest.mark.parametrize("size", [1, 2, 3, 60, 1000])
@pytest.mark.parametrize("query", ["", "smoking=yes"])
def test_density_over_time_is_counted_from_everybody(size: int, query: str) -> None:
    registry, cohort = scanned(size), Cohort.parse(query, WORDS)
    chart = checked(rows_scanned(registry), figures.bone_density_over_time(registry, cohort))
    held = {row["case_id"] for row in rows_scanned(registry)["densitometry"] if row["bmd"] is not None}
    held &= set(patients_in(rows_scanned(registry), cohort))
    assert (f"of {len(held)} patient" in chart.summary) if held else chart.nothing


def test_density_of_two_machines_is_never_held_against_each_other(tmp_path: Path) -> None:
    registry = open_registry(twelve(tmp_path / "clinic"))
    chart = figures.bone_density_over_time(registry)
    assert chart.title == "L1-L4 density is higher at the last scan than at the first in 12 of 12"
    assert "total hip higher in 12 of 12 (0.710 to 0.760, " in chart.summary
    assert any("returns after weaning without a drug" in note for note in chart.notes)
    registry.close()


def test_this_series_beside_others_is_counted_from_all_of_its_patients() -> None:
    """A registry of 10,000 patients, of whom a sample is drawn."""
    registry = synthetic_registry(7, 10_000)
    strict = {
        row["case_id"]: row for row in registry.records("FROM cases WHERE case_definition = 'vertebral_fracture'")
    }
    spine = [row["case_id"] for row in registry.records("FROM fractures WHERE level != 'talus'")]
    number = Counter(case_id for case_id in spine if case_id in strict)
    anywhere = Counter(row["case_id"] for row in registry.records("FROM fractures") if row["case_id"] in strict)
    chart = figures.published_cohorts(registry)
    assert f"This series: {len(strict)} of 10\u202f000 patients, " in " ".join(chart.notes)
    own = [
        [row[name] for row in strict.values() if row[name] is not None] for name in ("age", "t_l1_l4", "t_femoral_neck")
    ]
    middles = [amount for amount in chart.amounts if isinstance(amount, Middle)]
    assert [(middle.n, middle.median) for middle in middles] == [
        (len(values), pytest.approx(np.median(values)))
        for values in (own[0], list(number.values()), list(anywhere.values()), *own[1:])
    ]
    assert isinstance(middles[1], NumberEach)
    assert all(f"this series {middle.words}" in chart.summary for middle in middles)


def test_how_many_levels_each_has_is_counted_from_everybody() -> None:
    for amount in figures.published_cohorts(of_size(60)).amounts:
        check(rows_of_size(60), amount)
