"""A bridge while the rooms move: the standard vocabulary under its former names. Removed with its last reader."""

from plro_core.vocabulary import FILE, STANDARD, UNCERTAIN, Declared, Kind, Level, Range, Table, Variable  # noqa: F401
from plro_core.vocabulary import declared as own  # noqa: F401
from plro_core.vocabulary import standard as published  # noqa: F401
from plro_core.vocabulary.standard import LABS as PUBLISHED_LABS  # noqa: F401
from plro_core.vocabulary.standard import (  # noqa: F401
    LUMBAR,
    MG_NOTE,
    SYMPTOM_LEVELS,
    T_SCORE_NOTE,
    THORACIC,
    VERTEBRAE,
    VITAMIN_D_NOTE,
    YES_NO,
)

OWN, OWN_PROBLEM = Declared(), ""
MONTHS, TABLES, VARIABLES = STANDARD.months, STANDARD.tables, STANDARD.variables
LABS, FILTERS, T_SCORES = STANDARD.labs, STANDARD.filters, STANDARD.scores
CLINICAL, FACTS = STANDARD.clinical, STANDARD.facts
variable, columns = STANDARD.variable, STANDARD.columns


def groupings() -> tuple[Variable, ...]:
    return STANDARD.groupings


def summarised() -> tuple[Variable, ...]:
    return STANDARD.summarised
