"""A registry of six made-up patients whose ``variables.toml`` uses everything that one may add."""

from collections.abc import Callable, Mapping
from typing import Any

Row = dict[str, Any]

#: An analyte that registries under test add to the standard ones.
P1NP = """\
[[variable]]
name = "p1np"
label = "P1NP"
table = "visits"
kind = "number"
unit = "ng/mL"
decimals = 1
plausible = [1, 1000]
reference = [15, 60]
reference_source = "kit insert"
"""

DECLARED = f"""\
months = [0, 1, 3, 6, 12]
use = ["phosphate", "bmi", "day", "densitometry", "pregnancies", "unscheduled"]
centres = {{ ist = "Istanbul", ank = "Ankara" }}

{P1NP}
[[variable]]
name = "mobility"
label = "Mobility at diagnosis"
table = "cases"
kind = "category"
levels = {{ walks = "walks", aid = "walks with an aid", bed = "in bed" }}
"""

ABOUT: dict[str, Any] = {
    "version": "2026-1",
    "title": "A registry of our own",
    "source": "our clinic",
    "author": "a test",
    "note": "made up",
    "time": "2026-01-01T00:00:00Z",
    "synthetic": True,
}

_CASES = """\
case_id age weeks_postpartum smoking twin_pregnancy weight_gain_kg breastfeeding bisphosphonate vertebroplasty brace t_l1_l4 t_l2_l4 t_femoral_neck case_definition centre bmi mobility
1 24 2 yes no 9 stopped yes no yes -3.1 -3.0 -2.4 vertebral_fracture ist 20.5 walks
2 27 8 no no 12 continued no no yes -2.9 . -1.9 vertebral_fracture ist 22.1 aid
3 31 4 no yes 15 stopped yes yes no -3.6 -3.7 -2.8 vertebral_fracture ank 19.4 bed
4 35 12 yes no . stopped no . no -2.2 -2.3 . none_documented ank . walks
5 29 6 . no 10 continued no no . . -2.6 -2.0 other_fracture . 24 .
6 33 20 no no 8 . . no no -1.8 -1.7 -1.1 none_documented ist 27.3 aid
"""

_VISITS = """\
case_id month day vas calcium calcium_flag magnesium vitamin_d vitamin_d_flag alp pth phosphate phosphate_flag p1np
1 0 0 9 9.1 . 1.9 12 L 140 30 3.1 . 33.5
1 1 29 5 9.4 . 2.0 25 . 120 35 4.9 H 61.2
1 3 95 2 9.2 . . 33 . 90 . 3.9 . 48
1 6 180 1 9.0 . 1.8 31 . 85 28 . . .
1 12 371 0 9.3 . 1.9 35 . 80 27 3.6 . 22.4
2 0 0 8 10.9 H 2.1 8 L 99 70 2.2 L 12.5
2 1 33 8 10.4 . . 15 L . 66 . . .
2 3 90 4 9.9 . 2.0 22 . 101 50 2.9 . 30
2 12 365 3 . . . . . . . 3.3 . 28.1
3 0 0 10 8.1 L 1.5 5 L 210 95 2.4 L 75
3 1 30 9 8.5 . 1.6 11 L 190 80 2.6 . 70.5
3 3 92 7 8.8 . 1.7 19 . 150 61 . . 66
3 6 181 7 8.7 . 1.7 24 . 131 55 3.0 . 59.9
4 0 0 6 9.5 . 1.9 . . 70 33 . . .
4 6 177 6 9.6 . 1.9 29 . 72 31 3.4 . 18
5 0 0 0 9.7 . 2.2 28 . 66 25 3.2 . 20
5 1 28 1 9.8 . 2.1 30 . 64 26 3.3 . 21
6 0 0 . 9.4 . . 18 . 88 41 . . .
"""

_SYMPTOMS = """\
case_id symptom side
1 back .
1 low_back .
2 low_back .
3 back .
3 hip left
5 hip bilateral
6 low_back .
"""

_TREATMENTS = """\
case_id kind agent atc dose unit route frequency start stop
1 bone_active alendronate M05BA04 70 mg oral weekly 2 54
1 supplement cholecalciferol A11CC05 1000 IU oral daily 0 .
1 breastfeeding stopped . . . . . 0 .
2 analgesic ibuprofen M01AE01 400 mg oral daily 0 6
2 supplement calcium A12AA 1000 mg oral daily 0 .
3 bone_active teriparatide H05AA02 20 ug subcutaneous daily 1 78
4 analgesic paracetamol N02BE01 . . oral . . .
"""

_FRACTURES = """\
case_id level type acuity
1 T12 compression acute
1 L1 compression .
2 L2 compression .
3 T8 compression acute
3 L3 compression acute
5 talus stress .
"""

_IMAGING = """\
case_id modality site finding side figure
1 MRI T12 oedema . .
3 MRI hip oedema left .
"""

_DENSITOMETRY = """\
case_id day site machine bmd t_score z_score
1 0 l1_l4 A 0.712 -3.1 -2.9
1 365 l1_l4 A 0.801 -2.4 -2.2
1 700 l1_l4 B 0.9 -1.5 -1.4
2 0 femoral_neck A 0.655 -1.9 -1.8
2 380 femoral_neck A 0.671 -1.7 -1.6
3 0 l1_l4 B 0.64 -3.6 -3.4
"""

_UNSCHEDULED = """\
case_id day vas calcium vitamin_d
1 50 6 9.1 .
3 60 9 8.2 14
"""

_PREGNANCIES = """\
case_id number weeks outcome fracture breastfed prophylaxis
1 1 150 live_birth no no calcium
2 1 130 loss no . .
2 2 190 ongoing . . .
"""

_TEXTS: Mapping[str, str] = {
    "cases": _CASES,
    "visits": _VISITS,
    "symptoms": _SYMPTOMS,
    "treatments": _TREATMENTS,
    "fractures": _FRACTURES,
    "imaging": _IMAGING,
    "densitometry": _DENSITOMETRY,
    "unscheduled": _UNSCHEDULED,
    "pregnancies": _PREGNANCIES,
}


def own_rows() -> dict[str, list[Row]]:
    """Table name -> its rows; what is a dot above is missing."""
    rows = {name: _rows(text) for name, text in _TEXTS.items()}
    place = {"table": "visits", "column": "vas", "status": "printed", "note": "read twice"}
    rows["provenance"] = [
        {**place, "key": f"{row['case_id']}/{row['month']}", "source": f"visits.csv, row {line}, vas", "verbatim": "0"}
        for line, row in enumerate(rows["visits"], 2)
    ]
    rows["provenance"][3] |= {"status": "assumed", "note": "hard to read"}
    return rows


def _rows(text: str) -> list[Row]:
    heads, *lines = [line.split() for line in text.splitlines()]
    return [dict(zip(heads, map(_cell, line), strict=True)) for line in lines]


def _cell(word: str) -> object:
    known: dict[str, object] = {".": None, "yes": True, "no": False}
    if word in known:
        return known[word]
    kinds: tuple[Callable[[str], object], ...] = (int, float)
    for kind in kinds:
        try:
            return kind(word)
        except ValueError:
            continue
    return word
