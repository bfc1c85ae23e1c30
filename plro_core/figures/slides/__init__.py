"""What is shown on a stage beside figures: a table, or words alone, laid out like a figure."""

from plro_core.figures.slides.table import printed_slide, table_one_slide, table_slide
from plro_core.figures.slides.text import MOST_LINES, text_slide, words_of_slide

#: Names of the charts that are words rather than a plot: a small screen sets them as text.
OF_WORDS = frozenset(draw.__name__ for draw in (table_one_slide, printed_slide, text_slide))

__all__ = [
    "MOST_LINES",
    "OF_WORDS",
    "printed_slide",
    "table_one_slide",
    "table_slide",
    "text_slide",
    "words_of_slide",
]
