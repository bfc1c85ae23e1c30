"""One outcome is primary, and a small family of tests is adjusted together; whatever else is tested is exploratory."""

from collections.abc import Sequence
from dataclasses import replace

from plro_core.cohort import EVERYONE
from plro_core.compare.model import Comparison, Difference, Family
from plro_core.exact import holm
from plro_core.text import counted, listed
from plro_core.vocabulary import Vocabulary

#: By chance alone, one in so many p-values of no difference falls below the usual 0.05.
_ONE_IN = 20


def family_of(differences: Sequence[Difference], vocabulary: Vocabulary) -> Family:
    """The primary outcome with its siblings: the same change from baseline at every visit. Empty where it is not compared."""
    chosen = vocabulary.primary_outcome
    if chosen is None:
        return Family()
    entry, month = chosen
    found = [
        difference
        for difference in differences
        if difference.variable.name == entry.name and difference.change == (month is not None)
    ]
    primary = next((difference for difference in found if difference.month == month), None)
    if primary is None:
        return Family()
    months = [f"month {difference.month}" for difference in found]
    words = entry.words if month is None else f"{entry.words}, change from baseline to {listed(months)}"
    keys = tuple(difference.key for difference in found)
    return Family(primary.key, keys, words, bool(vocabulary.declared.primary_outcome))


def adjusted(differences: Sequence[Difference], family: Family) -> tuple[Difference, ...]:
    """The same differences with Holm's adjustment within the family."""
    found = holm({difference.key: difference.p for difference in differences if difference.key in family.keys}).adjusted
    return tuple(
        replace(difference, p_holm=found[difference.key]) if difference.key in found else difference
        for difference in differences
    )


def primary_sentence(comparison: Comparison, name: str) -> str:
    """What is primary, by the name of the comparison, and who says so."""
    chosen = _chosen_sentence(comparison) + _by_hand_sentence(comparison)
    if comparison.primary is None:
        return f"The primary outcome cannot be compared here, so no comparison comes before the others.{chosen}"
    by_whom = (
        "as the registry declares"
        if comparison.family.declared
        else "the usual choice, because the registry declares none"
    )
    return f"Primary outcome: {name}, {by_whom}.{chosen}"


def _chosen_sentence(comparison: Comparison) -> str:
    """That A and B were told apart by an outcome, so that its other visits show the choice; empty if they were not."""
    compared = {difference.variable.name for difference in comparison.differences}
    chosen = {
        criterion.phrase: criterion.variable.words
        for cohort in (comparison.a, comparison.b or EVERYONE)
        for criterion in cohort.who
        if criterion.variable.name in compared and (criterion.variable.outcome or criterion.month is not None)
    }
    if not chosen:
        return ""
    return (
        f" A and B were told apart by {listed(list(chosen))}, so what differs in {listed(list(dict.fromkeys(chosen.values())))} at "
        "other visits is part of that choice and no finding."
    )


def _by_hand_sentence(comparison: Comparison) -> str:
    """That A or B is a list chosen by hand, by what nobody can tell; empty if neither is."""
    sides = (("A", comparison.a), ("B", comparison.b or EVERYONE))
    named = [side for side, cohort in sides if any(found.by_hand and not found.negated for found in cohort.who)]
    if not named:
        return ""
    return f" {listed(named)} {'was' if len(named) == 1 else 'were'} chosen by hand: what differs may be what decided the choice."


def multiplicity_sentence(comparison: Comparison) -> str:
    """Over which tests Holm's adjustment is, and what the other tests are worth."""
    tested = [difference for difference in comparison.differences if difference.p is not None]
    within = [difference for difference in tested if difference.key in comparison.family.keys]
    rest = len(tested) - len(within)
    start = (
        f"Holm's adjustment is over one family, {comparison.family.words} ({counted(len(within), 'test')}). "
        if within
        else "No p-value is adjusted, because none of the primary outcome's family was tested. "
    )
    if not rest:
        return start.strip()
    return (
        f"{start}The other {counted(rest, 'p-value')} {'is' if rest == 1 else 'are'} exploratory and not adjusted; about one "
        f"in {_ONE_IN} such p-values falls below 0.05 where nothing differs."
    )
