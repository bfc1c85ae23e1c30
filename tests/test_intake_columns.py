"""Intake in columns against intake cell by cell: the same findings in the same order and words, and the same tables.

The files are made of right cells with odd and hostile ones among them; the oracle is ``tests.plain_intake``.
"""

import csv
import random
from collections.abc import Callable, Sequence
from io import StringIO

import pyarrow as pa
import pytest

from plro_core.intake import Dialect, File, Intake, findings, read
from plro_core.intake.answers import Answers
from plro_core.vocabulary import STANDARD, Variable
from tests import plain_intake
from tests.intake_files import workbook

pytestmark = pytest.mark.usefixtures("read_here")

ODD = (
    *("", " ", "\t", "\xa0", "0", "-0", "−0", "-0.0", "007", "1e999", "1e3", "inf", "NaN", "-inf", "∞", "9", "9.0", "9.50"),
    *("8,9", "21,9", "1.234", "1,234", "12.345,6", "1 000", "1\u202f000", "−2.5", "–2.5", "- 2.5", "+3", ".5", "5.", "9/10"),
    *("9 of 10", "45/100", "22.5%", "38 ng/mL", "11.4↑", "<8", ">=60", "=A1", "@x", "#N/A", "#REF!", "n/a", "NA", "–", "?"),
    *("99", "-9", "999", "-99", "9999", "98", "-1", "45292", "45000", "Yes", "NO", "yes ", " no", "TRUE", "evet", "x", "1"),
    *("stopped", "Stopped", "continued", "CONTINUED", "contined", "T12", "t12", "L1", "H", "h", "↑", "baseline", "month 3"),
    *("a\nb", "a\r\nb", 'say "so"', "a;b", "a,b", "x\x07y", "x" * 40, "é", "İ", "#hash", "two  words", "1-3", "3 May", "٣"),
    *("123456789012345", "1234567890123456", "-5", "3.14159", "0.1", "100", "0x1F", "1_000", "１２", "²", "NULL", "nil", "None"),
)  # fmt: skip
TABLES = ("cases", "visits", "symptoms", "treatments", "fractures", "imaging")


def usual(entry: Variable, chance: random.Random) -> str:
    """A cell as somebody may rightly write it."""
    if entry.name == "case_id":
        return str(chance.randint(1, 12))
    if entry.levels:
        level = chance.choice(entry.levels)
        return chance.choice((level.code, level.code, level.label, level.label.upper()))
    if entry.kind == "boolean":
        return chance.choice(("yes", "no", "Yes", "NO"))
    if not entry.is_number:
        return chance.choice(("vitamin D", "calcium", "oral", "walking aid", "Ümit"))
    limits = entry.reference or entry.plausible
    low, high = (limits.low, limits.high) if limits else (0, 50)
    return f"{chance.uniform(low or 0, high or 50):.{entry.decimals}f}"


def rows_of(table: str, chance: random.Random, count: int, oddness: float) -> list[list[str]]:
    """A head and rows of a table; some optional columns are left out, and some rows are blank or given again."""
    required = {entry.name for entry in STANDARD.columns(table) if entry.required}
    entries = [entry for entry in STANDARD.columns(table) if entry.name in required or chance.random() < 0.8]
    rows: list[list[str]] = []
    for _ in range(count):
        row = [
            chance.choice(ODD) if chance.random() < oddness else "" if chance.random() < 0.15 else usual(entry, chance)
            for entry in entries
        ]
        rows.append(chance.choice(rows)[:] if rows and chance.random() < 0.04 else row)
        if chance.random() < 0.03:
            rows.append([""] * len(entries))
    heads = [chance.choice((entry.name, entry.name, entry.label)) for entry in entries]
    return [heads, *rows]


def as_text(
    rows: Sequence[Sequence[str]], delimiter: str = ",", ends: str = "\n", quoting: int = csv.QUOTE_MINIMAL
) -> bytes:
    text = StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


def assert_same(files: Sequence[File], **how: object) -> Intake:
    found = read(files, STANDARD, **how)  # type: ignore[arg-type]
    expected = plain_intake.read(files, STANDARD, **how)  # type: ignore[arg-type]
    assert [one.sentence for one in found.findings] == [one.sentence for one in expected.findings]
    assert found.findings == expected.findings
    assert (found.sources, found.given) == (expected.sources, expected.given)
    assert (found.questions, found.unit_questions) == (expected.questions, expected.unit_questions)
    assert_equal(found.tables, expected.tables)
    return found


def assert_equal(found: dict[str, pa.Table] | None, expected: dict[str, pa.Table] | None) -> None:  # type: ignore[type-arg]
    assert (found is None) == (expected is None)
    for name, table in (expected or {}).items():
        assert found is not None
        assert found[name].schema == table.schema
        assert repr(found[name].to_pylist()) == repr(table.to_pylist())  # -0.0 is not 0.0


def registry(chance: random.Random, oddness: float, form: Callable[[list[list[str]]], bytes] = as_text) -> list[File]:
    """One file a table, now and then two of the same."""
    files = []
    for table in TABLES:
        for part in range(chance.choice((1, 1, 1, 2))):
            ending = "csv" if form is not workbook else "xlsx"
            files.append(File(f"{table} {part}.{ending}", form(rows_of(table, chance, 25, oddness))))
    return files


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("oddness", [0.0, 0.01, 0.3])
def test_files_read_in_columns_are_read_as_cell_by_cell(seed: int, oddness: float) -> None:
    chance = random.Random(f"{seed} {oddness}")
    quoting = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC))
    delimiter, ends = chance.choice((",", ";", "\t")), chance.choice(("\n", "\r\n"))
    files = registry(chance, oddness, lambda rows: as_text(rows, delimiter, ends, quoting))
    assert_same(files)
    decimal = chance.choice((".", ","))
    assert_same(files, dialects={file.name: Dialect("utf-8", delimiter, decimal) for file in files})


@pytest.mark.parametrize("seed", range(4))
def test_workbooks_read_in_columns_are_read_as_cell_by_cell(seed: int) -> None:
    chance = random.Random(f"workbook {seed}")
    rows = {table: rows_of(table, chance, 15, 0.05) for table in TABLES}
    typed = {
        table: [lines[0], *([float(cell) if cell.isdecimal() else cell or None for cell in line] for line in lines[1:])]
        for table, lines in rows.items()
    }
    assert_same([File(f"{table}.xlsx", workbook(lines, table)) for table, lines in typed.items()])


def sound(chance: random.Random) -> list[File]:
    """Files without an error: two patients of three with visits, facts and now and then a doubtful value."""
    cases = [["case_id", "age", "weeks_postpartum", "t_l1_l4", "t_l2_l4", "t_femoral_neck"]]
    visits = [["case_id", "month", "vas", "calcium", "calcium_flag", "alp", "pth"]]
    treatments = [["case_id", "kind", "agent", "start", "stop"]]
    fractures = [["case_id", "level"]]
    for number in chance.sample(range(1, 40), 12):
        scores = [f"{chance.uniform(-4, 1):.1f}" for _ in range(3)]
        cases.append([str(number), "31", str(chance.randint(0, 9)), *scores])
        for month in chance.sample(("0", "1", "3", "6"), chance.randint(0, 4)):
            visits.append([str(number), month, chance.choice(("", "9", "2")), f"{chance.uniform(7, 12):.1f}",
                           chance.choice(("", "H", "L")), str(chance.randint(20, 200)), f"{chance.uniform(5, 90):.1f}"])  # fmt: skip
        treatments.append([str(number), "breastfeeding", "breast", "", chance.choice(("-5", "2", ""))])
        for level in chance.sample(("T12", "L1", "L2", "L4"), chance.randint(0, 3)):
            fractures.append([str(number), level])
    given = {"cases": cases, "visits": visits, "treatments": treatments, "fractures": fractures}
    return [File(f"{name}.csv", as_text(rows)) for name, rows in given.items()]


@pytest.mark.parametrize("seed", range(12))
def test_rows_put_into_a_registry_give_what_they_give_cell_by_cell(seed: int) -> None:
    chance = random.Random(f"base {seed}")
    first = assert_same(sound(chance))
    assert first.tables is not None, first.errors
    more = [file for file in sound(chance) if file.name == "cases.csv" or chance.random() < 0.7]
    assert_same(more, base=first.tables)
    assert_same(more, base=first.tables, whole=True)
    few = [File("visits.csv", as_text([["case_id", "month", "vas"], *few_rows(first.tables["visits"], chance)]))]
    changed = assert_same(few, base=first.tables)
    assert changed.tables is not None, changed.errors


def few_rows(visits: pa.Table, chance: random.Random) -> list[list[str]]:
    """Some of the visits with another score."""
    rows = chance.sample(range(visits.num_rows), min(5, visits.num_rows))
    return [[str(visits[name][row].as_py()) for name in ("case_id", "month")] + ["5"] for row in rows]


def test_answers_are_heard_as_cell_by_cell() -> None:
    rows = [
        ["case_id", "month", "vas", "pth"],
        *([str(at), "0", (at % 3 and "99") or "45", "-9"] for at in range(1, 30)),
    ]
    files = [
        File("visits.csv", as_text(rows)),
        File("cases.csv", as_text([["case_id"], *([str(at)] for at in range(1, 30))])),
    ]
    assert_same(files)
    assert_same(files, answers=Answers(missing=frozenset({("vas", "99")}), values=frozenset({("pth", "-9")})))
    assert_same(files, answers=Answers(units=frozenset({("visits.vas", "mm")})))


@pytest.mark.parametrize("cell", ["1e999", "-2.5 ", "12,5", "77.77"])
def test_more_findings_than_are_shown_are_counted_as_cell_by_cell(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "plro_core.intake.columns",
        "plro_core.intake.rows",
        "plro_core.intake.doubts",
        "tests.plain_intake.rows",
    ):
        monkeypatch.setattr(f"{module}.MOST_FINDINGS", 7)
    monkeypatch.setattr(findings, "MOST_FINDINGS", 7)
    rows = [["case_id", "month", "vas", "calcium", "pth"]]
    for at in range(1, 60):
        rows.append([str(at % 50 + 1), "0", cell if at % 2 else f"{at}x", f"{at % 4 + 6}.{at % 10}", " 200 "])
    found = assert_same([File("visits.csv", as_text(rows)), File("cases.csv", as_text([["case_id"], ["1"], ["99"]]))])
    assert found.findings[-1].rule == "more"


@pytest.mark.parametrize(
    "text",
    ["", "\n", "a", "a\n", "\n\n a,b\n1,2\n\n,\n3,4", "a,b\r\n1,2\r\n\r\n3,4\r\n", "a,b\n1\n2,3,4\n", 'a,b\n"1",2\n"x\ny",3',
     'a,b\n1,"2\n', 'a,b\n"1"x,2', "a;b\n1;2,5\n;\n", "a\tb\n\t\n1\t", "\ufeffa,b\n1,2", "a,b\n1,2\x0b\x0c\n\x1c3,4\u2028", "case_id\n1\n\n2\n \n"],
)  # fmt: skip
def test_text_is_taken_apart_as_line_by_line(text: str) -> None:
    assert_same([File("visits.csv", text.encode())])
    assert_same([File("visits.csv", f"case_id,month\n1,0\n{text}".encode())])
