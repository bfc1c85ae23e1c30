"""Every kind of check: what it is called in ``claims.csv``, which parameters it takes, and what does it."""

from collections.abc import Callable
from dataclasses import dataclass

from plro_core.series.claims import count_checks as counts
from plro_core.series.claims import laboratory_checks as labs
from plro_core.series.claims import pain_checks as pain
from plro_core.series.claims import statement_checks as statements
from plro_core.series.claims import statistic_checks as statistics
from plro_core.series.claims.evidence import Evidence
from plro_core.series.claims.model import Claim, Verdict


@dataclass(frozen=True)
class Check:
    """One kind of check; ``printed`` is the pattern that the printed value must have."""

    run: Callable[[Evidence, Claim], Verdict]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    printed: str = ".*"


_NUMBER = r"[-−]?\d+(\.\d+)?"
_COUNT = r"all|\d+.*"
_LIST = r"\d+(, \d+)*"

_TABLES = ("first_table", "first_column", "first_words", "second_table", "second_column", "second_words")

CHECKS: dict[str, Check] = {
    "mean_sd": Check(statistics.mean_sd, ("variable",), ("month", "where"), rf"{_NUMBER} ± {_NUMBER}"),
    "median": Check(statistics.median, ("variable",), ("month", "where"), _NUMBER),
    "mean": Check(statistics.mean_of, ("variable",), ("month", "where"), _NUMBER),
    "span": Check(statistics.span, ("variable",), ("month",), r"\d+–\d+"),
    "count": Check(counts.count, ("where",), ("against",), _COUNT),
    "percent": Check(counts.percent, ("where",), (), r"\d+ %"),
    "members": Check(counts.members, ("where",), (), _LIST),
    "pain_sites": Check(counts.pain_sites, ("sites",), (), r"\d+ \(\d+ %\)"),
    "sums_to": Check(counts.sums_to, ("parts",), ("unit",), _COUNT),
    "treated": Check(counts.treated, (), ("agent", "atc"), _COUNT),
    "unsupported": Check(counts.unsupported, ("atc",)),
    "listed_in": Check(counts.listed_in, ("document", "column", "words"), ("list",), _COUNT),
    "imaged": Check(counts.imaged, ("site",), ("modality", "side"), r"\d+"),
    "has_imaging": Check(counts.has_imaging),
    "free_of_risk": Check(counts.free_of_risk, ("counted", "traits")),
    "complete": Check(counts.complete, ("variables",), ("month",)),
    "t_scores_at_most": Check(counts.t_scores_at_most, ("line",)),
    "measured_once": Check(counts.measured_once, ("variables",)),
    "arrow": Check(labs.arrow, ("lab", "case", "month"), (), "[↑↓]?"),
    "arrows_consistent": Check(labs.arrows_consistent, ("lab",)),
    "all_within": Check(labs.all_within, ("lab",)),
    "direction": Check(labs.direction, ("lab", "case", "month"), (), "high|low"),
    "serum_range": Check(labs.serum_range, ("lab", "low", "high")),
    "concentration": Check(labs.concentration, ("lab",)),
    "not_recorded": Check(statements.not_recorded),
    "same_as": Check(statements.same_as, ("against",)),
    "dose": Check(statements.dose, ("agent",), ("against",)),
    "ion_in_salt": Check(statements.ion_in_salt, ("agent", "ion", "salt"), (), r"\d+ mg"),
    "abbreviation": Check(statements.abbreviation, ("stands_for",), (), "[A-Z]+"),
    "cell": Check(statements.cell, ("variable", "case"), ("month",)),
    "head_says": Check(statements.head_says, ("document", "head")),
    "symptom": Check(statements.symptom, ("case", "symptom"), ("side",)),
    "fractures": Check(statements.fractures, ("case",)),
    "fractured": Check(statements.fractured, ("type",), (), _LIST),
    "tables_agree": Check(statements.tables_agree, _TABLES),
    "visit_months": Check(pain.visit_months, (), (), _LIST),
    "before_first_visit": Check(pain.before_first_visit),
    "relief": Check(pain.relief, ("month", "percent")),
    "resolution": Check(pain.resolution, ("month",)),
    "control_mean": Check(pain.control_mean, ("definitions",), (), _NUMBER),
    "control_time": Check(pain.control_time, ("case", "definitions"), (), _NUMBER),
    "control_latest": Check(pain.control_latest, ("where", "definitions", "mean")),
    "group_contrast": Check(pain.group_contrast, ("where", "month")),
}
