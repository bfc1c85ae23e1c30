"""From the hand transcription of the paper (``data/source/*.csv``) to the registry's tables.

The two printed tables are kept character for character; their numbers are parsed here, once, and every stored cell
gets a line of provenance that leads back to the printed cell or to the sentence it was taken from.
"""

import csv
import re
from collections.abc import Collection, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa

from plro_core import plain_files, strict
from plro_core.problems import DataProblem
from plro_core.schema import arrow_schema
from plro_core.series import documents
from plro_core.shipped import SHIPPED
from plro_core.vocabulary import STANDARD, Variable, standard

SOURCE = SHIPPED / "source"

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
_LAB_COLUMNS = dict(zip(("ca", "mg", "vit_d", "alp", "pth"), (lab.name for lab in standard.LABS), strict=True))
_TIMES = dict(zip(("Baseline", "1st month", "3rd month", "6th month"), standard.MONTHS, strict=True))
_ARROWS = {"↑": "H", "↓": "L", "": None}
_MANAGEMENT = (
    r"(Discontinuation of breastfeeding|Keep on breastfeeding|Supplementation of Vitamin D and Calcium"
    r"|Bisphosphonate|Vertebroplasty \([^()]*\)|,? )*,?"
)
_ORIGIN = ["source", "verbatim", "status", "note"]
_TOML = strict.Form(DataProblem, "what a registry says of itself", 100_000, "registry.toml")
_ABOUT = {**dict.fromkeys(("version", "title", "source", "author", "note", "time"), str), "synthetic": bool}

#: Source file -> its columns.
_HEADS = {
    "table1.csv": ["row", *TABLE_1_HEADS],
    "table2.csv": ["row", *TABLE_2_HEADS],
    "case_facts.csv": ["patients", "column", "value", *_ORIGIN],
    "claims.csv": [entry.name for entry in STANDARD.columns("claims")],
    "relations.csv": [entry.name for entry in STANDARD.columns("relations")],
    "references.csv": ["number", "text"],
    "remarks.csv": ["table", "patients", "column", *_ORIGIN],
    **{
        f"{table}.csv": ["patients", *(entry.name for entry in STANDARD.columns(table)[1:]), *_ORIGIN]
        for table in ("symptoms", "treatments", "fractures", "imaging")
    },
}


def read_about(folder: Path = SOURCE) -> Row:
    """Version, title, source, author, note, time and whether it is synthetic, of the published registry.

    Raises:
        DataProblem: ``registry.toml`` is missing, is not TOML or does not give exactly these words.
    """
    about = _TOML.toml(_text(folder, "registry.toml"))
    if {name: type(value) for name, value in about.items()} != _ABOUT:
        raise DataProblem(f"registry.toml: expected exactly {', '.join(_ABOUT)}, as text or true or false.")
    return about


def read_source(folder: Path = SOURCE) -> dict[str, pa.Table]:
    """All tables of the published registry, compiled from the transcription.

    Raises:
        DataProblem: a cell cannot be read; the sentence names file, row, column, value and what was expected.
        RegistryProblem: ``document.toml`` is missing or at fault, without which nothing would be known to be the paper's.
    """
    name = documents.read(folder / documents.FILE).name
    _read_csv(folder, "references.csv")
    provenance: list[Row] = []
    cases = _cases(folder, provenance)
    rows = {
        "cases": cases,
        "visits": _visits(folder, provenance),
        **{
            name: _facts(folder, name, cases, provenance) for name in ("symptoms", "treatments", "fractures", "imaging")
        },
        "printed": [
            *_printed(folder, "Table I", TABLE_1_HEADS),
            *_printed(folder, "Table II", TABLE_2_HEADS),
        ],
        "claims": [
            {name: row[name] or None for name in _HEADS["claims.csv"]} for row in _read_csv(folder, "claims.csv")
        ],
    }
    rows["relations"] = [
        {name: row[name] or None for name in _HEADS["relations.csv"]} for row in _read_csv(folder, "relations.csv")
    ]
    _check_baseline(folder, rows)
    _add_remarks(folder, rows, provenance)
    rows["provenance"] = provenance
    for table in ("printed", "provenance"):
        rows[table] = [row | {"series": name} for row in rows[table]]
    return {table.name: _arrow(table.name, table.key, rows.get(table.name, [])) for table in STANDARD.tables}


def _arrow(name: str, key: tuple[str, ...], rows: list[Row]) -> pa.Table:
    if name in ("cases", "visits"):
        rows = sorted(rows, key=lambda row: [row[column] for column in key])
    return pa.Table.from_pylist(rows, schema=arrow_schema(name, STANDARD))


def _text(folder: Path, name: str) -> str:
    try:
        return plain_files.content(folder / name).decode("utf-8-sig")
    except OSError:
        raise DataProblem(f"{name}: the file is missing from {folder.name}/.") from None
    except UnicodeDecodeError:
        raise DataProblem(f"{name}: the file is not UTF-8 text.") from None


def _read_csv(folder: Path, name: str) -> list[Row]:
    return read_rows(folder, name, _HEADS[name])


def read_rows(folder: Path, name: str, heads: list[str], first: int = 1) -> list[Row]:
    """The rows of a source file, each with exactly these columns, and its number as "row" unless that is a column.

    ``first`` is the number of the first row below the heads; 2 counts as a spreadsheet does.

    Raises:
        DataProblem: the file is missing, is no CSV file in UTF-8, or has other columns or no row.
    """
    rows = []
    try:
        cells = list(csv.reader(StringIO(_text(folder, name), newline=""), strict=True))
    except csv.Error as error:
        raise DataProblem(f"{name}: {error}; expected comma-separated values.") from None
    for number, row in enumerate(cells, first - 1):
        if number == first - 1 and row != heads:
            raise DataProblem(f"{name}, first line: “{','.join(row)}”; expected {','.join(heads)}.")
        if len(row) != len(heads):
            raise DataProblem(f"{name}, row {number}: {len(row)} cells; expected {len(heads)}.")
        rows.append({"row": str(number), **dict(zip(heads, row, strict=True))})
    if len(rows) < 2:
        raise DataProblem(f"{name}: no rows; expected at least one.")
    return rows[1:]


def _match(file: str, row: Row, column: str, pattern: str, expected: str) -> re.Match[str]:
    found = re.fullmatch(pattern, row[column], re.ASCII)
    if not found:
        raise DataProblem(f"{file}, row {row['row']}, column {column}: “{row[column]}”; expected {expected}.")
    return found


def _number(file: str, row: Row, column: str) -> float:
    return float(_match(file, row, column, r"-?\d{1,9}(\.\d+)?", "a number")[0])


def _whole(file: str, row: Row, column: str) -> int:
    return int(_match(file, row, column, r"-?\d{1,9}", "a whole number")[0])


def _cases(folder: Path, provenance: list[Row]) -> list[Row]:
    cases = [_case(row, provenance) for row in _read_csv(folder, "table1.csv")]
    by_id = {case["case_id"]: case for case in cases}
    file = "case_facts.csv"
    for fact in _read_csv(folder, file):
        _expect(file, fact, "column", _names("cases"))
        for case_id in _patients(file, fact, cases):
            by_id[case_id][fact["column"]] = _typed(file, fact, "value", STANDARD.variable(fact["column"], "cases"))
            _note(provenance, "cases", str(case_id), fact["column"], fact)
    return cases


def _case(row: Row, provenance: list[Row]) -> Row:
    """One row of Table I as typed columns, with a line of provenance for each."""
    file = "table1.csv"
    patient = _match(file, row, "patient", r"(\d{1,9})( Twin pregnancy)?", "a number, perhaps with “Twin pregnancy”")
    management = _match(file, row, "management", _MANAGEMENT, "only the measures that Table I names")[0]
    case_id = int(patient[1])
    parsed = {
        "case_id": (case_id, "patient"),
        "age": (_whole(file, row, "age"), "age"),
        "weeks_postpartum": (
            int(_match(file, row, "time_of_diagnosis", r"Postpartum (\d{1,9})", "“Postpartum” and weeks")[1]),
            "time_of_diagnosis",
        ),
        "smoking": (
            _match(file, row, "risk_factors", "Smoking|N/A", "“Smoking” or “N/A”")[0] == "Smoking",
            "risk_factors",
        ),
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
        if row["case"] or not case_id:
            case_id = _whole("table2.csv", row, "case")
        _expect("table2.csv", row, "time", _TIMES)
        month = _TIMES[row["time"]]
        key = f"{case_id}/{month}"
        visit: Row = {"case_id": case_id, "month": month, "vas": _whole("table2.csv", row, "vas")}
        _origin(provenance, "visits", key, "vas", "Table II", row, ("vas", TABLE_2_HEADS), True)
        for printed, lab in _LAB_COLUMNS.items():
            visit[lab], visit[f"{lab}_flag"] = _laboratory(row, printed)
            _origin(
                provenance,
                "visits",
                key,
                lab,
                "Table II",
                row,
                (printed, TABLE_2_HEADS),
                row[printed][-1] not in _ARROWS,
            )
        visits.append(visit)
    return visits


def _laboratory(row: Row, column: str) -> tuple[float | None, str | None]:
    """A printed laboratory cell as value and printed arrow; "N/A" is not available in Table II."""
    if row[column] == "N/A":
        return None, None
    found = _match("table2.csv", row, column, r"(\d{1,9}(?:\.\d+)?)([↑↓]?)", "a number, perhaps with an arrow, or N/A")
    return float(found[1]), _ARROWS[found[2]]


def _facts(folder: Path, table: str, cases: list[Row], provenance: list[Row]) -> list[Row]:
    """Rows of a one-row-a-fact table; a source line that names several patients becomes one row for each."""
    key = next(entry.key for entry in STANDARD.tables if entry.name == table)
    rows = []
    file = f"{table}.csv"
    for fact in _read_csv(folder, file):
        for case_id in _patients(file, fact, cases):
            row = {entry.name: _typed(file, fact, entry.name, entry) for entry in STANDARD.columns(table)[1:]}
            row["case_id"] = case_id
            rows.append(row)
            _note(provenance, table, "/".join(str(row[column]) for column in key), key[-1], fact)
    return sorted(rows, key=lambda row: int(row["case_id"]))


def _patients(file: str, fact: Row, cases: list[Row]) -> list[int]:
    known = [int(case["case_id"]) for case in cases]
    if fact["patients"] == "all":
        return known
    pattern, expected = r"\d{1,9}( \d{1,9})*", "“all” or patients' numbers"
    named = [int(number) for number in _match(file, fact, "patients", pattern, expected)[0].split()]
    for stranger in sorted(set(named) - set(known)):
        raise DataProblem(f"{file}, row {fact['row']}, column patients: {stranger}; expected a patient of table1.csv.")
    return named


def _typed(file: str, fact: Row, column: str, entry: Variable) -> Any:
    """A cell of our own fact files as the type its variable declares; an empty cell is missing."""
    if fact[column] == "":
        return None
    if entry.kind == "boolean":
        return _match(file, fact, column, "yes|no", "yes or no")[0] == "yes"
    if entry.kind == "number":
        return _number(file, fact, column)
    return _whole(file, fact, column) if entry.kind == "integer" else fact[column]


def _names(table: str) -> list[str]:
    return [entry.name for entry in STANDARD.columns(table)]


def _expect(file: str, row: Row, column: str, known: Collection[str]) -> None:
    if row[column] not in known:
        raise DataProblem(
            f"{file}, row {row['row']}, column {column}: “{row[column]}”; expected one of {', '.join(known)}."
        )


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
    file = "remarks.csv"
    for remark in _read_csv(folder, file):
        _expect(file, remark, "table", ("cases", "visits"))
        _expect(file, remark, "column", _names(remark["table"]))
        table, column = remark["table"], remark["column"]
        key = next(entry.key for entry in STANDARD.tables if entry.name == table)
        patients = set(_patients(file, remark, rows["cases"]))
        for row in rows[table]:
            if row["case_id"] in patients and row.get(column) is not None:
                _note(provenance, table, "/".join(str(row[name]) for name in key), column, remark)


def _check_baseline(folder: Path, rows: dict[str, list[Row]]) -> None:
    """Table I repeats the baseline VAS inside the symptoms; the two tables must agree."""
    baseline = {visit["case_id"]: visit["vas"] for visit in rows["visits"] if visit["month"] == 0}
    for row, case in zip(_read_csv(folder, "table1.csv"), rows["cases"], strict=True):
        printed = int(_match("table1.csv", row, "symptoms", r".*VAS (\d{1,2})\)", "a VAS score at the end")[1])
        at_baseline = baseline.get(case["case_id"])
        if printed != at_baseline:
            raise DataProblem(
                f"table1.csv, row {row['row']}, column symptoms: VAS {printed}; expected {at_baseline} "
                "as in table2.csv at baseline."
            )
