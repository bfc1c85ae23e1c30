"""LaTeX read by a strict reader of its own: no command but the few that a table needs, and as many columns in each row as are declared."""

import re

import pytest

import plro_core as plro
from plro_core.export import export_table
from plro_core.manuscript import write
from plro_core.manuscript.latex import latex
from plro_core.manuscript.model import Head, PrintCell, PrintRow, PrintTable
from plro_core.manuscript.widths import shrunk, widths
from plro_core.store import Registry, open_registry
from plro_core.tables import printed_table
from tests.test_manuscript import hostile_table

_TOKEN = re.compile(r"\\([A-Za-z]+)(?:\s+|\*)?|\\(.)|([{}&$%])|(\n)|([^\\{}&$%\n]+)", re.DOTALL)
_ENVIRONMENTS = {"table", "tabular", "longtable", "landscape"}
_GRIDS = ("tabular", "longtable")
_WRAPPED = r">\{\\raggedright\\arraybackslash\}p\{\\dimexpr 0\.\d{3}\\linewidth-2\\tabcolsep\\relax\}"
_COMMANDS = {
    *(
        "begin",
        "end",
        "caption",
        "renewcommand",
        "thetable",
        "toprule",
        "midrule",
        "bottomrule",
        "cmidrule",
        "multicolumn",
    ),
    *("textbf", "textsuperscript", "phantom", "quad", "par", "footnotesize", "textbackslash", "textasciicircum"),
    *(
        "textasciitilde",
        "linewidth",
        "pm",
        "geq",
        "leq",
        "uparrow",
        "downarrow",
        "textdagger",
        "textdaggerdbl",
        "S",
        "P",
        "textbardbl",
        "textless",
        "textgreater",
        "textbar",
        "cdot",
    ),
    *("begingroup", "endgroup", "small", "scriptsize", "smallskip", "endfirsthead", "endhead", "endfoot", "textit"),
    *("raggedright", "arraybackslash", "dimexpr", "tabcolsep", "relax", "dots", "rightarrow", "textdegree"),
}


def checked(source: str) -> list[int]:
    """How many columns each row of the table has.

    Raises:
        AssertionError: a brace or a formula that stays open, an unknown command, or a comment within the text.
    """
    depth, in_formula, opened, rows, columns, captioned = 0, False, [], [], 1, False
    body = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    place = 0
    while place < len(body):
        token = _TOKEN.match(body, place)
        assert token is not None, body[place : place + 20]
        command, escaped, sign, _, _ = token.groups()
        place = token.end()
        if command in ("begin", "end"):
            name = re.match(r"\{(\w+)\}", body[place:])
            assert name is not None
            assert name[1] in _ENVIRONMENTS
            if command == "begin":
                opened.append(name[1])
                declared = re.match(rf"\{{(?:tabular|longtable)\}}\{{((?:l|{_WRAPPED})+)\}}", body[place:])
                columns = 1
                assert (declared is not None) == (name[1] in _GRIDS)
                if declared:
                    rows.append(len(re.sub(_WRAPPED, "l", declared[1])))
                    place += declared.end()
            else:
                assert opened.pop() == name[1]
        elif command:
            assert command in _COMMANDS, command
            captioned |= command == "caption" and opened[-1] == "longtable"
            if command == "multicolumn":
                span = re.match(r"\{(\d+)\}", body[place:])
                assert span is not None
                columns += int(span[1]) - 1
        elif escaped == "\\":
            if opened[-1] in _GRIDS and not captioned:
                rows.append(columns)
            captioned = False
            columns = 1
        elif escaped:
            assert escaped in "{}$&#%_,", escaped
        elif sign == "$":
            in_formula = not in_formula
        elif sign == "&":
            assert depth == 0
            assert opened[-1] in _GRIDS
            columns += 1
        elif sign in ("{", "}"):
            depth += 1 if sign == "{" else -1
            assert depth >= 0
        else:
            assert sign != "%"
            assert not re.search(r"[#_^~]", token[0]), token[0]
    assert (depth, in_formula, opened) == (0, False, [])
    return rows


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def balanced(source: str) -> int:
    declared, *rows = checked(source)
    assert rows
    assert set(rows) == {declared}
    return len(rows)


@pytest.mark.parametrize("asked", [
    {},
    {"by": "breastfeeding", "difference": True, "style": "turkish-neurosurgery"},
    {"by": "case_definition", "style": "jama"},
    {"cohort": "patients=8", "style": "osteoporosis-international"},
    {"cohort": "age=60"},
])  # fmt: skip
def test_a_summary_in_latex_is_balanced(registry: Registry, asked: dict[str, object]) -> None:
    result = plro.summary(registry, **asked)  # type: ignore[arg-type]
    table = result.table.printed  # type: ignore[union-attr]
    source = export_table(result.table, "tex", result.recipe).decode()
    times = 2 if "longtable}" in source else 1  # the heads of the first page, and of those that follow
    assert balanced(source) == len(table.rows) + times * len(table.heads)


@pytest.mark.parametrize("kind", ["records", "compare", "claims", "table_one", "ranges", "Table I", "Table II"])
def test_every_kind_of_table_in_latex_is_balanced(registry: Registry, kind: str) -> None:
    tables = {
        "records": lambda: plro.records(registry, "treatments").table,
        "compare": lambda: plro.compare(registry, "smoking=yes").table,
        "claims": lambda: plro.claims(registry).table,
        "table_one": lambda: plro.table_one(registry, by="smoking").table,
        "ranges": lambda: plro.ranges(registry).table,
    }
    table = tables[kind]() if kind in tables else printed_table(registry, kind)
    balanced(export_table(table, "tex").decode())


def test_a_table_goes_on_over_the_page_and_one_that_is_too_wide_lies_on_its_side(registry: Registry) -> None:
    claims = export_table(plro.claims(registry).table, "tex").decode()
    shares = [float(share) for share in re.findall(r"dimexpr (0\.\d+)", claims)]
    assert len(shares) > 1
    assert sum(shares) == pytest.approx(1, abs=0.01)
    assert r"\begin{landscape}" in claims
    assert r"\begin{longtable}" in claims
    assert "needs \\usepackage{array,booktabs,caption,longtable,pdflscape}" in claims
    summary = export_table(plro.summary(registry, by="smoking", show="age,vas").table, "tex").decode()
    assert r"\begin{table}" in summary
    assert r"\begin{tabular}{llll}" in summary
    assert "needs \\usepackage{booktabs,caption}" in summary


@pytest.mark.parametrize(("rows", "long"), [(0, False), (1, False), (36, False), (60, True), (1000, True)])
def test_as_many_rows_as_a_page_has_stay_together(rows: int, long: bool) -> None:
    cells = (PrintCell("Age (years)"), PrintCell("30.5 (29–31)"))
    table = PrintTable("t", ((Head(""), Head("all")),), (PrintRow(cells),) * rows, ("left", "decimal"))
    assert ("longtable" in write(table, "tex").decode()) == long


def test_hostile_text_in_latex_is_balanced() -> None:
    assert balanced(write(hostile_table(), "tex").decode()) == 1 + len(hostile_table().rows)


@pytest.mark.parametrize(("text", "said"), [
    ("[x]", "{[}x]"),
    ("*x", "{*}x"),
    ("< 0.05 | > 1", r"\textless{} 0.05 \textbar{} \textgreater{} 1"),
    ("10 patients · 40 visits", r"10 patients $\cdot$ 40 visits"),
])  # fmt: skip
def test_signs_that_latex_reads_otherwise_are_said_by_their_names(text: str, said: str) -> None:
    assert latex(text) == said


@pytest.mark.parametrize("broken", [r"a & b \\", r"{ \\", r"\input{x} \\", r"50 % \\", r"a_b \\", r"$x \\"])
def test_the_reader_finds_what_is_wrong(broken: str) -> None:
    source = "\\begin{table}\n\\begin{tabular}{l}\n" + broken + "\n\\end{tabular}\n\\end{table}\n"
    with pytest.raises(AssertionError):
        balanced(source)


def test_type_is_smaller_only_where_words_would_break() -> None:
    def table(columns: int) -> PrintTable:
        cells = (PrintCell("immunoreactive"),) * columns
        return PrintTable("t", ((Head("h"),) * columns,), (PrintRow(cells),), ("left",) * columns)

    assert shrunk(table(3), 90) == 1
    assert shrunk(table(6), 90) == 90 / (6 * 16.5)
    assert shrunk(table(20), 90) == 0.75
    assert sum(widths(table(6), 90)) == pytest.approx(1)
    small, usual = (write(table(columns), "rtf").decode() for columns in (12, 3))
    assert (r"\fs18" + "\n" in usual, r"\fs18" + "\n" in small.partition(r"\keepn")[2]) == (True, False)
    assert b'w:sz w:val="14"' in document(write(table(12), "docx"))
    assert b'w:sz w:val="14"' not in document(write(table(3), "docx"))


def document(content: bytes) -> bytes:
    from io import BytesIO
    from zipfile import ZipFile

    return ZipFile(BytesIO(content)).read("word/document.xml")


def test_a_number_with_its_interval_is_not_broken(registry: Registry) -> None:
    table = plro.summary(registry, by="breastfeeding", difference=True).table.printed  # type: ignore[union-attr]
    assert table.is_wide
    shares = widths(table, 138)
    longest = [max(len(row.cells[place].text) for row in table.rows) for place in range(1, 5)]
    assert all(share * 138 >= length for share, length in zip(shares[1:], longest, strict=True))
    assert not plro.summary(registry, by="breastfeeding", show="age,vas").table.printed.is_wide  # type: ignore[union-attr]


def test_no_page_parts_a_head_from_its_rows(registry: Registry) -> None:
    table = plro.summary(registry, by="breastfeeding", show="age,vas:0/6").table.printed  # type: ignore[union-attr]
    assert [row.is_head for row in table.rows] == [False, True, False, False]
    body = document(write(table, "docx"))
    assert body.count(b"<w:keepNext/>") == 1 + len(table.aligned)  # the caption, and each cell of the head
    assert write(table, "rtf").count(b"\\li0\\keepn") == len(table.aligned)
