"""One raw cell as the value that its variable declares, or the reason why it is none.

A value is read only where it can be read in one way. What a person would have to think about is an error with a
suggestion; what is plain but not as written (a decimal comma, a label in place of a code) is read and marked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from plro_core.intake.likeness import nearest
from plro_core.intake.model import CellFinding, Raw, Value
from plro_core.intake.workbook import LONGEST_TEXT
from plro_core.text import MISSING_WORDS, SAID_MISSING, is_usual_code, listed
from plro_core.vocabulary import Level, Range, Variable
from plro_core.vocabulary.ready_made import widening_that


@dataclass(frozen=True, slots=True)
class Reading:
    """A cell as read. ``changed`` says that the stored value is not the text as it stands in the file."""

    value: Value = None
    changed: bool = False
    findings: tuple[CellFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """How the cells of one sheet are written.

    ``typed``: the cells have types of their own, as in a workbook. ``declared``: a person said which decimal sign is used.
    ``sure``: some number of the sheet can be read with this decimal sign only.
    """

    decimal: str = "."
    typed: bool = False
    declared: bool = False
    sure: bool = True


_MISSING_WORD = CellFinding(
    "missing_word",
    "words for a missing value; expected an empty cell.",
    "Leave the cell empty. Or answer that they mean missing.",
)
#: A value that is beyond what could be measured.
LIMIT = re.compile(r"[<>≤≥]\s*[0-9]+(?:[.,][0-9]+)?")
_OTHER_ID = 'Is it an id of another form? A mapping numbers such ids, and use = ["source_id"] keeps them.'
_EXCEL_ERROR = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|GETTING_DATA)")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}([.,])[0-9]{3}")
_PLAIN = {sign: re.compile(rf"-?[0-9]{{1,15}}(?:{re.escape(sign)}[0-9]{{1,30}})?") for sign in ".,"}
_ANY = Range(None, None)
_MOST = 10**15  # whole numbers up to here are exact in a spreadsheet

#: Months as spreadsheets write them.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara"
_DATE = (
    rf"[0-9]{{1,4}}[-/. ]*(?:{_MONTHS})[^\W\d_]{{0,6}}(?:[-/. ]*[0-9]{{1,4}})?|(?:{_MONTHS})[^\W\d_]{{0,6}}[-/. ]*[0-9]{{1,4}}"
    r"|[0-9]{1,4}[-/][0-9]{1,2}(?:[-/][0-9]{1,4})?|[0-9]{1,4}[. ][0-9]{1,2}[. ][0-9]{1,4}"
)

#: Text that is no number -> what may have happened.
_HINTS = (
    (r"[=@+].*", "Paste values, not formulas, and write no plus sign."),
    (r"-?[0-9.,]+\s*[↑Hh]", "Put H into the column for the flag and the number alone here."),
    (r"-?[0-9.,]+\s*[↓Ll]", "Put L into the column for the flag and the number alone here."),
    (r"[<>≤≥].*", "A limit of measurement is no value: leave the cell empty, or answer that it is missing."),
    (r"-?[0-9.,]+[eE][-+]?[0-9]+", "Write the number in full, without an exponent."),
    (r"[-+]?(inf|infinity|∞)", "Leave the cell empty where nothing was measured."),
    (r"-?[0-9]{1,3}([.,  '][0-9]{3})+([.,][0-9]+)?", "Write the number without signs between thousands."),
    (r"-?[0-9]+,[0-9]+", "A decimal comma? Write a decimal point, or declare the comma."),
    (r"-?[0-9]+\.[0-9]+", "A decimal point in a file with decimal commas? Write all numbers alike."),
    (r"-?[.,][0-9]+", "Write a zero before the decimal sign."),
    (r"[–—‒].*[0-9]", "A minus sign? Write a plain hyphen."),
    (_DATE, "Did a spreadsheet make it a date?"),
    (r"[0-9.,]+\s*[%A-Za-zµ/]+", "Write the number without its unit."),
)  # fmt: skip
_YES = frozenset(("1", "true", "y", "t", "evet", "var", "ja", "oui", "x", "+"))
_NO = frozenset(("0", "false", "n", "f", "hayır", "hayir", "yok", "nein", "non"))

#: A score as it is spoken of: 9/10, or "9 of 10".
_OF_SCALE = re.compile(r"(-?[0-9]+(?:[.,][0-9]+)?)\s*(?:/|of)\s*([0-9]+)")


def means(word: str) -> str:
    """What a word for a truth value may mean, yes or no; empty if it is none that is known."""
    folded = word.casefold()
    return "yes" if folded in _YES | {"yes"} else "no" if folded in _NO | {"no"} else ""


def read_cell(raw: Raw, entry: Variable, style: Style) -> Reading:
    """The value of one cell; an empty cell is missing, and nothing else is."""
    if raw is None:
        return _missing(entry)
    if isinstance(raw, str):
        return _of_text(raw, entry, style)
    return _CHECKS[entry.kind](raw, entry, style)


def read_in_unit(raw: Raw, entry: Variable, unit: str, style: Style) -> Reading:
    """The value of a cell that is in another unit of its variable; one that a whole number cannot hold is an error."""
    factor = dict(entry.convertible)[unit]
    limits = entry.plausible
    if limits and limits.low is not None and limits.high is not None:
        limits = replace(limits, low=limits.low * factor, high=limits.high * factor)
    measured = replace(entry, kind="number", unit=unit, plausible=limits)
    reading = read_cell(raw, measured, style)
    if not isinstance(reading.value, (int, float)):
        return reading
    value = converted(reading.value, entry, factor)
    if entry.kind == "integer" and not value.is_integer():
        message = f"{reading.value:g} {unit} is {value:g}; expected {entry.label_in_sentence} without decimals."
        return _no(CellFinding("decimals", message, _with_decimals(value, entry)))
    return replace(reading, value=int(value) if entry.kind == "integer" else value, changed=True)


def converted(value: float, entry: Variable, factor: float) -> float:
    """A value in the unit of its variable; out of the SI unit with the declared decimals, as it is not what was measured."""
    return significant(round(value / factor, entry.decimals) if factor == entry.si_factor else value / factor)


def _widened(allows: Callable[[Variable], bool], entry: Variable) -> str:
    """How a registry would keep a value that its words do not allow; empty if nothing ready-made does."""
    name = widening_that(allows, entry)
    return f'To keep such values, add use = ["{name}"] to variables.toml.' if name else ""


def _with_decimals(value: float, entry: Variable) -> str:
    """How a registry would keep a number with decimals, if it is one that the scale holds."""
    return _widened(lambda wider: wider.kind == "number" and value in (wider.plausible or _ANY), entry)


def _missing(entry: Variable) -> Reading:
    if not entry.required:
        return Reading()
    hint = "Is the visit told by its date? A mapping makes days and months of dates." if entry.name == "month" else ""
    return _no(CellFinding("required", f"{entry.name} is empty; expected a value in every row.", hint))


def _of_text(raw: str, entry: Variable, style: Style) -> Reading:
    text = raw.strip()
    if not text:
        empty = _missing(entry)
        blank = CellFinding("whitespace", "only blanks; read as an empty cell.", severity="warning")
        return replace(empty, findings=(blank, *empty.findings))
    if text.casefold() in MISSING_WORDS:
        return _no(_MISSING_WORD)
    if _EXCEL_ERROR.fullmatch(text):
        return _no(
            CellFinding("excel_error", "an error of a spreadsheet; expected a value.", "Mend the formula behind it.")
        )
    spoken = _OF_SCALE.fullmatch(text) if entry.scale and entry.plausible else None
    if spoken and entry.plausible and float(spoken[2]) == entry.plausible.high:
        return _out_of(spoken[1], spoken[2], entry, style)
    reading = _CHECKS[entry.kind](text, entry, style)
    if _refuses(reading) and text.casefold() in SAID_MISSING:
        return _no(_MISSING_WORD)
    if text == raw:
        return reading
    blanks = CellFinding("whitespace", "blanks around the value; they are left out.", severity="warning")
    return replace(reading, changed=True, findings=(blanks, *reading.findings))


def _out_of(score: str, most: str, entry: Variable, style: Style) -> Reading:
    """A score that is written with the end of its scale, as in 9/10."""
    reading = _CHECKS[entry.kind](score, entry, style)
    words = CellFinding("score", f"a score out of {most}; read as {score}.", severity="warning")
    return replace(reading, changed=True, findings=(words, *reading.findings)) if not _refuses(reading) else reading


def _refuses(reading: Reading) -> bool:
    return any(finding.severity == "error" for finding in reading.findings)


def _hinted(reading: Reading, hint: str) -> Reading:
    """A reading whose errors have this way on, if it has any."""
    findings = tuple(replace(one, suggestion=hint) if one.severity == "error" else one for one in reading.findings)
    return replace(reading, findings=findings)


def _identifier(raw: Raw, entry: Variable, style: Style) -> Reading:
    reading = _whole(raw, entry, style)
    if isinstance(raw, str) and re.search(r"[^\W\d_]", raw) and raw.isascii():
        reading = _hinted(reading, _OTHER_ID)
    if isinstance(raw, str) and reading.value is not None and re.match("0[0-9]", raw):
        words = (
            f"a number with zeros before it would become {entry.label_in_sentence} {reading.value}; expected no zeros."
        )
        return replace(
            reading, findings=(CellFinding("leading_zero", words, f"Write {reading.value}."), *reading.findings)
        )
    return reading


def _integer(raw: Raw, entry: Variable, style: Style) -> Reading:
    codes = [level.code for level in entry.levels]
    if isinstance(raw, str) and codes and re.search(r"[^\W\d_]", raw):
        return _level_in_words(raw, entry, style)
    reading = _whole(raw, entry, style)
    if codes and reading.value is not None and str(reading.value) not in codes:
        return _no(_no_level(entry, ""))
    return reading


def _level_in_words(raw: str, entry: Variable, style: Style) -> Reading:
    """A whole number with levels, such as a visit, that is written in words."""
    reading = _category(raw, entry, style)
    if reading.value is not None:
        return replace(reading, value=int(str(reading.value)))
    near = next((finding.suggestion for finding in reading.findings if finding.suggestion), "")
    return _no(_no_level(entry, near or "Is it a visit in words? A mapping says which month each word is."))


def _no_level(entry: Variable, hint: str) -> CellFinding:
    expected = listed([level.code for level in entry.levels], "or")
    rule = "month" if entry.name == "month" else "levels"
    return CellFinding(rule, f"no such {entry.label_in_sentence}; expected one of {expected}.", hint)


def _whole(raw: Raw, entry: Variable, style: Style) -> Reading:
    reading = _any_number(raw, entry, style)
    if isinstance(reading.value, float):
        fraction = isinstance(raw, str) and not re.fullmatch(r"[-−]?[0-9]+([.,]0+)?", raw)
        if fraction or not reading.value.is_integer():
            message = f"not a whole number; expected {entry.label_in_sentence} without decimals."
            return _no(CellFinding("integer", message, _with_decimals(reading.value, entry)))
        reading = Reading(int(reading.value), reading.changed, reading.findings)
    return _plausible(reading, entry)


def _number(raw: Raw, entry: Variable, style: Style) -> Reading:
    return _plausible(_any_number(raw, entry, style), entry)


def significant(value: float) -> float:
    """A number with 15 significant digits, as spreadsheets show it: the noise of binary fractions is none of its digits."""
    return float(f"{value:.15g}") + 0.0  # a negative zero is zero


def _any_number(raw: Raw, entry: Variable, style: Style) -> Reading:
    """A finite number as ``float``, without any check of its size."""
    if isinstance(raw, str):
        return _number_text(raw, entry, style)
    if isinstance(raw, (bool, date)):
        what = "a truth value" if isinstance(raw, bool) else "a date"
        hint = "Did the spreadsheet turn a number such as 3.5 into a date?" if isinstance(raw, date) else ""
        rule = "date" if isinstance(raw, date) else "number"
        return _no(CellFinding(rule, f"{what}; expected a number.", hint))
    if raw is None or not abs(raw) < _MOST:
        return _no(CellFinding("number", "not a number of this kind; expected a finite one of usual size."))
    value = significant(raw)
    return Reading(value, changed=value != raw)


def _number_text(raw: str, entry: Variable, style: Style) -> Reading:
    text = raw.replace("−", "-", 1) if raw.startswith("−") else raw
    found = _THOUSANDS.fullmatch(text)
    if found and not style.typed and not style.declared and (entry.decimals < 3 or not style.sure):
        return _no(_ambiguous(text, found[1]))
    if not _PLAIN[style.decimal].fullmatch(text):
        return _no(CellFinding("number", "no number; expected digits, such as 12 or 21.9.", _hint(text)))
    findings = []
    if text != raw:
        words = f"a minus sign of typesetting; read as {text}."
        findings.append(CellFinding("minus", words, severity="warning"))
    if style.typed:
        words = f"a number stored as text; read as {text.replace(',', '.')}."
        findings.append(CellFinding("text_number", words, "Turn the cells into numbers.", "warning"))
    written = float(text.replace(",", "."))
    value = significant(written)
    return Reading(value, text != raw or "," in text or style.typed or value != written, tuple(findings))


def number_of(text: str, entry: Variable, style: Style) -> float | None:
    """The number that a text of a file can be only; ``None`` if it is none, or could be another one."""
    reading = _number_text(text, entry, style)
    return float(reading.value) if isinstance(reading.value, (int, float)) else None


def _ambiguous(text: str, sign: str) -> CellFinding:
    whole, fraction = text.split(sign)
    message = f"either {whole}{fraction} or {whole}.{fraction}; expected a number that can be read in one way."
    return CellFinding("ambiguous", message, "Write it without a sign between thousands, or declare the decimal sign.")


def _hint(text: str) -> str:
    if not text.isascii() and any(char.isdigit() and not char.isascii() for char in text):
        return "Use the digits 0 to 9."
    return next((hint for pattern, hint in _HINTS if re.fullmatch(pattern, text, re.IGNORECASE)), "")


def _plausible(reading: Reading, entry: Variable) -> Reading:
    value, limits = reading.value, entry.plausible
    if limits is None or value is None or isinstance(value, (str, bool)) or value in limits:
        return reading
    low, high = (f"{end:.10g}" if end is not None else "any" for end in (limits.low, limits.high))
    unit = f" {entry.unit}" if entry.unit else ""
    message = f"not plausible; expected {entry.words} between {low} and {high}{unit}".rstrip() + "."
    return replace(_no(CellFinding("plausible", message, _scale_hint(value, entry))), changed=reading.changed)


def _scale_hint(value: float, entry: Variable) -> str:
    """What unit, scale, lost decimal sign or widening would make a value fit; a code for missing is to fit nowhere."""
    usual = entry.reference
    for unit, factor in entry.other_units:
        if entry.plausible and value / factor in entry.plausible:
            high = (entry.plausible.high or 0) * factor
            return f"Is it in {unit}, on a scale of 0 to {high:g}? Say so, or divide by {factor:g}."
    if usual and entry.si_factor and value / entry.si_factor in usual:
        return f"{entry.si_unit}? In {entry.unit} it would be {value / entry.si_factor:.{entry.decimals}f}."
    if entry.decimals and entry.plausible and value / 10 in (usual or entry.plausible):
        return f"Is a decimal sign missing, as in {value / 10:g}?"
    if is_usual_code(f"{value:g}"):  # -9 weeks: more likely nobody knows than in pregnancy
        return ""
    return _widened(lambda wider: value in (wider.plausible or _ANY), entry)


def _boolean(raw: Raw, entry: Variable, style: Style) -> Reading:
    if isinstance(raw, bool):
        return Reading(raw)
    word = f"{raw:g}" if isinstance(raw, (int, float)) else str(raw).casefold()
    if isinstance(raw, str) and word in ("yes", "no"):
        return Reading(word == "yes", changed=raw != word)
    hint = "Write yes." if word in _YES else "Write no." if word in _NO else ""
    return _no(CellFinding("boolean", "expected yes or no, or an empty cell.", hint))


def _category(raw: Raw, entry: Variable, style: Style) -> Reading:
    codes = [level.code for level in entry.levels]
    if not isinstance(raw, str):
        return _no(CellFinding("levels", f"expected one of {listed(codes, 'or')}."))
    if raw in codes:
        return Reading(raw)
    word = " ".join(raw.split()).casefold()
    meant = _meant(word, entry.levels)
    if len(meant) == 1:
        return Reading(meant.pop(), changed=True)
    words = {text: level.code for level in entry.levels for text in level.words}
    near = nearest(word, words)
    hint = f"Did you mean {words[near]}?" if near else _widened(lambda wider: bool(_meant(word, wider.levels)), entry)
    return _no(CellFinding("levels", f"expected one of {listed(codes, 'or')}.", hint))


def _meant(word: str, levels: tuple[Level, ...]) -> set[str]:
    """The codes of the levels that a word in small letters means."""
    return {level.code for level in levels if word in level.words}


def _text(raw: Raw, entry: Variable, style: Style) -> Reading:
    if isinstance(raw, str):
        text = raw.replace("\r\n", "\n")
        if len(text) > LONGEST_TEXT:
            return _no(CellFinding("text", f"{len(text):,} characters; expected at most {LONGEST_TEXT:,}."))
        if not all(char.isprintable() or char in "\n\t\xa0\u202f\u2009\u3000" or char > "\x9f" for char in text):
            return _no(
                CellFinding("text", "a control character; expected text that can be seen.", "Type the text anew.")
            )
        return Reading(text, changed=text != raw)
    if isinstance(raw, (bool, date)) or raw is None:
        what = "a truth value" if isinstance(raw, bool) else "a date"
        return _no(CellFinding("date" if isinstance(raw, date) else "text", f"{what}; expected text."))
    text = f"{raw:.0f}" if float(raw).is_integer() and abs(raw) < _MOST else repr(raw)
    words = f"a number in a column of text; read as “{text}”."
    hint = "Format the column as text: a spreadsheet drops zeros before a number."
    return Reading(text, True, (CellFinding("number_as_text", words, hint, "warning"),))


def _no(finding: CellFinding) -> Reading:
    return Reading(findings=(finding,))


_CHECKS: dict[str, Callable[[Raw, Variable, Style], Reading]] = {
    "identifier": _identifier,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "category": _category,
    "text": _text,
}
