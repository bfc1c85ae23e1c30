"""Any table of the dashboard in print: its columns under their heads, its rows as they are shown."""

from plro_core.manuscript.model import Align, Head, PrintCell, PrintRow, PrintTable
from plro_core.manuscript.styles import STYLES
from plro_core.manuscript.words import abbreviations
from plro_core.tables.model import Table
from plro_core.vocabulary import STANDARD, Vocabulary


def ruled(table: Table, vocabulary: Vocabulary = STANDARD, style: str = "plain", number: int = 0) -> PrintTable:
    """A finished table as it stands in print; without a ``number`` its title is the caption, as of a printed table."""
    aligned: list[Align] = [
        "decimal" if _reads_as_numbers(table, place) else "left" for place in range(len(table.columns))
    ]
    journal = STYLES[style]
    title = f"{table.title}: {table.subtitle[:1].lower()}{table.subtitle[1:]}" if table.subtitle else table.title
    return abbreviations(
        PrintTable(
            title,
            (tuple(Head(column.heading) for column in table.columns),),
            tuple(PrintRow(tuple(map(PrintCell, row))) for row in table.shown),
            tuple(aligned),
            journal.number(number) if number else "",
            journal.word,
            (),
            table.notes,
        ),
        vocabulary,
    )


def _reads_as_numbers(table: Table, place: int) -> bool:
    """Whether a column is of numbers, also where a document prints them as text with flags and gaps."""
    if table.columns[place].is_number:
        return True
    told = [str(row[place]) for row in table.rows if row[place] not in (None, "", "N/A", "–")]
    return bool(told) and all(text.lstrip("-−").rstrip("↑↓*").replace(".", "", 1).isdecimal() for text in told)
