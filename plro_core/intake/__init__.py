"""From files that people hand over to the registry's tables, checked cell by cell; nothing is stored from here."""

from plro_core.intake.model import Dialect, File, Finding, Intake, Place, Source
from plro_core.intake.reading import read
from plro_core.intake.rules import RULES, Doubt, Rule, doubts
from plro_core.intake.template import filled, template, template_files

__all__ = [
    "RULES",
    "Dialect",
    "Doubt",
    "File",
    "Finding",
    "Intake",
    "Place",
    "Rule",
    "Source",
    "doubts",
    "filled",
    "read",
    "template",
    "template_files",
]
