"""What titles, headlines, captions and alt texts state: numbers as values, and the one place that writes them.

A statement is words around *amounts*. An amount says what it is about (a variable, at a visit, in a group, of a view) and is
made from counts of everybody in view, never from the rows that a figure draws: those may be a sample.
"""

from plro_core.statements.amounts import (
    NOT_RECORDED,
    About,
    Amount,
    Course,
    Drawn,
    Each,
    Ends,
    Findings,
    FirstToLast,
    Measured,
    Middle,
    NumberEach,
    PartOf,
    Patients,
    Recorded,
    Response,
    Share,
    Total,
    course_of,
)
from plro_core.statements.sentences import Statement, chosen_by, left_out, of_groups, only, state, together

__all__ = [
    "NOT_RECORDED",
    "About",
    "Amount",
    "Course",
    "Drawn",
    "Each",
    "Ends",
    "Findings",
    "FirstToLast",
    "Measured",
    "Middle",
    "NumberEach",
    "PartOf",
    "Patients",
    "Recorded",
    "Response",
    "Share",
    "Statement",
    "Total",
    "chosen_by",
    "course_of",
    "left_out",
    "of_groups",
    "only",
    "state",
    "together",
]
