"""Any sheet that a mapping describes, written as it says, comes back as the tables that it was written from."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core.intake import Dialect, File, read
from plro_core.intake.answers import Answers
from plro_core.intake.sheets.mapping import SheetsMapping
from plro_core.intake.sheets.units import divisor
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.intake_files import workbook
from tests.test_sheet_mappings import mapping

pytestmark = pytest.mark.usefixtures("read_here")

WORDS = Vocabulary(parse('use = ["day", "half_points"]'))
DAYS = {0: 0, 1: 30, 3: 91, 6: 183}
VISITS = {0: "start", 1: "1st month", 3: "3. ay", 6: "last"}
CODES = {"yes": "Evet", "no": "Hayır"}
LABS = ("calcium", "vitamin_d", "pth")
UNITS = {
    "calcium": ("mg/dL", "mmol/L", "mg/100 mL"),
    "vitamin_d": ("ng/mL", "nmol/L", "µg/L"),
    "pth": ("pg/mL", "ng/L"),
}
FLAGS = {"H": ("↑", " (H)", "H"), "L": ("↓", " (L)", " L")}

Values = dict[str, Any]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Written:
    """How a sheet is laid out: what stands round its table, how its cells are written, and what its rows are."""

    rows: str  # a visit, a patient or a measurement each
    titles: Sequence[str]
    footer: str
    mark: str
    encoding: str
    decimal: str
    ids: str
    carried: bool
    dated: bool
    missing: str
    units: Mapping[str, str]
    flags: int
    book: bool


@st.composite
def ways(draw: st.DrawFn) -> Written:
    rows = draw(st.sampled_from(("visit", "patient", "measurement")))
    title = st.text("Clınic 2019,;\"'Ö", min_size=1, max_size=9).filter(
        lambda text: text.count('"') % 2 == 0 and bool(text.strip())
    )
    mark = draw(st.sampled_from((",", ";", "\t")))
    return Written(
        rows,
        draw(st.lists(title, max_size=3)),
        draw(st.sampled_from(("", "Mean ± SD", "* n.d.: not done\nat all"))),
        mark,
        draw(st.sampled_from(("utf-8", "utf-8-sig", "utf-16"))),
        draw(st.sampled_from((".", ","))),
        draw(st.sampled_from(("", "P-", "PLO 0"))),
        rows == "visit" and draw(st.booleans()),
        rows == "visit" and draw(st.booleans()),
        draw(st.sampled_from(("", "n.d.", "999.00"))),
        {name: draw(st.sampled_from(units)) for name, units in UNITS.items()},
        draw(st.integers(0, 2)),
        draw(st.booleans()),
    )


def number(low: int, high: int, decimals: int) -> st.SearchStrategy[float | None]:
    return st.none() | st.integers(low * 10**decimals, high * 10**decimals).map(lambda whole: whole / 10**decimals)


VISIT = st.fixed_dictionaries(
    {"vas": number(0, 10, 1), "calcium": number(6, 12, 1), "vitamin_d": number(5, 90, 1), "pth": number(8, 300, 1),
     "flag": st.sampled_from((None, "H", "L"))}
)  # fmt: skip
PATIENT = st.fixed_dictionaries({"age": st.integers(18, 50) | st.none(), "smoking": st.booleans() | st.none()})
PATIENTS = st.lists(
    st.tuples(PATIENT, st.dictionaries(st.sampled_from((0, 1, 3, 6)), VISIT, min_size=1)), min_size=1, max_size=4
)


def tables(patients: Sequence[tuple[Values, Mapping[int, Values]]], way: Written) -> tuple[list[Values], list[Values]]:
    """The rows of cases and of visits that a sheet gives; a flag without a value has nothing that it could be glued to."""
    cases = [{"case_id": at, **case} for at, (case, _) in enumerate(patients, 1)]
    visits = []
    for at, (_, own) in enumerate(patients, 1):
        for month in VISITS:
            values = own.get(month, {})
            row = {"case_id": at, "month": month, **{name: values.get(name) for name in ("vas", *LABS)}}
            row["calcium_flag"] = values["flag"] if row["calcium"] is not None else None
            if _is_told(row, way, month in own):
                visits.append(row | ({"day": DAYS[month]} if way.dated else {}))
    return cases, visits


def _is_told(row: Values, way: Written, took_place: bool) -> bool:
    """Whether the sheet tells that a visit took place: by a row of its own, or by a cell that holds something."""
    holds = any(row[name] is not None for name in ("vas", *LABS))
    return {"visit": took_place, "patient": holds or bool(way.missing), "measurement": holds}[way.rows]


def cell(name: str, value: Any, way: Written, flag: str | None = None) -> str:
    if value is None:
        return way.missing if name != "when" else ""
    if isinstance(value, bool):
        return CODES["yes" if value else "no"]
    factor = divisor(STANDARD.variable(name, "visits"), way.units[name]) if name in LABS else 1
    text = repr(value * (factor or 1)) if isinstance(value, float) else str(value)
    return text.replace(".", way.decimal) + (FLAGS[flag][way.flags] if flag else "")


def sheet(cases: Sequence[Values], visits: Sequence[Values], way: Written) -> list[list[str]]:
    """The table as people write it: its head and its rows."""
    ids = {row["case_id"]: f"{way.ids}{row['case_id']}" for row in cases}
    own = {row["case_id"]: [cell(name, row[name], way) for name in ("age", "smoking")] for row in cases}
    names = ("vas", *LABS)
    if way.rows == "patient":
        heads = [f"{name} {month}" for month in VISITS for name in names]
        found = {(row["case_id"], row["month"]): row for row in visits}
        lines = []
        for number_of, who in ids.items():
            line = [who, *own[number_of]]
            for month in VISITS:
                row = found.get((number_of, month), {})
                line += [
                    cell(name, row.get(name), way, row.get("calcium_flag") if name == "calcium" else None)
                    for name in names
                ]
            lines.append(line)
        return [["Kim", "Age", "Smokes", *heads], *lines]
    if way.rows == "measurement":
        lines = [
            [ids[row["case_id"]], VISITS[row["month"]], name, cell(name, row[name], way, row["calcium_flag"] if name == "calcium" else None), way.units.get(name, "")]
            for row in visits for name in names if row[name] is not None
        ]  # fmt: skip
        return [["Kim", "When", "Test", "Result", "Unit"], *lines]
    lines, before = [], 0
    for row in visits:
        who = row["case_id"]
        when = (
            (date(2019, 3, 12) + timedelta(DAYS[row["month"]])).strftime("%d.%m.%Y")
            if way.dated
            else VISITS[row["month"]]
        )
        cells = [cell(name, row[name], way, row["calcium_flag"] if name == "calcium" else None) for name in names]
        lines.append(["" if way.carried and who == before else ids[who], when, "12.03.2019", *own[who], *cells])
        before = who
    return [["Kim", "When", "From", "Age", "Smokes", *names], *lines]


def described(way: Written) -> SheetsMapping:
    """The mapping that says how the sheet is written."""
    missing = {"missing": [way.missing]} if way.missing else {}
    case = {"Age": {"table": "cases", "variable": "age", **missing},
            "Smokes": {"table": "cases", "variable": "smoking", "codes": {word: level for level, word in CODES.items()}, **missing}}  # fmt: skip
    lab: dict[str, Values] = {
        name: {
            "table": "visits",
            "variable": name,
            "unit": way.units.get(name, ""),
            "flags": name == "calcium",
            **missing,
        }
        for name in ("vas", *LABS)
    }
    one: Values = {
        "file": "sheet.xlsx" if way.book else "sheet.csv",
        "patient": {"column": "Kim", "carried": way.carried, "numbered": bool(way.ids)},
    }
    one |= {"head_row": len(way.titles) + 1, "footers": [way.footer.partition("\n")[0]] if way.footer else []}
    one |= {"sheet": "Data"} if way.book else {}
    words = {word: month for month, word in VISITS.items()}
    if way.rows == "patient":
        columns = {f"{name} {month}": {**target, "month": month} for month in VISITS for name, target in lab.items()}
        return mapping({**one, "columns": {**case, **columns}}, words=WORDS)
    if way.rows == "measurement":
        results = {name: {key: part for key, part in target.items() if key != "unit"} for name, target in lab.items()}
        own = {name: {"table": "cases", "variable": name} for name in ("age", "smoking")}
        told = {"file": "cases.csv", "patient": {"column": "case_id", "numbered": bool(way.ids)}, "columns": own}
        tests = {"column": "Test", "value": "Result", "unit": "Unit", "results": results}
        return mapping(told, {**one, "visit": {"column": "When", "words": words}, "tests": tests}, words=WORDS)
    visit: Values = (
        {"column": "When", "dates": "dmy", "baseline": "From"} if way.dated else {"column": "When", "words": words}
    )
    ignored = [] if way.dated else ["From"]
    return mapping({**one, "visit": visit, "columns": {**case, **lab}, "ignored": ignored}, words=WORDS)


def files(lines: Sequence[Sequence[str]], way: Written, cases: Sequence[Values]) -> list[File]:
    found = []
    if way.book:
        rows = [*([title] for title in way.titles), *lines, *([[way.footer]] if way.footer else [])]
        found.append(File("sheet.xlsx", workbook([[text or None for text in row] for row in rows], "Data")))
    else:
        text = StringIO(newline="")
        writer = csv.writer(text, delimiter=way.mark)
        writer.writerows([*([title] for title in way.titles), *lines])
        if way.footer:
            writer.writerow([way.footer])
        found.append(File("sheet.csv", text.getvalue().encode(way.encoding)))
    if way.rows == "measurement":
        heads = "case_id,age,smoking\n"
        told = (
            f"{way.ids}{row['case_id']},{'' if row['age'] is None else row['age']},{'' if row['smoking'] is None else 'yes' if row['smoking'] else 'no'}\n"
            for row in cases
        )
        found.insert(0, File("cases.csv", (heads + "".join(told)).encode()))
    return found


@SLOW
@given(PATIENTS, ways())
def test_any_sheet_that_a_mapping_describes_comes_back_equal(
    patients: list[tuple[Values, dict[int, Values]]], way: Written
) -> None:
    cases, visits = tables(patients, way)
    if way.rows != "patient":  # who has no row is not in the sheet
        known = {row["case_id"] for row in visits}
        cases = [row for row in cases if way.rows == "measurement" or row["case_id"] in known]
    of = described(way)
    handed = files(sheet(cases, visits, way), way, cases)
    dialects = {handed[-1].name: Dialect(decimal=way.decimal)}
    first = read(handed, WORDS, mapping=of, dialects=dialects)
    values = frozenset((one.column, one.code) for one in first.questions)
    intake = read(handed, WORDS, mapping=of, dialects=dialects, answers=Answers(values=values))
    assert intake.tables is not None, [finding.sentence for finding in intake.errors]
    for name, expected in (("cases", cases), ("visits", visits)):
        found = [
            {key: value for key, value in row.items() if value is not None} for row in intake.tables[name].to_pylist()
        ]
        assert found == [{key: value for key, value in row.items() if value is not None} for row in expected]
