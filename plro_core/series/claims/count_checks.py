"""Checks of counts, percentages and lists of patients."""

import re
from collections.abc import Mapping
from typing import Any

from plro_core.series.claims import printed
from plro_core.series.claims.evidence import TAKEN_FROM_IT, Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.series.claims.statistic_checks import shared_runs
from plro_core.text import listed
from plro_core.vocabulary.standard import SYMPTOM_LEVELS


def _of_all(count: int, evidence: Evidence) -> str:
    return f"{count} of {evidence.n}"


def count(evidence: Evidence, claim: Claim) -> Verdict:
    """How many patients are in a cohort; ``against`` names another place that prints this count."""
    found = evidence.ids(claim.parameters["where"])
    wanted, who = printed.count(claim.printed, evidence.n), evidence.names(found)
    rival = evidence.claims.get(claim.parameters.get("against", ""))
    good = f"The cells give {who}." if len(found) < evidence.n else "It holds for every patient."
    bad = f"The cells give {len(found)}: {who}."
    if rival is not None and printed.count(rival.printed, evidence.n) != wanted:
        good += f" Elsewhere ({rival.location}) the paper prints “{rival.printed}”."
    bad += "".join(
        f" {_first_capital(evidence.names(run))}, who give the printed {listed(list(of))}, hold {wanted}."
        for run, of in shared_runs(evidence).items()
        if len(set(run) & set(found)) == wanted
    )
    return compared(len(found) == wanted, _of_all(len(found), evidence), good, bad)


def _first_capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def everyone(evidence: Evidence, claim: Claim) -> Verdict:
    """A statement on the patients without an exception: who is one."""
    found = evidence.ids(claim.parameters["where"])
    others = tuple(patient for patient in evidence.patients if patient not in found)
    bad = f"It makes no exception, and does not hold for {evidence.names(others)}."
    return compared(not others, _of_all(len(found), evidence), "It holds for every patient.", bad)


def percent(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed percentage of all patients."""
    found = evidence.ids(claim.parameters["where"])
    recomputed = f"{_of_all(len(found), evidence)}"
    same = len(found) * 100 == (printed.percentage(claim.printed) or 0) * evidence.n
    return compared(
        same,
        recomputed,
        f"The cells give {evidence.names(found)}.",
        f"The cells give {evidence.names(found)}.",
    )


def members(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed list of patient numbers."""
    found = evidence.ids(claim.parameters["where"])
    words = f"The cells give {evidence.names(found)}."
    return compared(found == printed.numbers(claim.printed), ", ".join(str(patient) for patient in found), words, words)


def pain_sites(evidence: Evidence, claim: Claim) -> Verdict:
    """Patients whose pain is at exactly these sites, printed as a count and a percentage."""
    sites = set(claim.parameters["sites"].split(","))
    pains = {level.code for level in SYMPTOM_LEVELS if level.label.endswith("pain")}
    recorded: dict[int, set[str]] = {patient: set() for patient in evidence.patients}
    for row in evidence.facts("symptoms"):
        recorded[row["case_id"]] |= {row["symptom"]} & pains
    found = [patient for patient in evidence.patients if recorded[patient] == sites]
    said = (printed.size(claim.printed), printed.percentage(claim.printed))
    recomputed = f"{len(found)} ({len(found) * 100 // evidence.n} %)"
    words = f"{evidence.title_of('cases')} gives these sites and no other to {evidence.names(found)}."
    return compared((len(found), len(found) * 100 // evidence.n) == said, recomputed, words, words)


def sums_to(evidence: Evidence, claim: Claim) -> Verdict:
    """Printed counts that should add up to a printed whole."""
    parts = [printed.size(evidence.claims[name].printed) or 0 for name in claim.parameters["parts"].split(",")]
    whole = printed.count(evidence.claims[claim.parameters["whole"]].printed, evidence.n)
    words = f"{' + '.join(str(part) for part in parts)} = {sum(parts)}."
    return compared(sum(parts) == whole, str(sum(parts)), words, words)


def treated(evidence: Evidence, claim: Claim) -> Verdict:
    """How many patients the registry records with an intervention, by agent or ATC code."""
    rows = evidence.facts("treatments", agent=claim.parameters.get("agent"), atc=claim.parameters.get("atc"))
    found = {row["case_id"] for row in rows}
    recomputed = _of_all(len(found), evidence)
    words = f"Recorded for {evidence.names(sorted(found))}."
    if rows and evidence.stated_only_by(claim, "treatments", [_treatment_key(row) for row in rows]):
        return Verdict(recomputed, "circular", f"{words} {TAKEN_FROM_IT}")
    wanted = printed.count(claim.printed, evidence.n)
    return compared(len(found) == wanted, recomputed, words, words)


def _treatment_key(row: Mapping[str, Any]) -> str:
    return f"{row['case_id']}/{row['kind']}/{row['agent']}"


def unsupported(evidence: Evidence, claim: Claim) -> Verdict:
    """A conclusion about an intervention: how many received it says whether the series can bear on it."""
    rows = evidence.facts("treatments", atc=claim.parameters["atc"])
    found = sorted({row["case_id"] for row in rows})
    return Verdict(f"{_of_all(len(found), evidence)} received it", "not_checkable", "The series cannot bear this out.")


def listed_in(evidence: Evidence, claim: Claim) -> Verdict:
    """How many, or which, patients have certain words in one column of a printed table."""
    document = claim.parameters["document"]
    cells = evidence.printed(document, claim.parameters["column"])
    found = [patient for patient, texts in cells.items() if any(re.search(claim.parameters["words"], t) for t in texts)]
    words = f"{document} has it for {evidence.names(found)}."
    wanted = _whom(evidence, claim)
    recomputed = _of_all(len(found), evidence)
    missing = [patient for patient in wanted if patient not in found]
    if missing and set(found) <= set(wanted):
        return Verdict(recomputed, "incomplete", f"{words} It does not for {evidence.names(missing)}.")
    return compared(found == list(wanted), recomputed, words, words)


def _whom(evidence: Evidence, claim: Claim) -> tuple[int, ...]:
    """The patients that a table should have something for: those of another claim, all but those, those printed, or all."""
    if name := claim.parameters.get("members"):
        return printed.numbers(evidence.claims[name].printed)
    if name := claim.parameters.get("except"):
        others = printed.numbers(evidence.claims[name].printed)
        return tuple(patient for patient in evidence.patients if patient not in others)
    return printed.numbers(claim.printed) or evidence.patients


def misprinted(evidence: Evidence, claim: Claim) -> Verdict:
    """In which cells of a printed column a printing error of this form stands."""
    document = claim.parameters["document"]
    cells = evidence.printed(document, claim.parameters["column"])
    found = [patient for patient, texts in cells.items() if any(re.search(claim.parameters["words"], t) for t in texts)]
    recomputed = f"{len(found)} cell{'s' * (len(found) != 1)}"
    bad = f"{document} has it for {evidence.names(found)}; the values can be read all the same."
    return compared(not found, recomputed, f"{document} has no such cell.", bad)


def imaged(evidence: Evidence, claim: Claim) -> Verdict:
    """How many patients have a finding at a site in the named imaging; named findings are a lower bound."""
    wanted = {name: claim.parameters.get(name) for name in ("site", "modality", "side")}
    found = sorted({row["case_id"] for row in evidence.facts("imaging", **wanted)})
    recomputed = f"{_of_all(len(found), evidence)} named"
    told = printed.count(claim.printed, evidence.n) or 0
    if len(found) == told:
        return Verdict(recomputed, "agrees", f"Named for {evidence.names(found)}.")
    if len(found) > told:
        return Verdict(recomputed, "differs", f"Named for {evidence.names(found)}.")
    elsewhere = {row["case_id"] for row in evidence.facts("imaging")} - set(found)
    rest = evidence.n - len(elsewhere)
    words = f"A finding is named only for {evidence.names(found)}."
    if rest == told:
        words += f" It fits if each of the {rest} patients without a named finding at another site has one here."
    return Verdict(recomputed, "incomplete", words)


def has_imaging(evidence: Evidence, claim: Claim) -> Verdict:
    """A statement on everyone's imaging, when only some patients' findings are named."""
    found = sorted({row["case_id"] for row in evidence.facts("imaging")})
    words = f"An imaging finding is named only for {evidence.names(found)}."
    return Verdict(f"{_of_all(len(found), evidence)} named", "not_checkable", words)


def free_of_risk(evidence: Evidence, claim: Claim) -> Verdict:
    """That all but the counted have no risk factor: what the printed column of risk factors and the cells say."""
    said = printed.count(evidence.claims[claim.parameters["counted"]].printed, evidence.n) or 0
    column = _column_of(evidence, "risk factor")
    if column is None:
        return Verdict("", "not_checkable", "No printed table has a column of risk factors.")
    named = [patient for patient, texts in evidence.printed(*column).items() if texts[0] not in ("", "N/A")]
    others = [patient for patient in evidence.patients if patient not in named]
    traits = {
        evidence.registry.vocabulary.variable(name).words: [
            patient for patient in others if evidence.cell(name, patient)
        ]
        for name in claim.parameters["traits"].split(",")
    }
    recomputed = f"{_of_all(len(named), evidence)} have one in {column[0]}"
    words = f"{column[0]} lists a risk factor for {len(named)} ({evidence.names(named)})"
    words += f", where {said} are counted here."
    also = [f"{name} in {evidence.names(found)}" for name, found in traits.items() if found]
    words += f" Elsewhere it also records {listed(also)}, if these count." if also else ""
    return compared(len(named) == said, recomputed, words, words)


def _column_of(evidence: Evidence, words: str) -> tuple[str, str] | None:
    """Title and head of the first printed column whose head has these words."""
    heads = ((title, head) for title, table in evidence.tables.items() for head in table.heads)
    return next((found for found in heads if words in found[1].lower()), None)


def complete(evidence: Evidence, claim: Claim) -> Verdict:
    """That the document prints a value for everyone, at one visit or in the case."""
    recomputed, gaps = _gaps(evidence, claim)
    return compared(not gaps, recomputed, "No value is missing.", gaps)


def measured(evidence: Evidence, claim: Claim) -> Verdict:
    """That something was measured in everyone: a value that is not printed may have been measured all the same."""
    recomputed, gaps = _gaps(evidence, claim)
    if not gaps:
        return Verdict(recomputed, "agrees", "No value is missing.")
    return Verdict(recomputed, "not_checkable", gaps)


def _gaps(evidence: Evidence, claim: Claim) -> tuple[str, str]:
    """How many of the values are printed, and in a sentence whose are not."""
    names = claim.parameters["variables"].split(",")
    month = month_of(claim.parameters.get("month"))
    gaps = {}
    for name in names:
        absent = [patient for patient in evidence.patients if evidence.cell(name, patient, month) is None]
        if absent:
            gaps[evidence.declared(name).words] = absent
    found = evidence.n * len(names) - sum(len(absent) for absent in gaps.values())
    absent_of = listed([f"{name} in {evidence.names(absent)}" for name, absent in gaps.items()])
    return f"{found} of {evidence.n * len(names)} values", f"Not available: {absent_of}." if gaps else ""


def t_scores_at_most(evidence: Evidence, claim: Claim) -> Verdict:
    """How many T-scores lie at or below a line; it classifies nobody, as the line is for other women."""
    line = float(claim.parameters["line"])
    counts = []
    for entry in evidence.registry.vocabulary.scores:
        values = evidence.values(entry.name)
        counts.append(f"{entry.label} {sum(value <= line for value in values.values())} of {len(values)}")
    words = (
        f"T-scores at or below the WHO line of {entry.written(line)}: {', '.join(counts)}. "
        "That line is for postmenopausal women; before menopause ISCD asks for Z-scores, and none is printed."
    )
    return Verdict("; ".join(counts), "not_checkable", words)


def measured_once(evidence: Evidence, claim: Claim) -> Verdict:
    """That something was measured repeatedly: how many dated sets each patient has."""
    names = claim.parameters["variables"].split(",")
    sets = [patient for patient in evidence.patients if any(evidence.cell(name, patient) is not None for name in names)]
    dated = evidence.facts("densitometry")
    if dated:
        return Verdict(f"{len(dated)} dated", "not_checkable", f"The registry holds {len(dated)} dated measurements.")
    words = f"{evidence.title_of('cases')} prints one undated set for {evidence.names(sets)} and no later one"
    words += ", so it cannot be seen how bone density went on."
    return Verdict("1 set each", "not_checkable", words)
