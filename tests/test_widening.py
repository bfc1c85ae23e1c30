"""What a registry may widen: its planned visits, levels, ranges and decimals of standard variables, Z-scores, courses."""

from pathlib import Path
from typing import Any

import pytest

from plro_core.bundle import bundle
from plro_core.changes import changes
from plro_core.cohort import Cohort
from plro_core.figures import fracture_map, t_score_strip, z_score_strip
from plro_core.figures.catalogue import figures_of
from plro_core.intake import File, Intake, read
from plro_core.preview import held_tables
from plro_core.problems import RegistryProblem
from plro_core.store import Registry, open_registry, publish
from plro_core.tables import table_one
from plro_core.vocabulary import STANDARD, Vocabulary, parse, words_of, written_key
from plro_core.vocabulary.ready_made import WIDENINGS

ABOUT = {
    "version": "1",
    "title": "A ward",
    "source": "its records",
    "author": "",
    "note": "",
    "time": "2026-01-01T00:00:00Z",
    "synthetic": False,
}
CASES = "case_id,age\n1,31\n2,33\n3,27\n"


def taken(words: Vocabulary, **files: str) -> Intake:
    return read([File(f"{name}.csv", text.encode()) for name, text in files.items()], words)


def kept(folder: Path, declared: str, **files: str) -> Registry:
    """A registry of these files, with these declarations."""
    folder.mkdir(exist_ok=True)
    (folder / "variables.toml").write_text(declared, encoding="utf-8")
    words = words_of(folder)
    intake = taken(words, **files)
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    publish(intake.tables, ABOUT, folder, words)
    return open_registry(folder)


def values(registry: Registry, sql: str) -> list[tuple[Any, ...]]:
    return list(registry.rows(sql))


# Planned visits


def test_a_registry_plans_its_own_visits(tmp_path: Path) -> None:
    visits = "case_id,month,vas\n1,0,9\n1,2,4\n1,12,0\n2,0,8\n2,24,0\n"
    registry = kept(tmp_path, "months = [0, 2, 12, 24]", cases=CASES, visits=visits)
    assert registry.vocabulary.follow_up == (2, 12, 24)
    assert values(registry, "SELECT month FROM visits ORDER BY 1") == [(0,), (0,), (2,), (12,), (24,)]
    assert Cohort.parse("month=24", registry.vocabulary).sentence


def test_a_visit_at_another_month_is_refused() -> None:
    words = Vocabulary(parse("months = [0, 2, 12, 24]"))
    (error,) = taken(words, cases=CASES, visits="case_id,month,vas\n1,3,9\n").errors
    assert "3" in error.sentence
    assert "0, 2, 12 or 24" in error.sentence


def test_a_planned_visit_that_is_gone_is_told(tmp_path: Path) -> None:
    kept(tmp_path, "months = [0, 2, 12]", cases=CASES)
    (tmp_path / "variables.toml").write_text("months = [0, 12]", encoding="utf-8")
    with pytest.raises(RegistryProblem, match=r"^variables\.toml: months: 2 not planned any more"):
        open_registry(tmp_path)


# Levels, ranges, decimals


def test_fractures_outside_the_spine_are_recorded_and_drawn(tmp_path: Path) -> None:
    fractures = (
        "case_id,level,type,acuity\n1,sacrum,stress,acute\n1,L1,compression,chronic\n2,femoral neck,stress,\n"
        "2,rib,,\n3,pubis,insufficiency,\n3,wrist,,\n3,C7,compression,acute\n"
    )
    registry = kept(tmp_path, 'use = ["further_fractures"]', cases=CASES, fractures=fractures)
    found = values(registry, "SELECT level FROM fractures WHERE case_id = 3 ORDER BY 1")
    assert found == [("C7",), ("pubis",), ("wrist",)]
    axis = fracture_map(registry).figure.layout.xaxis
    assert axis.ticktext[0] == "7"
    assert axis.tickvals[0] < 0
    assert list(axis.ticktext[-6:]) == ["talus", "sacrum", "pubis", "rib", "wrist", "femoral neck"]
    assert "patient 2: rib and femoral neck" in fracture_map(registry).summary.lower()
    assert any(
        "stated to be chronic is crossed, one whose age is not stated hollow" in note
        for note in fracture_map(registry).notes
    )
    assert "square-x-open" in fracture_map(registry).figure.to_json()


def test_levels_that_nobody_declared_are_refused_and_drawn_nowhere(tmp_path: Path) -> None:
    (error,) = taken(STANDARD, cases=CASES, fractures="case_id,level\n1,sacrum\n").errors
    assert "“sacrum”" in error.sentence
    registry = kept(tmp_path, 'use = ["further_fractures"]', cases=CASES, fractures="case_id,level\n1,T6\n")
    assert fracture_map(registry).figure.layout.xaxis.ticktext[-1] == "talus"


def test_onset_in_pregnancy_and_never_breastfed_are_kept(tmp_path: Path) -> None:
    declared = '[widen.weeks_postpartum]\nplausible = [-40, 200]\n[widen.breastfeeding]\nlevels = { never = "never" }\n'
    cases = "case_id,age,weeks_postpartum,breastfeeding\n1,31,-6,never\n2,33,-2,never\n3,27,130,stopped\n"
    registry = kept(tmp_path, declared, cases=cases)
    assert values(registry, "SELECT min(weeks_postpartum), max(weeks_postpartum) FROM cases") == [(-6, 130)]
    assert Cohort.parse("breastfeeding=never", registry.vocabulary).sentence == "patients with breastfeeding never"
    never = next(group for group in registry.vocabulary.groupings if group.name == "breastfeeding")
    assert any("never" in column.label for column in table_one(registry, by=never).layout.columns)


def test_a_refused_value_names_the_widening_that_would_keep_it() -> None:
    """A code for missing is no onset in pregnancy, and what no ready-made widening holds gets no such advice."""
    cases = "case_id,age,weeks_postpartum\n1,31,-6\n2,33,-9\n3,27,-99\n4,29,130\n"
    hints = {error.value: error.suggestion for error in taken(STANDARD, cases=cases).errors}
    assert hints.pop("-6") == 'To keep such values, add use = ["onset_in_pregnancy"] to variables.toml.'
    assert not any("use =" in hint for hint in hints.values())
    (error,) = taken(STANDARD, cases=CASES, visits="case_id,month,vas\n1,0,7.5\n").errors
    assert error.suggestion == 'To keep such values, add use = ["half_points"] to variables.toml.'
    (error,) = taken(STANDARD, cases=CASES, visits="case_id,month,vas\n1,0,11.5\n").errors
    assert error.suggestion == ""


def test_where_onset_in_pregnancy_is_used_it_is_read_and_minus_nine_is_asked_about() -> None:
    words = Vocabulary(parse('use = ["onset_in_pregnancy"]'))
    read_in = taken(words, cases="case_id,age,weeks_postpartum\n1,31,-6\n2,33,-2\n3,27,4\n")
    assert read_in.tables is not None
    assert read_in.tables["cases"]["weeks_postpartum"].to_pylist() == [-6, -2, 4]
    (question,) = taken(words, cases="case_id,age,weeks_postpartum\n1,31,-9\n2,33,2\n3,27,-9\n").questions
    assert (question.code, question.may_be_value) == ("-9", True)


def test_half_points_of_pain_are_kept_beside_whole_ones(tmp_path: Path) -> None:
    registry = kept(tmp_path, 'use = ["half_points"]', cases=CASES, visits="case_id,month,vas\n1,0,7.5\n2,0,8\n")
    vas = registry.vocabulary.variable("vas", "visits")
    assert [vas.written(value) for (value,) in values(registry, "SELECT vas FROM visits ORDER BY 1")] == ["7.5", "8"]


def test_a_version_of_whole_points_opens_once_half_points_are_allowed(tmp_path: Path) -> None:
    kept(tmp_path, "", cases=CASES, visits="case_id,month,vas\n1,0,7\n")
    (tmp_path / "variables.toml").write_text('use = ["half_points"]', encoding="utf-8")
    registry = open_registry(tmp_path)
    intake = taken(registry.vocabulary, cases=CASES, visits="case_id,month,vas\n1,0,7\n1,1,3.5\n")
    assert values(registry, "SELECT vas FROM visits") == [(7.0,)]
    assert intake.tables is not None


@pytest.mark.parametrize("name", WIDENINGS)
def test_a_ready_made_widening_keeps_every_value_that_was_one(name: str) -> None:
    words = Vocabulary(parse(f'use = ["{name}"]'))
    assert words.contradiction(STANDARD) == ""
    for widening in WIDENINGS[name]:
        now, before = (some.variable(widening.name, widening.table) for some in (words, STANDARD))
        assert now.levels[: len(before.levels)] == before.levels
        assert before.plausible is None or (now.plausible and before.plausible.low in now.plausible)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("widen = 3", "[widen.NAME]"),
        ('[widen.foo]\nlevels = { a = "b" }', "a column that every registry has"),
        ('[widen.side]\nlevels = { a = "b" }', '"symptoms.side", "imaging.side"'),
        ("[widen.age]\nplausible = [20, 30]", "12 or less to 60 or more"),
        ('[widen.age]\nunit = "months"', "nothing else of it may change"),
        ('[widen.breastfeeding]\nlevels = { stopped = "paused" }', "not declared yet"),
        ("[widen.breastfeeding]\nlevels = { a = 1 }", "words such as"),
        ("[widen.case_id]\nplausible = [0, 3]", "a column that every registry has"),
        ('[widen."provenance.status"]\nlevels = { a = "b" }', "a column that every registry has"),
        ("[widen.t_l1_l4]\ndecimals = 0", "a whole number from 1 to 6"),
        ('[widen.smoking]\nlevels = { former = "former" }', "a category only"),
    ],
)
def test_what_may_not_be_widened_is_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(RegistryProblem, match=r"^variables\.toml: “widen") as told:
        parse(text)
    assert expected in str(told.value)


# Scores

SCORES = """\
[[variable]]
name = "z_l1_l4"
label = "L1-L4 Z-score"
table = "cases"
kind = "number"
group = "Bone density"
decimals = 1
plausible = [-8, 6]
measures = ["L1", "L2", "L3", "L4"]
[[variable]]
name = "t_total_hip"
label = "Total hip T-score"
table = "cases"
kind = "number"
group = "Bone density"
decimals = 1
plausible = [-8, 6]
"""


def test_declared_scores_are_read_drawn_and_listed(tmp_path: Path) -> None:
    cases = "case_id,age,z_l1_l4,t_total_hip\n1,31,-2.0,-2.1\n2,33,-3.1,-2.6\n3,30,-1,\n"
    fractures = "case_id,level\n2,L2\n"
    registry = kept(tmp_path, SCORES, cases=cases, fractures=fractures)
    assert [entry.name for entry in registry.vocabulary.scores][-1] == "t_total_hip"
    assert "total hip −2.6 and −2.1 (n = 2)" in t_score_strip(registry).summary  # two values have no median
    assert t_score_strip(registry).title == "T-score at or below −2.5: total hip in 1 of 2 (not recorded in 1)"
    z_scores = z_score_strip(registry)
    assert z_scores.title == "Z-score at or below −2.0: L1-L4 in 2 of 3"
    assert "at or below −2.0 in 2 of 3" in z_scores.summary  # exactly on the line counts
    assert "WHO" not in z_scores.figure.to_json()  # its lines are for T-scores
    left_out = z_score_strip(registry, leave_out_lumbar_fracture=True)
    assert "(n = 2)" in left_out.summary
    assert {"L1-L4 Z-score", "Total hip T-score"} <= {str(row[0]) for row in table_one(registry).layout.rows}


def test_z_scores_are_drawn_only_where_they_are_recorded() -> None:
    assert "z_score_strip" not in figures_of(STANDARD)
    assert "z_score_strip" in figures_of(Vocabulary(parse(SCORES)))


def test_a_score_that_names_no_kind_is_asked_for_it() -> None:
    with pytest.raises(RegistryProblem, match="score = "):
        parse(SCORES.replace("L1-L4 Z-score", "Lumbar score"))


# Courses


COURSES = "case_id,kind,agent,dose,unit,start\n" + "".join(
    f"1,bone_active,zoledronate,5,mg,{start}\n" for start in (0, 52, 104)
)


def test_one_treatment_in_several_courses(tmp_path: Path) -> None:
    registry = kept(tmp_path, "", cases=CASES, treatments=COURSES)
    assert values(registry, "SELECT start FROM treatments ORDER BY 1") == [(0.0,), (52.0,), (104.0,)]
    keys = values(registry, "SELECT DISTINCT key FROM provenance WHERE \"table\" = 'treatments' ORDER BY 1")
    assert keys == [
        ("1/bone_active/zoledronate/0",),
        ("1/bone_active/zoledronate/104",),
        ("1/bone_active/zoledronate/52",),
    ]
    assert b'"primaryKey": [\n          "case_id",\n          "kind"' not in bundle(registry)
    again = taken(registry.vocabulary, cases=CASES, treatments=COURSES)
    assert again.tables is not None
    found = changes(held_tables(registry), again.tables, registry.vocabulary)
    assert [table.name for table in found.tables] in ([], ["provenance"])


def test_the_same_course_twice_is_refused() -> None:
    (error,) = taken(STANDARD, cases=CASES, treatments=COURSES + "1,bone_active,zoledronate,5,mg,52\n").errors
    assert "twice" in error.sentence
    assert "52" in error.sentence


def test_a_key_is_written_without_what_is_not_recorded() -> None:
    assert written_key((1, "bone_active", "zoledronate", None)) == "1/bone_active/zoledronate"
    assert written_key((1, "bone_active", "zoledronate", 52.0)) == "1/bone_active/zoledronate/52"


# Words for what a registry may widen

NOT_BREASTFED = "case_id,age,breastfeeding\n1,31,never\n2,33,not breastfed\n3,27,stopped\n"


def test_not_breastfed_is_never_where_the_registry_has_that_level() -> None:
    intake = taken(Vocabulary(parse('use = ["never_breastfed"]')), cases=NOT_BREASTFED)
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    assert intake.tables["cases"]["breastfeeding"].to_pylist() == ["never", "never", "stopped"]


def test_a_level_that_a_registry_may_add_is_suggested() -> None:
    errors = taken(STANDARD, cases=NOT_BREASTFED).errors
    assert [(finding.cell, "“never” in C2 and “not breastfed” in C3" in finding.message) for finding in errors] == [
        ("C2", True)
    ]
    assert {finding.suggestion for finding in errors} == {
        'To keep such values, add use = ["never_breastfed"] to variables.toml.'
    }
    fractures = taken(STANDARD, cases=CASES, fractures="case_id,level\n1,sacrum\n").errors
    assert 'use = ["further_fractures"]' in fractures[0].suggestion
