"""From files that people hand over to the registry's tables, checked cell by cell; nothing is stored from here."""

from plro_core.intake.checks import CHECKS, Check, TableFinding, checked
from plro_core.intake.model import Dialect, File, Finding, Intake, Place, Source
from plro_core.intake.pipeline import read
from plro_core.intake.template import filled, template, template_files

__all__ = [
    "CHECKS",
    "Check",
    "Dialect",
    "File",
    "Finding",
    "Intake",
    "Place",
    "Source",
    "TableFinding",
    "checked",
    "filled",
    "read",
    "template",
    "template_files",
]
