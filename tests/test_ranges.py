"""Reference ranges and thresholds: each with its source, one default, and a count of flags that says on what it depends."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import plro_core as plro
from plro_core import figures, headlines, pain_control, quality
from plro_core.__main__ import main
from plro_core.bundle import bundle
from plro_core.cohort import EVERYONE, Cohort
from plro_core.export import export_table
from plro_core.figures.scores import WHO_LINES
from plro_core.patterns import patterns_table
from plro_core.problems import RegistryProblem
from plro_core.series.claims import check_claims, read_claims
from plro_core.series.transcription import SOURCE
from plro_core.store import Registry
from plro_core.tables import table_one
from plro_core.tables.ranges import dependence, flag_notes, range_counts, ranges_table, thresholds_table
from plro_core.vocabulary import STANDARD, Reference, Variable, Vocabulary, parse
from plro_core.vocabulary.ranges import published
from plro_core.vocabulary.ready_made import COLUMNS
from plro_core.vocabulary.thresholds import LINES, THRESHOLDS
from tests.small_registry import small_registry

pytest_plugins = ["tests.core_fixtures"]

CALCIUM = STANDARD.variable("calcium")
KNOWN = [(analyte, known) for analyte, ranges in published().items() for known in ranges]
EVERY = "use = ['serum_magnesium', 'phosphate', 'potassium', 'albumin']\n"


def outside(registry: Registry, name: str, cohort: Cohort = EVERYONE) -> list[tuple[int, int]]:
    """k and n outside each range of an analyte, the one in use first."""
    lab = registry.vocabulary.variable(name)
    return [(entry.outside, entry.n) for entry in range_counts(registry, cohort, [lab])]


def own(text: str) -> Vocabulary:
    return Vocabulary(parse(text))


def in_words(registry: Registry, words: str) -> Registry:
    """The same patients in the words of a registry that declares ``words``."""
    tables = {table.name: registry.arrow(f'FROM "{table.name}"') for table in STANDARD.tables}
    return Registry(Path(), registry.manifest, own(words), tables)


# The table


@pytest.mark.parametrize(("analyte", "known"), KNOWN, ids=lambda told: told if isinstance(told, str) else told.name)
def test_every_range_says_whose_it_is(analyte: str, known: Reference) -> None:
    lab = own(EVERY).variable(analyte)
    assert known.unit == lab.unit
    assert known.low in lab.plausible
    assert known.high in lab.plausible
    assert known.source.startswith("http")
    assert known.short
    assert known.laboratory or known.version
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", known.read)
    assert known.status == "seen in a published source"
    for part in (
        known.words,
        known.laboratory,
        known.version,
        known.source.split("//")[1].removeprefix("www."),
        known.date or "date unknown",
        "2026-11-26",
    ):
        assert part in f"{known.words} ({known.cited})"


def test_each_analyte_has_one_default_and_names_its_ranges_once() -> None:
    for analyte, ranges in published().items():
        assert len({known.name for known in ranges}) == len(ranges)
        lab = own(EVERY).variable(analyte)
        assert lab.reference == ranges[0]
        assert lab.ranges == ranges


def test_the_defaults() -> None:
    found = {lab.name: lab.reference and lab.reference.words for lab in own(EVERY).labs}
    assert found == {
        "calcium": "8.4–10.2 mg/dL",
        "magnesium": None,
        "vitamin_d": "20–80 ng/mL",
        "alp": "35–104 U/L",
        "pth": "15–65 pg/mL",
        "serum_magnesium": "1.7–2.4 mg/dL",
        "phosphate": "2.5–4.5 mg/dL",
        "potassium": "3.6–5.2 mmol/L",
        "albumin": "3.5–5.0 g/dL",
    }


def test_nothing_is_general_knowledge_any_more() -> None:
    everything = (*own(EVERY).variables, *COLUMNS.values())
    assert not [entry.name for entry in everything if "general knowledge" in str(entry)]


# How the count depends on the range


def test_calcium_has_6_8_or_12_of_35_outside(registry: Registry) -> None:
    assert outside(registry, "calcium") == [(6, 35), (8, 35), (12, 35)]
    assert "calcium 6 of 35 by 8.4–10.2 mg/dL (ARUP, in use), 8 by 8.6–10.0 (ARUP, another copy) and 12 by 8.8–10.4 (PMC7276095)" in (
        flag_notes(registry)[0]
    )  # fmt: skip


def test_the_uncertain_analyte_is_counted_by_no_range(registry: Registry) -> None:
    assert outside(registry, "magnesium") == []
    table = ranges_table(registry).tidy
    assert "Mg" not in str(table.rows)
    assert any("No range" in note and '"Mg"' in note for note in table.notes)


def test_a_count_is_of_the_cohort_and_its_visits(registry: Registry) -> None:
    assert outside(registry, "calcium", Cohort.parse("smoking=yes", STANDARD))[0] == (3, 13)
    assert outside(registry, "calcium", Cohort.parse("month=0", STANDARD)) == [(3, 10), (4, 10), (3, 10)]
    assert outside(registry, "calcium", Cohort.parse("age=50", STANDARD)) == [(0, 0)] * 3


def test_nobody_is_said_nothing(registry: Registry) -> None:
    nobody = Cohort.parse("age=50", STANDARD)
    assert dependence(registry, nobody, STANDARD.labs) == ()
    assert {row["n"] for row in ranges_table(registry, nobody).tidy.records} == {0}
    assert not small_registry().rows("FROM cases")
    assert {row["n"] for row in ranges_table(small_registry()).tidy.records} == {0}


def test_one_patient() -> None:
    one = small_registry(cases=[{"case_id": 1}], visits=[{"case_id": 1, "month": 0, "calcium": 8.7}])
    assert outside(one, "calcium") == [(0, 1), (0, 1), (1, 1)]


def test_a_thousand_patients_are_all_counted() -> None:
    values = [8.3, 8.5, 8.7, 10.1, 10.3] * 200
    many = small_registry(
        cases=[{"case_id": number} for number in range(1, 1001)],
        visits=[{"case_id": number, "month": 0, "calcium": value} for number, value in enumerate(values, 1)],
    )
    assert outside(many, "calcium") == [(400, 1000), (800, 1000), (600, 1000)]
    assert "calcium 400 of 1000 by" in flag_notes(many)[0]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.none(), st.integers(60, 130).map(lambda tenths: tenths / 10)), max_size=40))
def test_counts_agree_with_a_plain_loop(values: list[float | None]) -> None:
    made = small_registry(
        cases=[{"case_id": number} for number in range(1, len(values) + 1)],
        visits=[{"case_id": number, "month": 0, "calcium": value} for number, value in enumerate(values, 1)],
    )
    recorded = [value for value in values if value is not None]
    expected = [
        (sum(not low <= value <= high for value in recorded), len(recorded))
        for low, high in ((8.4, 10.2), (8.6, 10.0), (8.8, 10.4))
    ]
    assert outside(made, "calcium") == expected


def test_the_flag_of_a_variable_is_that_of_its_range_in_use() -> None:
    assert [CALCIUM.flag(value) for value in (8.3, 8.4, 10.2, 10.3, None)] == ["L", None, None, "H", None]
    assert STANDARD.variable("magnesium").flag(5.3) is None


# Wherever flags are counted or drawn


def _readme(registry: Registry) -> str:
    with zipfile.ZipFile(io.BytesIO(bundle(registry))) as archive:
        return archive.read("README.md").decode()


def shown(registry: Registry) -> dict[str, str]:
    """Everything that counts or draws computed flags, as what is said beside it."""
    alp = registry.vocabulary.variable("alp")
    patient = registry.rows("SELECT min(case_id) FROM cases")[0][0]
    hits = quality.rule_tables(registry)
    said: dict[str, Iterable[str]] = {
        "labs": figures.lab_trajectories(registry).notes,
        "timeline": figures.patient_timeline(registry, case_id=patient).notes,
        "flags": figures.flag_disagreements(registry).notes,
        "ranges": ranges_table(registry).tidy.notes,
        "positions": patterns_table(registry, alp, "positions").layout.notes,
        "range_steps": patterns_table(registry, alp, "range_steps").tidy.notes,
        "rule counts": hits[0].notes,
        "rule hits": hits[1].notes,
        "bundle": _readme(registry).splitlines(),
    }
    return {name: "\n".join(notes) for name, notes in said.items()}


@pytest.fixture(scope="module")
def said(registry: Registry) -> dict[str, str]:
    return shown(registry)


def test_the_placental_caveat_is_said_wherever_flags_are(said: dict[str, str]) -> None:
    for name, notes in said.items():
        assert "Placental alkaline phosphatase lasts for weeks after delivery" in notes, name
        assert "38–229" in notes, name
        weeks = "24" if name == "timeline" else "2 to 24"
        assert f"Diagnosis, at baseline, was {weeks} weeks after delivery" in notes, name


def test_what_counts_flags_says_on_what_the_count_depends(said: dict[str, str]) -> None:
    for name in set(said) - {"timeline", "ranges"}:
        assert "How many values lie outside depends on the range" in said[name], name
        assert "2 of 29 by 35–104 U/L" in said[name], name


def test_what_shows_a_range_says_whose_it_is(registry: Registry, said: dict[str, str]) -> None:
    texts = {name: notes for name, notes in said.items() if name != "ranges"}
    texts["table one"] = "\n".join(table_one(registry).layout.notes)
    for name, text in texts.items():
        plain = text.replace("\\", "")
        assert (
            "Mayo Clinic Laboratories, test ALP, for females from 17 years, date unknown, read 2026-11-26" in plain
        ), name


def test_the_note_leaves_with_every_format(registry: Registry) -> None:
    table = figures.flag_disagreements(registry)
    for form in ("md", "html"):
        assert "depends on the range" in export_table(table, form).decode()
    notes = json.loads(table.to_arrow().schema.metadata[b"notes"])
    assert any("depends on the range" in note for note in notes)


def test_a_claim_that_counts_flags_says_what_other_ranges_give(registry: Registry) -> None:
    claim = next(claim for claim in check_claims(registry) if claim.id == "calcium-normal")
    assert claim.recomputed == "6 of 35 outside 8.4–10.2 mg/dL, ARUP"
    assert "8 by 8.6–10.0 mg/dL" in claim.explanation
    assert "12 by 8.8–10.4 mg/dL" in claim.explanation


def test_vitamin_d_has_its_line(registry: Registry) -> None:
    drawn = figures.lab_trajectories(registry)
    lines = [shape for shape in json.loads(drawn.figure.to_json())["layout"]["shapes"] if shape["type"] == "line"]
    assert [(line["y0"], line["yref"]) for line in lines] == [(30, "y3")]
    assert any(note.startswith("Dotted line: 25(OH) vitamin D at least 30 ng/mL") for note in drawn.notes)


# A registry's own range

STATED = """
[range.calcium]
low = 8.0
high = 10.0
laboratory = "Hospital X"
version = "list 7"
date = "2024-05"
population = "women"
source = "https://x.example/ca"
"""


def test_a_registry_states_its_own_range_and_everything_follows(registry: Registry) -> None:
    theirs = in_words(registry, STATED)
    lab = theirs.vocabulary.variable("calcium")
    assert lab.reference is not None
    assert (lab.reference.words, lab.reference.by, lab.reference.status) == (
        "8–10 mg/dL",
        "Hospital X",
        "stated by the registry",
    )
    assert len(lab.other_ranges) == 3
    assert outside(theirs, "calcium") == [(4, 35), (6, 35), (8, 35), (12, 35)]
    assert [lab.flag(value) for value in (8.0, 10.1)] == [None, "H"]
    drawn = figures.lab_trajectories(theirs)
    bands = [shape for shape in json.loads(drawn.figure.to_json())["layout"]["shapes"] if shape["type"] == "rect"]
    assert (bands[0]["y0"], bands[0]["y1"]) == (8.0, 10.0)
    whose = "Hospital X, list 7, for women, 2024-05, x.example/ca, stated by the registry"
    for notes in (drawn.notes, table_one(theirs).layout.notes, figures.flag_disagreements(theirs).notes):
        assert any(whose in note for note in notes)
    assert not any("ARUP, in use" in note for note in drawn.notes)
    hovers = [text for trace in drawn.figure.data for text in trace.hovertext or ()]
    assert any("above 8–10 mg/dL (Hospital X, 2024-05)" in text.replace("<br>", " ") for text in hovers)


def test_a_registry_names_a_published_range(registry: Registry) -> None:
    theirs = in_words(registry, "[range.calcium]\nuse = 'pmc7276095'\n")
    assert outside(theirs, "calcium") == [(12, 35), (6, 35), (8, 35)]
    assert [row["in_use"] for row in ranges_table(theirs).tidy.records][:3] == [True, False, False]


def test_unscheduled_visits_are_held_against_the_same_range() -> None:
    words = own(f"use = ['unscheduled']\n{STATED}")
    assert words.variable("calcium", "unscheduled").reference == words.variable("calcium", "visits").reference


def test_an_old_declaration_without_a_source_says_so() -> None:
    column = "name = 'p1np'\nlabel = 'P1NP'\ntable = 'visits'\nkind = 'number'\nunit = 'ng/mL'\nplausible = [1, 1000]"
    bare = own(f"[[variable]]\n{column}\nreference = [15, 60]\n").variable("p1np")
    assert bare.reference is not None
    assert (bare.reference.words, bare.reference.by) == ("15–60 ng/mL", "source not stated")
    assert "population unknown, date unknown, source not stated" in bare.reference.cited
    sourced = own(f"[[variable]]\n{column}\nreference = [15, 60]\nreference_source = 'kit insert'\n").variable("p1np")
    assert sourced.reference is not None
    assert (sourced.reference.by, sourced.reference.status) == ("kit insert", "stated by the registry")
    both = own(f"[[variable]]\n{column}\n\n[range.p1np]\nlow = 19\nhigh = 69\n").variable("p1np")
    assert both.reference == Reference(19, 69, unit="ng/mL")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("range = 3", "“range”; expected tables that start with [range.NAME]"),
        ("[range.calcum]\nlow = 1\nhigh = 2", "“range.calcum”; expected calcium, vitamin_d, alp or pth"),
        ("[range.age]\nlow = 1\nhigh = 2", "“range.age”; expected calcium"),
        ("[range.magnesium]\nlow = 1.7\nhigh = 2.4", "“range.magnesium”; expected no range: it is uncertain what was"),
        ("[range.calcium]\nlow = 9", "“range.calcium: low, high”; expected the two ends"),
        ("[range.calcium]\nlow = 10\nhigh = 9", "“range.calcium: low: 10, high: 9”; expected two plausible numbers"),
        ("[range.calcium]\nlow = 2.1\nhigh = 2.6", "the smaller first, between 3 and 20 mg/dL"),
        ("[range.calcium]\nlow = true\nhigh = 9", "“range.calcium: low: True”; expected a number"),
        ("[range.calcium]\nlow = 8\nhigh = 9\nunit = 'mmol/L'", "“range.calcium: unit: mmol/L”; expected mg/dL"),
        ("[range.calcium]\nlow = 8\nhigh = 9\nlab = 'X'", "“range.calcium: lab”; expected one of use, low, high, unit"),
        ("[range.calcium]\nlow = 8\nhigh = 9\nsource = 3", "“range.calcium: source: 3”; expected a text"),
        ("[range.calcium]\nuse = 'mayo'", "“range.calcium: use: mayo”; expected arup, arup_other_copy or pmc7276095"),
        ("[range.calcium]\nuse = 'arup'\nlow = 8", "“range.calcium: low”; expected nothing beside use"),
    ],
)
def test_a_range_that_cannot_be_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RegistryProblem) as refused:
        parse(text)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("variables.toml: ")


def test_another_range_changes_no_meaning() -> None:
    assert own(STATED).contradiction(STANDARD) == ""
    assert STANDARD.contradiction(own(STATED)) == ""


# Thresholds


def test_every_threshold_says_who_says_so() -> None:
    for entry in THRESHOLDS:
        chosen = entry.status == "a choice of this program without a source"
        assert bool(entry.source) != chosen, entry.name
        assert bool(entry.meaning) != chosen, entry.name
    assert [entry.name for entry in THRESHOLDS if not entry.source] == ["fall-70"]


def test_the_thresholds_for_a_response_are_dworkins() -> None:
    by_name = {entry.name: entry for entry in THRESHOLDS}
    for name in ("fall-30", "fall-50", "points-2"):
        assert "10.1016/j.jpain.2007.09.005" in by_name[name].source
        assert "PMC9299931" not in by_name[name].source
    assert "more than 2 points were needed (PMC9299931)" in by_name["points-2"].note
    assert [rule.name for rule in pain_control.THRESHOLDS] == ["fall-30", "fall-50", "fall-70", "points-2"]


def test_pmc9299931_supports_nothing(registry: Registry) -> None:
    said = [*pain_control.responders_table(registry).notes, *figures.responder_waterfall(registry).notes]
    assert any("Dworkin 2008" in note for note in said)
    for note in said:
        assert "PMC9299931" not in note or "more than 2 points were needed" in note


def test_figures_and_headlines_ask_the_table(registry: Registry) -> None:
    by_name = {entry.name: entry for entry in THRESHOLDS}
    assert [by_name["who-1"].bound, by_name["who-2.5"].bound] == list(WHO_LINES) == [-1.0, -2.5]
    vas = STANDARD.variable("vas")
    assert vas.severity == ((0, "no pain"), (3, "mild"), (6, "moderate"), (9, "severe"), (10, "excruciating"))
    assert vas.severity_source == by_name["vas-3"].source
    assert any("Dworkin 2008" in line.note for line in headlines.pain(registry))
    assert [rule.label for rule in (pain_control.Threshold("vas", 0), pain_control.Threshold("vas", 3))] == [
        "VAS 0 (no pain)",
        "VAS 3 or less (no or mild pain)",
    ]
    assert LINES["vitamin_d"].bound == 30


def test_claims_are_held_against_thresholds_of_the_table() -> None:
    bounds = {(entry.of, entry.bound) for entry in THRESHOLDS}
    held = [claim for claim in read_claims(SOURCE) if claim.check in ("t_scores_at_most", "relief")]
    assert len(held) >= 2
    for claim in held:
        bound = claim.parameters.get("line") or claim.parameters["percent"]
        assert ("T-score" if "line" in claim.parameters else "fall in VAS", float(bound)) in bounds


def test_no_second_list_of_thresholds() -> None:
    """A bound of the table stands in no other file of the core as a number with its line's or word's name."""
    core = Path(plro.__file__).parent
    for path in core.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "thresholds.py":
            assert not re.search(r"PMC9299931|IMMPACT|hl7\.eu", text), path.name
            assert not re.search(r"[<>]=? ?-(2\.5|2\.0|1\.0)\b", text), path.name


# Asked from outside


def test_the_library_and_the_command_line_say_the_same(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ranges", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(export_table(plro.ranges(registry).table, "json"))
    assert [(row["outside"], row["n"]) for row in told if row["analyte"] == "Calcium"] == [(6, 35), (8, 35), (12, 35)]
    assert main(["ranges", "--where", "month=0", "--format", "json"]) == 0
    assert [row["n"] for row in json.loads(capsys.readouterr().out)][:3] == [10, 10, 10]
    assert main(["thresholds", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == thresholds_table().tidy.records


def test_a_variable_without_published_ranges_has_its_own_alone() -> None:
    bare: Variable = replace(CALCIUM, reference=None, other_ranges=())
    assert bare.ranges == ()
    assert bare.flag(1.0) is None
