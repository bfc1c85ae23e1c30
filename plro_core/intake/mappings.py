"""Mappings of both kinds: of a REDCap project, and of any other sheets."""

from pathlib import Path

from plro_core import strict
from plro_core.intake.redcap.mapping import MOST_BYTES, MappingProblem, RedcapMapping
from plro_core.intake.sheets.mapping import MARK, SheetsMapping
from plro_core.vocabulary import Vocabulary

AnyMapping = RedcapMapping | SheetsMapping

_JSON = strict.Form(MappingProblem, "a mapping", MOST_BYTES)


def from_json(text: str | bytes, vocabulary: Vocabulary) -> AnyMapping:
    """Read the JSON of a mapping of either kind.

    Raises:
        MappingProblem: one sentence that names the part at fault.
    """
    found = _JSON.json(text)
    if isinstance(found, dict) and MARK in found:
        return SheetsMapping.from_json(text, vocabulary)
    return RedcapMapping.from_json(text, vocabulary)


def read(path: Path, vocabulary: Vocabulary) -> AnyMapping:
    """Read the file of a mapping.

    Raises:
        MappingProblem: one sentence that names the part at fault; it does not name the file.
    """
    return from_json(_JSON.file(path), vocabulary)


def of_sheets(mapping: AnyMapping | None) -> SheetsMapping | None:
    """The mapping if it is one of sheets."""
    return mapping if isinstance(mapping, SheetsMapping) else None
