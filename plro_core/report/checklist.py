"""A reporting checklist of a report: what the data fill in, what they contradict, and what its author ticks by hand."""

from plro_core.report.checklists import CHECKLISTS, Given, Item
from plro_core.report.model import Card, ReportProblem
from plro_core.tables import Column, Table
from plro_core.text import printable

FILLED, LACKING, CONTRADICTED, DONE, OPEN = (
    "filled from the data",
    "lacking",
    "ticked, but contradicted by the data",
    "ticked by the author",
    "to tick by hand",
)


def checklist(given: Given, card: Card) -> Table:
    """The checklist of a card as a table.

    Raises:
        ReportProblem: a tick is of no item.
    """
    one = CHECKLISTS[card.of]
    known = [item.number for item in one.items]
    if (wrong := next((tick for tick in card.ticks if tick not in known), None)) is not None:
        raise ReportProblem(
            f"“ticks”: “{printable(wrong)}” is no item of the checklist; expected {known[0]} to {known[-1]}."
        )
    columns = (Column("item", "Item"), Column("state", "State"), Column("found", "What the data say"))
    rows = tuple(_row(given, item, item.number in card.ticks) for item in one.items)
    return Table("checklist", card.heading, columns, rows, one.notes)


def _row(given: Given, item: Item, ticked: bool) -> tuple[str, str, str]:
    found = item.find(given) if item.find else None
    name = f"{item.number}. {item.words}"
    if found is None:
        return name, DONE if ticked else OPEN, ""
    return name, FILLED if found.holds else CONTRADICTED if ticked else LACKING, found.words
