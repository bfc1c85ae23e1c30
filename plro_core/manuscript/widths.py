"""How wide each column of a table in print is: no word is broken, and what is left goes to those who have more to say."""

from plro_core.manuscript.model import PrintTable, unbreakable

#: Signs beyond which a column's text may run over several lines.
_LONG = 40
#: How much wider bold letters are, heads and their capitals with them.
BOLD = 1.3
_EDGE = 2.5
_LEAST = 4.0
#: Smaller type than this part of the usual one is not read.
_SMALLEST = 0.75


def widths(table: PrintTable, signs: float) -> list[float]:
    """The share of each column in the whole, together 1, where so many signs of the usual width stand beside each other."""
    least = [longest_word(table, place) for place in range(len(table.aligned))]
    wanted = [max(low, min(longest_text(table, place), _LONG)) for place, low in enumerate(least)]
    if sum(least) >= signs:
        return [width / sum(least) for width in least]
    more = [wish - low for wish, low in zip(wanted, least, strict=True)]
    share = min(1.0, (signs - sum(least)) / sum(more)) if sum(more) else 0.0
    found = [low + share * extra for low, extra in zip(least, more, strict=True)]
    return [width / sum(found) for width in found]


def shrunk(table: PrintTable, signs: float) -> float:
    """By how much the type must be smaller so that no word is broken where so many signs of the usual size fit: 1 for not at all."""
    least = sum(longest_word(table, place) for place in range(len(table.aligned)))
    return min(1.0, max(_SMALLEST, signs / least))


def longest_word(table: PrintTable, place: int) -> float:
    """The signs that a column needs so that nothing is broken in it: no word, and no number with what stands behind it."""
    cells = [row.cells[place] for row in table.rows if not row.section]
    whole = table.aligned[place] == "decimal"
    words = [len(part) + len(cell.mark) for cell in cells for part in unbreakable(cell.text, whole)]
    heads = [BOLD * len(word) for word in table.heads[-1][place].text.split()]
    return _EDGE + max([*words, *heads, _LEAST])


def longest_text(table: PrintTable, place: int) -> float:
    """The signs that a column takes if none of its texts wraps."""
    cells = [row.cells[place] for row in table.rows if not row.section]
    return _EDGE + max(
        (len(cell.text) + len(cell.mark) + 2 * row.indent for row, cell in zip(table.rows, cells, strict=False)),
        default=0,
    )
