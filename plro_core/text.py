"""How numbers and words are written: real minus signs, n always said, and data never read as mark-up."""

import difflib
import hashlib
import math
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

MINUS = "−"
#: From so many patients on nothing speaks of small groups, and a share has a decimal.
NOT_SMALL = 1_000

#: What the origin of a file is called in every format that has names.
ORIGIN = "plro-origin"
NONE = "–"
#: What tables call all patients together, beside the codes of their groups.
EVERYBODY = "overall"
#: What people write where a value is missing, in small letters; a cell of data says it by being empty.
MISSING_WORDS = frozenset(("n/a", "na", "n.a.", "n.a", "-", "--", "–", "—", ".", "..", "?", "nan", "null", "nil"))
#: Further words for a missing value, in small letters, where nothing but a number, yes or no, or a level may stand.
SAID_MISSING = MISSING_WORDS | {
    *(
        "nd",
        "n.d.",
        "n.d",
        "not done",
        "not available",
        "not measured",
        "not known",
        "unknown",
        "unk",
        "missing",
        "pending",
    ),
    *("no data", "tbd", "haemolysed", "hemolysed", "haemolyzed", "hemolyzed", "*", "**", "k.a.", "k. a.", "unbekannt"),
    *("nicht gemessen", "inconnu", "non fait", "yapılmadı", "bakılmadı", "bilinmiyor", "belirtilmemiş"),
}
#: Numbers that many people write where a value is missing.
_MISSING_CODE = re.compile(r"-1|-[789]|-?(?:77+|88+|99+)|9[678]")

#: A place such as "Table II, row 29, Ca (mg/dL)".
_TABLE_ROW = re.compile(r"(.*), row (\d+)(?:, .*)?")

#: A text that a spreadsheet takes for a formula, and what stands for one whose guard is itself part of the text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")

#: What Markdown makes something of that is more than letters; a character that is escaped already is taken with its escape.
_ACTIVE = re.compile(r"\\.|!\[|\]\(|\]\[|\]:|<(?=[A-Za-z/!?])|\$", re.DOTALL)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def number(value: float | None, decimals: int = 0) -> str:
    """A number with fixed decimals and a real minus; an en dash where there is none.

    Rounded half away from zero, as by hand and in a spreadsheet, from the shortest decimal that names the value.
    """
    if value is None:
        return NONE
    step = Decimal(1).scaleb(-decimals)
    rounded = Decimal(repr(round(float(value), 10))).quantize(step, ROUND_HALF_UP, Context(prec=40))
    return f"{abs(rounded) if rounded == 0 else rounded:,f}".replace(",", "\u202f").replace("-", MINUS)


def grouped(n: int) -> str:
    """A count; five digits and more in groups of three, because nobody tells 1000000 from 100000 at a glance."""
    return str(n) if n < 10_000 else f"{n:,}".replace(",", "\u202f")


def short(n: int) -> str:
    """A count where there is room for a few letters alone, to three digits from 10 000 on: "950 k", "1.25 M"."""
    if n < 10_000:
        return grouped(n)
    part, unit = (n / 1_000_000, "M") if n >= 999_500 else (n / 1000, "k")
    return f"{part:.3g}\u202f{unit}"


def slug(words: str, empty: str = "x") -> str:
    """Words as a name for links and files: small letters, digits and hyphens, with a short hash where that loses anything.

    ``empty`` stands before the hash where nothing is left.
    """
    folded = words.casefold()
    plain = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-")
    if plain.replace("-", " ") == folded:
        return plain
    return f"{plain or empty}-{hashlib.sha256(folded.encode()).hexdigest()[:8]}"


def is_usual_code(text: str) -> bool:
    """Whether a whole number as text is one that stands for a missing value in many files, such as 99 or -9."""
    return _MISSING_CODE.fullmatch(text) is not None


def digits(value: float) -> str:
    """A number for programs: every digit that tells it from its neighbours, a point, and no exponent."""
    return f"{Decimal(repr(value)):f}"


def decimals_of(value: float) -> int:
    """How many decimals a number has, at most 15."""
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return min(max(0, -exponent), 15) if isinstance(exponent, int) else 0


def as_recorded(value: float) -> str:
    """A recorded value with no more decimals than it needs, such as 46 or 8.9."""
    plain = f"{value:.10f}".rstrip("0")
    return number(value, len(plain.partition(".")[2]))


def k_of_n(k: int, n: int) -> str:
    """A count with its denominator, because percentages mislead in groups this small; a dash of nobody, never "0 of 0"."""
    return f"{grouped(k)} of {grouped(n)}" if n else NONE


def k_of_patients(k: int, n: int) -> str:
    """A count with the patients among whom it was made: "3 of 10 patients", "1 of 1 patient"."""
    return f"{grouped(k)} of {patients(n)}" if n else NONE


def from_to(low: str, high: str, joint: str = " to ") -> str:
    """Two ends of a range as they are written: "6 to 9"; one of them where they are the same."""
    return low if low == high else f"{low}{joint}{high}"


def places_together(places: Iterable[str]) -> list[str]:
    """Places in a source without repetition, the rows of one table together: "Table II, rows 29 to 32".

    A place that is two, joined by a semicolon, is told as two.
    """
    rows: dict[str, set[int]] = {}
    for place in dict.fromkeys(part for joined in places for part in joined.split("; ")):
        found = _TABLE_ROW.fullmatch(place)
        rows.setdefault(found[1] if found else place, set()).update([int(found[2])] if found else [])
    return [f"{place}, {_rows(sorted(numbers))}" if numbers else place for place, numbers in rows.items()]


def _rows(numbers: list[int]) -> str:
    """ "row 29", "rows 29 to 32", "rows 29 and 31"."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"rows {from_to(str(numbers[0]), str(numbers[-1]))}"
    return f"rows {listed([str(number) for number in numbers])}"


def level_words(level: float) -> str:
    """The level of an interval in percent, rounded down to one decimal so that it is never overstated."""
    tenths = math.floor(1000 * level + 1e-9)  # a level is a binary number: 0.95 is a little less than 95 %
    return f"{tenths / 10:g} %"


def patients(n: int) -> str:
    return counted(n, "patient")


def counted(n: int, noun: str) -> str:
    """A number with its noun: "1 file", "2 files"."""
    return f"1 {noun}" if n == 1 else f"{grouped(n)} {noun}s"


def counted_months(months: float) -> str:
    """A time in months: "1 month", "3.5 months"."""
    return f"{as_recorded(months)} {'month' if months == 1 else 'months'}"


def visit_name(month: int) -> str:
    """A visit as a capitalised name: "Baseline", "Month 3"."""
    return "Baseline" if month == 0 else f"Month {month}"


def capitalised(text: str) -> str:
    """The text with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def listed(words: list[str], last: str = "and") -> str:
    """Words joined as in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


def printable(text: str, longest: int | None = 60) -> str:
    """A foreign text for a sentence or a terminal: nothing that cannot be seen, and cut with an ellipsis where long."""
    cut = text if longest is None else text[:longest]
    shown = "".join(character if character.isprintable() else "\ufffd" for character in cut)
    return shown if len(cut) == len(text) else f"{shown}…"


def safe_markdown(text: str) -> str:
    """Text from data with Markdown's special characters escaped, so that it is shown and never interpreted.

    Unescaped, an image link in a label makes the reader's browser fetch a foreign address. The space within a number stays: a
    line must not break there.
    """
    return _MARKDOWN.sub(r"\\\1", re.sub(r"[^\S\u202f]", " ", text))


def inert_markdown(text: str) -> str:
    """Markdown of others without pictures, links, tags and formulas: their signs are shown as they are."""
    return _ACTIVE.sub(lambda found: found[0] if found[0][0] == "\\" else re.sub(r"(.)", r"\\\1", found[0]), text)


def safe_plotly(text: str) -> str:
    """Text from data for a figure, where ``<span style=…>`` would be interpreted."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def guarded(text: str) -> str:
    """Text with a quote before it where a spreadsheet would take it for a formula; :func:`unguarded` takes it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that :func:`guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def repeated(words: Iterable[str]) -> str | None:
    """The first word that stands twice."""
    seen: set[str] = set()
    for word in words:
        if word in seen:
            return word
        seen.add(word)
    return None


def likely(word: str, known: Iterable[str]) -> str:
    """Which known word somebody may have meant, as " (did you mean “smoking”?)"; empty where none is close."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word[:60].lower(), by_lower, 1)
    return f" (did you mean “{by_lower[close[0]]}”?)" if close else ""
