"""From the hand transcription of the paper (``data/source/*.csv``) to the registry's tables.

The two printed tables are kept character for character; their numbers are parsed here, once, and every stored cell
gets a line of provenance that leads back to the printed cell or to the sentence it was taken from.
"""

import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from plro_core.problems import DataProblem
from plro_core.schema import arrow_schema
from plro_core.variables import LABS, MONTHS, TABLES, columns, variable

SOURCE = Path(__file__).resolve().parent.parent / "data" / "source"

Row = dict[str, Any]

#: Column of the transcription -> column head as printed.
TABLE_1_HEADS = {
    "patient": "Patients",
    "age": "Age (years)",
    "risk_factors": "Risk factors for osteoporosis",
    "symptoms": "Symptoms",
    "time_of_diagnosis": "Time of diagnosis (week)",
    "t_l1_l4": "L1-4 T score",
    "t_l2_l4": "L2-4 T score",
    "t_femoral_neck": "Femoral neck T score",
    "management": "Management protocol",
}
TABLE_2_HEADS = {
    "case": "Case",
    "time": "Time",
    "vas": "VAS",
    "ca": "Ca (mg/dL)",
    "mg": "Mg (mg/dL)",
    "vit_d": "Vit D (IU)",
    "alp": "ALP (U/L)",
    "pth": "PTH (pg/mL)",
    "other_findings": "Other specific findings",
}
_LAB_COLUMNS = dict(zip(("ca", "mg", "vit_d", "alp", "pth"), (lab.name for lab in LABS), strict=True))
_TIMES = dict(zip(("Baseline", "1st month", "3rd month", "6th month"), MONTHS, strict=True))
_ARROWS = {"↑": "H", "↓": "L", "": None}


def read_about(folder: Path = SOURCE) -> Row:
    """Version, title, source, author, note and time of the published registry."""
    with (folder / "registry.toml").open("rb") as file:
        return tomllib.load(file)


def read_source(folder: Path = SOURCE) -> dict[str, pa.Table]:
    """All tables of the published registry, compiled from the transcription.

    Raises:
        DataProblem: a cell cannot be read; the sentence names file, row, column, value and what was expected.
    """
    provenance: list[Row] = []
    cases = _cases(folder, provenance)
    rows = {
        "cases": cases,
        "visits": _visits(folder, provenance),
        **{name: _facts(folder, name, cases, provenance) for name in ("symptoms", "treatments", "fractures", "imaging")},
        "printed": [*_printed(folder, "Table I", TABLE_1_HEADS), *_printed(folder, "Table II", TABLE_2_HEADS)],
    }
    _check_baseline(folder, rows)
    _add_remarks(folder, rows, provenance)
    rows["provenance"] = provenance
    return {table.name: _arrow(table.name, table.key, rows[table.name]) for table in TABLES}


def _arrow(name: str, key: tuple[str, ...], rows: list[Row]) -> pa.Table:
    if name in ("cases", "visits"):
        rows = sorted(rows, key=lambda row: [row[column] for column in key])
    return pa.Table.from_pylist(rows, schema=arrow_schema(name))


def _read_csv(folder: Path, name: str) -> list[Row]:
    try:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise DataProblem(f"{name}: the file is missing from {folder.name}/.") from None


def _match(file: str, row: Row, column: str, pattern: str, expected: str) -> re.Match[str]:
    found = re.fullmatch(pattern, row[column])
    if not found:
        raise DataProblem(f"{file}, row {row['row']}, column {column}: “{row[column]}”; expected {expected}.")
    return found


def _number(file: str, row: Row, column: str) -> float:
    return float(_match(file, row, column, r"-?\d+(\.\d+)?", "a number")[0])


def _cases(folder: Path, provenance: list[Row]) -> list[Row]:
    cases = [_case(row, provenance) for row in _read_csv(folder, "table1.csv")]
    by_id = {case["case_id"]: case for case in cases}
    for fact in _read_csv(folder, "case_facts.csv"):
        for case_id in _patients(fact, cases):
            by_id[case_id][fact["column"]] = _typed("cases", fact["column"], fact["value"])
            _note(provenance, "cases", str(case_id), fact["column"], fact)
    return cases


def _case(row: Row, provenance: list[Row]) -> Row:
    """One row of Table I as typed columns, with a line of provenance for each."""
    file = "table1.csv"
    patient = _match(file, row, "patient", r"(\d+)( Twin pregnancy)?", "a number, perhaps with “Twin pregnancy”")
    management = row["management"]
    case_id = int(patient[1])
    parsed = {
        "case_id": (case_id, "patient"),
        "age": (int(_match(file, row, "age", r"\d+", "whole years")[0]), "age"),
        "weeks_postpartum": (
            int(_match(file, row, "time_of_diagnosis", r"Postpartum (\d+)", "“Postpartum” and weeks")[1]),
            "time_of_diagnosis",
        ),
        "smoking": (_match(file, row, "risk_factors", "Smoking|N/A", "“Smoking” or “N/A”")[0] == "Smoking", "risk_factors"),
        "twin_pregnancy": (patient[2] is not None, "patient"),
        "breastfeeding": (_breastfeeding(management), "management"),
        "bisphosphonate": ("Bisphosphonate" in management, "management"),
        "vertebroplasty": ("Vertebroplasty" in management, "management"),
        **{name: (_number(file, row, name), name) for name in ("t_l1_l4", "t_l2_l4", "t_femoral_neck")},
    }
    for column, (value, printed) in parsed.items():
        if value is not None:
            plain = str(value) == row[printed] or column.startswith("t_") or column == "age"
            _origin(provenance, "cases", str(case_id), column, "Table I", row, (printed, TABLE_1_HEADS), plain)
    return {column: value for column, (value, _) in parsed.items()}


def _breastfeeding(management: str) -> str | None:
    if "Discontinuation of breastfeeding" in management:
        return "stopped"
    return "continued" if "Keep on breastfeeding" in management else None


def _visits(folder: Path, provenance: list[Row]) -> list[Row]:
    visits, case_id = [], 0
    for row in _read_csv(folder, "table2.csv"):
        case_id = int(row["case"] or case_id)
        month = _TIMES.get(row["time"])
        if month is None:
            raise DataProblem(f"table2.csv, row {row['row']}, column time: “{row['time']}”; expected one of {', '.join(_TIMES)}.")
        key = f"{case_id}/{month}"
        visit: Row = {"case_id": case_id, "month": month, "vas": int(_number("table2.csv", row, "vas"))}
        _origin(provenance, "visits", key, "vas", "Table II", row, ("vas", TABLE_2_HEADS), True)
        for printed, lab in _LAB_COLUMNS.items():
            visit[lab], visit[f"{lab}_flag"] = _laboratory(row, printed)
            _origin(provenance, "visits", key, lab, "Table II", row, (printed, TABLE_2_HEADS), row[printed][-1] not in _ARROWS)
        visits.append(visit)
    return visits


def _laboratory(row: Row, column: str) -> tuple[float | None, str | None]:
    """A printed laboratory cell as value and printed arrow; "N/A" is not available in Table II."""
    if row[column] == "N/A":
        return None, None
    found = _match("table2.csv", row, column, r"(\d+(?:\.\d+)?)([↑↓]?)", "a number, perhaps with an arrow, or N/A")
    return float(found[1]), _ARROWS[found[2]]


def _facts(folder: Path, table: str, cases: list[Row], provenance: list[Row]) -> list[Row]:
    """Rows of a one-row-a-fact table; a source line that names several patients becomes one row for each."""
    key = next(entry.key for entry in TABLES if entry.name == table)
    rows = []
    for fact in _read_csv(folder, f"{table}.csv"):
        for case_id in _patients(fact, cases):
            row = {
                entry.name: _typed(table, entry.name, fact[entry.name]) for entry in columns(table) if entry.name != "case_id"
            }
            row["case_id"] = case_id
            rows.append(row)
            _note(provenance, table, "/".join(str(row[column]) for column in key), key[-1], fact)
    return sorted(rows, key=lambda row: int(row["case_id"]))


def _patients(fact: Row, cases: list[Row]) -> list[int]:
    known = [int(case["case_id"]) for case in cases]
    named = known if fact["patients"] == "all" else [int(number) for number in fact["patients"].split()]
    strangers = sorted(set(named) - set(known))
    if strangers:
        raise DataProblem(f"A source line names patient {strangers[0]}, who is not in table1.csv.")
    return named


def _typed(table: str, column: str, text: str) -> Any:
    """A cell of our own fact files as the type its variable declares; an empty cell is missing."""
    entry = variable(column, table)
    if text == "":
        return None
    if entry.kind == "boolean":
        return {"yes": True, "no": False}[text]
    return float(text) if entry.kind == "number" else int(text) if entry.kind == "integer" else text


def _printed(folder: Path, document: str, heads: dict[str, str]) -> Iterator[Row]:
    file = "table1.csv" if document == "Table I" else "table2.csv"
    for row in _read_csv(folder, file):
        for column, head in heads.items():
            yield {"document": document, "row": int(row["row"]), "column": head, "text": row[column] or None}


def _origin(
    provenance: list[Row],
    table: str,
    key: str,
    column: str,
    document: str,
    row: Row,
    cell: tuple[str, dict[str, str]],
    plain: bool,
) -> None:
    """Record that a stored cell comes from one printed cell, as it stands or parsed."""
    printed, heads = cell
    provenance.append(
        {
            "table": table,
            "key": key,
            "column": column,
            "source": f"{document}, row {row['row']}, {heads[printed]}",
            "verbatim": row[printed],
            "status": "printed" if plain else "parsed",
            "note": None,
        }
    )


def _note(provenance: list[Row], table: str, key: str, column: str, fact: Row) -> None:
    provenance.append(
        {
            "table": table,
            "key": key,
            "column": column,
            **{name: fact[name] or None for name in ("source", "verbatim", "status", "note")},
        }
    )


def _add_remarks(folder: Path, rows: dict[str, list[Row]], provenance: list[Row]) -> None:
    """Remarks on whole columns or groups of patients: one line of provenance for each recorded cell they speak of."""
    for remark in _read_csv(folder, "remarks.csv"):
        table, column = remark["table"], remark["column"]
        key = next(entry.key for entry in TABLES if entry.name == table)
        patients = set(_patients(remark, rows["cases"]))
        for row in rows[table]:
            if row["case_id"] in patients and row[column] is not None:
                _note(provenance, table, "/".join(str(row[name]) for name in key), column, remark)


def _check_baseline(folder: Path, rows: dict[str, list[Row]]) -> None:
    """Table I repeats the baseline VAS inside the symptoms; the two tables must agree."""
    baseline = {visit["case_id"]: visit["vas"] for visit in rows["visits"] if visit["month"] == 0}
    for row, case in zip(_read_csv(folder, "table1.csv"), rows["cases"], strict=True):
        printed = int(_match("table1.csv", row, "symptoms", r".*VAS (\d+)\)", "a VAS score at the end")[1])
        if printed != baseline.get(case["case_id"]):
            raise DataProblem(
                f"table1.csv, row {row['row']}, column symptoms: VAS {printed}; expected {baseline.get(case['case_id'])} "
                "as in table2.csv at baseline."
            )
