"""The numbers of the first paper, in other words, through the checker: it says of each what the claims say of it."""

import pytest

from plro_core.drafts import check_draft
from plro_core.drafts.model import Sentence, Status
from plro_core.series.claims import CheckedClaim, check_claims
from plro_core.store import SHIPPED, Registry, open_registry

#: By claim a sentence of our own that says its number.
IN_OTHER_WORDS = {
    "patients-count": "The series consists of 10 patients.",
    "age-mean-sd": "Mean age: 29.75 ± 3.24 years.",
    "weeks-mean-sd": "The mean time of diagnosis was 7 ± 7.15 weeks.",
    "weeks-range": "Time of diagnosis: 2–24 weeks.",
    "weeks-median": "The median time of diagnosis was 4 weeks.",
    "vas-mean-sd": "At baseline VAS was 7.9 ± 0.8 on average.",
    "l1-l4-mean-sd": "L1–L4 T-score: −2.91 ± 0.39.",
    "l2-l4-mean-sd": "L2–L4 T-score: −2.85 ± 0.38.",
    "femoral-neck-mean-sd": "Femoral neck T-score: −2.19 ± 0.50.",
    "smokers-count": "4 patients smoked.",
    "smokers-discussion": "3 patients smoked.",
    "twins-count": "Twin pregnancy: n = 1.",
    "symptoms-back-low-back": "Back pain and low back pain were found in 5 patients (50%).",
    "symptoms-hip-low-back": "Hip pain and low back pain were found in 2 patients (20%).",
    "symptoms-only-low-back": "Only low back pain was found in 1 patient (10%).",
    "low-back-share": "80% had low back pain.",
    "breastfeeding-two": "2 patients continued breastfeeding.",
    "breastfeeding-all": "Breastfeeding was stopped in 10 of 10 patients.",
    "bisphosphonate-count": "Bisphosphonates: 4 of 10 patients.",
    "vertebroplasty-count": "Vertebroplasty was done in 1 of 10 patients.",
    "vertebroplasty-vas": "At month 1 patient 4 had a VAS of 1.",
    "relief-first-month": "VAS fell by at least 30 % in 10 of 10 patients at month 1.",
    "resolution-first-month": "VAS was 0 in 10 of 10 patients at month 1.",
}
#: What a claim's status means for a draft; a subset gives the number of fewer patients than all.
AS_VERDICT: dict[str, Status] = {
    "agrees": "agrees",
    "differs": "differs",
    "subset": "differs",
    "contradicted": "differs",
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry(SHIPPED)


@pytest.fixture(scope="module")
def claims(registry: Registry) -> dict[str, CheckedClaim]:
    return {claim.id: claim for claim in check_claims(registry)}


@pytest.mark.parametrize(("claim", "sentence"), IN_OTHER_WORDS.items(), ids=list(IN_OTHER_WORDS))
def test_the_checker_says_what_the_claims_say(
    registry: Registry, claims: dict[str, CheckedClaim], claim: str, sentence: str
) -> None:
    (found,) = check_draft(registry, [Sentence("line 1", sentence)]).checked
    assert found.found.status == AS_VERDICT[claims[claim].status], found


def test_it_gives_the_same_numbers_as_the_claims(registry: Registry, claims: dict[str, CheckedClaim]) -> None:
    for claim, sentence in IN_OTHER_WORDS.items():
        if not claim.endswith("mean-sd"):
            continue
        (found,) = check_draft(registry, [Sentence("line 1", sentence)]).checked
        mean, sd = claims[claim].recomputed.replace(" (n = 10)", "").split(" ± ")
        numbers = found.found.gives.replace("mean ", "").replace(" (n = 10)", "").split(", SD ")
        assert numbers == [mean, sd], claim


def test_the_mean_time_to_pain_control_is_not_told_from_two_stated_times(registry: Registry) -> None:
    (found,) = check_draft(registry, [Sentence("line 1", "The mean time to pain control was 2.4 months.")]).checked
    assert (found.found.status, "Recorded in 2 of 10 patients only." in found.found.explanation) == ("unknown", True)
