"""What the rows of an export are of, and how the rows of a table are told apart."""

from dataclasses import dataclass

from plro_core.intake.model import Placed, Raw
from plro_core.intake.redcap.mapping import Event


@dataclass(frozen=True)
class Line:
    """One row of an export with what its first columns say; ``repeats`` is the table that its instrument or event is a row of."""

    number: int
    cells: tuple[Raw, ...]
    record: Placed
    patient: str
    event: Event
    event_cell: Placed
    instrument: str
    repeats: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """How the rows of a table are told apart; ``tells_month`` says that a repeating row has its month in a field."""

    one_per_patient: bool
    one_per_visit: bool
    has_month: bool
    tells_month: bool
