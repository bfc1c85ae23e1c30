"""What new words change, part by part, with what each change touches of the data that are there."""

import pytest

from plro_core.declaring import checked, editing
from plro_core.declaring.effects import (
    Misfit,
    WordChange,
    changes_in_words,
    misfits_table,
    told,
    word_changes_table,
)
from plro_core.store import SHIPPED, Registry, open_registry
from plro_core.vocabulary import STANDARD, Vocabulary

BEFORE = "months = [0, 1, 3, 6]\n"


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry(SHIPPED)


def words(text: str) -> Vocabulary:
    return checked(text, Vocabulary(), False)


def changed(before: str, after: str, registry: Registry | None = None) -> dict[str, tuple[str, str, str]]:
    found = changes_in_words(words(before), words(after), registry)
    return {one.what: (one.before, one.after, one.touches) for one in found}


P1NP = '[[variable]]\nname = "p1np"\nlabel = "P1NP"\ntable = "visits"\nkind = "number"\nunit = "ng/mL"\nplausible = [1, 1000]\n'
RANGE = '[range.calcium]\nlow = 8.8\nhigh = 10.4\nsource = "our kit"\n'
LEVEL = '[widen.breastfeeding]\nlevels = { mixed = "mixed feeding" }\n'


def test_visits_are_counted_where_they_stand(registry: Registry) -> None:
    assert changed(BEFORE, "months = [0, 1, 3, 12]\n", registry)["Month 6"] == ("planned", "not planned", "10 visits")
    found = changed(BEFORE, "months = [0, 1, 3, 6, 12]\n", registry)
    assert found["Month 12"] == ("not planned", "planned", "no visit yet")
    assert changed(BEFORE, "months = [0, 1, 3, 12]\n")["Month 6"] == ("planned", "not planned", "no visit yet")


@pytest.mark.parametrize(
    ("before", "after", "told_of"),
    [
        ("", 'primary_outcome = "calcium.3"\n', ("", "Calcium at month 3")),
        (
            'primary_outcome = "calcium.3"\n',
            'primary_outcome = "vas.1"\n',
            ("Calcium at month 3", "Pain (VAS) at month 1"),
        ),
    ],
)
def test_what_is_compared_first_is_told(before: str, after: str, told_of: tuple[str, str]) -> None:
    found = changed(BEFORE + before, BEFORE + after)["Compared first"]
    assert found[1:] == (told_of[1], "")
    assert told_of[0] in found[0]


def test_a_table_more_or_less_is_told() -> None:
    found = changed(BEFORE, BEFORE + 'use = ["densitometry"]\n')["Table densitometry"]
    assert found[0] == ""
    assert found[1]
    back = changed(BEFORE + 'use = ["densitometry"]\n', BEFORE)["Table densitometry"]
    assert (back[0], back[1], back[2]) == (found[1], "", "no row yet")


def test_a_variable_more_or_less_is_told_with_its_values(registry: Registry) -> None:
    name = "visits.p1np"
    assert changed(BEFORE, BEFORE + P1NP, registry)[name] == (
        "",
        "P1NP, number, ng/mL, 1 to 1\u202f000",
        "no value yet",
    )
    gone = changed(BEFORE + P1NP, BEFORE, registry)[name]
    assert gone[0].startswith("P1NP, number, ng/mL")
    assert gone[1:] == ("", "no value yet")


def test_a_level_is_told_with_the_values_that_have_it(registry: Registry) -> None:
    found = changed(BEFORE, BEFORE + LEVEL, registry)
    assert found["cases.breastfeeding, level mixed"] == ("", "mixed feeding", "no value yet")
    renamed = changed(BEFORE + LEVEL, BEFORE + LEVEL.replace("mixed feeding", "both"), registry)
    assert renamed["cases.breastfeeding, level mixed"] == ("mixed feeding", "both", "no value yet")


def test_another_range_is_told_with_the_values_outside_of_either(registry: Registry) -> None:
    before, after, touches = changed(BEFORE, BEFORE + RANGE, registry)["visits.calcium, reference range"]
    assert "8.4" in before
    assert "8.8" in after
    assert "our kit" in after
    assert touches == "35 values of 10 patients; outside the range: 6 → 12"
    assert changed(BEFORE, BEFORE + RANGE)["visits.calcium, reference range"][2] == "no value yet"


def test_parts_of_a_declaration_are_written_in_words(registry: Registry) -> None:
    wider = editing.with_plausible(BEFORE, STANDARD.variable("weeks_postpartum"), -40, 104)
    found = changed(BEFORE, wider, registry)["cases.weeks_postpartum, plausible range"]
    assert found[1].startswith("−40") or found[1].startswith("-40")
    assert found[2] == "10 values of 10 patients"
    required = P1NP + "decimals = 1\n"
    assert changed(BEFORE + P1NP, BEFORE + required)["visits.p1np, decimals"][:2] == ("0", "1")


def test_changes_are_told_in_one_sentence_and_a_table() -> None:
    many = [WordChange(f"Month {month}", "", "planned", "") for month in range(7)]
    assert told(many[:1]) == "Month 0: none → planned."
    assert told(many).endswith("Month 4: none → planned and 2 more.")
    assert told([]) == "Only comments or the layout change."
    assert word_changes_table(many[:1]).rows == (("Month 0", None, "planned", None),)


def test_of_very_many_cells_that_fit_no_more_the_first_are_listed() -> None:
    misfit = Misfit("visits", "1/0", "vas", "11", "0 to 10")
    assert misfits_table([misfit]).rows == (("visits", "1/0", "vas", "11", "0 to 10"),)
    table = misfits_table([misfit] * 1002)
    assert (len(table.rows), table.notes) == (1000, ("2 further cells not listed.",))


def test_a_part_that_is_yes_or_no_is_written_so() -> None:
    own = BEFORE + P1NP.replace('"visits"', '"cases"')
    assert changed(own, own + "outcome = true\n")["cases.p1np, outcome"] == ("no", "yes", "no value yet")
