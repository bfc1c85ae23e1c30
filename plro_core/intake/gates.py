"""Gates that a file passes before anything parses it: its size and its form, by content and by name.

A file is told from its first bytes, never from its name alone: a page of HTML named ``.xlsx`` opens in a spreadsheet
and so looks right to the person who sends it.
"""

from typing import Literal

from plro_core.intake.model import File, Finding
from plro_core.intake.refusal import Refusal

Form = Literal["csv", "xlsx", "ods", "sav", "dta", "xpt"]

#: A workbook is compressed, text is not: the same rows take several times more bytes as CSV.
MOST_BYTES: dict[Form, int] = {
    "xlsx": 5_000_000,
    "ods": 5_000_000,
    "csv": 20_000_000,
    "sav": 5_000_000,
    "dta": 20_000_000,
    "xpt": 20_000_000,
}

MOST_ROWS = 1_000_000
MOST_COLUMNS = 2_000

_ENDINGS: dict[str, Form] = {
    ".xlsx": "xlsx",
    ".ods": "ods",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".sav": "sav",
    ".zsav": "sav",
    ".dta": "dta",
    ".xpt": "xpt",
}
_WORDS: dict[Form, str] = {
    "xlsx": "a workbook",
    "ods": "an OpenDocument workbook",
    "csv": "plain text",
    "sav": "a file of SPSS",
    "dta": "a file of Stata",
    "xpt": "a transport file of SAS",
}
#: How the files of programs for statistics begin; older ones of Stata with their version and the order of bytes.
_STATISTICS: tuple[tuple[bytes, Form], ...] = (
    (b"$FL2", "sav"),
    (b"$FL3", "sav"),
    (b"<stata_dta>", "dta"),
    *((bytes((version, order)), "dta") for version in range(0x69, 0x74) for order in (1, 2)),
    (b"HEADER RECORD*******LIB", "xpt"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
#: An OpenDocument file begins with what it is, unpacked.
_OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_FORMS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"7z\xbc\xaf", "a compressed file (7-Zip)"),
    (b"Rar!", "a compressed file (RAR)"),
    (b"SQLite format 3", "a database"),
)
_EXPECTED = "expected a workbook (.xlsx) or comma-separated text (.csv)."
_SAVE_AS = "Open it in a spreadsheet and save it as an Excel workbook (.xlsx)."


def form(file: File) -> Form:
    """What the file is by its content.

    Raises:
        Refusal: it is empty, too large, of another form, or not what its name says.
    """
    if not file.content.strip():
        raise _refused(file, "empty", "the file is empty; expected a table with a row of column names.")
    actual = _by_content(file)
    named = _ENDINGS.get(_ending(file.name))
    if named is None:
        raise _refused(file, "form", f"the name ends in “{_ending(file.name)}”; {_EXPECTED}", _SAVE_AS)
    if named != actual:
        raise _refused(
            file,
            "form",
            f"the file is {_WORDS[actual]}, but its name says {_WORDS[named]}; expected both to agree.",
            "Was the file renamed? Give it its right ending, or save it anew.",
        )
    if len(file.content) > MOST_BYTES[actual]:
        most = MOST_BYTES[actual] // 1_000_000
        raise _refused(
            file, "too_large", f"{len(file.content):,} bytes; expected at most {most} MB.", "Split it into several."
        )
    return actual


def _by_content(file: File) -> Form:
    start = file.content[:4096]
    if start.startswith(_ZIP):
        return "ods" if _OPEN_DOCUMENT in start else "xlsx"
    if start.startswith(_OLE):
        if _ENCRYPTED in file.content:
            raise _refused(
                file, "password", "the workbook is protected by a password; expected an open one.", "Remove it."
            )
        raise _refused(file, "form", f"the file is an old Excel workbook (.xls); {_EXPECTED}", _SAVE_AS)
    for magic, kind in _STATISTICS:
        if start.startswith(magic):
            return kind
    for magic, words in _OTHER_FORMS:
        if start.startswith(magic):
            raise _refused(file, "form", f"the file is {words}; {_EXPECTED}")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise _refused(file, "form", f"the file is a page of HTML or XML; {_EXPECTED}", _SAVE_AS)
    return "csv"


def _ending(name: str) -> str:
    return f".{name.rpartition('.')[2]}".lower() if "." in name else ""


def _refused(file: File, rule: str, message: str, suggestion: str = "") -> Refusal:
    return Refusal(Finding(file.name, rule=rule, message=message, suggestion=suggestion))
