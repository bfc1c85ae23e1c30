"""A table as RTF, which every word processor opens: rules, heads that repeat, marks set high."""

import re
from itertools import accumulate

from plro_core.manuscript.aligning import FIGURE_SPACE, aligned, unbroken
from plro_core.manuscript.model import PrintTable
from plro_core.manuscript.widths import shrunk, widths
from plro_core.text import ORIGIN

#: Twips (a twentieth of a point) between the margins, upright and on its side.
_UPRIGHT, _ON_ITS_SIDE = 9070, 14000
#: Signs of the text face in a twip.
_SIGNS = 0.0099
_SIGN = re.compile(r"\\u(-?\d+)\?|\\([\\{}])|(.)", re.DOTALL)
_HEAVY, _LIGHT = r"\brdrs\brdrw30", r"\brdrs\brdrw15"


def as_rtf(table: PrintTable, origin: str) -> bytes:
    """The document in ASCII; the origin is a destination that readers pass over."""
    wide = r"\landscape\paperw16838\paperh11906" if table.is_wide else r"\paperw11906\paperh16838"
    number = rf"\b {rtf(f'{table.word} {table.number}.')}\b0  " if table.number else ""
    parts = [
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman Times New Roman;}}",
        rf"{{\*\generator PLRO dashboard;}}{{\info{{\title {rtf(table.title)}}}}}",
        *([rf"{{\*\{ORIGIN.replace('-', '')} {rtf(origin)}}}"] if origin else []),
        wide + r"\margl1418\margr1418\f0\fs18",
        rf"\pard\keepn\sa80 {number}{rtf(table.caption)}\par",
        rf"\fs{_half_points(table)}",
        *_heads(table),
        *_rows(table),
        r"\pard\fs16",
        *[rf"{{\super {rtf(mark)}}} {rtf(note)}.\par" for mark, note in table.marks],
        *[rf"{rtf(text)}\par" for text in (*table.notes, table.spelt_out) if text],
        "}",
    ]
    return ("\n".join(parts) + "\n").encode("ascii")


def rtf(text: str) -> str:
    """Text in which nothing is a command, in ASCII; signs beyond it by their numbers in UTF-16."""
    answer = []
    for sign in " ".join(text.split(" ")).replace("\n", " "):
        if sign in "\\{}":
            answer.append("\\" + sign)
        elif " " <= sign <= "~":
            answer.append(sign)
        elif sign.isprintable() or sign in "\u202f\u2007\u00a0":
            units = sign.encode("utf-16-le")
            answer += [
                rf"\u{int.from_bytes(units[at : at + 2], 'little', signed=True)}?" for at in range(0, len(units), 2)
            ]
    return "".join(answer)


def _ends(table: PrintTable) -> list[int]:
    """Where each column ends, in twips."""
    whole = _ON_ITS_SIDE if table.is_wide else _UPRIGHT
    return [round(whole * end) for end in accumulate(widths(table, whole * _SIGNS))]


def _half_points(table: PrintTable) -> int:
    """The size of the type: smaller where the words of the columns need more than the page has."""
    whole = _ON_ITS_SIDE if table.is_wide else _UPRIGHT
    return round(18 * shrunk(table, whole * _SIGNS))


def _heads(table: PrintTable) -> list[str]:
    ends, lines = _ends(table), []
    for place, heads in enumerate(table.heads):
        is_last = place == len(table.heads) - 1
        column, borders, cells = 0, "", ""
        for head in heads:
            column += head.span
            top = rf"\clbrdrt{_HEAVY}" if place == 0 else ""
            bottom = rf"\clbrdrb{_LIGHT}" if is_last or (head.span > 1 and head.text) else ""
            borders += rf"{top}{bottom}\cellx{ends[column - 1]}"
            cells += rf"\pard\intbl\ql{{\b {rtf(head.text)}}}\cell"
        lines.append(rf"\trowd\trhdr\trgaph70{borders}{cells}\row")
    return lines


def _rows(table: PrintTable) -> list[str]:
    ends, spaces, lines = _ends(table), aligned(table), []
    for place, row in enumerate(table.rows):
        rule = rf"\clbrdrb{_HEAVY}" if place == len(table.rows) - 1 else ""
        borders = "".join(rf"{rule}\cellx{end}" for end in ends)
        cells = ""
        for column, cell in enumerate(row.cells):
            indent = rf"\li{200 * row.indent}" if column == 0 and row.indent else r"\li0"
            indent += r"\keepn" if row.is_head else ""
            mark = rf"{{\super {rtf(cell.mark)}}}" if cell.mark else ""
            text = rtf(FIGURE_SPACE * spaces[place][column] + unbroken(cell.text))
            cells += rf"\pard\intbl\ql{indent} {text}{mark}\cell"
        lines.append(rf"\trowd\trkeep\trgaph70{borders}{cells}\row")
    return lines


def from_rtf(text: str) -> str:
    """What :func:`rtf` has written, as text again."""
    units = []
    for found in _SIGN.finditer(text):
        number, escaped, plain = found.groups()
        units.append((int(number) & 0xFFFF if number else ord(escaped or plain)).to_bytes(2, "little"))
    return b"".join(units).decode("utf-16-le")
