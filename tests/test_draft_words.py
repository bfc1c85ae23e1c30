"""True and false sentences about the shipped registry as clinicians write them: none that is true differs, none that is false agrees."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from plro_core.drafts import Checked, check_draft
from plro_core.drafts.model import Sentence
from plro_core.store import SHIPPED, Registry, open_registry

#: In “«» ” stands what is false.
LINES = (Path(__file__).parent / "draft_sentences.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


def plain(line: str) -> tuple[str, list[tuple[int, int]]]:
    """A line without its marks, and the places that are false."""
    marked = [at.span() for at in re.finditer("«[^»]*»", line)]
    places = [(start - 2 * before, end - 2 * before - 2) for before, (start, end) in enumerate(marked)]
    return re.sub("[«»]", "", line), places


def verdicts(registry: Registry, line: str) -> Iterator[tuple[bool, Checked]]:
    text, places = plain(line)
    for one in check_draft(registry, [Sentence("", text)]).checked:
        yield any(start < one.statement.end and one.statement.start < end for start, end in places), one


def test_what_is_false_never_agrees_and_what_is_true_never_differs(registry: Registry) -> None:
    wrong, often = [], Counter[tuple[bool, str]]()
    for line in LINES:
        for is_false, one in verdicts(registry, line):
            status = one.found.status
            often[is_false, status] += 1
            if status == ("agrees" if is_false else "differs"):
                wrong.append((line, one.statement.printed, one.found.gives))
    assert wrong == []
    assert often[False, "agrees"] > 160
    assert often[True, "differs"] > 90


@pytest.mark.parametrize(
    ("sentence", "query"),
    [
        ("Apart from the smoking women the median VAS at month 1 was 2.", "smoking=!yes,~"),
        ("The median VAS at month 1 was 2, smokers excluded.", "smoking=!yes,~"),
        ("The median VAS at month 1 was 2 in all but the smokers.", "smoking=!yes,~"),
        ("Excluding non-smokers, the median VAS at month 1 was 4.5.", "smoking=yes"),
        ("Unlike smokers, non-smokers had a median VAS of 2 at month 1.", "smoking=no"),
        ("The mean age of the nonsmokers was 30.0 years.", "smoking=no"),
        ("In women who were not non-smokers the median VAS at month 1 was 4.5.", "smoking=yes"),
        ("In non-users of bisphosphonates the mean VAS at month 1 was 3.5.", "bisphosphonate=no"),
        ("The mean VAS of those off bisphosphonates was 3.5 at month 1.", "bisphosphonate=no"),
        ("Regardless of smoking, the mean VAS at month 1 was 3.3.", ""),
    ],
)
def test_those_who_are_left_out_compared_or_named_by_the_way_are_told_apart(
    registry: Registry, sentence: str, query: str
) -> None:
    (one,) = check_draft(registry, [Sentence("", sentence)]).checked
    assert (one.reading.cohort.query, one.found.status) == (query, "agrees")


UNCLEAR = [
    ("Compared with smokers, the median VAS at month 1 was 2.", "Which patients are meant is not clear."),
    ("The mean VAS at month 1 was 4.5 and 2.5 for smokers and non-smokers.", "Which of the groups is meant is not clear."),
    ("The mean VAS at month 1 after vertebroplasty was 1.", "“vertebroplasty”"),
    ("At month 2 the median VAS was 7.5.", "a time for which the registry has no visit"),
    ("At six weeks the median VAS was 3.5.", "a time for which the registry has no visit"),
    ("The mean calcium at baseline was 2.31 mmol/L.", "printed in mmol/L; the registry records"),
    ("The mean age was 360 months.", "printed in months; the registry records “Age” in years"),
    ("Excluding patient 4, the median VAS at month 1 was 4.", "Who is left out is not said"),
    ("In patients 8 and 10 the mean VAS at month 1 was 5.5.", "Which patients are meant is not clear."),
    ("The mean L1-L4 T-score was 0.26 lower in smokers than in non-smokers.", "differ by is not held"),
    ("All stopped breastfeeding except two women.", "left out, by their number alone"),
    ("In addition to low back pain, hip pain was present in 2 of 8.", "Whether both are meant"),
    ("Bisphosphonates were used in 4 of 10 smokers and non-smokers.", "Which of them are meant is not clear."),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "says"), UNCLEAR)
def test_what_is_not_clear_is_asked(registry: Registry, sentence: str, says: str) -> None:
    found = check_draft(registry, [Sentence("", sentence)]).checked[-1].found
    assert (found.status, says in found.explanation) == ("unknown", True), found


def test_a_standard_error_is_that_of_the_mean(registry: Registry) -> None:
    for text in ("The mean VAS at month 1 was 3.3 ± {} (SEM).", "Mean (SE) VAS at month 1 was 3.3 ({})."):
        right, wrong = (
            check_draft(registry, [Sentence("", text.format(value))]).checked[0].found for value in ("0.56", "1.77")
        )
        assert (right.status, wrong.status) == ("agrees", "differs")
        assert "SE 0.56" in wrong.gives
