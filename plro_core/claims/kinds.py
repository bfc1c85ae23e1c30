"""Every kind of check: what it is called in ``claims.csv``, which parameters it takes, and what does it."""

from collections.abc import Callable
from dataclasses import dataclass

from plro_core.claims import count_checks as counts
from plro_core.claims import laboratory_checks as labs
from plro_core.claims import pain_checks as pain
from plro_core.claims import statement_checks as statements
from plro_core.claims import statistic_checks as statistics
from plro_core.claims.evidence import Evidence
from plro_core.claims.model import Claim, Finding


@dataclass(frozen=True)
class Kind:
    """One kind of check; ``printed`` is the pattern that the printed value must have."""

    run: Callable[[Evidence, Claim], Finding]
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    printed: str = ".*"


_NUMBER = r"[-−]?\d+(\.\d+)?"
_COUNT = r"all|\d+.*"
_LIST = r"\d+(, \d+)*"

_TABLES = ("first_table", "first_column", "first_words", "second_table", "second_column", "second_words")

KINDS: dict[str, Kind] = {
    "mean_sd": Kind(statistics.mean_sd, ("variable",), ("month", "where"), rf"{_NUMBER} ± {_NUMBER}"),
    "median": Kind(statistics.median, ("variable",), ("month", "where"), _NUMBER),
    "mean": Kind(statistics.mean_of, ("variable",), ("month", "where"), _NUMBER),
    "span": Kind(statistics.span, ("variable",), ("month",), r"\d+–\d+"),
    "count": Kind(counts.count, ("where",), ("against",), _COUNT),
    "percent": Kind(counts.percent, ("where",), (), r"\d+ %"),
    "members": Kind(counts.members, ("where",), (), _LIST),
    "pain_sites": Kind(counts.pain_sites, ("sites",), (), r"\d+ \(\d+ %\)"),
    "sums_to": Kind(counts.sums_to, ("parts",), ("unit",), _COUNT),
    "treated": Kind(counts.treated, (), ("agent", "atc"), _COUNT),
    "unsupported": Kind(counts.unsupported, ("atc",)),
    "listed_in": Kind(counts.listed_in, ("document", "column", "words"), ("list",), _COUNT),
    "imaged": Kind(counts.imaged, ("site",), ("modality", "side"), r"\d+"),
    "has_imaging": Kind(counts.has_imaging),
    "free_of_risk": Kind(counts.free_of_risk, ("counted", "traits")),
    "complete": Kind(counts.complete, ("variables",), ("month",)),
    "t_scores_at_most": Kind(counts.t_scores_at_most, ("line",)),
    "measured_once": Kind(counts.measured_once, ("variables",)),
    "arrow": Kind(labs.arrow, ("lab", "case", "month"), (), "[↑↓]?"),
    "arrows_consistent": Kind(labs.arrows_consistent, ("lab",)),
    "all_within": Kind(labs.all_within, ("lab",)),
    "direction": Kind(labs.direction, ("lab", "case", "month"), (), "high|low"),
    "serum_range": Kind(labs.serum_range, ("lab", "low", "high")),
    "concentration": Kind(labs.concentration, ("lab",)),
    "not_recorded": Kind(statements.not_recorded),
    "same_as": Kind(statements.same_as, ("against",)),
    "dose": Kind(statements.dose, ("agent",), ("against",)),
    "ion_in_salt": Kind(statements.ion_in_salt, ("agent", "ion", "salt"), (), r"\d+ mg"),
    "abbreviation": Kind(statements.abbreviation, ("stands_for",), (), "[A-Z]+"),
    "cell": Kind(statements.cell, ("variable", "case"), ("month",)),
    "head_says": Kind(statements.head_says, ("document", "head")),
    "symptom": Kind(statements.symptom, ("case", "symptom"), ("side",)),
    "fractures": Kind(statements.fractures, ("case",)),
    "fractured": Kind(statements.fractured, ("type",), (), _LIST),
    "tables_agree": Kind(statements.tables_agree, _TABLES),
    "visit_months": Kind(pain.visit_months, (), (), _LIST),
    "before_first_visit": Kind(pain.before_first_visit),
    "relief": Kind(pain.relief, ("month", "percent")),
    "resolution": Kind(pain.resolution, ("month",)),
    "control_mean": Kind(pain.control_mean, ("definitions",), (), _NUMBER),
    "control_time": Kind(pain.control_time, ("case", "definitions"), (), _NUMBER),
    "control_latest": Kind(pain.control_latest, ("where", "definitions", "mean")),
    "group_contrast": Kind(pain.group_contrast, ("where", "month")),
}
