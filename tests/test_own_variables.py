"""A registry's own variables: declared in its folder, validated, and shown everywhere without code."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pages.parts.options import OPTIONS
from pages.shared import session
from plro_core import links
from plro_core.figures.patient_layout import Parts, Plan, column, screen, sheet, slides
from plro_core.figures.style import STAGE_SCALE, STAGES, Stage
from plro_core.problems import RegistryProblem
from plro_core.store import SHIPPED, open_registry
from plro_core.vocabulary import STANDARD, declared, ready_made, standard
from tests.tools.own_registry import P1NP

ROOT = Path(__file__).resolve().parent.parent

DECLARED = f"""\
months = [0, 1, 3, 6, 12]
use = ["phosphate", "bmi", "day", "densitometry", "pregnancies", "unscheduled"]
centres = {{ ist = "Istanbul", ank = "Ankara" }}

{P1NP}
[[variable]]
name = "consent"
label = "Consent to contact"
table = "cases"
kind = "boolean"
"""

#: Adds a visit at month 12 with the new analytes, a BMI, a centre and a scan to the paper's patients, and publishes.
WRITE = """
import os, sys
from collections.abc import Callable
from pathlib import Path
import pyarrow as pa
from plro_core import store
from plro_core.schema import arrow_schema
folder = Path(os.environ["PLRO_REGISTRY"])
old = store.open_registry(folder)
words = old.vocabulary
rows = {table.name: old.arrow(f'FROM "{table.name}"').to_pylist() for table in old.vocabulary.tables}
for case in rows["cases"]:
    case |= {"bmi": 20.0 + case["case_id"] / 2, "centre": "ist" if case["case_id"] < 7 else "ank", "consent": True}
rows["visits"].append({"case_id": 1, "month": 12, "day": 371, "vas": 1, "phosphate": 5.1, "phosphate_flag": "H", "p1np": 33.5})
rows["densitometry"] = [{"case_id": 1, "day": day, "site": "l1_l4", "machine": "A" if day < 400 else "B", "bmd": bmd, "t_score": t, "z_score": t}
                        for day, bmd, t in ((0, 0.712, -3.1), (365, 0.801, -2.4), (700, 0.9, -1.5))]
rows["unscheduled"] = [{"case_id": 1, "day": 50, "vas": 6, "calcium": 9.1}]
rows["pregnancies"] = [{"case_id": 1, "number": 1, "weeks": 150, "outcome": "live_birth", "fracture": False}]
tables = {name: pa.Table.from_pylist(found, schema=arrow_schema(name, words)) for name, found in rows.items()}
about = {"version": "2026-1", "title": "A registry of our own", "source": "none", "author": "a test", "note": "grown", "time": "2026-01-01"}
store.draft(tables, about | {"synthetic": True}, folder, words, old.version)
store.release(folder, "2026-1", "a test", "grown")
"""

ASK = """
import json
from plro_core import store
from plro_core.cohort import Cohort
from plro_core.counts import size
from plro_core.dictionary import as_table
from plro_core.figures import FIGURES, bone_density_over_time, lab_trajectories
from plro_core.lookups import patient
from plro_core.tables import records_table, table_one
from plro_core.vocabulary import declared, ready_made, standard
new = store.open_registry()
words = new.vocabulary
old = store.open_registry(version="2022-2")
def names(table): return [column.name for column in table.columns]
print(json.dumps({
    "parent": new.manifest.parent,
    "files": sorted(new.manifest.files),
    "size": size(new, Cohort.parse("centre=ank&phosphate.12=!", words)).patients,
    "with_phosphate": size(new, Cohort.parse("phosphate.12=5-6", words)).patients,
    "sentence": Cohort.parse("bmi=20-22&vas.12=0-3", words).sentence,
    "figure": json.dumps(lab_trajectories(new, highlight=1).figure.to_plotly_json(), default=str),
    "summary": [str(row) for row in table_one(new).tidy.rows],
    "dictionary": [row[1] for row in as_table(words.variables).rows],
    "lines": [len(trace.x) for trace in bone_density_over_time(new).figure.data],
    "offered": "bone_density_over_time" in FIGURES,
    "nobody": bone_density_over_time(old).summary,
    "scans": len(patient(new, 1)["densitometry"]),
    "records": names(records_table(new, "densitometry")),
    "measured": new.rows("SELECT count(*) FROM measurements WHERE analyte = 'p1np'")[0][0],
    "old": [old.rows("SELECT count(*), count(bmi), count(centre) FROM cases")[0], old.rows("SELECT count(*) FROM densitometry")[0]],
}, default=str))
"""

SHOW = """
import json, sys
from streamlit.testing.v1 import AppTest
from tests.test_pages import in_all_tabs
def shown(page, **query):
    app = AppTest.from_file("pages/frame.py", default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"{page}.py")
    return " ".join(seen(tab) for tab in in_all_tabs(app.run()))
def seen(app):
    assert not app.exception, app.exception
    values = [e.value for kind in ("caption", "markdown", "header", "subheader") for e in app.get(kind)]
    return " ".join(map(str, [*values, *(t.value.to_csv() for t in app.table), *(e.proto for e in app.get("button_group")),
                              *(e.label for e in app.expander), *(e.value.to_csv() for e in app.dataframe)]))
print(json.dumps({"patients": shown("patients", patient="1"), "labs": shown("labs"), "overview": shown("overview", centre="ank"),
                  "bone": shown("bone"), "dictionary": shown("dictionary"), "tables": shown("tables"), "compare": shown("compare", a="centre=ank")}))
"""


def run(code: str, folder: Path) -> Any:
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PLRO_REGISTRY": str(folder)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    return json.loads(told.stdout) if told.stdout else None


@pytest.fixture(scope="module")
def grown_and_asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The published registry, grown and then asked by another process that has read its ``variables.toml``."""
    folder = tmp_path_factory.mktemp("grown") / "registry"
    shutil.copytree(SHIPPED, folder)
    (folder / "variables.toml").write_text(DECLARED, encoding="utf-8")
    return folder, run(WRITE + ASK, folder)


@pytest.fixture(scope="module")
def grown(grown_and_asked: tuple[Path, dict[str, Any]]) -> Path:
    return grown_and_asked[0]


@pytest.fixture(scope="module")
def answers(grown_and_asked: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return grown_and_asked[1]


def test_a_registry_without_a_file_adds_nothing(tmp_path: Path) -> None:
    assert declared.read(tmp_path) == declared.Declared()
    assert STANDARD.months == (0, 1, 3, 6)
    lacking_before = ["dose_status", "dose_elsewhere"]  # in the first version
    added = [entry.name for entry in STANDARD.variables if entry.optional and entry.table in STANDARD.clinical]
    assert added == lacking_before


def test_a_declared_analyte_is_counted_filtered_and_drawn(answers: dict[str, Any]) -> None:
    assert answers["with_phosphate"] == 1
    assert answers["size"] == 0
    assert answers["measured"] == 1
    assert "Phosphate" in answers["figure"]
    assert "P1NP" in answers["figure"]


def test_a_declared_month_has_its_own_visit(answers: dict[str, Any]) -> None:
    assert "month 12" in answers["sentence"]
    assert "body mass index 20 to 22" in answers["sentence"]


def test_added_tables_are_read_and_listed(answers: dict[str, Any]) -> None:
    assert answers["scans"] == 3
    assert answers["records"][:3] == ["case_id", "day", "site"]
    assert {"p1np", "p1np_flag", "centre", "consent", "bmd"} <= set(answers["dictionary"])


def test_density_of_two_machines_is_not_joined(answers: dict[str, Any]) -> None:
    assert answers["offered"]
    assert answers["lines"] == [2, 1]
    assert "No patient fits." in answers["nobody"]


def test_an_older_version_has_nothing_recorded_in_what_came_later(answers: dict[str, Any]) -> None:
    assert answers["old"] == [[10, 0, 0], [0]]
    assert answers["parent"] == "2022-2"
    assert {"variables.toml", "densitometry.parquet"} <= set(answers["files"])


def test_every_page_shows_what_was_declared(grown: Path) -> None:
    shown = run(SHOW, grown)
    assert "Bone density over time" in shown["patients"]
    assert r"0\.712" in shown["patients"]
    assert "L1\\-L4 density is higher at the last scan than at the first in 1 of 1" in shown["bone"]
    assert "Unscheduled visits" in shown["patients"]
    assert "Phosphate" in shown["patients"]
    assert "4 of 10 patients" in shown["overview"]
    assert "Consent to contact" in shown["overview"]
    assert "P1NP" in shown["dictionary"]


def test_a_word_must_keep_its_meaning(grown: Path, tmp_path: Path) -> None:
    copy = tmp_path / "registry"
    shutil.copytree(grown, copy)
    (copy / "variables.toml").write_text(DECLARED.replace('unit = "ng/mL"', 'unit = "ug/L"'), encoding="utf-8")
    code = "from plro_core import store\nfrom plro_core.problems import RegistryProblem\nimport json\n"
    code += "try:\n    store.open_registry()\nexcept RegistryProblem as problem:\n    print(json.dumps(str(problem)))\n"
    said = run(code, copy)
    assert said.startswith("variables.toml: “p1np” now means something else (kind, unit or levels differ)")
    assert said.endswith("Version 2026-1 was written with it.")
    assert open_registry(grown).vocabulary.variable("p1np").unit == "ng/mL"  # the other keeps its own words


def test_the_command_line_reads_the_variables_of_the_registry_it_is_given(grown: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "plro_core", "records", "cases", "--registry", str(grown), "--where", "centre=ank", "--format", "csv"],
        cwd=ROOT, env={key: value for key, value in os.environ.items() if key != "PLRO_REGISTRY"},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert ",centre,bmi," in told.stdout
    assert told.stdout.count("ank") >= 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("months = [1, 3, 6]", "baseline, month 0, as well"),
        ("months = [6, 0, 1, 3]", "ascending order"),
        ("months = [0, 1.5, 3, 6]", "whole numbers"),
        ("use = ['sodium']", "“use: sodium”; expected one of"),
        ("use = ['bmi', 'bmi']", "each name once"),
        ("use = 'bmi'", "a list of names"),
        ("other = 1", "“other”; expected one of months, use, centres, primary_outcome, variable"),
        ("centres = { 'İst' = 'Istanbul' }", "small letters"),
        ("centres = {}", "codes with names"),
        ("variable = 3", "[[variable]]"),
        ("[[variable]]\nname = 'x'", "“variable 1, x: label”; expected a value"),
        ("[[variable]]\nname = 'vas'\nlabel = 'VAS'\ntable = 'cases'\nkind = 'text'", "not declared yet"),
        ("[[variable]]\nname = 'by'\nlabel = 'By'\ntable = 'cases'\nkind = 'text'", "taken by the program"),
        ("[[variable]]\nname = 'a-b'\nlabel = 'A'\ntable = 'cases'\nkind = 'text'", "small letters"),
        ("[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'claims'\nkind = 'text'", "cases or visits"),
        ("[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'date'", "“variable 1, x: kind date”"),
        ("[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'number'", "a plausible range"),
        (
            "[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'number'\nplausible = [3, 1]",
            "smaller first",
        ),
        (
            "[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'number'\nplausible = [1, inf]",
            "“variable 1: plausible 2” is inf; expected a number",
        ),
        ("[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'category'", "levels for a category"),
        ("[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'text'\ncolour = 'red'", "colour"),
        ("[[variable]]\nname = 'x'\nlabel = 3\ntable = 'cases'\nkind = 'text'", "label”; expected text"),
        ("months = [0, 1", "expected TOML"),
        ("months = [0]\nmonths = [1]\n", "Cannot overwrite a value"),
        ("months = " + "9" * 5000, "A number is too long"),
        ("months = " + "[" * 5000, "expected TOML"),
        ("'a\\u202eb' = 1".replace("'", '"'), "“a\ufffdb”; expected one of"),
        (
            "[[variable]]\nname = 'x'\nlabel = 'X'\ntable = 'cases'\nkind = 'number'\nplausible = [1, 2]\n"
            "si_unit = 'g'\nsi_factor = nan",
            "“variable 1: si_factor” is nan; expected a number",
        ),
        (b"months = [0]\xff", "not UTF-8 text"),
        (
            "centres = { na = 'Northern Anatolia' }",
            "“centres: na”; expected a code that is no word for a missing value",
        ),
        ("centres = { a = 'b', b = 'c' }", "“centres: a: b”; expected words that are not the code of another level"),
        ("[widen.'fractures.level']\nlevels = { spine = 'T6' }", "“widen.fractures.level: levels: T6”; expected words"),
        ("#" * 200_001, "larger than 200 kB"),
    ],
)
def test_a_fault_is_one_sentence_that_names_it(text: str | bytes, words: str) -> None:
    with pytest.raises(RegistryProblem, match=r"^variables\.toml: ") as told:
        declared.parse(text)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_fault_is_told_when_the_registry_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "registry"
    shutil.copytree(SHIPPED, folder)
    (folder / "variables.toml").write_bytes(b"use = ['sodium']")
    code = "from plro_core import store\nfrom plro_core.problems import RegistryProblem\nimport json\n"
    code += "try:\n    store.open_registry()\nexcept RegistryProblem as problem:\n    print(json.dumps(str(problem)))\n"
    assert "use: sodium" in run(code, folder)


def test_no_own_variable_can_take_the_place_of_an_option_of_a_link() -> None:
    """Of the first links; one that came later gives way to the variable (see test_options)."""
    assert {*OPTIONS, session.ROOM, session.REGISTRY} & links.RESERVED <= declared.RESERVED
    assert {session.ROOM, session.REGISTRY} <= links.RESERVED


def test_ready_made_declarations_do_not_collide_with_the_published_ones() -> None:
    published_names = {entry.name for entry in (*standard.CASES, *standard.VISITS, *standard.FACTS)}
    assert not set(ready_made.COLUMNS) & published_names
    assert all(entry.optional for entry in ready_made.COLUMNS.values())
    everything = f"use = {json.dumps([*ready_made.COLUMNS, *ready_made.TABLES])}"
    assert len(declared.parse(everything).tables) == len(ready_made.TABLES)


@pytest.mark.parametrize("laid_out", [screen, sheet, column])
@pytest.mark.parametrize("panels", [1, 6, 7, 10, 23])
def test_a_patients_record_has_room_for_every_measurement(panels: int, laid_out: Callable[[Parts], Plan]) -> None:
    check_room(laid_out(Parts(panels, treatments=5, scores=3, traits=2, foot=1)), panels)


@pytest.mark.parametrize("stage", STAGES.values(), ids=list(STAGES))
@pytest.mark.parametrize("panels", [1, 6, 7, 10, 23])
def test_every_measurement_has_its_slide(panels: int, stage: Stage) -> None:
    plans = slides(Parts(panels, treatments=5, scores=3, traits=2, foot=1), stage, STAGE_SCALE)
    shown = [measure for plan in plans for measure in plan.measures]
    assert set(shown) == set(range(panels))
    for plan in plans:
        check_room(plan, len(plan.measures))


def check_room(plan: Plan, measures: int) -> None:
    """Every part lies within the poster, and none over another."""
    assert len(plan.measures) == measures
    boxes = [*plan.measures.values(), *filter(None, (plan.traits, plan.treatments, plan.scores, plan.spine, plan.foot))]
    for number, box in enumerate(boxes):
        assert 0 <= box.left < box.right <= plan.width
        assert 0 <= box.top <= box.bottom <= plan.height
        for other in boxes[number + 1 :]:
            apart = box.right <= other.left or other.right <= box.left
            assert apart or box.bottom <= other.top or other.bottom <= box.top
