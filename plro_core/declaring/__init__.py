"""The words of a registry changed by people: its ``variables.toml`` edited, looked at and proposed as a draft version.

Nothing is stored here: :func:`proposed` gives what :func:`plro_core.handover.store_version` stores.
"""

from plro_core.declaring.described import (
    OWN,
    READY,
    centres,
    declared_by,
    ends,
    said_of,
    variables_table,
)
from plro_core.declaring.effects import Misfit, WordChange, changes_in_words, misfits_table, word_changes_table
from plro_core.declaring.proposal import Proposed, checked, kept_proposals, lines_that_change, proposed

__all__ = [
    "OWN",
    "READY",
    "Misfit",
    "Proposed",
    "WordChange",
    "centres",
    "changes_in_words",
    "checked",
    "declared_by",
    "ends",
    "kept_proposals",
    "lines_that_change",
    "misfits_table",
    "proposed",
    "said_of",
    "variables_table",
    "word_changes_table",
]
