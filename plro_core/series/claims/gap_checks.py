"""Checks of what a document leaves out: what it does not say, cells that are missing, and what goes without a remark."""

from itertools import pairwise

from plro_core.problems import DataProblem
from plro_core.series.claims.evidence import Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.series.literature import read_references
from plro_core.text import as_recorded, listed, visit_name


def omitted(evidence: Evidence, claim: Claim) -> Verdict:
    """What the document does not say anywhere; the claim's note says what, and why it is needed."""
    return Verdict("not said", "omission", "" if claim.note else "The document does not say it.")


def gap(evidence: Evidence, claim: Claim) -> Verdict:
    """One value that is not printed where it would be needed."""
    name, patient = claim.parameters["variable"], int(claim.parameters["case"])
    value = evidence.cell(name, patient, month_of(claim.parameters["month"]))
    if value is not None:
        return Verdict(as_recorded(value), "agrees", "It is printed.")
    months = [month for month in evidence.months[patient] if evidence.cell(name, patient, month) is not None]
    words = f"{evidence.declared(name).label} of patient {patient} is printed for "
    words += listed([visit_name(month).lower() for month in months]) + "." if months else "no visit."
    return Verdict("not available", "omission", words)


def missing_values(evidence: Evidence, claim: Claim) -> Verdict:
    """How many values of all visits are not printed."""
    names = claim.parameters["variables"].split(",")
    visits = sum(len(months) for months in evidence.months.values())
    absent = {evidence.declared(name).words: visits - len(evidence.visit_values(name)) for name in names}
    some = {name: number for name, number in absent.items() if number}
    recomputed = f"{sum(absent.values())} of {visits * len(names)} values not available"
    words = (
        "Not available: " + listed([f"{name} at {number} of {visits} visits" for name, number in some.items()]) + "."
    )
    return compared(not some, recomputed, "No value is missing.", words, "omission")


def rises(evidence: Evidence, claim: Claim) -> Verdict:
    """In whom a value rises from one visit to the next, of which the text says nothing."""
    name, found = claim.parameters["variable"], []
    for patient, months in evidence.months.items():
        scores = [(month, evidence.cell(name, patient, month)) for month in months]
        recorded = [(month, score) for month, score in scores if score is not None]
        found += [
            f"patient {patient}: {as_recorded(before)} at {visit_name(earlier).lower()}, {as_recorded(after)} at "
            f"{visit_name(later).lower()}"
            for (earlier, before), (later, after) in pairwise(recorded)
            if after > before
        ]
    return compared(
        not found, "; ".join(found) or "no rise", "It never rises.", f"It rises in {listed(found)}.", "omission"
    )


def evaluable(evidence: Evidence, claim: Claim) -> Verdict:
    """How many of the vertebrae that a score covers are not fractured: of one alone, a score should not be reported."""
    entry, patient = evidence.declared(claim.parameters["variable"]), int(claim.parameters["case"])
    broken = {row["level"] for row in evidence.facts("fractures") if row["case_id"] == patient}
    left = [level for level in entry.measures if level not in broken]
    recomputed = f"{len(left)} of {len(entry.measures)} vertebrae evaluable"
    words = f"Of {', '.join(entry.measures)} only {listed(left) or 'none'} has no recorded fracture."
    words += " By the ISCD's rules fractured vertebrae are left out, and a score of a single one is not reported."
    return compared(len(left) > 1, recomputed, "At least two vertebrae are evaluable.", words, "omission")


def arrows_beside(evidence: Evidence, claim: Claim) -> Verdict:
    """Whose values carry an arrow, too, at the visit at which the text speaks of one patient's."""
    month, patient = month_of(claim.parameters["month"]), int(claim.parameters["case"])
    labs = evidence.registry.vocabulary.labs
    others = {
        other: [lab.words for lab in labs if evidence.cell(f"{lab.name}_flag", other, month) is not None]
        for other in evidence.patients
        if other != patient
    }
    marked = {other: names for other, names in others.items() if names}
    words = "Marked with an arrow, too: "
    words += listed([f"{listed(names)} of patient {other}" for other, names in marked.items()]) + "."
    return compared(not marked, f"{len(marked)} more patients", "Nobody else has an arrow.", words, "incomplete")


def references_once(evidence: Evidence, claim: Claim) -> Verdict:
    """Whether each work of the reference list is listed once."""
    folder = evidence.bound.document.folder
    try:
        listed_works = read_references(folder) if folder else ()
    except DataProblem as problem:
        return Verdict("", "not_checkable", str(problem))
    if not listed_works:
        return Verdict("", "not_checkable", "The references are not kept with the document.")
    numbers: dict[str, list[str]] = {}
    for reference in listed_works:
        numbers.setdefault(reference.text, []).append(str(reference.number))
    twice = [listed(same) for same in numbers.values() if len(same) > 1]
    recomputed = f"{len(numbers)} works under {len(listed_works)} numbers"
    return compared(not twice, recomputed, "Each is listed once.", f"One work has the numbers {'; '.join(twice)}.")
