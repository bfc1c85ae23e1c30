"""What is quoted from the paper is word for word the paper's, and its relations say what they should.

The text of the paper is not here; ``tests/quoted_paper.txt`` holds its runs of three words as checksums.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plro_core.problems import DataProblem
from plro_core.series import documents
from plro_core.series.claims import CheckedClaim, check_claims, contradictions, read_claims, relations_table
from plro_core.series.claims.relations import read_relations
from plro_core.series.literature import read_references
from plro_core.series.transcription import SOURCE
from plro_core.store import SHIPPED, Registry, open_registry
from tests.tools.quotes import anywhere, kept, strange, words

RELATIONS = "first,relation,second,note\n"


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def checked(registry: Registry) -> dict[str, CheckedClaim]:
    return {claim.id: claim for claim in check_claims(registry)}


def cells(registry: Registry) -> set[str]:
    """All printed cells and heads."""
    rows = registry.rows('SELECT text, "column" FROM printed')
    return {part for row in rows for part in row if part}


def test_every_quote_of_a_claim_is_the_papers(registry: Registry) -> None:
    known, printed = anywhere(), cells(registry)
    for claim in read_claims(SOURCE):
        if not any(claim.verbatim in cell for cell in printed):
            assert len(words(claim.verbatim)) >= 3, f"{claim.id}: too short to be found again"
            assert strange(claim.verbatim, known) == [], claim.id


def test_the_words_that_a_cell_was_read_from_are_the_papers(registry: Registry) -> None:
    known, printed = anywhere(), cells(registry)
    quotes = [
        quote for (said,) in registry.rows("SELECT DISTINCT verbatim FROM provenance") for quote in said.split("; ")
    ]
    assert len(quotes) > 50
    told = [quote for quote in quotes if not any(quote in cell for cell in printed)]
    assert [quote for quote in told if len(words(quote)) < 3 or strange(quote, known)] == []


def test_a_quote_stands_at_each_of_its_places(registry: Registry) -> None:
    sections, looked = kept(), 0
    for claim in read_claims(SOURCE):
        for place in claim.location.split("; "):
            looked += 1
            table = place.split(",")[0]
            if table in ("Table I", "Table II"):
                rows = registry.rows('SELECT text, "column" FROM printed WHERE document = ?', [table])
                assert any(claim.verbatim in part for row in rows for part in row if part), (claim.id, place)
            else:
                section = sections["Discussion" if place.startswith("Figure") else place]
                assert any(not strange(quote, section) for quote in either_case(claim.verbatim)), (claim.id, place)
    assert looked > 150


def either_case(quote: str) -> tuple[str, str]:
    """A quote as it is, and as it would stand within or at the head of a sentence."""
    return quote, quote[0].swapcase() + quote[1:]


def test_what_is_quoted_of_a_claim_is_never_nothing() -> None:
    assert [claim.id for claim in read_claims(SOURCE) if not claim.printed] == []


def test_an_omission_says_that_it_is_not_said(checked: dict[str, CheckedClaim]) -> None:
    """Otherwise the sentence would stand among the statements of a paper that never made it."""
    omitted = [claim.statement for claim in checked.values() if claim.status == "omission"]
    assert len(omitted) > 10
    assert [said for said in omitted if not re.search(r"\b(no|not|none)\b", said, re.IGNORECASE)] == []


def test_every_quoted_fact_and_reference_is_the_papers() -> None:
    known, document = anywhere(), documents.read(SOURCE / documents.FILE)
    assert [fact.name for fact in document.facts if strange(fact.words, known)] == []
    references = read_references(SOURCE)
    assert len(references) == 23
    assert [reference.number for reference in references if strange(reference.text, known)] == []


def test_a_changed_word_is_noticed() -> None:
    assert strange("Only three patients in the present series", anywhere()) == []
    assert strange("Only two patients in the present series", anywhere()) != []
    assert strange("was −2.91 ± 0.39, the mean", anywhere()) == []
    assert strange("was −2.91 ± 0.38, the mean", anywhere()) != []


def test_each_contradiction_is_counted_once(checked: dict[str, CheckedClaim]) -> None:
    assert set(contradictions(checked.values())) == {
        ("smokers-count", "smokers-discussion"),
        ("weeks-diagnosis", "weeks-onset"),
        ("ankle-patient-low-back", "symptoms-hip-ankle"),
        ("breastfeeding-all", "breastfeeding-two"),
        ("vitamin-d-dose", "vitamin-d-dose-discussion"),
        ("calcium-critical", "calcium-pointless"),
        ("pain-control-mean", "resolution-first-month"),
        ("arrow-10-1-calcium", "calcium-normal"),
        ("arrow-4-1-calcium", "arrow-6-0-calcium"),
        ("arrow-6-1-vitamin-d", "arrow-8-0-vitamin-d"),
    }


def test_a_contradicted_claim_says_by_what_and_the_other_says_so_too(checked: dict[str, CheckedClaim]) -> None:
    for claim in checked.values():
        opposed = [relation.id for relation in claim.related if relation.relation == "contradicts"]
        assert (claim.status != "contradicted") or opposed, claim.id
        assert all(claim.id in {relation.id for relation in checked[other].related} for other in opposed)
    for first, second in contradictions(checked.values()):
        assert "contradicted" in (checked[first].status, checked[second].status)


def test_of_two_contradicting_statements_the_one_that_the_cells_bear_out_is_not_blamed(
    checked: dict[str, CheckedClaim],
) -> None:
    assert [checked[name].status for name in ("smokers-count", "arrow-10-1-calcium", "breastfeeding-two")] == [
        "agrees"
    ] * 3
    assert [checked[name].status for name in ("vitamin-d-dose", "vitamin-d-dose-discussion")] == ["contradicted"] * 2


def test_a_relation_has_words_in_both_directions(checked: dict[str, CheckedClaim]) -> None:
    assert "follows from smokers-discussion" in checked["others-no-risk"].relations
    assert "leads to others-no-risk" in checked["smokers-discussion"].relations
    assert "is made uncertain by patients-retrospective" in checked["patients-consecutive"].relations


@pytest.mark.parametrize(
    ("claim", "holds", "never"),
    [
        ("calcium-dose-discussion", "says the same as calcium-ion", "calcium-dose;"),  # a salt here, its ion there
        ("calcium-ion", "makes uncertain calcium-dose", "follows from"),
        ("symptoms-hip-side", "is made uncertain by symptoms-inguinal-side", "makes uncertain symptoms-inguinal-side"),
        ("workup-other-causes", "is made uncertain by laboratory-missing", "workup-labs"),
        ("hypercalcaemia-pth", "makes uncertain workup-other-causes", "makes uncertain hypercalcaemia"),
        ("calcium-normal", "contradicts arrow-10-1-calcium", "contradicts hypercalcaemia"),
        ("arrows-vitamin-d", "follows from arrow-6-1-vitamin-d", "unit-vitamin-d"),  # 19 is below 22.2 in any unit
        ("arrows-calcium", "follows from arrow-4-1-calcium", "ranges"),  # and 7.8 below 7.9 by any range
        ("arrow-1-3-calcium", "leads to arrows-calcium", "follows from"),
        ("vertebroplasty-levels", "says the same as vertebroplasty-three", "vertebroplasty-fractures"),
    ],
)
def test_relations_that_a_reader_of_the_paper_would_grant(
    checked: dict[str, CheckedClaim], claim: str, holds: str, never: str
) -> None:
    assert holds in checked[claim].relations.split("; ")
    assert never not in f"{checked[claim].relations};"


def test_all_relations_are_one_table_with_each_once(checked: dict[str, CheckedClaim]) -> None:
    rows = relations_table(checked.values()).rows
    assert len(rows) == len(read_relations(SOURCE, read_claims(SOURCE)))
    assert ("others-no-risk", "Other patients", "follows from", "smokers-discussion", "Only three patients") in [
        row[:5] for row in rows
    ]
    alone = relations_table([checked["smokers-discussion"]]).rows
    assert ("smokers-discussion", "leads to", "others-no-risk") in [(row[0], row[2], row[3]) for row in alone]


def test_a_version_keeps_the_relations_and_an_older_one_has_none(registry: Registry) -> None:
    assert len(registry.rows("FROM relations")) == len(relations_table(check_claims(registry)).rows)
    older = open_registry(SHIPPED, "2022-1")
    assert older.rows("FROM relations") == []
    assert len(check_claims(older)) == len(check_claims(registry))
    older.close()


def test_both_doses_stand_in_every_row_of_the_treatments(registry: Registry) -> None:
    rows = registry.rows(
        "SELECT DISTINCT agent, dose, unit, dose_status, dose_elsewhere FROM treatments WHERE kind = 'supplement'"
    )
    assert sorted(rows) == [
        ("calcium carbonate", 250.0, "mg", "conflict", "1000 mg calcium ion in the same phrase; calcium 1000 mg once a day (Discussion)"),
        ("vitamin D", 1000.0, "IU", "conflict", "880 IU once a day (Discussion)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a,contradicts", "relations.csv, row 2: 2 cells; expected 4."),
        ("a,hates,b,", "relations.csv, row 2, column relation: “hates”; expected one of contradicts, "),
        ("a,contradicts,nobody,", "relations.csv, row 2, column second: “nobody”; expected the id of a claim."),
        ("a,contradicts,a,", "relations.csv, row 2, column second: “a”; expected another claim, and each pair once."),
        (
            "a,follows,b,\nb,repeats,a,",
            "relations.csv, row 3, column second: “a”; expected another claim, and each pair",
        ),
    ],
)
def test_a_fault_in_the_relations_is_one_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    one, other = read_claims(SOURCE)[:2]
    claims = [type(one)(name, *list(vars(claim).values())[1:]) for name, claim in (("a", one), ("b", other))]
    (tmp_path / "relations.csv").write_text(RELATIONS + line + "\n", encoding="utf-8")
    with pytest.raises(DataProblem) as told:
        read_relations(tmp_path, claims)
    assert str(told.value).startswith(sentence)


def test_a_document_without_relations_has_none(tmp_path: Path) -> None:
    assert read_relations(tmp_path, read_claims(SOURCE)) == ()
    (tmp_path / "relations.csv").write_text("one,two\n", encoding="utf-8")
    with pytest.raises(DataProblem, match="row 1: “one,two”; expected first,relation,second,note"):
        read_relations(tmp_path, read_claims(SOURCE))


def test_references_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "references.csv").write_text("number,text\n1,One\n3,Three\n", encoding="utf-8")
    with pytest.raises(DataProblem, match="line 3: “3,Three”; expected 2 and a reference"):
        read_references(tmp_path)
