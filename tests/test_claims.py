"""The paper's claims against the registry: truths worked out by hand, and plain oracles of the fast searches.

A printed mean or SD is never asserted as if it were true; only what the cells make of it is.
"""

import csv
import itertools
import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from plro_core.problems import DataProblem
from plro_core.series.claims import STATUSES, CheckedClaim, check_claims, claims_as_table, claims_table, read_claims
from plro_core.series.claims.count_checks import count
from plro_core.series.claims.evidence import Evidence
from plro_core.series.claims.lacking import lacking
from plro_core.series.claims.possible import grim, possibilities
from plro_core.series.claims.reading import COLUMNS
from plro_core.series.claims.rounding import MeanSd, read_number, root_rounds_to, rounds_to, written
from plro_core.series.claims.search import Fit, by_chance, smallest_changes, subset_fits
from plro_core.series.claims.statistic_checks import mean_sd, search
from plro_core.series.documents import Bound
from plro_core.series.transcription import SOURCE
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD
from tests.small_registry import small_registry


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def checked(registry: Registry) -> dict[str, CheckedClaim]:
    return {claim.id: claim for claim in check_claims(registry)}


@pytest.fixture(scope="module")
def evidence(registry: Registry) -> Evidence:
    return Evidence(registry, registry.documents[0], {claim.id: claim for claim in read_claims(SOURCE)})


# --- every claim ---


def test_every_claim_has_a_status_and_an_explanation(checked: dict[str, CheckedClaim]) -> None:
    assert len(checked) == len(read_claims(SOURCE)) > 100
    for claim in checked.values():
        assert claim.status in STATUSES
        assert claim.explanation.endswith("."), claim.id
        assert claim.recomputed or claim.status in ("not_checkable", "contradicted"), claim.id


def test_every_status_occurs(checked: dict[str, CheckedClaim]) -> None:
    assert {claim.status for claim in checked.values()} == set(STATUSES)


def test_statements_are_our_own_sentences_and_anchors_are_short() -> None:
    for claim in read_claims(SOURCE):
        assert claim.statement.endswith("."), claim.id
        assert len(claim.verbatim.split()) <= 12, claim.id
        assert claim.printed in claim.verbatim, claim.id
        assert claim.verbatim not in claim.statement or len(claim.verbatim.split()) < 5, claim.id


SECTIONS = (
    "Abstract",
    "Abbreviations",
    "Introduction",
    "Methods",
    "Case Series",
    "Management",
    "Discussion",
    "Conclusion",
    "References",
)


def test_locations_name_a_section_a_figure_or_a_cell(registry: Registry) -> None:
    heads = {(row[0], row[1]) for row in registry.rows('SELECT DISTINCT document, "column" FROM printed')}
    for claim in read_claims(SOURCE):
        for place in claim.location.split("; "):
            table, *rest = place.split(", ")
            if rest:
                assert (table, rest[-1]) in heads, claim.id
            else:
                assert table in (*SECTIONS, "Table I", "Table II") or re.fullmatch(r"Figures? \d( and \d)?", table), (
                    claim.id
                )


def test_a_claim_on_one_printed_cell_quotes_it(registry: Registry) -> None:
    quoted = 0
    for claim in read_claims(SOURCE):
        found = re.fullmatch(r"(Table I{1,2}), row (\d+), (.*)", claim.location)
        if found:
            values = [found[1], int(found[2]), found[3]]
            [(text,)] = registry.rows(
                'SELECT text FROM printed WHERE document = ? AND "row" = ? AND "column" = ?', values
            )
            assert text == claim.verbatim, claim.id
            quoted += 1
    assert quoted >= 13


def test_every_printed_arrow_is_a_claim(registry: Registry) -> None:
    arrows = {
        (case, month, lab.name)
        for lab in STANDARD.labs
        for case, month in registry.rows(f"SELECT case_id, month FROM visits WHERE {lab.name}_flag IS NOT NULL")
    }
    assert arrows == _claimed_arrows(True)


def test_every_unmarked_cell_outside_its_range_is_a_claim(registry: Registry) -> None:
    outside = {
        (case, month, lab.name)
        for lab in STANDARD.labs
        if lab.reference
        for case, month, value in registry.rows(
            f"FROM visits SELECT case_id, month, {lab.name} WHERE {lab.name}_flag IS NULL AND {lab.name} IS NOT NULL"
        )
        if value not in lab.reference
    }
    assert outside == _claimed_arrows(False)


def _claimed_arrows(marked: bool) -> set[tuple[int, int, str]]:
    return {
        (int(claim.parameters["case"]), int(claim.parameters["month"]), claim.parameters["lab"])
        for claim in read_claims(SOURCE)
        if claim.check == "arrow" and (claim.printed[-1] in "↑↓") == marked
    }


def test_all_claims_are_checked_within_a_second(registry: Registry) -> None:
    start = time.process_time()
    check_claims(registry)
    assert time.process_time() - start < 2  # a second on a quiet machine


def test_the_table_is_plain_text(registry: Registry) -> None:
    rows = claims_table(registry)
    assert list(rows[0]) == [
        "id",
        "statement",
        "location",
        "printed",
        "recomputed",
        "status",
        "explanation",
        "relations",
    ]
    assert all(isinstance(value, str) for row in rows for value in row.values())


# --- hand-checked truths ---


@pytest.mark.parametrize("name", ["age-mean-sd", "l1-l4-mean-sd"])
def test_age_and_l1_l4_are_those_of_the_first_eight(
    evidence: Evidence, checked: dict[str, CheckedClaim], name: str
) -> None:
    run = search(evidence, evidence.claims[name]).run
    assert run == Fit((1, 2, 3, 4, 5, 6, 7, 8), "sample")
    assert checked[name].status == "subset"


def test_age_by_hand(evidence: Evidence, checked: dict[str, CheckedClaim]) -> None:
    """31 33 27 29 24 31 29 34 sum to 238, so the mean is 29.75; squared deviations sum to 73.5 and 73.5 / 7 = 10.5."""
    looked = search(evidence, evidence.claims["age-mean-sd"])
    first = looked.numbers.of((1, 2, 3, 4, 5, 6, 7, 8))
    assert (first.mean, first.variance()) == (Fraction(238, 8), Fraction("10.5"))
    assert (looked.numbers.mean, looked.numbers.median) == (Fraction("29.9"), Fraction("30.5"))
    assert [n for n, verdict in looked.possible.items() if verdict.mean and verdict.any_sd] == [8]
    assert "GRIM" in checked["age-mean-sd"].explanation


def test_the_weeks_need_one_changed_cell_of_the_first_eight(checked: dict[str, CheckedClaim]) -> None:
    claim = checked["weeks-mean-sd"]
    assert claim.status == "differs"
    assert "patients 1 to 8" in claim.explanation
    assert "patient 7’s 3 as 4 or patient 8’s 3 as 4" in claim.explanation


def test_l2_l4_needs_one_changed_cell_of_the_first_eight(checked: dict[str, CheckedClaim]) -> None:
    claim = checked["l2-l4-mean-sd"]
    assert claim.status == "differs"
    assert "patient 1’s −2.9 as −2.8 or patient 7’s −2.9 as −2.8" in claim.explanation
    assert "None of the 1,023 subsets" in claim.explanation


@pytest.mark.parametrize(("name", "sd"), [("vas-mean-sd", "0.99"), ("femoral-neck-mean-sd", "0.638")])
def test_mean_agrees_and_sd_does_not(evidence: Evidence, checked: dict[str, CheckedClaim], name: str, sd: str) -> None:
    looked = search(evidence, evidence.claims[name])
    assert rounds_to(looked.numbers.mean, looked.pair.mean)
    assert not root_rounds_to(looked.numbers.variance(), looked.pair.sd)
    assert root_rounds_to(looked.numbers.variance(), Decimal(sd))
    assert not looked.fits
    assert checked[name].status == "differs"
    assert "the mean alone agrees" in checked[name].explanation


def test_ten_whole_scores_cannot_have_the_printed_vas_pair_with_the_sample_sd() -> None:
    """Mean 7.9 of ten means sum 79; the sum of squares is odd; 629 gives SD 0.74 and 631 gives 0.88."""
    verdict = possibilities(MeanSd.parse("7.9 ± 0.8"), 10, 1, 0, 10)[10]
    assert (verdict.mean, verdict.sample_sd, verdict.population_sd) == (True, False, True)


STATUS_BY_HAND = {
    "smokers-count": "agrees",
    "smokers-discussion": "contradicted",
    "low-back-share": "agrees",
    "symptoms-total": "agrees",
    "vas-spinal": "differs",
    "vas-tables": "agrees",
    "vertebroplasty-levels": "agrees",
    "breastfeeding-tables": "agrees",
    "breastfeeding-table-stopped": "incomplete",
    "breastfeeding-two": "agrees",
    "breastfeeding-all": "contradicted",
    "twins-tables": "agrees",
    "vitamin-d-dose": "contradicted",
    "vitamin-d-dose-discussion": "contradicted",
    "calcium-ion": "differs",
    "calcium-normal": "contradicted",
    "vertebroplasty-vas": "agrees",
    "relief-first-month": "agrees",
    "resolution-first-month": "contradicted",
    "visits": "agrees",
    "pain-control-mean": "not_checkable",
    "pain-control-column": "differs",
    "calcium-dose": "circular",
    "calcium-dose-discussion": "agrees",
    "calcium-critical": "contradicted",
    "calcium-pointless": "contradicted",
    "activity-weight-bearing": "circular",
    "activity-weight-lifting": "not_checkable",
    "rehabilitation": "circular",
    "exercise": "circular",
    "bed-rest": "circular",
    "ankle-patient-motion": "circular",
    "vertebroplasty-fractures": "circular",
    "vertebroplasty-three": "agrees",
    "fractures-text": "incomplete",
    "mri-spine": "incomplete",
    "laboratory-others": "incomplete",
    "relief-conservative": "not_checkable",
    "workup-labs": "not_checkable",
    "workup-other-causes": "not_checkable",
    "bone-density-annual": "not_checkable",
    "bone-density-six-months": "not_checkable",
    "others-no-risk": "differs",
    "ethics-approval": "omission",
    "ethics-consent": "omission",
    "hypercalcaemia-pth": "omission",
    "t-scores-evaluable": "omission",
    "vas-rise": "omission",
    "risk-factors-list": "omission",
    "laboratory-missing": "omission",
    "references-once": "differs",
    "print-bracket": "differs",
    "print-comma": "differs",
    "teriparatide": "not_checkable",
    "osteoporosis-detected": "not_checkable",
    "unit-magnesium": "differs",
    "unit-vitamin-d": "differs",
    "abbreviation": "differs",
    "arrow-10-0-magnesium": "not_checkable",
    "arrow-8-0-vitamin-d": "not_checkable",
    "arrow-4-1-calcium": "contradicted",
    "arrows-alp": "agrees",
    "weeks-onset": "contradicted",
    "weeks-diagnosis": "contradicted",
    "ankle-patient-low-back": "contradicted",
}


@pytest.mark.parametrize(("name", "status"), STATUS_BY_HAND.items())
def test_status_by_hand(checked: dict[str, CheckedClaim], name: str, status: str) -> None:
    assert checked[name].status == status


def test_numbers_by_hand(checked: dict[str, CheckedClaim]) -> None:
    assert checked["smokers-discussion"].recomputed == "4 of 10"
    assert checked["low-back-share"].recomputed == "8 of 10"
    assert checked["calcium-ion"].recomputed == "100 mg"  # 250 × 40.078 / 100.087 = 100.1
    assert "2497 mg" in checked["calcium-ion"].explanation
    assert checked["teriparatide"].recomputed == "0 of 10 received it"
    assert checked["vas-spinal"].recomputed == "8.1 (n = 8)"
    assert checked["resolution-first-month"].recomputed == "0 of 10 at VAS 0"
    assert checked["calcium-normal"].recomputed.startswith("6 of 35 outside")
    assert "after baseline: 8.2 (patient 10 month 1)." in checked["calcium-normal"].explanation
    assert checked["vertebroplasty-three"].recomputed == "patient 4: 3"
    assert checked["t-scores-evaluable"].recomputed == "1 of 4 vertebrae evaluable"
    assert checked["vas-rise"].recomputed == "patient 3: 1 at month 1, 2 at month 3"
    assert checked["references-once"].recomputed == "22 works under 23 numbers"
    assert checked["laboratory-missing"].recomputed == "48 of 200 values not available"
    assert "patients 6 and 7" in checked["print-bracket"].explanation
    assert (
        "Patients 1 to 8, who give the printed age and L1-L4 T-score, hold 3."
        in checked["smokers-discussion"].explanation
    )


def test_explanations_say_no_more_and_no_less_than_the_cells(checked: dict[str, CheckedClaim]) -> None:
    """Patients 8, 9 and 10 all have 3 and 1; VAS 9 is also that of 1 and 4; an ALP soon after delivery may be placental."""
    assert (
        "patient 9 had the same VAS at the last two visits as patients 8 and 10."
        in checked["pain-control-latest"].explanation
    )
    assert "the highest baseline VAS, as two others have" in checked["breastfeeding-advantage"].explanation
    assert "Placental alkaline phosphatase" in checked["raised-alp"].explanation
    assert checked["hypercalcaemia-pth"].explanation.startswith(
        "Parathyroid hormone of patient 3 is printed for month 3 and"
    )
    assert checked["unit-magnesium"].recomputed == "0 of 32 within 1.7–2.4"


def test_the_smallest_p_is_that_of_the_exact_test_with_the_ties_that_there_are(
    checked: dict[str, CheckedClaim],
) -> None:
    """The falls are 4 6 6 8 4 3 5 3 3 4: of 210 splits into 4 and 6, only 5 6 6 8 against the rest is at the end."""
    assert "cannot reach a two-sided p below 0.0048" in checked["bisphosphonate-no-difference"].explanation
    falls = [4, 6, 6, 8, 4, 3, 5, 3, 3, 4]
    ranks = [sum(other < fall for other in falls) + (falls.count(fall) + 1) / 2 for fall in falls]
    off = [abs(sum(split) - 22) for split in itertools.combinations(ranks, 4)]
    assert round(off.count(max(off)) / 210, 4) == 0.0048


def test_a_t_score_never_becomes_a_diagnosis(checked: dict[str, CheckedClaim]) -> None:
    words = " ".join(f"{claim.recomputed} {claim.explanation}".lower() for claim in checked.values())
    assert "osteopor" not in words


def test_a_cell_that_changes_changes_the_answer(registry: Registry) -> None:
    """Nothing recomputed is stored: without patient 10, three smokers agree and four do not."""
    evidence = Evidence(registry, registry.documents[0], {claim.id: claim for claim in read_claims(SOURCE)})
    before = evidence.claims["smokers-count"]
    fewer = Evidence(_Without(registry, 10), evidence.bound, evidence.claims)  # type: ignore[arg-type]
    assert count(evidence, before).status == "agrees"
    assert count(fewer, before).status == "differs"
    assert count(fewer, evidence.claims["smokers-discussion"]).status == "agrees"


class _Without:
    """A registry that hides one patient from every cohort."""

    def __init__(self, registry: Registry, patient: int) -> None:
        self._registry, self._patient, self.vocabulary = registry, patient, registry.vocabulary

    def rows(self, sql: str, values: list[object]) -> list[tuple[object, ...]]:
        return [row for row in self._registry.rows(sql, values) if row[0] != self._patient]

    def records(self, sql: str) -> list[dict[str, object]]:
        return self._registry.records(sql)


# --- rounding ---


@pytest.mark.parametrize(
    ("value", "printed", "expected"),
    [
        ("30.5", "30", True),  # half-even
        ("30.5", "31", True),  # half-up
        ("31.5", "31", False),
        ("29.75", "29.8", True),
        ("-2.85", "-2.9", True),
        ("-2.85", "-2.8", True),
        ("-2.851", "-2.8", False),
        ("-0.04", "0.0", True),
        ("7.8499", "7.9", False),
    ],
)
def test_rounding_edges(value: str, printed: str, expected: bool) -> None:
    assert rounds_to(Fraction(value), Decimal(printed)) is expected


def test_rounding_equals_the_decimal_module() -> None:
    for thousandths in range(-1500, 1501):
        value = Decimal(thousandths) / 1000
        allowed = {value.quantize(Decimal("0.01"), rounding) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
        for hundredths in range(int(value * 100) - 2, int(value * 100) + 3):
            printed = (Decimal(hundredths) / 100).quantize(Decimal("0.01"))
            assert rounds_to(Fraction(value), printed) == (printed in allowed), (value, printed)


def test_root_rounding_has_exact_edges() -> None:
    assert root_rounds_to(Fraction("0.25") ** 2, Decimal("0.2"))
    assert root_rounds_to(Fraction("0.25") ** 2, Decimal("0.3"))
    assert not root_rounds_to(Fraction("0.35") ** 2, Decimal("0.3"))
    assert root_rounds_to(Fraction("0.0025"), Decimal("0.0"))
    assert not root_rounds_to(Fraction("0.35") ** 2 - Fraction(1, 10**12), Decimal("0.4"))
    assert (written(Fraction("-0.04"), 1), written(Fraction("-2.85"), 1)) == ("0.0", "−2.9")


@pytest.mark.parametrize("text", ["", "7", "7 ±", "± 1", "7 ± -1", "a ± b", "7 ± 1 ± 2", "1e3 ± 1"])
def test_a_malformed_pair_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        MeanSd.parse(text)


def test_minus_signs_are_read_alike() -> None:
    assert read_number("−2.91") == read_number("-2.91") == Decimal("-2.91")


# --- searches against plain oracles ---


def _oracle_fits(values: dict[int, int], scale: int, pair: MeanSd) -> set[Fit]:
    """Every subset, one at a time, with fractions."""
    found = set()
    for size in range(1, len(values) + 1):
        for chosen in itertools.combinations(sorted(values), size):
            numbers = [Fraction(values[patient], scale) for patient in chosen]
            mean = sum(numbers, Fraction(0)) / size
            squares = sum(((number - mean) ** 2 for number in numbers), Fraction(0))
            if rounds_to(mean, pair.mean):
                if size > 1 and root_rounds_to(squares / (size - 1), pair.sd):
                    found.add(Fit(chosen, "sample"))
                if root_rounds_to(squares / size, pair.sd):
                    found.add(Fit(chosen, "population"))
    return found


def _random_case(seed: int) -> tuple[dict[int, int], int, MeanSd]:
    """Few small values and a pair printed coarsely, so that fits and edges are common."""
    source = random.Random(seed)
    scale = source.choice([1, 10])
    values = {patient: source.randint(-12, 12) for patient in range(1, source.randint(2, 7))}
    some = source.sample(list(values.values()), source.randint(1, len(values)))
    mean = Fraction(sum(some), len(some) * scale)
    sd = Fraction(source.randint(0, 40), 10 * scale)
    places = source.choice([0, 1])
    text = f"{written(mean, places)} ± {written(sd, places)}"
    return values, scale, MeanSd.parse(text)


@pytest.mark.parametrize("seed", range(150))
def test_subset_search_equals_the_plain_one(seed: int) -> None:
    values, scale, pair = _random_case(seed)
    found = subset_fits(values, scale, pair)
    assert set(found) == _oracle_fits(values, scale, pair)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("seed", range(25))
def test_changed_cells_equal_the_plain_search(seed: int) -> None:
    values, scale, pair = _random_case(seed)
    changes = {}
    for patient, new in itertools.product(values, range(-15, 16)):
        if new != values[patient]:
            whole = {**values, patient: new}
            for fit in _oracle_fits(whole, scale, pair):
                if len(fit.patients) == len(values):
                    changes[patient, new, fit.formula] = abs(new - values[patient])
    smallest = min(changes.values(), default=0)
    found = smallest_changes(values, scale, pair, -15, 15)
    assert {(c.patient, c.needed, c.formula) for c in found} == {
        key for key, size in changes.items() if size == smallest
    }


def test_the_most_natural_subset_comes_first() -> None:
    values = dict.fromkeys(range(1, 7), 5)
    order = [fit.patients for fit in subset_fits(values, 1, MeanSd.parse("5 ± 0")) if fit.formula == "population"]
    assert order[:3] == [(1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5), (1, 2, 3, 4)]
    assert order.index((2, 3, 4, 5, 6)) < order.index((1, 3, 4, 5, 6))


def test_too_many_patients_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        subset_fits(dict.fromkeys(range(30), 1), 1, MeanSd.parse("1 ± 0"))


def test_chance_is_a_share_and_coarse_printing_makes_fits_common() -> None:
    values = dict(enumerate([31, 33, 27, 29, 24, 31, 29, 34, 31, 30], start=1))
    fine, coarse = (by_chance(values, 1, MeanSd.parse(text)) for text in ("29.75 ± 3.24", "30 ± 3"))
    assert 0 <= fine.share < coarse.share <= 1
    assert fine.fits < 1 < coarse.fits


# --- what is possible at all ---


@pytest.mark.parametrize("n", range(1, 11))
@pytest.mark.parametrize("places", [0, 1, 2])
def test_grim_equals_brute_force(n: int, places: int) -> None:
    """Every sum of n whole numbers from 0 to 3, rounded both ways."""
    quantum = Decimal(1).scaleb(-places)
    reachable = {
        (Decimal(total) / n).quantize(quantum, rounding)
        for total in range(3 * n + 1)
        for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)
    }
    for step in range(3 * 10**places + 1):
        mean = (step * quantum).quantize(quantum)
        assert grim(mean, n, 1) == (mean in reachable), mean


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_grimmer_equals_brute_force(n: int) -> None:
    """Every group of n whole numbers from 0 to 5 against every pair printed with one decimal."""
    reachable = set()
    for values in itertools.combinations_with_replacement(range(6), n):
        mean = Fraction(sum(values), n)
        squares = sum(((value - mean) ** 2 for value in values), Fraction(0))
        reachable.add((mean, squares))
    for tenths, sd in itertools.product(range(0, 51, 3), range(0, 36, 2)):
        pair = MeanSd(Decimal(tenths) / 10, Decimal(sd) / 10)
        pair = MeanSd(pair.mean.quantize(Decimal("0.1")), pair.sd.quantize(Decimal("0.1")))
        fitting = [squares for mean, squares in reachable if rounds_to(mean, pair.mean)]
        verdict = possibilities(pair, n, 1, 0, 5)[n]
        assert verdict.population_sd == any(root_rounds_to(squares / n, pair.sd) for squares in fitting), pair
        sample = n > 1 and any(root_rounds_to(squares / (n - 1), pair.sd) for squares in fitting)
        assert verdict.sample_sd == sample, pair


# --- malformed sources ---

GOOD = {
    "id": "a",
    "topic": "age",
    "statement": "One.",
    "location": "Case Series",
    "verbatim": "mean age: 29.75 ± 3.24 years, 1 of 30, 3, all",
    "printed": "29.75 ± 3.24",
    "check": "mean_sd",
    "parameters": "variable=age",
    "note": "",
}


def _written(folder: Path, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> Path:
    with (folder / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([list(row.values()) for row in rows])
    return folder


def test_a_good_row_is_read(tmp_path: Path) -> None:
    assert read_claims(_written(tmp_path, GOOD))[0].parameters == {"variable": "age"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", ""),
        ("id", "Not a slug"),
        ("statement", " "),
        ("location", ""),
        ("verbatim", "29.75 ± 3.24 a b c d e f g h i j"),
        ("check", "guess"),
        ("printed", "about thirty"),
        ("printed", "29.8 ± 3.2"),
        ("printed", "years"),
        ("parameters", "variable"),
        ("parameters", ""),
        ("parameters", "variable=Shoe size"),
        ("parameters", "variable=age; colour=red"),
        ("parameters", "variable=age; variable=age"),
        ("parameters", "variable=age; month=soon"),
    ],
)
def test_a_malformed_cell_is_named(tmp_path: Path, column: str, value: str) -> None:
    with pytest.raises(DataProblem, match=rf"^claims\.csv, row 2, column {column}: .*; expected .*\.$"):
        read_claims(_written(tmp_path, {**GOOD, column: value}))


def test_unknown_and_repeated_ids_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataProblem, match="row 3, column id: “a”; expected each id once"):
        read_claims(_written(tmp_path, GOOD, GOOD))
    lost = {**GOOD, "check": "same_as", "parameters": "against=nowhere"}
    with pytest.raises(DataProblem, match="row 2, column parameters: “nowhere”"):
        read_claims(_written(tmp_path, lost))


def test_missing_file_wrong_columns_and_short_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataProblem, match="the file is missing"):
        read_claims(tmp_path)
    with pytest.raises(DataProblem, match="row 1"):
        read_claims(_written(tmp_path, GOOD, columns=("id", "claim")))
    with pytest.raises(DataProblem, match="row 2: 2 cells; expected 9"):
        read_claims(_written(tmp_path, {"id": "a", "topic": "b"}))


@pytest.mark.parametrize(
    ("check", "printed", "parameters", "why"),
    [
        ("median", "30", "variable=shoe_size", "This registry has no variable “shoe_size”."),
        ("median", "30", "variable=smoking", "Smoking is no number in this registry."),
        ("median", "30", "variable=vas", "Pain (VAS) is recorded at visits, and no month is named."),
        ("median", "30", "variable=age; month=1", "Age is recorded once, and a month is named."),
        ("complete", "", "variables=calcium; month=2", "No visit is planned at month 2 here, but at 0, 1, 3 and 6."),
        ("arrows_consistent", "", "lab=age", "This registry has no laboratory value “age”."),
        ("cell", "3", "variable=age; case=11", "Patient 11 is none of the 10 patients here."),
        ("head_says", "", "document=Table III; head=Age; words=age", "The registry holds no printed “Table III”."),
        ("listed_in", "1", "document=Table I; column=Weight; words=x", "Table I has no printed column “Weight”."),
    ],
)
def test_what_the_registry_does_not_have_cannot_be_checked(
    registry: Registry, tmp_path: Path, check: str, printed: str, parameters: str, why: str
) -> None:
    folder = _written(tmp_path, {**GOOD, "check": check, "printed": printed, "parameters": parameters})
    found = checked_in(registry, folder)
    assert [(claim.status, claim.explanation) for claim in found] == [("not_checkable", why)]


def test_a_cohort_that_the_registry_does_not_know_cannot_be_checked(registry: Registry, tmp_path: Path) -> None:
    folder = _written(tmp_path, {**GOOD, "check": "count", "printed": "1", "parameters": "where=shoe=43"})
    [found] = checked_in(registry, folder)
    assert found.status == "not_checkable"
    assert found.explanation.startswith("This registry cannot tell whom “shoe=43” means: ")


def test_the_registry_has_all_that_the_shipped_claims_speak_of(evidence: Evidence) -> None:
    assert [claim.id for claim in evidence.claims.values() if lacking(evidence, claim)] == []


def test_a_claim_is_set_against_one_that_prints_what_is_needed(tmp_path: Path) -> None:
    share = {**GOOD, "check": "sums_to", "printed": "3", "parameters": "parts=b; whole=b"}
    with pytest.raises(
        DataProblem, match="column parameters: “b”; expected the id of a claim that prints a count as n = 5"
    ):
        read_claims(
            _written(
                tmp_path, share, {**GOOD, "id": "b", "check": "count", "printed": "all", "parameters": "where=age=!"}
            )
        )


def test_claims_of_several_documents_name_them(checked: dict[str, CheckedClaim]) -> None:
    one = checked["smokers-count"]
    table = claims_as_table((one, replace(one, document="Another")), "Claims of two")
    assert [row[0] for row in table.rows] == ["Aytar et al. 2022", "Another"]
    assert claims_as_table((one,)).columns[0].name == "id"


def checked_in(registry: Registry, folder: Path) -> tuple[CheckedClaim, ...]:
    """The claims of a folder, checked as those of the registry's document."""
    [bound] = registry.documents
    other = replace(bound, document=replace(bound.document, folder=folder))
    return check_claims(_With(registry, other))  # type: ignore[arg-type]


class _With:
    """A registry with another document."""

    def __init__(self, registry: Registry, bound: Bound) -> None:
        self.documents, self.vocabulary = (bound,), registry.vocabulary
        self.rows, self.records, self.found = registry.rows, registry.records, registry.found


def test_the_shipped_file_ends_its_lines_plainly() -> None:
    assert b"\r" not in (SOURCE / "claims.csv").read_bytes()


def test_a_registry_without_documents_has_no_claims() -> None:
    assert check_claims(small_registry(cases=[{"case_id": 1}])) == ()


def test_a_mean_of_many_patients_is_checked_without_looking_for_a_part(registry: Registry) -> None:
    """Ages 21 to 40: mean 30.5, and 19 × 35 = 665 is the sum of squares over 20 patients, so the sample SD is √35."""
    many = small_registry(cases=[{"case_id": number, "age": 20 + number} for number in range(1, 21)])
    bound = Bound(registry.documents[0].document, frozenset(range(1, 21)))
    claim = next(claim for claim in read_claims(SOURCE) if claim.id == "age-mean-sd")
    found = [
        mean_sd(Evidence(many, bound, {}), replace(claim, printed=printed)) for printed in ("30.5 ± 5.92", "29.8 ± 3.2")
    ]
    assert [(entry.recomputed, entry.status) for entry in found] == [
        ("30.5 ± 5.92 (n = 20)", "agrees"),
        ("30.5 ± 5.9 (n = 20)", "differs"),
    ]
