"""Abbreviations in a table, spelt out: from what the registry declares, and the few that statistics need."""

import re
from dataclasses import replace

from plro_core.manuscript.model import PrintTable
from plro_core.vocabulary import Vocabulary

_OF_STATISTICS = {
    "Q1–Q3": "first to third quartile",
    "SD": "standard deviation",
    "VAS": "visual analogue scale",
}
_ACRONYM = re.compile(r"[A-Z][A-Z0-9()-]+")


def abbreviations(table: PrintTable, vocabulary: Vocabulary) -> PrintTable:
    """The table with every abbreviation that stands in it spelt out, in alphabetical order."""
    declared = {
        entry.short: entry.noun or entry.label
        for entry in vocabulary.variables
        if entry.short and _ACRONYM.fullmatch(entry.short) and entry.short not in (entry.noun or entry.label)
    }
    known = declared | _OF_STATISTICS
    text = " ".join(
        [
            table.caption,
            *(head.text for row in table.heads for head in row),
            *(cell.text for row in table.rows for cell in row.cells),
            *table.notes,
        ]
    )
    found = sorted(
        (short, words) for short, words in known.items() if re.search(rf"(?<![\w-]){re.escape(short)}(?![\w-])", text)
    )
    return replace(table, abbreviations=tuple(found))
