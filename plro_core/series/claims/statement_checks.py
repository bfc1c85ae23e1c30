"""Checks of statements against each other, of printed tables against each other, and of arithmetic."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from plro_core.series.claims import printed
from plro_core.series.claims.evidence import TAKEN_FROM_IT, Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.series.claims.rounding import written
from plro_core.text import as_recorded, listed


def not_recorded(evidence: Evidence, claim: Claim) -> Verdict:
    """A statement that no cell of the registry bears on; the claim's note says what is lacking."""
    return Verdict("", "not_checkable", "" if claim.note else f"{_no_table(evidence)} records it.")


def _no_table(evidence: Evidence) -> str:
    return "Neither table" if len(evidence.tables) == 2 else "No printed table"


def same_as(evidence: Evidence, claim: Claim) -> Verdict:
    """What another place of the document prints for the same thing; of doses and times, their amounts."""
    rival = evidence.claims[claim.parameters["against"]]
    words = f"{rival.location} prints “{rival.printed}”."
    return compared(_same(claim.printed, rival.printed), rival.printed, words, words)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    amounts = printed.amount(one), printed.amount(other)
    return amounts[0] is not None and amounts[0] == amounts[1]


def dose(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed dose against the other place that prints one, or else against the registry's, if that has another source."""
    rows = evidence.facts("treatments", agent=claim.parameters["agent"])
    stored = {f"{row['dose']:g} {row['unit']} {row['frequency']}" for row in rows if row["dose"] is not None}
    rival = evidence.claims.get(claim.parameters.get("against", ""))
    if not stored:
        return Verdict("", "not_checkable", f"No dose of {claim.parameters['agent']} is recorded.")
    recomputed = ", ".join(sorted(stored))
    words = f"Recorded as {recomputed} for {len(rows)} of {evidence.n} patients."
    if rival is not None:
        words += f" {rival.location} prints “{rival.printed}”."
        return compared(_same(claim.printed, rival.printed), rival.printed, words, words)
    if evidence.stated_only_by(claim, "treatments", [f"{row['case_id']}/{row['kind']}/{row['agent']}" for row in rows]):
        return Verdict(recomputed, "circular", f"{words} {TAKEN_FROM_IT}")
    return compared(all(_same(claim.printed, dose) for dose in stored), recomputed, words, words)


def ion_in_salt(evidence: Evidence, claim: Claim) -> Verdict:
    """How much of an element the recorded dose of its salt holds."""
    rows = [row for row in evidence.facts("treatments", agent=claim.parameters["agent"]) if row["dose"] is not None]
    if not rows:
        return Verdict("", "not_checkable", f"No dose of {claim.parameters['agent']} is recorded.")
    share = Fraction(Decimal(claim.parameters["ion"])) / Fraction(Decimal(claim.parameters["salt"]))
    claimed = Fraction((printed.amount(claim.printed) or ("0", ""))[0])
    given = Fraction(str(rows[0]["dose"]))
    holds, needs = written(given * share, 0), written(claimed / share, 0)
    words = f"{written(given, 0)} mg of {claim.parameters['agent']} hold {holds} mg of the element;"
    words += f" {written(claimed, 0)} mg would take {needs} mg."
    return compared(holds == written(claimed, 0), f"{holds} mg", words, words)


def abbreviation(evidence: Evidence, claim: Claim) -> Verdict:
    """An abbreviation against the initials of what it is said to stand for."""
    words = re.findall(r"[A-Za-z]+", claim.parameters["stands_for"])
    initials = "".join(word[0].upper() for word in words if word != "and")
    return compared(initials == claim.printed, initials, "They are its initials.", f"The initials are {initials}.")


def cell(evidence: Evidence, claim: Claim) -> Verdict:
    """One stored value."""
    patient, month = int(claim.parameters["case"]), month_of(claim.parameters.get("month"))
    value = evidence.cell(claim.parameters["variable"], patient, month)
    shown = "not available" if value is None else _written(value)
    same = value is not None and Decimal(str(value)) == printed.number(claim.printed)
    return compared(same, shown, f"The cell of patient {patient} holds it.", f"The cell holds {shown}.")


def _written(value: bool | int | float | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else as_recorded(value)


def head_says(evidence: Evidence, claim: Claim) -> Verdict:
    """Under which head the table prints the numbers that the text names."""
    heads = evidence.heads(claim.parameters["document"])
    found = [head for head in heads if claim.parameters["head"] in head]
    recomputed = ", ".join(found) or "no such column"
    same = bool(found) and claim.parameters["words"].lower() in recomputed.lower()
    words = (
        f"{claim.parameters['document']} heads these numbers “{recomputed}”."
        if found
        else (f"{claim.parameters['document']} has no such column.")
    )
    return compared(same, recomputed, words, words)


def symptom(evidence: Evidence, claim: Claim) -> Verdict:
    """A symptom, with its side where one is printed, that the text gives one patient."""
    patient = int(claim.parameters["case"])
    rows = [row for row in evidence.facts("symptoms") if row["case_id"] == patient]
    wanted, side = claim.parameters["symptom"], claim.parameters.get("side")
    same = any(row["symptom"] == wanted and side in (None, row["side"]) for row in rows)
    recomputed = listed([" ".join(filter(None, (row["side"], row["symptom"].replace("_", " ")))) for row in rows])
    words = f"Recorded for patient {patient}: {recomputed or 'no symptom'}."
    if same and evidence.stated_only_by(claim, "symptoms", [f"{patient}/{wanted}"]):
        return Verdict(recomputed, "circular", f"{words} {TAKEN_FROM_IT}")
    return compared(same, recomputed, words, words)


def fractures(evidence: Evidence, claim: Claim) -> Verdict:
    """The fracture levels of one patient."""
    patient = int(claim.parameters["case"])
    found = [row["level"] for row in evidence.facts("fractures") if row["case_id"] == patient]
    recomputed = ", ".join(found) or "none"
    if found and evidence.stated_only_by(claim, "fractures", [f"{patient}/{level}" for level in found]):
        return Verdict(recomputed, "circular", TAKEN_FROM_IT)
    same = set(found) == set(printed.levels(claim.printed))
    return compared(same, recomputed, "The registry records these.", f"The registry records {recomputed}.")


#: Number of printed tables -> what names the patients.
_SOURCES = {
    0: "The text names",
    1: "The table and the text together name",
    2: "The two tables and the text together name",
}


def fractured(evidence: Evidence, claim: Claim) -> Verdict:
    """Which patients have a fracture of a type, when the text describes one."""
    found = sorted({row["case_id"] for row in evidence.facts("fractures", type=claim.parameters["type"])})
    named = set(printed.numbers(claim.printed))
    words = f"{_SOURCES.get(len(evidence.tables), 'The tables and the text together name')} {evidence.names(found)}."
    recomputed = ", ".join(str(patient) for patient in found)
    return compared(set(found) == named, recomputed, words, words, "incomplete" if named < set(found) else "differs")


def levels(evidence: Evidence, claim: Claim) -> Verdict:
    """How many spinal levels a printed table names for those who have any, where the text gives a number."""
    column = evidence.printed(claim.parameters["document"], claim.parameters["column"])
    found = {patient: words[0] for patient, words in _matches(column, claim.parameters["words"]).items()}
    named = {patient: printed.levels(words) for patient, words in found.items()}
    recomputed = "; ".join(f"patient {patient}: {len(of)}" for patient, of in named.items()) or "none named"
    wanted = printed.count(claim.printed, evidence.n)
    words = f"{claim.parameters['document']} names {listed([', '.join(of) for of in named.values()])}."
    return compared(bool(named) and all(len(of) == wanted for of in named.values()), recomputed, words, words)


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
    return compared(not unlike, f"{evidence.n - len(unlike)} of {evidence.n} alike", good, bad)


def _read(cells: Mapping[int, tuple[str, ...]], pattern: str) -> dict[int, tuple[str, ...]]:
    """By patient the words of the first match in the column, without case; absent where none matches."""
    found = _matches(cells, pattern)
    return {patient: tuple(re.findall(r"\w+", " ".join(groups).lower())) for patient, groups in found.items()}


def _matches(cells: Mapping[int, tuple[str, ...]], pattern: str) -> dict[int, tuple[str, ...]]:
    """By patient the groups of the first match in the column, or the whole match; absent where none matches."""
    found = {}
    for patient, texts in cells.items():
        match = next((match for text in texts if (match := re.search(pattern, text))), None)
        if match:
            found[patient] = match.groups() or (match[0],)
    return found


def _shown(read: Mapping[int, tuple[str, ...]], patient: int) -> str:
    return " ".join(read[patient]) if patient in read else "nothing"
