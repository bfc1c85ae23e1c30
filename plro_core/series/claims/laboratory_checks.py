"""Checks of the laboratory cells: printed arrows against ranges and against each other, and units."""

from collections.abc import Collection
from fractions import Fraction

from plro_core.series.claims.evidence import Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.text import as_recorded, listed, visit_name
from plro_core.vocabulary import Reference, Variable

_ARROWS = {"↑": "H", "↓": "L", "": ""}
MISSING = Verdict("", "not_checkable", "No value is recorded.")
_WORDS = {"H": "high", "L": "low", "": "within the range"}


def _lab(evidence: Evidence, claim: Claim) -> Variable:
    return evidence.registry.vocabulary.variable(claim.parameters["lab"], "visits")


def _side(value: float, band: Reference) -> str:
    """H above the range, L below it, blank inside."""
    return band.side(value) or ""


def _band(band: Reference) -> str:
    """A range and whose it is."""
    return f"{band.words}, {band.by}"


def _by_others(entry: Variable, values: Collection[float]) -> str:
    """How many values lie outside the other published ranges of the analyte, as a sentence; empty if there are none."""
    said = [
        f"{sum(known.side(value) is not None for value in values)} by {_band(known)}" for known in entry.other_ranges
    ]
    return f" Outside other published ranges: {listed(said)}." if said else ""


def _caveat(entry: Variable, side: str) -> str:
    return f" {entry.caveat}" if entry.caveat and side == "H" else ""


def _where(key: tuple[int, int]) -> str:
    return f"patient {key[0]} {visit_name(key[1]).lower()}"


def arrow(evidence: Evidence, claim: Claim) -> Verdict:
    """One cell's printed arrow, or its absence, against the reference range of the registry."""
    entry, patient = _lab(evidence, claim), int(claim.parameters["case"])
    month = month_of(claim.parameters["month"])
    value = evidence.cell(entry.name, patient, month)
    if value is None:
        return MISSING
    shown = as_recorded(value)
    if entry.reference is None:
        words = "No reference range can be given, because it is uncertain what was measured."
        return Verdict(f"{shown}, no range", "not_checkable", words)
    side = _side(value, entry.reference)
    words = f"{shown} is {_WORDS[side]} ({_band(entry.reference)}).{_caveat(entry, side)}"
    printed = _ARROWS[claim.printed.lstrip("-.0123456789")]
    rivals = _flagged_alike(evidence, entry, value, side) if side and not printed else []
    if rivals:
        words += f" Marked, though no further out: {listed(rivals)}."
    elif side != printed:
        words += " The document gives no range of its own, and another one may well be in use."
    return compared(side == printed, f"{shown}: {_WORDS[side]}", words, words, "differs" if rivals else "not_checkable")


def _flagged_alike(evidence: Evidence, entry: Variable, value: float, side: str) -> list[str]:
    """Cells that carry an arrow although they are no further out than an unmarked one."""
    flags = evidence.visit_values(f"{entry.name}_flag")
    cells = evidence.visit_values(entry.name)
    return [
        f"{as_recorded(cells[key])} ({_where(key)})"
        for key, flag in flags.items()
        if flag == side and (cells[key] >= value if side == "L" else cells[key] <= value)
    ]


def arrows_consistent(evidence: Evidence, claim: Claim) -> Verdict:
    """Whether every value as far out as a marked one is marked too; this needs no reference range."""
    entry = _lab(evidence, claim)
    cells, flags = evidence.visit_values(entry.name), evidence.visit_values(f"{entry.name}_flag")
    unmarked = []
    for side in ("L", "H"):
        marked = [cells[key] for key, flag in flags.items() if flag == side]
        for key, value in cells.items():
            if marked and key not in flags and (value <= max(marked) if side == "L" else value >= min(marked)):
                unmarked.append(f"{as_recorded(value)} ({_where(key)})")
    good = f"{len(flags)} of {len(cells)} values carry an arrow, and none without one is further out."
    bad = f"{len(flags)} of {len(cells)} values carry an arrow; as far out and unmarked: {listed(unmarked)}."
    return compared(not unmarked, f"{len(unmarked)} unmarked", good, bad)


def all_within(evidence: Evidence, claim: Claim) -> Verdict:
    """That all values are normal: against the reference range, and against the printed arrows."""
    entry = _lab(evidence, claim)
    cells, flags = evidence.visit_values(entry.name), evidence.visit_values(f"{entry.name}_flag")
    if entry.reference is None:
        return Verdict("no range", "not_checkable", "No reference range can be given.")
    outside = [f"{as_recorded(value)} ({_where(key)})" for key, value in cells.items() if _side(value, entry.reference)]
    recomputed = f"{len(outside)} of {len(cells)} outside {_band(entry.reference)}"
    later = [f"{as_recorded(cells[key])} ({_where(key)})" for key in flags if key[1]]
    bad = f"Outside: {listed(outside)}. The document itself marks {len(flags)} with an arrow"
    bad += f", of which after baseline: {listed(later)}." if later else "."
    bad += _by_others(entry, cells.values())
    return compared(not outside, recomputed, "No value lies outside.", bad)


def direction(evidence: Evidence, claim: Claim) -> Verdict:
    """A value that the text calls high or low."""
    entry, patient = _lab(evidence, claim), int(claim.parameters["case"])
    value = evidence.cell(entry.name, patient, month_of(claim.parameters["month"]))
    if value is None:
        return MISSING
    if entry.reference is None:
        return Verdict(as_recorded(value), "not_checkable", "No reference range can be given.")
    found = _side(value, entry.reference)
    side = _WORDS[found]
    words = (
        f"{as_recorded(value)} is {side} ({_band(entry.reference)}); how mild is not defined.{_caveat(entry, found)}"
    )
    return compared(side == claim.parameters["side"], f"{as_recorded(value)}: {side}", words, words)


def serum_range(evidence: Evidence, claim: Claim) -> Verdict:
    """Whether the values are where the named analyte lies in the printed unit."""
    cells = evidence.visit_values(_lab(evidence, claim).name)
    if not cells:
        return MISSING
    low, high = float(claim.parameters["low"]), float(claim.parameters["high"])
    inside = [value for value in cells.values() if low <= value <= high]
    recomputed = f"{len(inside)} of {len(cells)} within {as_recorded(low)}–{as_recorded(high)}"
    words = f"The values run from {as_recorded(min(cells.values()))} to {as_recorded(max(cells.values()))}."
    return compared(bool(inside), recomputed, words, words)


def concentration(evidence: Evidence, claim: Claim) -> Verdict:
    """A unit of dose on a serum value: which unit of concentration the values and their arrows fit."""
    entry = _lab(evidence, claim)
    cells, flags = evidence.visit_values(entry.name), evidence.visit_values(f"{entry.name}_flag")
    if entry.reference is None or entry.reference.low is None or entry.si_factor is None:
        return Verdict("no range", "not_checkable", "No reference range can be given.")
    low = Fraction(str(entry.reference.low))
    as_is = sum(value < low for value in cells.values())
    as_si = sum(Fraction(str(value)) < low * Fraction(str(entry.si_factor)) for value in cells.values())
    recomputed = f"low: {as_is} of {len(cells)} as {entry.unit}, {as_si} as {entry.si_unit}"
    down = sum(flag == "L" for flag in flags.values())
    words = f"It is a unit of dose, not of concentration. {down} values carry a down arrow."
    return Verdict(recomputed, "differs", words)
