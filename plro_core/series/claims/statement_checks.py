"""Checks of statements against each other, of printed tables against each other, and of arithmetic."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from plro_core.series.claims.evidence import Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.series.claims.rounding import written
from plro_core.text import as_recorded, listed


def not_recorded(evidence: Evidence, claim: Claim) -> Verdict:
    """A statement that no cell of the registry bears on; the claim's note says what is lacking."""
    return Verdict("", "not_checkable", "" if claim.note else f"{_no_table(evidence)} records it.")


def _no_table(evidence: Evidence) -> str:
    return "Neither table" if len(evidence.tables) == 2 else "No printed table"


def same_as(evidence: Evidence, claim: Claim) -> Verdict:
    """What another place of the paper prints for the same thing."""
    rival = evidence.claims[claim.parameters["against"]]
    words = f"{rival.location} prints {rival.printed}."
    return compared(rival.printed == claim.printed, rival.printed, words, words, "contradicted")


def dose(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed daily dose against the registry's and against the other place that prints one."""
    rows = evidence.facts("treatments", agent=claim.parameters["agent"])
    stored = {f"{row['dose']:g} {row['unit']} {row['frequency']}" for row in rows if row["dose"] is not None}
    rival = evidence.claims.get(claim.parameters.get("against", ""))
    if not stored:
        return Verdict("", "not_checkable", f"No dose of {claim.parameters['agent']} is recorded.")
    recomputed = ", ".join(sorted(stored))
    words = f"Recorded as {recomputed} for {len(rows)} of {evidence.n} patients."
    if rival is not None:
        words += f" {rival.location} prints {rival.printed}."
    same = stored == {claim.printed} and (rival is None or rival.printed == claim.printed)
    return compared(
        same,
        rival.printed if rival and not same else recomputed,
        words,
        words,
        "contradicted" if rival else "differs",
    )


def ion_in_salt(evidence: Evidence, claim: Claim) -> Verdict:
    """How much of an element the recorded dose of its salt holds."""
    rows = [row for row in evidence.facts("treatments", agent=claim.parameters["agent"]) if row["dose"] is not None]
    if not rows:
        return Verdict("", "not_checkable", f"No dose of {claim.parameters['agent']} is recorded.")
    share = Fraction(Decimal(claim.parameters["ion"])) / Fraction(Decimal(claim.parameters["salt"]))
    claimed = Fraction(re.sub(r"\D.*", "", claim.printed))
    given = Fraction(str(rows[0]["dose"]))
    holds, needs = written(given * share, 0), written(claimed / share, 0)
    words = f"{written(given, 0)} mg of {claim.parameters['agent']} hold {holds} mg of the element;"
    words += f" {written(claimed, 0)} mg would take {needs} mg."
    return compared(holds == written(claimed, 0), f"{holds} mg", words, words)


def abbreviation(evidence: Evidence, claim: Claim) -> Verdict:
    """An abbreviation against the initials of what it is said to stand for."""
    words = re.findall(r"[A-Za-z]+", claim.parameters["stands_for"])
    initials = "".join(word[0].upper() for word in words if word != "and")
    bad = f"The initials are {initials}, as in the rest of the paper."
    return compared(initials == claim.printed, initials, "They are its initials.", bad, "contradicted")


def cell(evidence: Evidence, claim: Claim) -> Verdict:
    """One stored value."""
    patient, month = int(claim.parameters["case"]), month_of(claim.parameters.get("month"))
    value = evidence.cell(claim.parameters["variable"], patient, month)
    shown = "not available" if value is None else _written(value)
    return compared(
        shown == claim.printed, shown, f"The cell of patient {patient} holds it.", f"The cell holds {shown}."
    )


def _written(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else as_recorded(value)


def head_says(evidence: Evidence, claim: Claim) -> Verdict:
    """Under which head the table prints the numbers that the text names."""
    heads = evidence.heads(claim.parameters["document"])
    found = [head for head in heads if claim.parameters["head"] in head]
    recomputed = ", ".join(found) or "no such column"
    same = bool(found) and claim.printed.lower() in recomputed.lower()
    words = (
        f"{claim.parameters['document']} heads these numbers “{recomputed}”."
        if found
        else (f"{claim.parameters['document']} has no such column.")
    )
    return compared(same, recomputed, words, words, "contradicted")


def symptom(evidence: Evidence, claim: Claim) -> Verdict:
    """A symptom, with its side where one is printed, that the text gives one patient."""
    patient = int(claim.parameters["case"])
    rows = [row for row in evidence.facts("symptoms") if row["case_id"] == patient]
    wanted, side = claim.parameters["symptom"], claim.parameters.get("side")
    same = any(row["symptom"] == wanted and side in (None, row["side"]) for row in rows)
    recomputed = listed([" ".join(filter(None, (row["side"], row["symptom"].replace("_", " ")))) for row in rows])
    words = f"Recorded for patient {patient}: {recomputed or 'no symptom'}."
    return compared(same, recomputed, words, words, "contradicted")


def fractures(evidence: Evidence, claim: Claim) -> Verdict:
    """The fracture levels of one patient."""
    patient = int(claim.parameters["case"])
    levels = [row["level"] for row in evidence.facts("fractures") if row["case_id"] == patient]
    recomputed = ", ".join(levels) or "none"
    return compared(
        recomputed == claim.printed,
        recomputed,
        "The registry records these.",
        f"The registry records {recomputed}.",
    )


#: Number of printed tables -> what names the patients.
_SOURCES = {
    0: "The text names",
    1: "The table and the text together name",
    2: "The two tables and the text together name",
}


def fractured(evidence: Evidence, claim: Claim) -> Verdict:
    """Which patients have a fracture of a type, when the text describes one."""
    found = sorted({row["case_id"] for row in evidence.facts("fractures", type=claim.parameters["type"])})
    printed = [int(number) for number in re.findall(r"\d+", claim.printed)]
    words = f"{_SOURCES.get(len(evidence.tables), 'The tables and the text together name')} {evidence.names(found)}."
    return compared(found == printed, ", ".join(str(patient) for patient in found), words, words, "contradicted")


def tables_agree(evidence: Evidence, claim: Claim) -> Verdict:
    """What two columns of the printed tables say of each patient, each read with its own pattern."""
    texts = [
        evidence.printed(claim.parameters[f"{side}_table"], claim.parameters[f"{side}_column"])
        for side in ("first", "second")
    ]
    read = [
        _read(cells, claim.parameters[f"{side}_words"]) for side, cells in zip(("first", "second"), texts, strict=True)
    ]
    unlike = [patient for patient in evidence.patients if read[0].get(patient) != read[1].get(patient)]
    stated = [patient for patient in evidence.patients if patient in read[0] and patient not in unlike]
    good = f"The tables say the same of {evidence.names(stated)}."
    bad = (
        "They differ for "
        + listed([f"patient {p} ({_shown(read[0], p)} and {_shown(read[1], p)})" for p in unlike])
        + "."
    )
    return compared(not unlike, f"{evidence.n - len(unlike)} of {evidence.n} alike", good, bad, "contradicted")


def _read(cells: Mapping[int, tuple[str, ...]], pattern: str) -> dict[int, tuple[str, ...]]:
    """By patient the words of the first match in the column, without case; absent where none matches."""
    found = {}
    for patient, texts in cells.items():
        match = next((match for text in texts if (match := re.search(pattern, text))), None)
        if match:
            found[patient] = tuple(re.findall(r"\w+", " ".join(match.groups() or (match[0],)).lower()))
    return found


def _shown(read: Mapping[int, tuple[str, ...]], patient: int) -> str:
    return " ".join(read[patient]) if patient in read else "nothing"
