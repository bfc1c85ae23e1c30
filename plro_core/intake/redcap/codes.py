"""What one cell of an export says: whether a box is checked, which code or label it is, which number it writes."""

import re
from collections.abc import Collection, Mapping

from plro_core.intake.model import Raw, Sheet
from plro_core.intake.redcap.dictionary import Field, read_dictionary
from plro_core.intake.redcap.layout import ExportField, layout
from plro_core.intake.redcap.mapping import RedcapMapping, Value
from plro_core.intake.redcap.names import allowed, arm_of, box_name, event_name, plain_code, written
from plro_core.vocabulary import Variable

_WITH_DECIMALS = re.compile(r"-?[0-9]+([.,])[0-9]+")
_CHECKED = {"1": True, "checked": True, "true": True, "0": False, "unchecked": False, "false": False}
#: How programs that read a project's codes write yes and no back.
_TRUTH = {"true": "1", "false": "0"}


def decimal_sign(sheet: Sheet, dictionary: Sheet | None, mapping: RedcapMapping) -> str:
    """The decimal sign in most of the numbers that mapped fields hold: a comma or a point."""
    fields = {} if dictionary is None else read_dictionary(dictionary)[0]
    columns, _ = layout(sheet, fields, {mapping.record_id, *mapping.fields})
    targets = ((column.index, mapping.fields.get(column.name)) for column in columns)
    numbers = [index for index, target in targets if isinstance(target, Value) and mapping.entry(target).is_number]
    texts = (written(cells[index]) for _, cells in sheet.rows for index in numbers)
    signs = [found[1] for text in texts if (found := _WITH_DECIMALS.fullmatch(text))]
    return "," if signs.count(",") > signs.count(".") else "."


class Codes:
    """How the cells of an export are read; ``fields`` are those of its dictionary, ``decimal`` is the sign of its numbers."""

    def __init__(self, fields: Mapping[str, Field], decimal: str = ".") -> None:
        self._fields, self._decimal = fields, decimal

    def truth(self, column: ExportField, text: str) -> bool | None:
        """Whether a box is checked; ``None`` where the cell does not say it."""
        known = self._fields.get(column.field)
        own = [label for code, label in known.choices if box_name(known.name, code) == column.name] if known else []
        if own == [" ".join(text.split())]:
            return True  # an export may give the label of each box that is checked
        return _CHECKED.get(plain_code(self._of_label(column, text) or text).lower())

    def _of_label(self, column: ExportField, text: str) -> str | None:
        """The code of a choice that an export shows by its label; ``None`` where no choice, or more than one, is so called."""
        known = self._fields.get(column.name)
        codes = [code for code, label in known.choices if label == " ".join(text.split())] if known else []
        return codes[0] if len(codes) == 1 else None

    def meant(self, column: ExportField, target: Value, entry: Variable, text: str) -> set[str]:
        """The levels that a cell may stand for: one where it is a code, or the label of one."""
        levels = target.codes or {word: word for word in allowed(entry)}
        return {levels[word] for word in self._words(column, levels, entry, text) if word in levels}

    def _words(self, column: ExportField, levels: Collection[str], entry: Variable, text: str) -> list[str]:
        """A cell's text, and in which other words it may say the same."""
        if column.role == "event":
            unique = text if text in levels else event_name(text)
            return [text, unique] if unique in levels else [text, arm_of(text) or arm_of(unique)]
        other = self._of_label(column, text)
        words = [text, *([other] if other is not None else [])]
        if text in levels or other in levels:
            return words
        return [*words, plain_code(text), *([_TRUTH.get(text.lower(), "")] if entry.kind == "boolean" else [])]

    def number(self, column: ExportField, raw: Raw) -> Raw:
        """A number of a field that has its own decimal sign, not that of most numbers of its file; else the cell as it is."""
        known = self._fields.get(column.name)
        sign = known.decimal if known else ""
        found = _WITH_DECIMALS.fullmatch(written(raw)) if isinstance(raw, str) and sign != self._decimal else None
        return float(written(raw).replace(",", ".")) if found and found[1] == sign else raw
