"""Courses in words: where the values of a patient lie, which way they go, and how many patients share a pattern."""

from plro_core.patterns.board import Board, Pattern, board
from plro_core.patterns.table import patterns_table
from plro_core.patterns.words import Kind, Wording, kinds, pattern_of, position_criterion, told, usual, wording

__all__ = [
    "Board",
    "Kind",
    "Pattern",
    "Wording",
    "board",
    "kinds",
    "pattern_of",
    "patterns_table",
    "position_criterion",
    "told",
    "usual",
    "wording",
]
