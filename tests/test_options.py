"""What a link may say beside the cohort: each page declares its own, and no registry can take such a word."""

import pytest

from pages.parts.options import OPTIONS
from pages.shared.options import collected, one_of
from plro_core import links
from plro_core.problems import RegistryProblem
from plro_core.vocabulary import STANDARD, declared

#: The order in which a link says its options; links that were copied, saved or led live are compared word by word.
ORDER = [
    "by",
    "patient",
    "lumbar",
    "a",
    "b",
    "beside",
    "overlap",
    "tests",
    "tab_traits",
    "compared",
    "unfolded",
    "axis",
    "control",
    "at",
    "status",
    "topic",
    "claim",
    "pattern",
    "said",
    "number",
    "column",
    "sort",
    "columns",
    "part",
    "tab",
    "find",
    "present",
    "screen",
    "view",
    "figure",
    "slide",
    "slide_words",
    "spot",
]

GOOD = {
    "by": "smoking",
    "patient": "3",
    "lumbar": "leave-out",
    "a": "smoking=yes",
    "b": "smoking=no",
    "beside": "published",
    "overlap": "a",
    "tests": "shown",
    "tab_traits": "who-they-are",
    "axis": "change",
    "compared": "vas.1.change",
    "unfolded": "traits,table",
    "control": "vas-2",
    "at": "6",
    "status": "agrees",
    "topic": "bone density",
    "find": "29.75 ± 3.24",
    "claim": "age-mean-sd",
    "pattern": "vas.steps",
    "said": "1:above,all:below",
    "number": "vas.3",
    "column": "continued",
    "sort": "-variable",
    "columns": "variable,overall",
    "part": "history",
    "tab": "levels",
    "present": "views",
    "view": "smokers-2",
    "figure": "pain_trajectories",
    "screen": "4x3",
    "slide": "2",
    "slide_words": "Ten patients|One centre",
    "spot": "smoking=yes",
}


#: What a document may say in its own language, and columns that a registry may call as it likes.
IN_ANY_WRITING = ("topic", "find", "claim", "sort", "columns")


def test_a_link_says_its_options_in_one_order() -> None:
    assert list(OPTIONS) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_each_option_takes_its_values_and_nothing_else(name: str) -> None:
    option = OPTIONS[name]
    assert option.accepts(GOOD[name], STANDARD)
    free = name == "slide_words"  # whatever somebody wants to say
    for wrong in [GOOD[name] + "\n<", "x" * 2000] if free else ["<script>", GOOD[name] + "\n<", "٣", "x" * 100]:
        if wrong == "٣" and name in IN_ANY_WRITING:
            continue
        assert not option.accepts(wrong, STANDARD), wrong


@pytest.mark.parametrize("name", ORDER)
def test_a_registry_cannot_call_a_variable_like_an_option(name: str) -> None:
    text = f'[[variable]]\nname = "{name}"\nlabel = "x"\ntable = "cases"\nkind = "boolean"\n'
    with pytest.raises(RegistryProblem, match="taken by the program"):
        declared.parse(text)


def test_an_option_that_a_registry_might_take_is_not_accepted() -> None:
    assert "zoom" not in links.PAGE_OPTIONS
    with pytest.raises(ValueError, match="“zoom” is not kept free"):
        collected([one_of("zoom", "in")])


def test_two_pages_cannot_declare_the_same_option() -> None:
    with pytest.raises(ValueError, match="“tests” is declared twice"):
        collected([one_of("tests", "shown"), one_of("tests", "hidden")])
