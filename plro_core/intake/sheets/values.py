"""One cell of a mapped column as the template would have it: the word, the number and the flag that the mapping says."""

import re
from dataclasses import dataclass, replace
from datetime import date

from plro_core.intake.answers import code_of
from plro_core.intake.cells import LIMIT, Style, converted, number_of
from plro_core.intake.given import shown
from plro_core.intake.model import Placed, Raw
from plro_core.intake.sheets.mapping import Target
from plro_core.intake.sheets.units import divisor
from plro_core.vocabulary import Variable

FLAGGED = re.compile(r"(.*?[0-9])\s*(?:\(?\s*([HhLl])\s*\)?|([↑↓]))")
_SIDES = {"↑": "H", "↓": "L"}


@dataclass(frozen=True)
class Told:
    """What a cell gives: a cell of its variable (``None``: nothing), and the flag that was glued to it.

    ``refused`` says why the cell gives nothing that could be read, ``left_out`` why a value is none that could be stored.
    """

    cell: Placed | None = None
    flag: Placed | None = None
    refused: str = ""
    left_out: str = ""


def told(cell: Placed, target: Target, entry: Variable, style: Style, unit: str = "") -> Told:
    """The cell as its target says; ``unit`` is that of the row in a sheet of measurements."""
    text = shown(cell.raw).strip()
    code = code_of(cell.raw)  # 99.00 and 1.0 are the codes 99 and 1
    if not text or text in target.missing or code in target.missing:
        return Told()
    if target.codes:
        meant = target.codes.get(text) or target.codes.get(code)
        known = listed_words(target)
        return Told(_as(cell, meant)) if meant else Told(refused=f"no code of the mapping; expected one of {known}.")
    if target.limits and LIMIT.fullmatch(text):
        return Told(
            _as(cell, None), left_out="a limit of measurement; left out, with what was written in the provenance."
        )
    flagged = FLAGGED.fullmatch(text) if target.flags else None
    flag = _as(cell, _SIDES.get(flagged[3] or "") or flagged[2].upper()) if flagged else None
    plain = _as(cell, flagged[1]) if flagged else cell
    factor = divisor(entry, unit or target.unit)
    if factor is None:
        return Told(refused=f"in {unit}, which cannot be made {entry.stated_unit or 'a value'}.")
    return Told(plain if factor == 1 else _converted(plain, entry, factor, style), flag)


def listed_words(target: Target) -> str:
    """The words that a column may hold."""
    return ", ".join(f"“{word}”" for word in target.codes)


def _as(cell: Placed, raw: Raw) -> Placed:
    """The cell with another content; what stands in the file is kept beside it."""
    return replace(cell, raw=raw, written=shown(cell.raw) if cell.written is None else cell.written)


def _converted(cell: Placed, entry: Variable, factor: float, style: Style) -> Placed:
    """The cell in the unit of its variable, with its decimals; what is not surely a number is left for the reader to refuse."""
    raw = cell.raw
    value = number_of(raw.strip(), entry, style) if isinstance(raw, str) else raw
    if value is None or isinstance(value, (bool, date)):
        return cell
    return _as(cell, converted(float(value), entry, factor))
