"""Every threshold that a value is held against, once, with its source: figures, tables and notes ask here.

A threshold says from which value on something is said of a patient. It is no reference range, and no guard against typing
errors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plro_core.text import number
from plro_core.vocabulary.model import SEEN, Status

_DWORKIN = "Dworkin 2008, J Pain 9:105–121, DOI 10.1016/j.jpain.2007.09.005"
_CHRONIC_PAIN = "chronic pain on a numeric scale from 0 to 10"
_HL7 = "hl7.eu/scores/PAIN.htm"

Of = Literal["fall in VAS", "VAS", "T-score", "Z-score", "25(OH) vitamin D"]


@dataclass(frozen=True)
class ClinicalThreshold:
    """One threshold: what is said of a value that lies at it or beyond (``side``), of whom, and who says so."""

    name: str
    of: Of
    side: Literal["at least", "at most", "below"]
    bound: float
    unit: str
    meaning: str
    population: str
    source: str
    date: str = ""
    status: Status | Literal["a choice of this program without a source"] = SEEN
    note: str = ""

    @property
    def words(self) -> str:
        """The condition, such as "fall in VAS of at least 30 %"."""
        decimals = 1 if self.of in ("T-score", "Z-score") else 0
        joint = "of " if self.of == "fall in VAS" else ""
        return f"{self.of} {joint}{self.side} {number(self.bound, decimals)} {self.unit}".strip()

    @property
    def sentence(self) -> str:
        """What is said of a value at the threshold, of whom, and who says so."""
        return f"{self.words}: {self.meaning} ({self.source}; for {self.population})."


MODERATE = ClinicalThreshold("fall-30", "fall in VAS", "at least", 30, "%", "moderate", _CHRONIC_PAIN, _DWORKIN, "2008")
SUBSTANTIAL = ClinicalThreshold(
    "fall-50", "fall in VAS", "at least", 50, "%", "substantial", _CHRONIC_PAIN, _DWORKIN, "2008"
)
LARGE = ClinicalThreshold(
    "fall-70", "fall in VAS", "at least", 70, "%", "", "", "", "", "a choice of this program without a source",
    "No source calls it anything.",
)  # fmt: skip
TWO_POINTS = ClinicalThreshold(
    "points-2", "fall in VAS", "at least", 2, "points", "moderate", _CHRONIC_PAIN, _DWORKIN, "2008",
    note="A later study found that more than 2 points were needed (PMC9299931).",
)  # fmt: skip

#: For a response to treatment, in the order in which they are shown.
RESPONSE = (MODERATE, SUBSTANTIAL, LARGE, TWO_POINTS)

#: Words for a VAS, each up to a value.
SEVERITY = tuple(
    ClinicalThreshold(f"vas-{bound}", "VAS", "at most", bound, "", word, "", _HL7)
    for bound, word in ((0, "no pain"), (3, "mild"), (6, "moderate"), (9, "severe"), (10, "excruciating"))
)

_POSTMENOPAUSAL = "postmenopausal women, so for orientation only here"
_WHO = "WHO 1994, as the ISCD cites it: J Clin Densitom 2006;9:22–30, DOI 10.1016/j.jocd.2006.05.004"
WHO_UPPER = ClinicalThreshold("who-1", "T-score", "below", -1.0, "", "low bone mass", _POSTMENOPAUSAL, _WHO, "1994")
WHO_LOWER = ClinicalThreshold(
    "who-2.5", "T-score", "at most", -2.5, "", "the lowest of the WHO's classes", _POSTMENOPAUSAL, _WHO, "1994"
)
ISCD = ClinicalThreshold(
    "iscd-2", "Z-score", "at most", -2.0, "", "below the expected range for age", "women before menopause",
    "ISCD Official Positions 2005, J Clin Densitom 2006;9:22–30, DOI 10.1016/j.jocd.2006.05.004", "2006",
)  # fmt: skip

VITAMIN_D = ClinicalThreshold(
    "vitamin-d-30", "25(OH) vitamin D", "at least", 30, "ng/mL",
    "the level from which a benefit is possible",
    "pregnancy, osteoporosis, fragility fractures and other conditions at risk",
    "SBEM and SBPC/ML 2020, Arch Endocrinol Metab 64:462–478, DOI 10.20945/2359-3997000000258", "2020",
    note="The general population is held against 20 ng/mL there.",
)  # fmt: skip

THRESHOLDS = (*RESPONSE, *SEVERITY, WHO_UPPER, WHO_LOWER, ISCD, VITAMIN_D)

#: Variables of which a line is drawn across their laboratory panel.
LINES = {"vitamin_d": VITAMIN_D}


def sources(*thresholds: ClinicalThreshold) -> str:
    """Who says so, each source once."""
    return "; ".join(dict.fromkeys(entry.source for entry in thresholds if entry.source))


def responder_words() -> Iterator[str]:
    """The thresholds for a response with what they are called and their source, as sentences."""
    yield (
        f"A fall of {MODERATE.bound:g} % is a {MODERATE.meaning} and of {SUBSTANTIAL.bound:g} % a {SUBSTANTIAL.meaning} "
        f"response ({sources(MODERATE, SUBSTANTIAL)}; for {_CHRONIC_PAIN})."
    )
    yield f"{TWO_POINTS.bound:g} points are {TWO_POINTS.meaning} there too. {TWO_POINTS.note}"
    yield f"{LARGE.bound:g} % is {LARGE.status}."
