"""The proof: what was found in a sentence and a picture, a line a claim, and the open one with the cells that were read."""

from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from plro_core.cli.process import main as answer
from plro_core.figures.claim_card import claim_card
from plro_core.figures.claims import claims_found
from plro_core.figures.style import DARK, SMALLEST_ON_STAGE, STAGES, look
from plro_core.series.claims import (
    CHECKABLE,
    READING_ORDER,
    STATUSES,
    CheckedClaim,
    cells_of_claim,
    check_claims,
    claims_finding,
    claims_rest,
)
from plro_core.store import Registry, open_registry
from tests.test_pages import opened, words
from tests.test_two_documents import registry as two_documents

__all__ = ["two_documents"]


@pytest.fixture(scope="module")
def shipped() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def checked(shipped: Registry) -> tuple[CheckedClaim, ...]:
    return check_claims(shipped)


def lines(app: AppTest) -> list[str]:
    return [button.label for button in app.button if str(button.key).startswith(("claim_line_", "claim_pinned_"))]


# --- what was found ---


def test_the_finding_counts_every_checkable_statement_once(checked: tuple[CheckedClaim, ...]) -> None:
    n = Counter(claim.status for claim in checked)
    said, rest = claims_finding(checked), claims_rest(checked)
    assert said.startswith(f"Of {sum(n[status] for status in CHECKABLE)} statements that can be checked ")
    for status, told in (("agrees", "agree;"), ("differs", "differ,"), ("contradicted", "are contradicted")):
        assert f"{n[status]} {told}" in said
    for status, why in (
        ("not_checkable", "from what"),
        ("omission", "because the document"),
        ("circular", "because the reg"),
    ):
        assert f"{n[status]} {why}" in rest
    assert rest.startswith(f"{len(checked) - sum(n[status] for status in CHECKABLE)} more cannot be checked: ")
    assert set(READING_ORDER) == set(STATUSES)


def test_a_single_statement_is_spoken_of_as_one(checked: tuple[CheckedClaim, ...]) -> None:
    by = {claim.status: claim for claim in checked}
    assert claims_finding([by["agrees"]]) == "Of 1 statement that can be checked 1 agrees."
    assert claims_finding([by["differs"]]) == "Of 1 statement that can be checked none agree; 1 differs."
    assert claims_finding([by["omission"]]) == "None of 1 statement can be checked."
    assert (claims_finding([]), claims_rest([])) == ("", "")


def test_the_command_line_prints_the_same_sentence(
    checked: tuple[CheckedClaim, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    answer(["claims"])
    assert claims_finding(checked) in capsys.readouterr().out
    answer(["claims", "--status", "differs"])
    assert "statements that can be checked" not in capsys.readouterr().out


def test_the_picture_has_a_square_for_each_statement(shipped: Registry, checked: tuple[CheckedClaim, ...]) -> None:
    chart = claims_found(shipped)
    squares = {trace.name: [tuple(data) for data in trace.customdata] for trace in chart.figure.data}
    assert {status: len(found) for status, found in squares.items()} == Counter(claim.status for claim in checked)
    assert {pair for found in squares.values() for pair in found} == {(claim.document, claim.id) for claim in checked}
    assert chart.title == claims_finding(checked)
    muted = claims_found(shipped, chosen="differs", look=DARK)
    colours = {trace.name: trace.marker.color for trace in muted.figure.data}
    assert colours["differs"] != colours["contradicted"]


# --- the cells that a check read ---

READ = {
    "age-mean-sd": (["Patient", "Age, years", "Place"], (8, "34", "Table I, row 8"), 10),
    "smokers-discussion": (["Patient", "Smoking", "Place"], (8, "yes", "Table I, row 8; text, Case Series; Discussion"), 10),
    "fractures-text": (["Patient", "Fractures", "Place"], (4, "T6 compression fracture, T10 compression fracture, T11 compression fracture", "text, Management"), 3),
}  # fmt: skip


@pytest.mark.parametrize("claim", READ)
def test_the_cells_of_a_claim_are_those_of_the_paper(shipped: Registry, claim: str) -> None:
    heads, row, n = READ[claim]
    table = cells_of_claim(shipped, "Aytar et al. 2022", claim)
    assert [column.label for column in table.columns] == heads
    assert row in table.rows
    assert len(table.rows) == n


def test_calcium_is_read_at_every_visit_in_time_with_its_arrows(shipped: Registry) -> None:
    table = cells_of_claim(shipped, "Aytar et al. 2022", "calcium-normal")
    assert [column.label.rpartition(", ")[2] for column in table.columns[1:-1]] == [
        "baseline",
        "month 1",
        "month 3",
        "month 6",
    ]
    assert (3, "11.4↑", "9.1", "8.7", "8.9", "Table II, rows 9 to 12") in table.rows


def test_how_sure_says_what_a_printed_mean_can_stand_for_and_which_cells_are_in_doubt(shipped: Registry) -> None:
    assert cells_of_claim(shipped, "Aytar et al. 2022", "age-mean-sd").notes == (
        "As printed, the mean can be anything from 29.745 to 29.755, and the SD anything from 3.235 to 3.245.",
    )
    assert any(
        note.startswith("Smoking of patients 5, 6, 8 and 10: in conflict. ")
        for note in cells_of_claim(shipped, "Aytar et al. 2022", "smokers-discussion").notes
    )


def test_asking_for_the_cells_changes_no_verdict(shipped: Registry, checked: tuple[CheckedClaim, ...]) -> None:
    for claim in checked[::7]:
        cells_of_claim(shipped, claim.document, claim.id)
    assert check_claims(shipped) == checked
    with pytest.raises(KeyError):
        cells_of_claim(shipped, "Aytar et al. 2022", "no-such-claim")


def test_two_documents_read_their_own_patients(two_documents: Registry) -> None:
    found = {
        claim.document: cells_of_claim(two_documents, claim.document, "age-median")
        for claim in check_claims(two_documents)
    }
    assert [row[0] for row in found["Five patients"].rows] == [1, 2, 3, 4, 5]
    assert [row[0] for row in found["Other patients"].rows] == [6, 7, 8, 9, 10]


# --- on a stage ---


@pytest.mark.parametrize("stage", STAGES)
def test_a_claim_fills_a_stage_in_large_type_and_loses_no_word(
    shipped: Registry, checked: tuple[CheckedClaim, ...], stage: str
) -> None:
    longest = max(checked, key=lambda claim: len(claim.explanation) + len(claim.verbatim) + len(claim.printed))
    for claim in (longest, checked[11]):
        first = claim_card(shipped, claim=claim.id, look=look("light", stage=stage))
        slides = [
            claim_card(shipped, claim=claim.id, slide=n + 1, look=look("light", stage=stage))
            for n in range(first.slides)
        ]
        said = " ".join(note.text.replace("<br>", " ") for slide in slides for note in slide.figure.layout.annotations)
        assert claim.explanation.replace("&", "&amp;") in said
        assert min(note.font.size for slide in slides for note in slide.figure.layout.annotations) >= SMALLEST_ON_STAGE
        assert first.figure.layout.height == STAGES[stage].height


# --- the page ---


def test_contradictions_come_first_and_what_agrees_is_one_line() -> None:
    app = opened("claims")
    assert not app.exception
    shown = [button.key.rpartition("_")[2] for button in app.button if str(button.key).startswith("claim_line_")]
    assert shown == ["contradicted"] * 13 + ["differs"] * 17 + ["subset"] * 3 + ["incomplete"] * 4
    assert [button.label for button in app.button if str(button.key).startswith("unfold_agrees")] == [
        "Show the 58 agree: agrees with the tables, or with the other place that says it"
    ]


def test_a_link_narrows_by_verdict_topic_and_words() -> None:
    assert len(lines(opened("claims", status="differs"))) == 17
    assert len(lines(opened("claims", topic="age"))) == 2
    found = lines(opened("claims", find="29.75"))
    assert [line.partition(" **")[0] for line in found] == ["The mean age is 29\\.75 years with an SD of 3\\.24\\."]
    app = opened("claims", find="no such words anywhere")
    assert lines(app) == []
    assert "No statement fits; show all to see them." in words(app)
    next(button for button in app.button if button.key == "claims_reset").click().run()
    assert len(lines(app)) == 37


def test_a_link_to_one_claim_shows_it_first_with_its_cells() -> None:
    app = opened("claims", claim="smokers-discussion")
    assert not app.exception
    assert lines(app)[0].startswith("Three patients had smoked")
    assert "“**Only three patients** in the present series had history of smoking”" in words(app)
    assert "Another statement says otherwise" in words(app)
    assert list(app.table[0].value.columns) == ["Patient", "Smoking", "Place"]
    assert "Contradicts\\: Four patients had smoked" in " ".join(button.label for button in app.button)


def test_a_click_opens_a_claim_where_it_stands_and_another_click_closes_it() -> None:
    app = opened("claims")
    line = next(button for button in app.button if button.label.startswith("Calcium stayed within normal limits"))
    line.click().run()
    assert app.query_params["claim"] == "calcium-normal"
    assert [button for button in app.button if str(button.key).startswith("claim_pinned_")] == []
    next(button for button in app.button if button.key == line.key).click().run()
    assert "claim" not in app.query_params


def test_a_related_claim_and_a_record_are_one_click_away() -> None:
    app = opened("claims", claim="smokers-discussion")
    next(button for button in app.button if str(button.key).startswith("related_smokers-count")).click().run()
    assert app.query_params["claim"] == "smokers-count"
    next(button for button in app.button if button.key == "record_8").click().run()
    assert not app.exception
    assert app.query_params["patient"] == "8"
    assert "claim" not in app.query_params


def test_a_claim_or_topic_that_there_is_not_is_said() -> None:
    app = opened("claims", claim="no-such", topic="the moon")
    assert not app.exception
    assert "There is no claim “no-such” here." in words(app)
    assert "There is no topic “the moon” here." in words(app)


def test_an_open_claim_can_be_presented() -> None:
    app = opened("claims", claim="age-mean-sd", present="1")
    assert not app.exception
    assert [title.value for title in app.title] == ["The mean age is 29\\.75 years with an SD of 3\\.24\\."]
