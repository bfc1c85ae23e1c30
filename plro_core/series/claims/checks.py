"""Every kind of check: what it is called in ``claims.csv``, which parameters it takes, and what does it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from plro_core.series.claims import count_checks as counts
from plro_core.series.claims import gap_checks as gaps
from plro_core.series.claims import laboratory_checks as labs
from plro_core.series.claims import pain_checks as pain
from plro_core.series.claims import printed
from plro_core.series.claims import statement_checks as statements
from plro_core.series.claims import statistic_checks as statistics
from plro_core.series.claims.evidence import Evidence
from plro_core.series.claims.model import Claim, Verdict

Reads = Callable[[str], object]


def _anything(text: str) -> bool:
    return True


@dataclass(frozen=True)
class Check:
    """One kind of check; ``reads`` finds in the printed words what the check needs of them, or nothing."""

    run: Callable[[Evidence, Claim], Verdict]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    reads: Reads = _anything


def _found(read: Callable[[str], object]) -> Reads:
    """Whether a number can be read; 0 is one."""
    return lambda text: read(text) is not None


def _like(pattern: str) -> Reads:
    return re.compile(pattern).fullmatch


_COUNT = _found(lambda text: printed.count(text, 0))
_NUMBER = _found(printed.number)
_MONTHS = _found(printed.months)
_AMOUNT = _found(printed.amount)
_RATIO = r"[-−]?\d+(\.\d+)?"

_TABLES = ("first_table", "first_column", "first_words", "second_table", "second_column", "second_words")

CHECKS: dict[str, Check] = {
    "mean_sd": Check(statistics.mean_sd, ("variable",), ("month", "where"), _like(rf"{_RATIO} ± {_RATIO}")),
    "median": Check(statistics.median, ("variable",), ("month", "where"), _NUMBER),
    "mean": Check(statistics.mean_of, ("variable",), ("month", "where"), _NUMBER),
    "span": Check(statistics.span, ("variable",), ("month",), _like(r"\d+–\d+.*")),
    "count": Check(counts.count, ("where",), ("against",), _COUNT),
    "everyone": Check(counts.everyone, ("where",)),
    "percent": Check(counts.percent, ("where",), (), _found(printed.percentage)),
    "members": Check(counts.members, ("where",), (), printed.numbers),
    "pain_sites": Check(counts.pain_sites, ("sites",), (), printed.size),
    "sums_to": Check(counts.sums_to, ("parts", "whole")),
    "treated": Check(counts.treated, (), ("agent", "atc")),
    "unsupported": Check(counts.unsupported, ("atc",)),
    "listed_in": Check(counts.listed_in, ("document", "column", "words"), ("members", "except")),
    "misprinted": Check(counts.misprinted, ("document", "column", "words")),
    "imaged": Check(counts.imaged, ("site",), ("modality", "side"), _COUNT),
    "has_imaging": Check(counts.has_imaging),
    "free_of_risk": Check(counts.free_of_risk, ("counted", "traits")),
    "complete": Check(counts.complete, ("variables",), ("month",)),
    "measured": Check(counts.measured, ("variables",), ("month",)),
    "t_scores_at_most": Check(counts.t_scores_at_most, ("line",)),
    "measured_once": Check(counts.measured_once, ("variables",)),
    "omitted": Check(gaps.omitted),
    "gap": Check(gaps.gap, ("variable", "case", "month")),
    "missing_values": Check(gaps.missing_values, ("variables",)),
    "rises": Check(gaps.rises, ("variable",)),
    "evaluable": Check(gaps.evaluable, ("variable", "case")),
    "arrows_beside": Check(gaps.arrows_beside, ("case", "month")),
    "references_once": Check(gaps.references_once),
    "arrow": Check(labs.arrow, ("lab", "case", "month"), (), _like(r"-?\d+(\.\d+)?[↑↓]?")),
    "arrows_consistent": Check(labs.arrows_consistent, ("lab",)),
    "all_within": Check(labs.all_within, ("lab",)),
    "direction": Check(labs.direction, ("lab", "case", "month", "side")),
    "serum_range": Check(labs.serum_range, ("lab", "low", "high")),
    "concentration": Check(labs.concentration, ("lab",)),
    "not_recorded": Check(statements.not_recorded),
    "same_as": Check(statements.same_as, ("against",)),
    "dose": Check(statements.dose, ("agent",), ("against",), _AMOUNT),
    "ion_in_salt": Check(statements.ion_in_salt, ("agent", "ion", "salt"), (), _AMOUNT),
    "abbreviation": Check(statements.abbreviation, ("stands_for",), (), _like("[A-Z]+")),
    "cell": Check(statements.cell, ("variable", "case"), ("month",), _NUMBER),
    "head_says": Check(statements.head_says, ("document", "head", "words")),
    "symptom": Check(statements.symptom, ("case", "symptom"), ("side",)),
    "fractures": Check(statements.fractures, ("case",), (), printed.levels),
    "fractured": Check(statements.fractured, ("type",), (), printed.numbers),
    "levels": Check(statements.levels, ("document", "column", "words"), (), _COUNT),
    "tables_agree": Check(statements.tables_agree, _TABLES),
    "visit_months": Check(pain.visit_months, (), (), printed.numbers),
    "before_first_visit": Check(pain.before_first_visit),
    "relief": Check(pain.relief, ("month", "percent"), ("where",)),
    "resolution": Check(pain.resolution, ("month",)),
    "control_mean": Check(pain.control_mean, ("definitions",), (), _MONTHS),
    "control_time": Check(pain.control_time, ("case", "definitions"), (), _MONTHS),
    "control_latest": Check(pain.control_latest, ("where", "definitions", "mean")),
    "group_contrast": Check(pain.group_contrast, ("where", "month")),
}
