"""What a sentence says of a number that cannot be held against the registry: another unit, time, or kind of comparison."""

import re

from plro_core.drafts.around import Around
from plro_core.drafts.mentions import Mention
from plro_core.drafts.model import Reading
from plro_core.drafts.standing import LEAVES_OUT
from plro_core.vocabulary import Variable

_UNIT = r"(?P<unit>[mnµμp]mol/L|[mnµμpk]?g/[dm]?L|I?U/L|m?IU/m?L|years?|yrs?|months?|weeks?|wks?|days?|hours?|kg|lbs?|cm|mm)(?![\w/])"
_BEHIND = re.compile(rf"[\s-]*{_UNIT}", re.I)
_INSIDE = re.compile(rf"\d[\s-]*{_UNIT}", re.I)
_OF_NAME = re.compile(rf"\s*(?:scores?|levels?|values?)?\s*[,(\[]\s*(?:in\s+)?{_UNIT}", re.I)
_SHORT = {"yr": "year", "wk": "week", "iu/l": "u/l"}
#: Behind a number or before it: it is what two groups or visits differ by.
_MORE = re.compile(
    r"\s*(?:points?|units?|years?|weeks?|months?|%|percent|[mnp]?g/[dm]?L|U/L)?\s+(?:higher|lower|more|less|greater|older|younger|longer|shorter|better|worse)\b(?!\s+or\b)",
    re.I,
)
_DIFFER = re.compile(
    r"\bdifferences?\b[^.;\d]*\b(?:of|was|is|were)\s+(?:about\s+)?$"
    r"|\b(?:exceeded|surpassed|differed|higher|lower|greater|older|younger|longer|shorter)\b[^.;,]*\bby\s+(?:an?\s+|the\s+|mean\s+|median\s+|average\s+|of\s+|about\s+)*$",
    re.I,
)
_BESIDES = re.compile(r"\b(?:in addition to|besides|apart from|aside from)\b", re.I)
_PATIENTS = re.compile(r"\b(?:patients?|cases?)\s*(?:no\.?|numbers?|#)?\s*\d", re.I)
_AGAINST = re.compile(
    r"\b(?:vs\.?|versus|compared (?:with|to)|against)\W*(?:(?:an?|the|mean|median|of|only)\s+)*$", re.I
)


def unheld(around: Around, reading: Reading) -> str:
    """Why a number cannot be held against what it is read as; empty if it can."""
    variable = reading.variable
    if variable is None:
        return ""
    if variable.per_visit and _is_between_visits(around, reading):
        return "It is of a time for which the registry has no visit."
    if LEAVES_OUT.search(around.text) and not any(_is_left_out(around.text, one) for one in around.mentions):
        return "Who is left out is not said in words of the registry."
    if around.statement.is_count and _BESIDES.search(around.text):
        return "Whether both are meant or one of them is not clear."
    if around.statement.is_count or not variable.is_number:
        return ""
    if not reading.cohort.criteria and _is_of_some(around):
        return "Which patients are meant is not clear."
    if reading.change is None and _is_difference(around):
        return "What two groups or visits differ by is not held against the registry."
    unit = _printed_unit(around, variable)
    return f"It is printed in {unit}; the registry records “{variable.label}” in {variable.unit}." if unit else ""


def _is_left_out(text: str, one: Mention) -> bool:
    """Whether somebody is left out by the name of a value; of “non-smokers” left out the smokers are told of."""
    return one.standing == "all but" or text[one.start : one.end].lower().startswith("non")


def _is_between_visits(around: Around, reading: Reading) -> bool:
    """Whether another time is named beside the number, or another time alone."""
    if not around.times:
        return False
    return (bool(around.near(around.times)) and not around.near(around.visits)) or not around.visits


def _is_of_some(around: Around) -> bool:
    """Whether a number is of patients who are named by their numbers, or of those with whom others are compared."""
    before = around.text[around.begins : around.statement.start]
    return _PATIENTS.search(before) is not None or (
        _AGAINST.search(before) is not None and not around.near(around.visits)
    )


def _is_difference(around: Around) -> bool:
    statement = around.statement
    is_more = _MORE.match(around.text, statement.end) is not None
    return is_more or _DIFFER.search(around.text[around.begins : statement.start]) is not None


def _printed_unit(around: Around, variable: Variable) -> str:
    """The unit that is printed with a number or with the name of its variable, if it is not the one that is recorded."""
    own = variable.unit.split(" ")[0]
    if not own:
        return ""
    named = [_OF_NAME.match(around.text, one.end) for one in around.mentions if one.variable == variable]
    statement = around.statement
    inside = _INSIDE.search(statement.printed) or _BEHIND.match(around.text, statement.end)
    found = next((at for at in (inside, *named) if at is not None), None)
    return found["unit"] if found is not None and _plain(found["unit"]) != _plain(own) else ""


def _plain(unit: str) -> str:
    told = unit.casefold().replace("μ", "µ").rstrip("s")
    return _SHORT.get(told, told)
