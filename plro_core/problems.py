"""What can go wrong, said in one plain sentence that a clinician can act on."""

#: Said of a ``MemoryError``, wherever it arose.
TOO_LITTLE_MEMORY = (
    "The machine has too little memory for what was asked at the moment; ask again, or ask of fewer patients."
)


class PlainProblem(Exception):
    """A problem whose text is one plain sentence, safe to show to a user as it stands."""


class RegistryProblem(PlainProblem):
    """The registry, or one of its files, cannot be trusted or read."""


class DataProblem(PlainProblem):
    """Source data that break a rule; the sentence names file, row, column, value and what was expected."""


class QueryProblem(PlainProblem):
    """A cohort query, an SQL query or an option that is malformed or names something unknown."""


class EngineProblem(PlainProblem):
    """What answers questions lacks memory, was stopped or broke; the registry is whole, and the next question is answered."""


class ViewProblem(PlainProblem):
    """A saved view that is malformed, or that a registry cannot keep."""


class JournalProblem(PlainProblem):
    """The registry's journal cannot be written, or was altered; what should have been journalled was not done."""
