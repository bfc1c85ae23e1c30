"""A report of cards: text with live numbers, figures, tables and claims, checked against the data and written as one file."""

from plro_core.report.assembled import Assembled
from plro_core.report.checking import Change, changes
from plro_core.report.model import Card, Report, ReportProblem, Written
from plro_core.report.references import as_bibtex

__all__ = ["Assembled", "Card", "Change", "Report", "ReportProblem", "Written", "as_bibtex", "changes"]
