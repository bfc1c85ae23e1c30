"""Sheets as other programs write them: CDISC SDTM's domains DM and LB, and the CSV exports of Castor EDC.

Which columns such a program writes about its own rows is known, so nobody is asked about them; they are left out by name, where a
person sees it. What a test code of SDTM means is not what the same letters are at the head of somebody's column: ``MG`` is
magnesium there, and no “Mg” of which nobody knows what was measured.
"""

import re
from collections.abc import Iterable, Sequence

from plro_core.vocabulary import Variable, Vocabulary

#: Test code of SDTM's controlled terminology, or of this program's own LB -> the variable.
_TESTS = {
    "CA": "calcium",
    "CALCIUM": "calcium",
    "MG": "serum_magnesium",
    "SERUMMAG": "serum_magnesium",
    "MGPRINT": "magnesium",
    "VITD25": "vitamin_d",
    "VITAMIND": "vitamin_d",
    "ALP": "alp",
    "PTH": "pth",
    "PTHI": "pth",
    "PHOS": "phosphate",
    "PHOSPHAT": "phosphate",
    "K": "potassium",
    "POTASSIU": "potassium",
    "ALB": "albumin",
    "ALBUMIN": "albumin",
}
_TEST_CODE = "LBTESTCD"
#: The column of SDTM's LB that tells in what was measured.
SPECIMEN = "LBSPEC"
_BLOOD = frozenset(("", "serum", "plasma", "blood", "serum/plasma", "whole blood", "venous blood"))

#: What tells a program's sheet -> the columns that it writes about its rows, or repeats beside those that are read.
_STRUCTURE: dict[frozenset[str], frozenset[str]] = {
    frozenset(("USUBJID", "LBTESTCD")): frozenset(
        (
            *(
                "STUDYID",
                "DOMAIN",
                "SUBJID",
                "SITEID",
                "LBSEQ",
                "LBGRPID",
                "LBREFID",
                "LBSPID",
                "LBTEST",
                "LBCAT",
                "LBSCAT",
            ),
            *("LBORNRLO", "LBORNRHI", "LBSTRESC", "LBSTRESN", "LBSTRESU", "LBSTNRLO", "LBSTNRHI", "LBNRIND", "LBLOINC"),
            *("LBSPEC", "LBMETHOD", "LBBLFL", "LBLOBXFL", "LBFAST", "LBDRVFL", "LBDY", "VISITNUM", "VISITDY", "EPOCH"),
            *("PRINTFL", "UNITNOTE"),
        )
    ),
    frozenset(("USUBJID", "DOMAIN", "AGEU")): frozenset(
        ("STUDYID", "DOMAIN", "SUBJID", "AGEU", "SEX", "DMDY", "ARM", "ACTARM", "ACTARMCD", "INVID", "INVNAM")
    ),
    frozenset(("Participant Id", "Participant Status")): frozenset(
        (
            *("Participant Status", "Participant Creation Date", "Repeating Data Name", "Repeating Data Parent"),
            *("Repeating Data Creation Date", "Survey Name", "Survey Creation Date", "Survey Completed On"),
        )
    ),
    frozenset(("Record Id", "Institute Abbreviation")): frozenset(
        ("Record Status", "Record Creation Date", "Report Name", "Report Creation Date", "Report Parent")
    ),
}
#: What Castor writes where somebody said that a value is missing.
_CASTORS_MISSING = re.compile(r"##USER_MISSING_-?[0-9]+##")


def structure(heads: Sequence[str]) -> tuple[str, ...]:
    """The columns of a sheet that its program writes about the rows; none of a sheet that no such program wrote."""
    found = next((columns for told, columns in _STRUCTURE.items() if told <= set(heads)), frozenset())
    return tuple(head for head in heads if head in found)


def of_test(column: str, word: str, vocabulary: Vocabulary) -> tuple[bool, Variable | None]:
    """Whether a column holds test codes of SDTM, and which variable a code is; ``None`` if it is none, or not declared."""
    if column != _TEST_CODE:
        return False, None
    name = _TESTS.get(word, word.lower())
    return True, next((entry for entry in vocabulary.columns("visits") if entry.name == name), None)


def is_blood(specimen: str) -> bool:
    """Whether a measurement was made in blood, or in what nobody says."""
    return specimen.strip().casefold() in _BLOOD


def said_missing(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a column that are a program's own mark of a missing value."""
    return tuple(sorted(word for word in words if _CASTORS_MISSING.fullmatch(word)))
