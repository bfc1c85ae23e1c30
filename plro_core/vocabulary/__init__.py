"""The vocabulary: every table and every clinical variable, declared once.

Filters, SQL, cohort sentences, the Arrow schema, validation, axis titles, reference bands, table rows and the
data dictionary are all derived from these declarations. Adding a variable is one entry in :mod:`standard`, or in the
``variables.toml`` of a registry's folder, plus a column in the data.

A :class:`Vocabulary` is a value. A registry holds the one that it is written in, and whoever needs words asks the
registry: two registries with different words live side by side in one process.

Two ranges are kept apart on purpose: a value outside ``plausible`` is a data error and is refused; a value outside
``reference`` is a finding and is flagged.
"""

from plro_core.vocabulary.declared import FILE, Declared, parse, read
from plro_core.vocabulary.model import Key, Kind, Level, Range, Reference, RegistryTable, Variable, written_key
from plro_core.vocabulary.words import STANDARD, UNCERTAIN, Vocabulary, words_of

__all__ = [
    "FILE",
    "STANDARD",
    "UNCERTAIN",
    "Declared",
    "Key",
    "Kind",
    "Level",
    "Range",
    "Reference",
    "RegistryTable",
    "Variable",
    "Vocabulary",
    "parse",
    "read",
    "words_of",
    "written_key",
]
