"""What intake speaks of: places in a file, raw cells, findings, and the answer that a reading gives."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # what reads a workbook needs these words in a process that must start quickly
    import pyarrow as pa

#: A cell as its file holds it: text from CSV; text, number, truth value or date from a workbook; ``None`` where empty.
Raw = str | float | bool | date | None

#: A cell as its variable declares it.
Value = int | float | bool | str | None

Severity = Literal["error", "warning"]

_LONGEST_VALUE = 200  # letters of a cell that a finding shows


@dataclass(frozen=True, slots=True)
class Place:
    """One cell of one file. ``row`` counts from 1 as a spreadsheet shows it, ``column`` is the head of the column.

    ``sheet`` is empty for a file without sheets; ``index`` counts columns from 0.
    """

    file: str
    sheet: str
    row: int
    column: str
    index: int

    @property
    def cell(self) -> str:
        """The cell as a spreadsheet names it, such as ``H14``."""
        letters, rest = "", self.index + 1
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(65 + letter) + letters
        return f"{letters}{self.row}"

    @property
    def words(self) -> str:
        """The place in words, for provenance: ``visits.xlsx, sheet visits, row 14, vas``."""
        before, after = self.words_around
        return f"{before}{self.row}{after}"

    @property
    def words_around(self) -> tuple[str, str]:
        """The words before and after the number of the row."""
        sheet = f"sheet {self.sheet}, " if self.sheet else ""
        return f"{self.file}, {sheet}row ", f", {self.column}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A raw cell and where it stands; ``written`` is what its file holds, if a mapping made something else of it."""

    raw: Raw
    place: Place
    written: str | None = None


@dataclass(frozen=True)
class Sheet:
    """One table as a file holds it. ``rows`` are (row number as a spreadsheet shows it, cells), as wide as ``head``."""

    file: str
    name: str
    head: tuple[str, ...]
    rows: Sequence[tuple[int, tuple[Raw, ...]]]
    head_row: int = 1

    def placed(self, row: int, cells: tuple[Raw, ...], index: int) -> Placed:
        """One cell of a row with its place."""
        return Placed(cells[index], Place(self.file, self.name, row, self.head[index], index))


#: One row on its way into a table: variable name -> cell. Every cell knows its own place.
Draft = dict[str, Placed]


@dataclass(frozen=True)
class Finding:
    """One thing that intake found wrong (an error refuses the files) or doubtful (a warning needs a tick).

    ``rule`` is a short stable name such as ``plausible`` or ``unknown_column``. ``message`` is one sentence that says what
    was expected; ``suggestion`` is a question or step that may mend it, or empty.
    """

    file: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    value: str = ""
    rule: str = ""
    severity: Severity = "error"
    message: str = ""
    suggestion: str = ""

    @classmethod
    def at(
        cls,
        place: Place,
        value: str,
        rule: str,
        message: str,
        severity: Severity = "error",
        suggestion: str = "",
    ) -> "Finding":
        """A finding on one cell; of a long value the beginning is shown."""
        shown = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
        return cls(
            place.file, place.sheet, place.row, place.column, place.cell, shown, rule, severity, message, suggestion
        )

    @property
    def where(self) -> str:
        """File, sheet, cell and column in words."""
        parts = [self.file, f"sheet {self.sheet}" if self.sheet else "", self.cell or self._row_words, self.column]
        return ", ".join(part for part in parts if part)

    @property
    def _row_words(self) -> str:
        return f"row {self.row}" if self.row else ""

    @property
    def sentence(self) -> str:
        """The whole finding in one line: where, what stands there, what was expected, what may mend it."""
        value = f"“{self.value}”; " if self.value else ""
        hint = f" {self.suggestion}" if self.suggestion else ""
        return f"{self.where}: {value}{self.message}{hint}"

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CellFinding:
    """What is wrong or doubtful about a cell, before it is known where the cell stands."""

    rule: str
    message: str
    suggestion: str = ""
    severity: Severity = "error"

    def at(self, place: Place, value: str) -> Finding:
        """The finding on the cell of this place, which holds ``value``."""
        return Finding.at(place, value, self.rule, self.message, self.severity, self.suggestion)


@dataclass(frozen=True)
class Dialect:
    """How the text of one file is read. Empty parts are not known yet and are to be detected."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""

    @property
    def words(self) -> str:
        """For confirmation: ``UTF-8, semicolon between cells, decimal comma``."""
        between = {",": "comma", ";": "semicolon", "\t": "tab"}.get(self.delimiter, self.delimiter)
        point = {",": "decimal comma", ".": "decimal point"}.get(self.decimal, "")
        parts = (self.encoding.upper(), f"{between} between cells" if between else "", point)
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class File:
    """One file as it was handed over: its name (without folders) and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Source:
    """One file that was read: what it is of, how it was read, how many rows it gave."""

    name: str
    sha256: str
    form: str
    dialect: Dialect
    rows: int


@dataclass(frozen=True, slots=True)
class Question:
    """A usual code for missing in a column (``visits.pth``), which a person is to call missing or a value.

    One that is no plausible value of its column can be called missing only.
    """

    column: str
    code: str
    count: int
    may_be_value: bool = True


@dataclass(frozen=True, slots=True)
class UnitQuestion:
    """A column (``visits.vas``) with cells that would fit in another unit, which a person is to say that it is in."""

    column: str
    unit: str
    count: int


@dataclass(frozen=True)
class Intake:
    """What the files hold, checked: the tables of the registry as it would become, or the findings that refuse them.

    ``tables`` is ``None`` where there is an error. ``given`` names the tables that the files spoke of. ``about`` is what an
    exported registry says of itself; other files say nothing. ``questions`` are the codes that wait for an answer, ``unit_questions``
    the columns. ``touched`` are the tables that may differ from the stored ones, each with its rows that go and that come;
    ``None`` if every table may.
    """

    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    tables: Mapping[str, "pa.Table"] | None
    given: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    unit_questions: tuple[UnitQuestion, ...] = ()
    touched: Mapping[str, tuple["pa.Table", "pa.Table"]] | None = field(default=None, compare=False, repr=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")
