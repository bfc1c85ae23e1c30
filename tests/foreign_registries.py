"""Registries whose patients are nobody's in print: twelve made-up ones, and five typed into the template."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from plro_core.handover import VersionMetadata, prepare, read_handed, store_version, told_apart, words_for
from plro_core.intake import File
from tests.tools.own_registry import P1NP

_WORDS = f"""\
months = [0, 1, 3, 6, 12]
use = ["bmi", "day", "phosphate", "densitometry", "pregnancies", "unscheduled"]
centres = {{ north = "North", south = "South" }}

{P1NP}"""

_MONTHS = (0, 1, 3, 6, 12)
_OF_TWELVE = VersionMetadata("Ada", "the first patients", title="Bone clinic", source="records of the bone clinic")

_SECOND_WORDS = """\
months = [0, 1, 3, 6, 12]
use = ["source_id", "glucocorticoids", "family_history", "densitometry"]

[[variable]]
name = "p1np"
label = "P1NP"
table = "visits"
kind = "number"
unit = "µg/L"
decimals = 0
plausible = [1, 1000]
reference = [19, 69]
reference_source = "range of the laboratory"

[[variable]]
name = "ctx"
label = "CTX"
table = "visits"
kind = "number"
unit = "µg/L"
decimals = 2
plausible = [0, 10]
"""

_SECOND = {
    "cases.csv": """\
case_id,age,weeks_postpartum,breastfeeding,bisphosphonate,glucocorticoids,family_history,t_l1_l4,case_definition
1,28,17,,yes,yes,,,vertebral_fracture
2,35,48,stopped,yes,no,,-3.3,other_fracture
3,34,30,continued,yes,,yes,,vertebral_fracture
4,24,17,stopped,,,,,vertebral_fracture
5,27,,,,,,,vertebral_fracture
""",
    "visits.csv": """\
case_id,month,vas,vitamin_d,p1np,ctx
1,0,,11.6,151,0.56
2,0,,,74,
3,0,,,,
4,0,,,,
4,12,0,,,
5,0,,,,
""",
    "fractures.csv": """\
case_id,level,type
1,T8,compression
1,T9,compression
1,T10,compression
1,T11,compression
1,T12,compression
""",
    "treatments.csv": """\
case_id,kind,agent,start,stop
1,bone_active,zoledronate,0,156
2,bone_active,teriparatide,0,104
2,bone_active,zoledronate,104,
3,bone_active,teriparatide,,
3,bone_active,zoledronic acid,,
4,bone_active,calcitonin,,
4,bone_active,teriparatide,,
""",
}


def twelve(folder: Path) -> Path:
    """Twelve patients of a clinic with a measurement, visits and scans of its own: every group filled, some cells missing."""
    return brought_in(folder, _WORDS, files(range(1, 13)), _OF_TWELVE)


def one(folder: Path) -> Path:
    """The first of the twelve alone."""
    return brought_in(folder, _WORDS, files(range(1, 2)), _OF_TWELVE)


def second_series(folder: Path) -> Path:
    """Five patients of several sources, typed into the template: little of each is known."""
    words = VersionMetadata("Ada", "typed in", title="A second series", source="collected from several reports")
    return brought_in(folder, _SECOND_WORDS, _SECOND, words)


def brought_in(folder: Path, declared: str, files: Mapping[str, str], words: VersionMetadata) -> Path:
    """A registry with these words and rows, read from files and published as a person does."""
    folder.mkdir()
    (folder / "variables.toml").write_text(declared, encoding="utf-8")
    vocabulary = words_for(folder)
    handed = told_apart([File(name, text.encode()) for name, text in files.items()], vocabulary)
    found = read_handed(handed, None, True, {}, handed.mapping, vocabulary)
    prepared = prepare(found, None, vocabulary)
    assert prepared is not None, [finding.sentence for finding in found.errors]
    store_version(folder, prepared, words, publish=True)
    return folder


def files(patients: range) -> dict[str, str]:
    rows = {
        "cases": list(map(_case, patients)),
        "visits": [visit for case_id in patients for visit in _visits(case_id)],
        "symptoms": [
            {"case_id": n, "symptom": "back" if n % 3 else "hip", "side": "left" if n % 2 else ""} for n in patients
        ],
        "treatments": [row for case_id in patients for row in _treatments(case_id)],
        "fractures": [row for case_id in patients for row in _fractures(case_id)],
        "imaging": [{"case_id": n, "modality": "MRI", "site": "spine", "finding": "oedema"} for n in patients if n % 2],
        "densitometry": [scan for case_id in patients for scan in _scans(case_id)],
        "pregnancies": [
            {"case_id": n, "number": 1, "weeks": 150 + n, "outcome": "live_birth", "fracture": "no"}
            for n in patients
            if n % 4 == 0
        ],
        "unscheduled": [{"case_id": n, "day": 50, "vas": 5, "calcium": 9.1} for n in patients if n % 5 == 0],
    }
    return {f"{name}.csv": _csv(found) for name, found in rows.items() if found}


def _csv(rows: list[dict[str, object]]) -> str:
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "".join(",".join(map(str, line)) + "\n" for line in lines)


def _case(n: int) -> dict[str, object]:
    asked = n != 7  # of the seventh patient next to nothing is known
    return {
        "case_id": n,
        "age": 24 + n,
        "weeks_postpartum": 2 * n if n % 5 else "",
        "smoking": ("yes" if n % 3 == 0 else "no") if asked else "",
        "twin_pregnancy": ("yes" if n == 4 else "no") if asked else "",
        "weight_gain_kg": 9 + n if n % 2 else "",
        "breastfeeding": ("continued" if n % 3 == 0 else "stopped") if asked else "",
        "bisphosphonate": ("yes" if n % 2 else "no") if asked else "",
        "vertebroplasty": ("yes" if n == 3 else "no") if asked else "",
        "brace": ("yes" if n % 4 == 1 else "no") if asked else "",
        "t_l1_l4": round(-1.2 - n / 5, 1) if n % 6 else "",
        "t_l2_l4": round(-1.1 - n / 5, 1) if n % 5 else "",
        "t_femoral_neck": round(-1 - n / 8, 1) if n % 7 else "",
        "pain_control_months": n / 2 if n in (2, 5) else "",
        "case_definition": (("none_documented", "vertebral_fracture", "other_fracture")[n % 3]) if asked else "",
        "bmi": 19.5 + n,
        "centre": "north" if n % 2 else "south",
    }


def _visits(n: int) -> Iterator[dict[str, object]]:
    """Pain falls at another pace in each patient; one visit is missed, and some values at others."""
    for place, month in enumerate(_MONTHS):
        if (n + place) % 9 == 8 and month:
            continue
        calcium, alp = round(8.2 + (n * 7 + place * 3) % 20 / 10, 1), 30 + (n * 17 + place * 11) % 120
        yield {
            "case_id": n,
            "month": month,
            "day": 30 * month + n,
            "vas": max(0, 5 + n % 5 - place * (1 + n % 3)) if (n + place) % 7 else "",
            "calcium": calcium if (n + place) % 6 else "",
            "calcium_flag": "H" if calcium > 10 and (n + place) % 6 else "",
            "magnesium": round(3.4 + (n + place) % 15 / 10, 1) if n % 4 else "",
            "vitamin_d": 12 + (n * 5 + place * 9) % 60,
            "vitamin_d_flag": "L" if (n * 5 + place * 9) % 60 < 6 else "",
            "alp": alp,
            "alp_flag": "H" if alp > 120 else "",
            "pth": 20 + (n * 13 + place * 7) % 60 if place != 3 else "",
            "phosphate": round(2.2 + (n + place * 2) % 28 / 10, 1),
            "p1np": round(20.5 + (n * 9 + place * 8) % 60, 1) if n % 5 else "",
        }


def _treatments(n: int) -> Iterator[dict[str, object]]:
    yield {
        "case_id": n,
        "kind": "supplement",
        "agent": "calcium carbonate",
        "dose": 1000,
        "unit": "mg",
        "start": 0,
        "stop": "",
    }
    if n % 2:
        yield {
            "case_id": n,
            "kind": "bone_active",
            "agent": "alendronate",
            "dose": 70,
            "unit": "mg",
            "start": 1,
            "stop": 40 + n,
        }
    if n == 3:
        yield {
            "case_id": n,
            "kind": "procedure",
            "agent": "vertebroplasty",
            "dose": "",
            "unit": "",
            "start": 2,
            "stop": 2,
        }


def _fractures(n: int) -> Iterator[dict[str, object]]:
    """Levels of those with a vertebral fracture, a talus of the others; of one patient no level is named."""
    levels = {1: ("L1", "T12"), 2: ("talus",), 0: ()}[n % 3]
    for level in levels if n != 10 else ():
        yield {"case_id": n, "level": level, "type": "stress" if level == "talus" else "compression", "acuity": "acute"}


def _scans(n: int) -> Iterator[dict[str, object]]:
    for at, day in enumerate((0, 370)):
        for site in ("l1_l4", "total_hip"):
            score = round(-3 + n / 10 + at * 0.4, 1)
            yield {
                "case_id": n,
                "day": day,
                "site": site,
                "machine": "A",
                "bmd": round(0.7 + n / 100 + at / 20, 3),
                "t_score": score,
                "z_score": score if n % 4 else "",
            }
