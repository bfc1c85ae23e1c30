"""REDCap: its exports and data dictionaries read through a mapping that people confirm, and our tables written as one.

``propose`` makes a first mapping and ``open_questions`` tells what it leaves open; ``drafts`` reads an export through the
mapping that people saved. ``export_csv`` and ``dictionary_csv`` write the registry as a project of its own, which
``own_mapping`` reads back.
"""

from plro_core.intake.redcap.codes import decimal_sign
from plro_core.intake.redcap.dictionary import Field, is_dictionary, read_dictionary
from plro_core.intake.redcap.layout import is_export
from plro_core.intake.redcap.mapping import Box, Event, MappingProblem, RedcapMapping, Value
from plro_core.intake.redcap.proposal import open_questions, propose
from plro_core.intake.redcap.reader import drafts
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping

__all__ = [
    "Box",
    "Event",
    "Field",
    "MappingProblem",
    "RedcapMapping",
    "Value",
    "decimal_sign",
    "dictionary_csv",
    "drafts",
    "export_csv",
    "is_dictionary",
    "is_export",
    "open_questions",
    "own_mapping",
    "propose",
    "read_dictionary",
]
