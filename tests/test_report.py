"""A report says what the data give, in the right words, knows what has changed since, and refuses what cannot be had in one sentence."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

import plro_core as plro
from plro_core.__main__ import main
from plro_core.cohort import EVERYONE, Cohort
from plro_core.drafts import contradicted
from plro_core.report import Assembled, Card, Report, ReportProblem, changes
from plro_core.report.blocks import Paragraph, TableBlock
from plro_core.report.checklist import checklist
from plro_core.report.checklists import CHECKLISTS, Given
from plro_core.report.computed import flow, methods
from plro_core.report.files import FORMATS, write
from plro_core.report.live import without_live_numbers, words_of
from plro_core.report.sentences import parts, sentences
from plro_core.report.verifying import verify_report
from plro_core.store import Registry, open_content, open_registry
from plro_core.verify import reading, verdict, verify
from tests.test_other_registries import made
from tests.test_pages import opened
from tests.test_verify import two_versions

pytestmark = pytest.mark.usefixtures("read_here")

__all__ = ["two_versions"]

FIGURE = 'plro.figure(registry, "pain_trajectories", "smoking=yes")'
TABLE = 'plro.summary(registry, show="age,smoking,vas:0/6")'
HOSTILE = "<script>alert(1)</script> #strong[x] $x^2$ =1+1 \\input{x} {{ } & ç ğ ı Ş “x” – −3.1 † 🦴 "


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


def find(content: str, version: str, name: str) -> Registry:
    return open_content(content, version=version, registry=name)


def of(registry: Registry, *cards: Card, **more: Any) -> Assembled:
    return Assembled(Report("Pain: a case series", "A. Author", cards=cards, **more), registry, find)


def text(words: str) -> Card:
    return Card("text", words)


# Live numbers


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("patients", "10"),
        ("patients | n | smoking=yes", "4"),
        ("vas.1 | median | smoking=yes", "median 4.5 (n = 4)"),
        ("vas.1 | mean | breastfeeding=continued", "5 and 6 (n = 2)"),
        ("vas.1 | sd | breastfeeding=continued", "5 and 6 (n = 2)"),
        ("age | mean", "mean 29.9 (n = 10)"),
        ("age | sd", "SD 2.9 (n = 10)"),
        ("age | range", "24 to 34 (n = 10)"),
        ("vas.0 | q1", "first quartile 7 (n = 10)"),
        ("pth.6 | n", "6"),
        ("smoking | k of n", "4 of 10"),
        ("smoking | percent", "4 of 10"),
        ("vas.1=0-3 | k of n", "5 of 10"),
        ("level=T12 | k of n", "2 of 4 (not recorded in 6)"),
    ],
)
def test_a_live_number_is_written_in_the_right_words(registry: Registry, told: str, words: str) -> None:
    assert words_of(registry, told, EVERYONE) == words


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("vsa.1 | median", "“vsa” is not a variable of this registry (did you mean “vas”?)."),
        ("vas | median", "“vas” is recorded at visits; say at which: vas.0, vas.1, vas.3 or vas.6."),
        ("age.1 | n", "“age” is not recorded at visits; leave out “.1”."),
        ("vas.1 | med", "“med” is not a statistic (did you mean “median”?)"),
        ("smoking | median", "“smoking” is not a number, so that it has no median."),
        ("breastfeeding | k of n", "“k of n” needs to know of what, such as “breastfeeding=stopped | k of n”."),
        ("vas.1 | median | smoking=maybe", "“smoking=maybe”: “maybe” is not a value of smoking"),
        ("vas.1 | median | patients=99", "99"),
        ("vas.1 | median | age=60", "nobody belongs to its cohort (patients with age 60 years)."),
        ("vas.1=0-3 | median", "“vas.1=0-3” is a condition; expected k of n or percent after it."),
        ("", "“” is not a variable of this registry."),
    ],
)
def test_what_a_live_number_cannot_have_is_one_sentence_that_names_card_and_text(
    registry: Registry, told: str, sentence: str
) -> None:
    with pytest.raises(ReportProblem) as problem:
        of(registry, text("First."), text(f"Pain was {{{{{told}}}}}.")).pages()
    assert str(problem.value).startswith(f"Card 2: “{{{{{told}}}}}”: ")
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)


def test_the_reports_own_cohort_is_meant_where_none_is_named(registry: Registry) -> None:
    found = of(registry, text("{{ vas.1|median }} and {{vas.1 | median | smoking=no}}"), cohort="smoking=yes").numbers
    others = plro.visits(registry, "smoking=no&month=1")["vas"].dropna()
    assert found == {
        "vas.1 | median": "median 4.5 (n = 4)",
        "vas.1 | median | smoking=no": f"median {others.median():g} (n = {len(others)})",
    }


def test_a_visit_that_the_cohort_leaves_out_is_refused_and_not_called_unrecorded(registry: Registry) -> None:
    seen = Cohort.parse("month=1", registry.vocabulary)
    assert words_of(registry, "vas.1 | median", seen) == "median 3.5 (n = 10)"
    for told in ("vas.6 | median", "vas.6 | n", "vas.6=0 | k of n", "vas.6 | range | month=0,1"):
        with pytest.raises(ReportProblem, match="month 6 is not among the visits of its cohort"):
            words_of(registry, told, seen)


def test_a_live_number_is_never_cut_by_a_line_or_a_sentence() -> None:
    written = "# What {{a\n| b}}\none\ntwo.\n\nThree. Four {{c.1 | d. E}}. Five"
    assert [part.text for part in parts(written)] == ["What {{a\n| b}}", "one two.", "Three. Four {{c.1 | d. E}}. Five"]
    assert sentences(written) == ["What {{a\n| b}}", "one two.", "Three.", "Four {{c.1 | d. E}}.", "Five"]


# Typed numbers


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The median VAS at month 1 was 6.", [("6", "median 3.5 (n = 10)")]),
        ("The median VAS at month 1 was 3.5.", []),
        ("The mean age was 29.9 years.", []),
        ("Mean age: 31", [("31", "mean 30 (n = 10)")]),
        ("Smoking in 3 of 10 patients.", [("3 of 10 patients", "4 of 10")]),
        ("Smoking in 4 of 10 patients.", []),
        ("Smoking in 2 of 8 of them.", []),
        ("The median VAS was 6.", []),
        ("The median VAS at month 1 in smokers was 6.", [("6", "median 4.5 (n = 4)")]),
        ("The median VAS at month 1 of those who smoked was 6.", [("6", "median 4.5 (n = 4)")]),
        ("The median VAS at month 1 of 6 women was low.", []),
        ("The mean age was 31 years at delivery.", [("31", "mean 30 (n = 10)")]),
        ("The mean age was 29.89 years.", [("29.89", "mean 29.90 (n = 10)")]),
        ("Mean age and median VAS at month 1 was 99.", [("99", "median 3.5 (n = 10)")]),
        ("Both smoked and 2 of 4 continued.", []),
        ("In a Turkish series of 12 patients mean age was 33.", []),
        ("Others reported a mean age of 31 years [4].", []),
        ("The median VAS at month 1 in the others was 6.", []),
        ("Apart from the smoking women the median VAS at month 1 was 6.", []),
        ("Three patients smoked.", []),
        ("Pain fell from 9 to 1.", []),
        ("The median VAS at month 1 was {{vas.1 | median}}.", []),
    ],
)
def test_a_typed_number_is_marked_only_where_the_data_contradict_it(
    registry: Registry, sentence: str, found: list[tuple[str, str]]
) -> None:
    assert [(one.typed, one.given) for one in contradicted(registry, without_live_numbers(sentence), EVERYONE)] == found


def test_a_typed_number_is_held_against_the_cohort_of_the_report(registry: Registry) -> None:
    smokers = Cohort.parse("smoking=yes", registry.vocabulary)

    def found(sentence: str) -> list[str]:
        return [one.given for one in contradicted(registry, sentence, smokers)]

    assert found("The median VAS at month 1 was 3.5.") == ["median 4.5 (n = 4)"]
    assert found("The median VAS at month 1 was 4.5.") == []
    assert found("Smoking in 4 of 10 patients.") == []


# What has changed


def test_a_report_of_one_version_says_which_sentences_and_cards_changed_on_the_next(two_versions: Path) -> None:
    cards = (
        text("Before treatment. Pain was {{vas.0 | range}} in {{patients}} patients. Age {{age | median}}."),
        Card("table", call='plro.records(registry, "visits")'),
        Card("table", call='plro.records(registry, "cases")'),
    )
    first = of(open_registry(two_versions, "1"), *cards)
    written = Report.from_json(first.written.json)
    assert written == first.written
    assert changes(Assembled(written, first.registry, find)) == ()
    later = changes(Assembled(written, open_registry(two_versions), find))
    assert [one.words for one in later] == [
        "Card 1: “Pain was 7 to 9 (n = 10) in 10 patients.” is now “Pain was 3 to 9 (n = 10) in 10 patients.”",
        "Card 2: the table “Rows of visits” shows something else than when it was written.",
    ]


def test_what_can_no_longer_be_had_is_a_change_and_not_a_fault(registry: Registry) -> None:
    cards = (text("Pain was {{gone.1 | median}}."), Card("figure", call=FIGURE.replace("smoking=yes", "age=60")))
    found = changes(of(registry, *cards))
    assert [(one.card, one.kind) for one in found] == [(1, "lost"), (2, "lost")]
    assert "“gone” is not a variable" in found[0].words
    assert "Card 2: nothing was drawn" in found[1].words


def test_the_command_checks_and_keeps_the_numbers(
    two_versions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft, kept = tmp_path / "draft.json", tmp_path / "kept.json"
    draft.write_text(Report("A case series", cards=(text("Pain was {{vas.0 | min}}."),)).json)
    folder = str(two_versions)
    assert main(["report", str(draft), "--check"]) == 0
    assert "keeps no numbers yet" in capsys.readouterr().err
    assert main(["report", str(draft), "--registry", folder, "--version", "1", "-o", str(kept)]) == 0
    assert main(["report", str(kept), "--registry", folder, "--version", "1", "--check"]) == 0
    assert "Nothing has changed since version 1." in capsys.readouterr().out
    assert main(["report", str(kept), "--registry", folder, "--check"]) == 1
    assert "“Pain was lowest 7 (n = 10).” is now “Pain was lowest 3 (n = 10).”" in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert main(["report", str(kept), "--registry", folder, "-o", str(page)]) == 0
    assert '<span class="changed" title="vas.0 | min; it was lowest 7 (n = 10) in version 1">' in page.read_text()
    assert "report" in (two_versions / "journal.jsonl").read_text()


def test_a_report_that_cannot_be_had_leaves_nothing_half_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft, page = tmp_path / "draft.json", tmp_path / "page.html"
    draft.write_text(Report("A case series", cards=(text("Pain was {{vsa.0 | min}}."),)).json)
    assert main(["report", str(draft), "-o", str(page)]) != 0
    assert not page.exists()
    assert capsys.readouterr().err.startswith("Card 1: “{{vsa.0 | min}}”: “vsa” is not a variable")


# Files


def every_kind() -> tuple[Card, ...]:
    return (
        text(f"# Results\n\n{HOSTILE}\n\nPain was {{{{vas.0 | median}}}}; {{{{smoking | percent}}}}. Mean age: 31"),
        Card("table", call=TABLE, comment="Age was {{age | range}}."),
        Card("claims", call='plro.claims(registry, "contradicted")'),
        *(Card(kind) for kind in ("methods", "flow", "checklist", "references", "provenance")),
    )


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_report_gives_the_same_bytes(registry: Registry, form: str) -> None:
    assert write(of(registry, *every_kind()), form) == write(of(registry, *every_kind()), form)


def words_in(form: str, content: bytes) -> str:
    if form == "docx":
        document = docx.Document(BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(one.text for one in document.paragraphs), *cells])
    if form == "pdf":
        return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())
    return "\n".join(reading.read(content).cells.values())


@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_each_document_holds_the_words_and_reads_none_of_them_as_markup(registry: Registry, form: str) -> None:
    content = write(of(registry, *every_kind()), form)
    words = words_in(form, content).replace("\xa0", " ")
    for expected in ("median 7.5 (n = 10)", "4 of 10", "<script>alert(1)</script> #strong[x]", "24 to 34 (n = 10)"):
        assert expected in words
    assert "Informed consent" in words
    assert "Hyndman" in words
    assert "CARE checklist" in words
    assert b"<script>alert(1)" not in content


def test_an_interactive_page_holds_its_figure_and_asks_nobody(registry: Registry) -> None:
    content = write(of(registry, Card("figure", call=FIGURE, comment="Each line is a patient.")), "html").decode()
    assert content.count("Plotly.newPlot(name") == 1
    assert '<div id="figure-1" role="img" aria-label="' in content
    assert "Each line is a patient." in content
    told = re.sub(r"<script>.*?</script>", "", content, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)=[\"']?https?:", told)


def test_a_figure_stands_in_word_and_pdf_as_a_picture_with_its_text(registry: Registry) -> None:
    made = of(registry, Card("figure", call=FIGURE))
    document = docx.Document(BytesIO(write(made, "docx")))
    described = document.element.xpath("//wp:docPr")[0].get("descr")
    assert described == made.drawn[0][2].chart.summary
    pdf = PdfReader(BytesIO(write(made, "pdf")))
    assert len([image for page in pdf.pages for image in page.images]) == 1


@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_the_file_of_a_report_is_verified_and_a_changed_word_is_found(
    registry: Registry, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "given", reading.read)
    content = write(of(registry, text("Pain was {{vas.0 | median}}.")), form)
    found = verify(content, find, lambda held: held, verify_report)
    assert (found.state, found.sentence[:13]) == ("same", "Byte for byte")
    if form == "html":
        changed = content.replace(b">median 7.5 (n = 10)<", b">median 2.5 (n = 10)<")
        assert verify(changed, find, lambda held: held, verify_report).state == "differs"


def test_a_file_of_an_older_version_says_how_much_is_otherwise(
    two_versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "given", reading.read)
    old, now = open_registry(two_versions, "1"), open_registry(two_versions)
    content = write(of(old, text("Pain was {{vas.0 | min}}.")), "html")
    found = verify(content, find, lambda _: now, verify_report)
    assert found.state == "other version"
    assert found.sentence.endswith("published now is 2, of which 1 thing would be otherwise.")


# Computed parts


def test_methods_say_what_is_used_and_nothing_else(registry: Registry) -> None:
    def told(*cards: Card) -> str:
        return " ".join(methods(of(registry, *cards).used))

    assert "version 2022-2" in told()
    assert "type 7" not in told(text("{{smoking | k of n}}"))
    assert "type 7" in told(text("{{vas.0 | median}}"))
    assert "Hodges" not in told(text("{{vas.0 | median}}"))
    spread, middle = told(text("{{vas.0 | sd}}")), told(text("{{vas.0 | median}} {{vas.0 | mean}}"))
    assert ("those of a sample" in spread, "Medians" in spread) == (True, False)
    assert ("those of a sample" in middle, "Medians" in middle) == (False, True)
    assert not [words for words in ("Medians", "sample") if words in told(text("{{vas.0 | mean}} {{vas.0 | range}}"))]
    assert "Fewer than three values are given themselves." in told(text("{{vas.0 | range}}"))
    assert "Hodges–Lehmann" in told(Card("table", call='plro.compare(registry, "smoking=yes")'))
    journal = Card("table", call='plro.summary(registry, show="age,vas:0", style="turkish-neurosurgery")')
    assert ("those of a sample" in told(journal), "Medians" in told(journal), "Shares" in told(journal)) == (
        True,
        False,
        False,
    )
    apart = Card("table", call='plro.summary(registry, by="smoking", show="age", difference=True)')
    assert ("Hodges–Lehmann" in told(apart), "Hodges–Lehmann" in told(journal)) == (True, False)
    assert "Shares are k of n" in told(Card("table", call='plro.summary(registry, show="twin_pregnancy")'))
    assert "Medians" in told(Card("table", call="plro.table_one(registry)"))
    assert "Reference ranges, for orientation: calcium 8.4–10.2 mg/dL" in told(text("{{calcium.0 | median}}"))


def test_the_flow_goes_from_the_registry_to_whom_each_number_is_of(registry: Registry) -> None:
    used = of(registry, text("{{pth.0 | median}} {{pth.0 | median | smoking=no}}"), cohort="smoking=yes").used
    recorded = int(plro.visits(registry, "smoking=yes&month=0")["pth"].notna().sum())
    rows = flow(used).shown
    assert [row[1] for row in rows] == ["10", "4", str(recorded)]
    assert rows[1][2] == "6 do not fit"
    assert rows[2][2] == (f"{4 - recorded} not recorded" if recorded < 4 else "")


def test_the_checklist_is_filled_contradicted_and_ticked(registry: Registry) -> None:
    def states(title: str, *ticks: str) -> dict[str, str]:
        made = of(registry, Card("checklist", ticks=ticks))
        found = checklist(Given(made.used, title, frozenset()), made.report.cards[0])
        return {row[0].partition(".")[0]: row[1] for row in found.shown}

    told = states("Pain: a case series", "13")
    assert (told["1"], told["5"], told["12"], told["13"]) == (
        "filled from the data",
        "filled from the data",
        "to tick by hand",
        "ticked by the author",
    )
    assert states("Pain")["1"] == "lacking"
    assert states("Pain", "1")["1"] == "ticked, but contradicted by the data"
    with pytest.raises(ReportProblem, match="“14” is no item of the checklist"):
        states("Pain", "14")


def told_by(
    registry: Registry, name: str, *more: Card, ticks: tuple[str, ...] = (), cohort: str = ""
) -> dict[str, tuple[str, ...]]:
    """The rows of a checklist by the number of their item."""
    made = of(registry, Card("checklist", of=name, ticks=ticks), *more, cohort=cohort)
    (table,) = [one.printed for one in made.pages().blocks if isinstance(one, TableBlock)][:1]
    assert table.caption == f"{name} checklist"
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    return {row[0].partition(".")[0]: tuple(row[1:]) for row in cells}


def test_each_checklist_is_filled_from_the_data_and_names_its_publication(registry: Registry) -> None:
    process = told_by(registry, "PROCESS", ticks=("2",))
    assert list(process) == ["1", "2", "3a", "3b", "3c", "3d", "3e", "4", "5", "6a", "6b", "6c", "6d", "6e"]
    assert process["1"] == ("filled from the data", "“Pain: a case series”")
    assert process["2"][0] == "ticked by the author"
    assert process["6d"][0] == "filled from the data"
    strobe = told_by(registry, "STROBE")
    assert {number.rstrip("abcde") for number in strobe} == {str(number) for number in range(1, 23)}
    assert strobe["1a"] == ("filled from the data", "“Pain: a case series”")
    assert strobe["12a"] == strobe["13c"] == ("to tick by hand", "")
    assert strobe["10"][1] == "10 patients in the registry, 10 in the cohort"
    assert re.fullmatch(r"\d+ of \d+ variables not recorded in somebody", strobe["14b"][1])
    with_parts = told_by(registry, "STROBE", Card("methods"), Card("flow"))
    assert with_parts["12c"] == ("filled from the data", "in Methods: nothing was imputed")
    assert with_parts["13c"][0] == "filled from the data"
    jbi = told_by(registry, "JBI", ticks=("2", "4"))
    assert list(jbi) == [str(number) for number in range(1, 11)]
    assert jbi["4"][0] == "ticked by the author"
    assert "month 6" in jbi["8"][1]
    for name, doi in (
        ("PROCESS", "10.1097/JS9.0000000000000940"),
        ("STROBE", "10.1371/journal.pmed.0040296"),
        ("JBI", "10.11124/JBISRIR-D-19-00099"),
    ):
        assert doi in write(of(registry, Card("checklist", of=name)), "bib").decode()
    assert (
        "10.1111"
        not in write(of(registry, Card("figure", call='plro.figure(registry, "time_to_pain_control")')), "bib").decode()
    )


@pytest.mark.parametrize("name", CHECKLISTS)
def test_of_a_registry_with_other_words_a_checklist_leaves_more_to_its_author(name: str, tmp_path: Path) -> None:
    other = open_registry(made(tmp_path / "ward", 3))
    states = {row[0] for row in told_by(other, name).values()}
    assert states <= {"filled from the data", "lacking", "to tick by hand"}
    assert "to tick by hand" in states


def test_what_is_recorded_of_some_alone_contradicts_that_it_was_measured_in_everybody(registry: Registry) -> None:
    whole = told_by(registry, "JBI", ticks=("2",))["2"]
    counted = re.search(r"(\d+) of (\d+)", whole[1])
    assert counted
    assert (whole[0] == "filled from the data") == (counted[1] == counted[2])


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"kind": "checklist", "of": "CONSORT"}, "“of” is “CONSORT”; expected CARE, PROCESS, STROBE or JBI."),
        ({"kind": "text", "of": "CARE"}, "only a checklist has them"),
        ({"kind": "methods", "ticks": ["1"]}, "only a checklist has them"),
    ],
)
def test_a_checklist_that_is_none_is_refused(told: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ReportProblem) as problem:
        Report.from_value({"plro_report": 1, "title": "x", "cards": [told]})
    assert str(problem.value).startswith("Card 1: ")
    assert sentence in str(problem.value)


def test_a_checklist_without_a_name_is_that_of_care() -> None:
    assert Report.from_value({"plro_report": 1, "title": "x", "cards": [{"kind": "checklist"}]}).cards[0].of == "CARE"


def test_references_are_of_what_is_used_and_come_as_bibtex(registry: Registry) -> None:
    content = write(of(registry, text("{{vas.0 | median}}")), "bib").decode()
    assert re.findall(r"@misc\{([^,]+),", content)[-1] == "hyndman1996"
    assert "10.5137/1019-5149.JTN.36058-21.1" in content
    assert content.count("{") == content.count("}")


def test_tables_are_numbered_in_their_order_and_keep_their_journals_numerals(registry: Registry) -> None:
    roman = Card("table", call='plro.summary(registry, show="age", style="turkish-neurosurgery")')
    blocks = of(registry, Card("table", call=TABLE), roman).pages().blocks
    assert [one.printed.number for one in blocks if isinstance(one, TableBlock)] == ["1", "II"]


def test_a_doubtful_number_is_not_marked_in_another_that_looks_like_it(registry: Registry) -> None:
    told = "Of {{patients}} women 11 came. At month 1 the median VAS was 1."
    (block,) = of(registry, text(told)).pages().blocks
    assert isinstance(block, Paragraph)
    assert [(run.text, run.mark) for run in block.runs] == [
        ("Of ", ""),
        ("10", "live"),
        (" women 11 came. At month 1 the median VAS was ", ""),
        ("1", "doubt"),
        (".", ""),
    ]


def test_bibtex_of_synthetic_data_says_so(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "manifest", replace(registry.manifest, synthetic=True))
    content = write(of(registry, text("{{patients}}")), "bib").decode()
    assert content.startswith("Synthetic data: none of these patients exist.\n\n@misc{")


def test_a_doubtful_number_is_marked_where_it_stands(registry: Registry) -> None:
    (block,) = of(registry, text("So. Mean age: 31, they say.")).pages().blocks
    assert isinstance(block, Paragraph)
    assert [(run.text, run.mark) for run in block.runs] == [
        ("So. Mean age: ", ""),
        ("31", "doubt"),
        (", they say.", ""),
    ]


# What nobody vouches for


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda told: told.pop("plro_report"), "This is not a report"),
        (lambda told: told.update(plro_report=2), "“plro_report” is not 1"),
        (lambda told: told.update(more=1), "“more” is not a part of the report"),
        (lambda told: told.update(title=" "), "The report has no title"),
        (lambda told: told.update(title=7), "“title” is not text"),
        (lambda told: told.update(cards={}), "“cards” is not a list"),
        (lambda told: told["cards"].append({"kind": "film"}), "Card 2: “film” is no kind of card"),
        (lambda told: told["cards"].append({"kind": "table"}), "Card 2: A card of the kind “table” has no “call”"),
        (
            lambda told: told["cards"].append({"kind": "text", "call": "x"}),
            "Card 2: A card of the kind “text” has a “call”",
        ),
        (lambda told: told["cards"].append({"kind": "text", "text": "\x00"}), "Card 2: “text” holds a character"),
        (lambda told: told.update(written={"version": "1"}), "is missing from written"),
        (
            lambda told: told.update(written={"registry": "", "version": "", "content": "", "numbers": {"a": 1}}),
            "“a” is 1; expected text.",
        ),
    ],
)
def test_a_file_that_is_no_report_is_refused_in_one_sentence(
    change: Callable[[dict[str, Any]], object], sentence: str
) -> None:
    told = json.loads(Report("A case series", cards=(text("x"),)).json)
    change(told)
    with pytest.raises(ReportProblem) as problem:
        Report.from_json(json.dumps(told))
    assert sentence in str(problem.value)


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        (
            Card("table", call="__import__('os').system('x')"),
            "its “call” is one that this program does not write.",
        ),
        (Card("table", call="registry.folder"), "Card 1: "),
        (Card("table", call=FIGURE), "its “call” gives a figure; expected a table."),
        (Card("figure", call=TABLE), "its “call” gives a table; expected a figure."),
        (Card("table", call='plro.records(registry, "cases", "age=60")'), "nobody belongs to its cohort"),
        (Card("table", call='plro.records(registry, "nothing")'), "nothing"),
        (Card("table", call="plro.records(registry, 7, 8)"), "Card 1: "),
        (Card("table", call="plro.table_one(registry)", cohort="gone=yes"), "“gone” is not a variable"),
        (
            Card("table", call='plro.compare(registry, "smoking=yes", other=open_content("0"))'),
            "0",
        ),
    ],
)
def test_a_call_that_gives_nothing_right_is_one_sentence_that_names_its_card(
    registry: Registry, card: Card, sentence: str
) -> None:
    with pytest.raises(ReportProblem) as problem:
        of(registry, card).pages()
    assert str(problem.value).startswith("Card 1: ")
    assert sentence in str(problem.value)
    assert "\n" not in str(problem.value)


# The page


def cards_of(app: AppTest) -> list[Any]:
    return [one for one in app.text_area if str(one.key).startswith("report_card_")]


def test_a_figure_and_a_table_are_added_to_the_report_and_stand_on_its_page() -> None:
    app = opened("pain", smoking="yes")
    next(one for one in app.button if one.label == "Add to report").click().run()
    app.switch_page("tables.py").run()
    next(one for one in app.button if one.label == "Add to report").click().run()
    app.query_params["part"] = "report"
    app.switch_page("registry.py").run()
    choice = next(one for one in app.get("button_group") if one.key == "registry_part")
    choice.set_value("report").run()
    assert not app.exception
    heads = [one.value for one in app.markdown if one.value.startswith("**")]
    assert heads[0] == "**1. Text**"
    assert heads[1].startswith("**2. Figure\\: ")
    assert heads[2] == "**3. Table\\: Characteristics and course**"
    written = app.session_state["report published"]
    assert [card.kind for card in written.cards] == ["text", "figure", "table"]
    assert "smoking=yes" in written.cards[1].call


def test_the_page_keeps_words_moves_cards_and_says_what_cannot_be_had() -> None:
    app = opened("registry", part="report")
    app.text_area(key="report_card_0").set_value("Pain was {{vsa.1 | median}}.").run()
    assert any("vsa" in one.value for one in app.warning)
    app.text_area(key="report_card_0").set_value("Pain was {{vas.1 | median}}.").run()
    assert any("median 3\\.5" in one.value for one in app.markdown)
    app.button(key="report_add_methods").click().run()
    app.button(key="report_card_1_Up").click().run()
    assert [one.label for one in cards_of(app)] == ["Comment", "Text"]
    app.button(key="report_card_0_out").click().run()
    assert [one.value for one in cards_of(app)] == ["Pain was {{vas.1 | median}}."]
    assert not app.exception
    assert len(app.get("download_button")) == len(FORMATS)
