"""A manuscript held against the registry: what is found, how it is read, and what is said of it."""

import json
import time
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from plro_core import confined
from plro_core.__main__ import main
from plro_core.counts import Frequency
from plro_core.drafts import (
    Checked,
    Draft,
    check_draft,
    draft_table,
    draft_title,
    questions,
    read_answers,
    read_draft,
    reading,
    written_answers,
)
from plro_core.drafts import parsing as parsing_module
from plro_core.drafts.exact import Exact
from plro_core.drafts.model import Sentence
from plro_core.drafts.numbers import statements
from plro_core.drafts.parsing import parsed
from plro_core.drafts.reading import sentences
from plro_core.problems import DataProblem, QueryProblem
from plro_core.store import SHIPPED, Registry, open_registry


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


def checked(registry: Registry, text: str, answers: Any = None) -> Draft:
    return check_draft(registry, sentences(parsed(text.encode())), answers)


def only(registry: Registry, text: str) -> Checked:
    (found,) = checked(registry, text).checked
    return found


def told(draft: Draft) -> list[tuple[str, str]]:
    return [(one.statement.printed, one.found.status) for one in draft.checked]


# What the first paper would have been told before it was submitted

PAPER = [
    ("The women were young (mean age: 29.75 ± 3.24 years, median: 30 years).", ["differs", "agrees"]),
    ("Symptoms occurred within postpartum 2–24 weeks (mean: 7 ± 7.15 weeks, median 4 weeks).", ["agrees", "differs", "agrees"]),
    ("The mean VAS score was 7.9 ± 0.8.", ["differs"]),
    ("The mean L1–L4 T score was -2.91 ± 0.39, and the mean femoral neck T score was -2.19 ± 0.50.", ["differs", "differs"]),
    ("Four patients (Patients 5, 6, 8, and 10) had history of smoking.", ["agrees"]),
    ("Only three patients had history of smoking.", ["differs"]),
    ("Only one patient (Patient 4) gave birth to twins.", ["agrees"]),
    ("Two patients (patient 8 and 10) did not discontinue breast-feeding.", ["agrees"]),
    ("Four patients received bisphosphonates and one patient required vertebroplasty.", ["agrees", "agrees"]),
    ("Fifty percent of our patients (n=5) had back pain and low back pain, 20% (n=2) had hip and low back pain.", ["agrees", "agrees"]),
    ("10% (n=1) had only low back pain.", ["agrees"]),
    ("Low back pain was detected in 80% of these patients.", ["agrees"]),
    ("Low back pain was reported in 53.9% of the women in another series (15).", ["unknown"]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), PAPER)
def test_the_first_papers_kind_of_sentence_has_its_known_verdict(
    registry: Registry, sentence: str, expected: list[str]
) -> None:
    assert [one.found.status for one in checked(registry, sentence).checked] == expected


def test_what_differs_is_told_with_what_would_give_it(registry: Registry) -> None:
    found = only(registry, "The mean age was 29.75 ± 3.24 years.").found
    assert found.gives == "mean 29.90, SD 2.88 (n = 10)"
    assert "(GRIM)" in found.explanation
    assert "Without patients 9 and 10 it is given exactly (sample SD); 3 of 1,023 subsets" in found.explanation
    found = only(registry, "The median VAS at month 1 was 2.").found
    assert "It is what month 3 would give." in found.explanation or "month 3" in found.explanation


def test_a_pair_that_no_values_can_have_is_ruled_out(registry: Registry) -> None:
    found = only(registry, "The mean age was 30.0 ± 0.1 years.").found
    assert (found.status, "GRIMMER" in found.explanation) == ("differs", True)


def test_a_mean_is_told_by_whom_it_would_be_without(registry: Registry) -> None:
    found = only(registry, "The mean age was 29.4 years.").found
    assert "It would be given without patient 8" in found.explanation


def test_rows_that_are_missing_are_said(registry: Registry) -> None:
    first = checked(registry, "The mean age was 31.2 years (n = 12).").checked[0].found
    assert "The draft tells of 12 values." in first.explanation


# How sentences are read

READ = [
    ("At month 1 the median VAS was 3.5.", ("vas", 1, "")),
    ("The median VAS after three months was 2.", ("vas", 3, "")),
    ("The median VAS was 7.5 at baseline.", ("vas", 0, "")),
    ("Among smokers, the mean age was 29.8 years.", ("age", None, "smoking=yes")),
    ("The mean age was 30.0 years in women without smoking.", ("age", None, "smoking=no")),
    ("The median ALP in patients who continued breastfeeding was 96 at baseline.", ("alp", 0, "breastfeeding=continued")),
    ("Patient 8 had pain control after a mean of 3.5 months.", ("pain_control_months", None, "")),
    ("The median 25(OH) vitamin D was 29 at baseline.", ("vitamin_d", 0, "")),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), READ)
def test_variable_visit_and_group_are_read_from_the_sentence(
    registry: Registry, sentence: str, expected: tuple[str, int | None, str]
) -> None:
    reading = only(registry, sentence).reading
    assert reading.variable is not None
    assert (reading.variable.name, reading.month, reading.cohort.query) == expected


def test_each_number_of_a_sentence_has_its_own_visit_and_group(registry: Registry) -> None:
    found = checked(registry, "Median VAS was 7.5 at baseline, 3.5 at month 1 and 0 at month 6.").checked
    assert [one.reading.month for one in found] == [0, 1, 6]
    found = checked(registry, "The mean age was 29.8 in smokers and 30.0 in non-smokers.").checked
    assert [one.reading.cohort.query for one in found] == ["smoking=yes", "smoking=no"]
    assert [one.found.status for one in found] == ["agrees", "agrees"]


def test_some_of_them_are_counted_among_those_of_the_number_before(registry: Registry) -> None:
    draft = checked(registry, "Four patients smoked; two of them continued breastfeeding.")
    assert told(draft) == [("Four patients", "agrees"), ("two of them", "agrees")]
    assert draft.checked[1].reading.cohort.query == "smoking=yes"
    assert told(checked(registry, "Two of them continued breastfeeding.")) == [("Two of them", "unknown")]


SENTENCES = [
    ("Mean (SD) VAS at baseline and 6 months was 7.9 (1.0) and 0.4 (0.5), respectively.", ["agrees", "agrees"]),
    ("Median VAS was 7.5, 3.5, 2 and 0 at baseline, 1, 3 and 6 months, respectively.", ["agrees"] * 4),
    ("Median VAS was 7.5, 3.5, 3 and 0 at baseline, 1, 3 and 6 months, respectively.", ["agrees", "agrees", "differs", "agrees"]),
    ("Bisphosphonates were given to 4 patients (40 %), and vertebroplasty was performed in 1 (10 %).", ["agrees", "agrees"]),
    ("None of the non-smokers continued breastfeeding.", ["agrees"]),
    ("None of the smokers continued breastfeeding.", ["differs"]),
    ("Two of the smokers continued breastfeeding.", ["agrees"]),
    ("No patient smoked.", ["differs"]),
    ("Six patients did not smoke.", ["agrees"]),
    ("Smoking (4/10, 40%), vertebroplasty (1/10, 20%).", ["agrees", "differs"]),
    ("Eight (80%) of 10 patients stopped breastfeeding.", ["agrees"]),
    ("Patients who continued breastfeeding had a higher median VAS at month 1 (5.5 vs 2.5).", ["agrees", "unknown"]),
    ("In the breastfeeding group the median VAS at month 1 was 5.5.", ["unknown"]),
    ("The lowest femoral neck T-score was -3.3 (patient 10).", ["agrees"]),
    ("Mean age: 29.9 years (range: 24–34).", ["agrees"]),
    ("T-scores at L1-L4 ranged from −3.7 to −2.5, and at the femoral neck from −3.3 to −1.0.", ["agrees", "agrees"]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES)
def test_the_usual_forms_of_sentences_have_their_verdicts(
    registry: Registry, sentence: str, expected: list[str]
) -> None:
    assert [one.found.status for one in checked(registry, sentence).checked] == expected


def test_a_fall_is_held_against_baseline_and_the_visit(registry: Registry) -> None:
    assert only(registry, "The median VAS fell from 7.5 to 0 at month 6.").found.status == "agrees"
    assert only(registry, "The median VAS fell from 7.5 to 1 at month 6.").found.status == "differs"
    assert only(registry, "VAS 7.5 to 3.5 at month 1.").found.status == "agrees"


def test_a_guess_is_said_as_a_guess(registry: Registry) -> None:
    table = draft_table(checked(registry, "The mean VAS was 7.9 ± 1.0."))
    (row,) = table.records
    assert "no visit is named; read as baseline (a guess)" in str(row["reading"])
    assert row["status"] == "agrees"


def test_a_variable_that_is_guessed_contradicts_nobody(registry: Registry) -> None:
    found = only(registry, "Spinal involvement was seen in seven patients.")
    assert (found.reading.is_weak, found.found.status) == (True, "unknown")


def test_a_denominator_and_a_percentage_must_belong_together(registry: Registry) -> None:
    assert only(registry, "A spinal brace was worn by 8 of 8 patients (100%).").found.status == "agrees"
    assert only(registry, "A spinal brace was worn by 8 of 10 patients (80%).").found.status == "agrees"
    assert only(registry, "A spinal brace was worn by 8 of 8 patients (80%).").found.status == "differs"
    assert only(registry, "12 of 10 patients smoked.").found.status == "differs"


def test_years_doses_places_and_references_are_no_statistics(registry: Registry) -> None:
    text = "In 2019 all took 1000 mg calcium (Figure 2, Table 3) and 880 IU vitamin D [4, 5] for pain (6,7), p = 0.03."
    draft = checked(registry, text)
    assert told(draft) == []


def test_numbers_of_which_nothing_is_said_are_counted(registry: Registry) -> None:
    draft = checked(registry, "The ward has 14 beds and 3 windows.")
    assert (told(draft), draft.others) == ([], 2)
    assert "2 further numbers" in " ".join(draft_table(draft).notes)


def test_references_are_left_out_and_tables_after_them_are_read(registry: Registry) -> None:
    text = (
        "# Results\n\nThe mean age was 29.9 years.\n\n# References\n\nDoe J: The mean age was 99.9 years, 2001.\n\n"
        "| Variable | All (n = 10) |\n|---|---|\n| Age, mean ± SD | 29.9 ± 2.9 |\n"
    )
    assert told(checked(registry, text)) == [("29.9", "agrees"), ("29.9 ± 2.9", "agrees")]


def test_a_table_of_groups_is_read_by_its_rows_and_columns(registry: Registry) -> None:
    text = (
        "Characteristic | Smoking | No smoking\n--- | --- | ---\nAge, mean (SD) | 29.8 (4.2) | 30.0 (2.1)\n"
        "Twin pregnancy, n (%) | 0 (0%) | 1 (16.7%)\n"
    )
    found = checked(registry, text).checked
    assert [one.reading.cohort.query for one in found] == ["smoking=yes", "smoking=no"] * 2
    assert [one.found.status for one in found] == ["agrees"] * 4


@pytest.mark.parametrize("kind", ["type 4", "type 5", "type 6", "type 7", "type 8", "type 9"])
def test_quartiles_are_those_of_numpy(kind: str) -> None:
    methods = dict(
        zip(
            ("type 4", "type 5", "type 6", "type 7", "type 8", "type 9"),
            ("interpolated_inverted_cdf", "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased"),
            strict=True,
        )
    )
    for values in ([1, 2, 2, 5, 9], [3.5, 1.25, 8, 8, 2, 7], [1, 4, 6], list(range(1, 14))):
        frequency = Frequency({value: values.count(value) for value in sorted(values)}, 0)
        low, high = Exact.of(frequency).quartiles()[kind]
        expected = np.quantile(values, [0.25, 0.75], method=methods[kind])  # type: ignore[call-overload]
        assert [float(low), float(high)] == pytest.approx(list(expected))


# What the reader says

ASKED = "She improved after the procedure (VAS score: 1)."


def test_an_answer_settles_a_statement_and_outlives_a_change_of_the_number(registry: Registry) -> None:
    draft = checked(registry, ASKED)
    assert draft.checked[0].found.status == "unknown"
    (question,) = questions(draft.checked, {})
    content = written_answers([question]).replace(b'"about": null', b'"month": 1, "cohort": "vertebroplasty=yes"')
    answers = read_answers(content)
    assert checked(registry, ASKED, answers).checked[0].found.status == "agrees"
    assert checked(registry, ASKED.replace("1)", "2)"), answers).checked[0].found.status == "differs"
    assert questions(checked(registry, ASKED, answers).checked, answers) == list(answers.values())


def test_a_question_that_was_not_answered_says_nothing(registry: Registry) -> None:
    draft = checked(registry, ASKED)
    answers = read_answers(written_answers(questions(draft.checked, {})))
    assert told(checked(registry, ASKED, answers)) == told(draft)


def test_a_statement_can_be_left_out_and_a_guess_confirmed(registry: Registry) -> None:
    text = "Spinal involvement was seen in seven patients."
    (question,) = questions(checked(registry, text).checked, {})
    for said, status in ((b"true", "differs"), (b"false", "unknown")):
        answers = read_answers(written_answers([question]).replace(b"null", said))
        assert checked(registry, text, answers).checked[0].found.status == status


def test_another_variable_statistic_and_value_can_be_said(registry: Registry) -> None:
    text = "It was 29.9 in the series, with pain in the hip in 3 patients."
    draft = checked(registry, text)
    value, count = questions(draft.checked, {})[0], draft.checked[-1]
    told_so = {
        "answers": [
            {"words": value.words, "number": value.number, "variable": "age", "statistic": "mean"},
            {"words": value.words, "number": count.statement.number, "variable": "symptom", "levels": "hip"},
        ]
    }
    found = checked(registry, text, read_answers(json.dumps(told_so))).checked
    assert [one.found.status for one in found] == ["agrees", "differs"]
    assert found[1].found.gives == "4 of 10"


BAD_ANSWERS = [
    (b"[]", "not an object"),
    (b'{"answers": 3}', "not a list"),
    (b'{"answers": [{"words": "x"}]}', "missing"),
    (b'{"answers": [{"words": "x", "number": 1, "mnoth": 2}]}', "mnoth"),
    (b'{"answers": [{"words": "x", "number": 1}, {"words": "x", "number": 1}]}', "same statement"),
    (b'{"answers": [{"words": "x", "number": 1, "statistic": "mode"}]}', "mode"),
    (b'{"answers": [{"words": "x", "number": 1.5}]}', "whole number"),
    (b"\xff\xfe", "UTF-8"),
]


@pytest.mark.parametrize(("content", "says"), BAD_ANSWERS)
def test_answers_at_fault_are_refused_in_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(DataProblem) as refused:
        read_answers(content, "answers.json")
    assert says in str(refused.value)
    assert str(refused.value).startswith("answers.json: ")


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [("variable", '"wieght"', "wieght"), ("month", "2", "month 2"), ("cohort", '"smoker=1"', "smoker")],
)
def test_an_answer_that_the_registry_does_not_know_is_named(
    registry: Registry, part: str, value: str, says: str
) -> None:
    (question,) = questions(checked(registry, ASKED).checked, {})
    content = written_answers([question]).replace(b'"about": null', f'"{part}": {value}'.encode())
    with pytest.raises((DataProblem, QueryProblem)) as refused:
        checked(registry, ASKED, read_answers(content))
    assert says in str(refused.value)


# Files


def word(*paragraphs: str, table: list[list[str]] | None = None) -> Any:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if table:
        made = document.add_table(len(table), len(table[0]))
        for row, cells in zip(made.rows, table, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    return document


def saved(document: Any) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_a_word_document_is_read_with_its_places(registry: Registry) -> None:
    rows = [["Variable", "All"], ["Age, mean ± SD", "29.9 ± 2.9"]]
    content = saved(word("Results", "The mean age was 29.8 years. Two patients continued breastfeeding.", table=rows))
    table = draft_table(check_draft(registry, read_draft(content)))
    assert [(row["place"], row["status"]) for row in table.records] == [
        ("paragraph 2", "differs"),
        ("paragraph 2", "agrees"),
        ("table 1, row 2, column 2", "agrees"),
    ]


def test_tracked_changes_are_read_as_accepted_and_raised_citations_left_out(registry: Registry) -> None:
    document = word()
    paragraph = document.add_paragraph("The mean age was ")
    paragraph.add_run("29.9").font.superscript = False
    cited = paragraph.add_run("12,13")
    cited.font.superscript = True
    for tag, part, text in (("w:del", "w:delText", " 31.0"), ("w:ins", "w:t", " years.")):
        change, run, words = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(part)
        words.text = text
        words.set(qn("xml:space"), "preserve")
        run.append(words)
        change.append(run)
        paragraph._p.append(change)
    (sentence,) = read_draft(saved(document))
    assert sentence.text == "The mean age was 29.9 years."
    assert [one.found.status for one in check_draft(registry, [sentence]).checked] == ["agrees"]


HOSTILE = [
    (b"", "holds no text"),
    (b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted"),
    (b"PK\x03\x04nonsense", "damaged"),
    (b"\x00\x01\x02", "not text"),
    (b"\xff\xfa\xfb", "UTF-8"),
    (b"mean age 29.9 " * 100_000, "characters"),
]


@pytest.mark.parametrize(("content", "says"), HOSTILE, ids=[says for _, says in HOSTILE])
def test_a_file_that_is_no_manuscript_is_refused_in_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(DataProblem) as refused:
        read_draft(content)
    assert says in str(refused.value)


def test_a_document_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    source, buffer = BytesIO(saved(word("x"))), BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, b" " * 400_000_000 if name == "word/document.xml" else old.read(name))
    monkeypatch.setattr(confined.asking, "LIMITS", confined.asking.Limits(memory=600_000_000, processor=10))
    with pytest.raises(DataProblem):
        read_draft(buffer.getvalue())


def test_what_the_readers_process_answers_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="unpack"):
        reading._pieces([["place", "context"]], [])
    monkeypatch.setattr(parsing_module, "MOST_CHARACTERS", 3)
    with pytest.raises(ValueError, match=r"^$"):
        reading._pieces([["place", "", "much text", False]], [])


HARD = [
    "n=" * 5000 + "1",
    "mean " + "1 " * 3000,
    "(" * 3000 + "1 ± 2" + ")" * 3000,
    "mean age " + "1–" * 2000,
    "VAS " + "a" * 100_000,
    "no " * 5000 + "smoking in 4 of 10 patients",
    "the mean age was 999999999.999999 ± 999999999.999999 years",
    "mean age 4 " + "<b>*_$\\pm" * 3000,
    "The mean calcium at baseline was 3.25 (n = 99999999).",
    "patient 99999999999999999999 of 4 years mean age 4",
]


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_a_text_made_to_be_slow_is_read_in_time(registry: Registry, text: str) -> None:
    begun = time.process_time()
    checked(registry, text)
    assert time.process_time() - begun < 10


def test_nothing_of_a_draft_stays_in_what_is_told_without_numbers(registry: Registry) -> None:
    draft = checked(registry, "=HYPERLINK(1) and <script> are words.")
    assert draft_title(draft) == "No statistic was found in the draft"


def test_a_sentence_is_exactly_where_its_numbers_are() -> None:
    for sentence in (Sentence("x", "The mean age was −2.5 ± 0.3."), Sentence("x", "Range 2–24 weeks of age.")):
        found, _ = statements(sentence, [])
        for one in found:
            assert sentence.text[one.start : one.end] == one.printed
    assert found[0].values == {"minimum": Decimal(2), "maximum": Decimal(24)}


# The command line


def test_the_command_answers_with_a_table_and_is_done_only_if_nothing_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text("The mean age was 29.9 years. The mean VAS was 7.9 ± 1.0.\n", "utf-8")
    asked = tmp_path / "answers.json"
    assert main(["draft", str(draft), "--ask", str(asked), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["status"] for row in rows] == ["agrees", "agrees"]
    assert "read as baseline (a guess)" in asked.read_text("utf-8")
    asked.write_text(asked.read_text("utf-8").replace('"about": null', '"month": 1'), "utf-8")
    assert main(["draft", str(draft), "--answers", str(asked), "--status", "differs", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert [row["month"] for row in json.loads(out)] == [1]
    assert "1 differ" in err


def test_the_command_names_a_file_that_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "draft.pdf").write_bytes(b"%PDF-1.7")
    for name, says in (
        ("draft.pdf", "draft.pdf cannot be read as a PDF; it is damaged."),
        ("gone.docx", "gone.docx: No such file"),
    ):
        assert main(["draft", str(tmp_path / name)]) == 1
        err = capsys.readouterr().err
        assert says in err
        assert "Traceback" not in err
