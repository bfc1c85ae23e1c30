"""How a statement is read, in words."""

from plro_core.drafts.model import Reading
from plro_core.text import listed, visit_name
from plro_core.vocabulary import Variable

_CHANGES = {"fall": "fall", "rise": "rise", "either": "change"}


def reading_words(reading: Reading) -> str:
    """What a statement is taken to be about, in words, with what of that is a guess."""
    if reading.variable is None:
        about = reading.cohort.sentence if reading.cohort.criteria else ""
    else:
        about = _about(reading, reading.variable)
    guesses = [f"{guess} (a guess)" for guess in reading.guesses]
    return "; ".join(filter(None, (about, *guesses)))


def _about(reading: Reading, variable: Variable) -> str:
    name = variable.label
    if reading.levels and variable.kind != "boolean":
        joint = "or" if reading.joint == "any" else "and"
        levels = listed([variable.level_label(level) for level in reading.levels], joint)
        name += f": {'not ' if reading.negated else ''}{'only ' if reading.joint == 'only' else ''}{levels}"
    elif reading.levels and (reading.negated != (reading.levels == ("no",))):
        name += ": no"
    if reading.bound is not None:
        name += f": {reading.bound.words}"
    if reading.change is not None:
        name += f": {_CHANGES[reading.change.way]}{' in percent' if reading.change.percent else ''}"
    if reading.month is not None:
        begun = "" if reading.since is None else f" from {visit_name(reading.since).lower()} to"
        name += f",{begun} {visit_name(reading.month).lower()}"
    return f"{name}, {reading.cohort.sentence}" if reading.cohort.criteria else name
