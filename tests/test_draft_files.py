"""Manuscripts as files: notes and text boxes of Word, pages of PDF, and what is said of those that cannot be read."""

from io import BytesIO
from typing import Any

import docx
import pytest
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfReader, PdfWriter

from plro_core.drafts import read_draft
from plro_core.drafts.parsing import Piece, answer, parsed
from plro_core.drafts.pdf_text import _joined
from plro_core.drafts.reading import sentences
from plro_core.problems import DataProblem

pytestmark = pytest.mark.usefixtures("read_here")

_NOTES = {
    "footnotes": (RELATIONSHIP_TYPE.FOOTNOTES, CONTENT_TYPE.WML_FOOTNOTES),
    "endnotes": (RELATIONSHIP_TYPE.ENDNOTES, CONTENT_TYPE.WML_ENDNOTES),
}


def saved(document: Any) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_notes(document: Any, kind: str, *texts: str) -> None:
    relation, content_type = _NOTES[kind]
    note = kind[:-1]
    told = "".join(
        f'<w:{note} w:id="{n}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{note}>' for n, text in enumerate(texts, 1)
    )
    separator = f'<w:{note} w:type="separator" w:id="0"><w:p><w:r><w:t>99 lines</w:t></w:r></w:p></w:{note}>'
    blob = f"<w:{kind} {nsdecls('w')}>{separator}{told}</w:{kind}>".encode()
    part = Part(PackURI(f"/word/{kind}.xml"), content_type, blob, document.part.package)
    document.part.relate_to(part, relation)


def boxed(text: str) -> Any:
    """A text box as Word writes it, with what older programs show in its place."""
    box = f"<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent>"
    compatible = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    return parse_xml(
        f'<w:r {nsdecls("w")} xmlns:mc="{compatible}"><mc:AlternateContent><mc:Choice Requires="wps">{box}</mc:Choice>'
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def places(content: bytes) -> list[tuple[str, str]]:
    return [(place, text) for place, _, text, _ in parsed(content)]


def test_notes_and_text_boxes_are_read_with_their_places_and_headers_left_out() -> None:
    document = docx.Document()
    document.add_paragraph("The mean age was 29.9 years.")
    paragraph = document.add_paragraph("Four patients ")
    paragraph._p.append(boxed("Six patients did not smoke."))
    paragraph.add_run("smoked.")
    document.sections[0].header.paragraphs[0].text = "The mean age was 99 years."
    document.sections[0].footer.paragraphs[0].text = "Page 12 of 40"
    with_notes(document, "footnotes", "The median age was 30.5 years.", "None was older than 34 years.")
    with_notes(document, "endnotes", "Two patients continued breastfeeding.")
    assert places(saved(document)) == [
        ("paragraph 1", "The mean age was 29.9 years."),
        ("paragraph 2", "Four patients smoked."),
        ("text box 1 in paragraph 2, paragraph 1", "Six patients did not smoke."),
        ("footnote 1", "The median age was 30.5 years."),
        ("footnote 2", "None was older than 34 years."),
        ("endnote 1", "Two patients continued breastfeeding."),
    ]


def test_breaks_and_hyphens_of_word_are_read_and_raised_citations_are_not() -> None:
    document = docx.Document()
    run = document.add_paragraph().add_run("Mean age")
    run.add_break()
    run.add_text("was 29.9 years, L1")
    run._r.append(parse_xml(f"<w:noBreakHyphen {nsdecls('w')}/>"))
    run.add_text("L4 T-score −3.0")
    assert places(saved(document)) == [("paragraph 1", "Mean age was 29.9 years, L1-L4 T-score −3.0")]


def test_headings_and_tables_of_several_columns_are_known() -> None:
    document = docx.Document()
    document.add_heading("Results", 1)
    document.add_paragraph("METHODS")
    table = document.add_table(2, 3)
    table.cell(0, 1).merge(table.cell(0, 2)).text = "All"
    table.cell(1, 0).text, table.cell(1, 1).text, table.cell(1, 2).text = "Age", "29.9", "2.9"
    pieces = parsed(saved(document))
    assert [is_heading for _, _, _, is_heading in pieces] == [True, True, False, False]
    assert [(context, text) for _, context, text, _ in pieces][2:] == [("Age, All", "29.9"), ("Age, All", "2.9")]


# PDF


def pdf(*pages: list[str]) -> bytes:
    """A PDF with these lines on its pages, written by hand."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        drawn = " T* ".join(f"({line.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}) Tj" for line in lines)
        stream = f"BT /F1 10 Tf 14 TL 50 750 Td {drawn} ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
        objects.append(page.encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(kids)}] >>".encode()
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(body))
    )


def texts(content: bytes) -> list[tuple[str, str]]:
    here = [(sentence.place, sentence.text) for sentence in sentences(parsed(content))]
    assert here == [(sentence.place, sentence.text) for sentence in read_draft(content)]
    return here


def test_lines_of_a_pdf_are_joined_to_sentences_without_running_heads() -> None:
    content = pdf(
        ["Turk Neurosurg, case series 1", "RESULTS", "The mean age was 29.9 years. The me-", "dian VAS fell from 7.5 at base-", "line to"],
        ["Turk Neurosurg, case series 2", "0 at month 6.", "REFERENCES", "Doe J: The mean age was 99 years, 2001."],
    )  # fmt: skip
    assert texts(content) == [
        ("page 1", "RESULTS"),
        ("page 1", "The mean age was 29.9 years."),
        ("page 1", "The median VAS fell from 7.5 at baseline to 0 at month 6."),
    ]


def test_a_page_that_ends_with_a_sentence_begins_no_longer_one() -> None:
    content = pdf(["The mean age was 29.9 years."], [], ["Four patients smoked."])
    assert texts(content) == [("page 1", "The mean age was 29.9 years."), ("page 3", "Four patients smoked.")]


def test_rows_of_a_table_in_a_pdf_are_no_sentences() -> None:
    content = pdf(["Age, years 29.9 2.9 24 34", "VAS 7.9 (1.0) 3.3 (1.8)", "In all, 4 of 10 patients smoked."])
    assert texts(content) == [("page 1", "In all, 4 of 10 patients smoked.")]


def protected(content: bytes, password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


PLAIN = pdf(["The mean age was 29.9 years."])
REFUSED = [
    (pdf([], []), "pages are pictures, as of a scan"),
    (protected(PLAIN, "secret"), "protected by a password"),
    (b"%PDF-1.7", "cannot be read as a PDF"),
    (PLAIN.replace(b"/Type /Pages", b"/Type /Pagos")[:200], "cannot be read as a PDF"),
    (b"{\\rtf1 x}", "is RTF; save it as DOCX"),
    (b"PK\x03\x04nonsense", "cannot be read as a Word document"),
    (b" \n", "holds no text"),
    (b"age 29.9 " * 120_000, "more than 1,000,000 characters"),
    (b"\xd0\xcf\x11\xe0" + bytes(600), "is encrypted, or a document of before 2007"),
    (b"\xff\xfa\xfb", "is not UTF-8 text"),
    (b"a\x00b", "is not text"),
]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_what_cannot_be_read_is_said_in_one_sentence(content: bytes, says: str) -> None:
    for reads in (parsed, read_draft):
        with pytest.raises(DataProblem) as refused:
            reads(content)
        assert says in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_pdf_that_only_its_owner_may_change_is_read() -> None:
    assert texts(protected(PLAIN, "")) == [("page 1", "The mean age was 29.9 years.")]


def test_a_pdf_of_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plro_core.drafts.pdf_text.MOST_PAGES", 1)
    with pytest.raises(DataProblem, match="more than 1 pages"):
        parsed(pdf(["One."], ["Two."]))


def test_a_pdf_locked_in_a_way_that_nothing_here_opens_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from pypdf.errors import DependencyError

    def missing(*_: object) -> None:
        raise DependencyError("cryptography>=3.1 is required for AES algorithm")

    monkeypatch.setattr("pypdf.PdfReader", missing)
    with pytest.raises(DataProblem, match="is encrypted; save it without protection"):
        parsed(PLAIN)


TEXTS: list[tuple[bytes, list[Piece]]] = [
    ("Mean age\r\nwas **29.9** years.\r\n".encode("utf-16"), [("line 1", "", "Mean age was 29.9 years.", False)]),
    (b"# Results\nFour smoked.\n", [("line 1", "", "Results", True), ("line 2", "", "Four smoked.", False)]),
    (b"Four smoked.\n| a | All |\n|---|---|\n| Age |  |\n| VAS | 7.9 |\n",
     [("line 1", "", "Four smoked.", False), ("line 5, column 2", "VAS, All", "7.9", False)]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "pieces"), TEXTS, ids=["utf-16", "markdown", "table"])
def test_plain_texts_and_markdown_are_read_by_lines(content: bytes, pieces: list[Piece]) -> None:
    assert parsed(content) == pieces


def test_a_file_larger_than_any_manuscript_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plro_core.drafts.reading.MOST_BYTES", 3_000_000)
    with pytest.raises(DataProblem, match="is larger than 3 MB"):
        read_draft(bytes(3_000_001))


def test_the_readers_process_answers_with_plain_values() -> None:
    assert answer(None, [b"Four smoked."]) == ([["line 1", "", "Four smoked.", False]], [])


def test_an_abbreviation_ends_no_sentence() -> None:
    assert texts(b"The mean age was ca. 29.9 years, vs. 31 before. Four patients smoked.") == [
        ("line 1", "The mean age was ca. 29.9 years, vs. 31 before."),
        ("line 1", "Four patients smoked."),
    ]


def test_what_ends_a_pdf_without_a_full_stop_is_read_and_soft_hyphens_are_taken_out() -> None:
    assert texts(pdf(["The mean age was 29.9 years. Four", "smoked"]))[-1] == ("page 1", "Four smoked")
    assert _joined("osteo\u00ad", "porosis") == "osteoporosis"
    assert _joined("L1-", "L4") == "L1- L4"
