"""Documents of Office that hide, cover or change what a reader sees, while every word in the file is as it was."""

import re
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import docx
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Color, Font, PatternFill

import plro_core as plro
from plro_core.export import export_table
from plro_core.store import Registry, open_registry
from plro_core.verify.verdict import verify

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(scope="module")
def registry() -> Registry:
    return open_registry()


@pytest.fixture(scope="module")
def files(registry: Registry) -> dict[str, bytes]:
    made = plro.summary(registry, by="breastfeeding", show="age,smoking,vas")
    return {form: export_table(made.table, form, made.recipe) for form in ("docx", "xlsx")}


def said(content: bytes, registry: Registry) -> str:
    return verify(content, lambda *_: registry, lambda _: registry).state


def _book(change: Callable[[Workbook], object]) -> Callable[[bytes], bytes]:
    """A workbook as openpyxl saves it after a change."""

    def changed(content: bytes) -> bytes:
        book, written = load_workbook(BytesIO(content), rich_text=True), BytesIO()
        change(book)
        book.save(written)
        return written.getvalue()

    return changed


def _part(name: str, change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """A document in which one part is changed as XML."""

    def changed(content: bytes) -> bytes:
        written = BytesIO()
        with ZipFile(BytesIO(content)) as old, ZipFile(written, "w") as new:
            for held in old.namelist():
                text = old.read(held)
                new.writestr(held, change(text.decode()).encode() if held == name else text)
        return written.getvalue()

    return changed


def _in_document(before: str, after: str) -> Callable[[bytes], bytes]:
    return _part("word/document.xml", lambda xml: xml.replace(before, after, 6))


def _header(content: bytes) -> bytes:
    document, written = docx.Document(BytesIO(content)), BytesIO()
    document.sections[0].header.paragraphs[0].text = "Placebo"
    document.save(written)
    with ZipFile(BytesIO(written.getvalue())) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    renamed = BytesIO()
    with ZipFile(renamed, "w") as new:  # under a name that no program writes
        for name, part in parts.items():
            new.writestr(name.replace("header1", "kopf"), part.replace(b"header1.xml", b"kopf.xml"))
    return renamed.getvalue()


def _twice(name: str) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        written = BytesIO(content)
        with ZipFile(written, "a") as archive:
            archive.writestr(name.upper(), "<x/>")
        return written.getvalue()

    return changed


def _set(sheet: str, cell: str, name: str, value: object) -> Callable[[bytes], bytes]:
    return _book(lambda book: setattr(book[sheet][cell], name, value))


def _saved(content: bytes) -> bytes:
    document, written = docx.Document(BytesIO(content)), BytesIO()
    document.save(written)
    return written.getvalue()


_COVER = (
    '<w:body><w:p><w:r><w:pict><v:rect xmlns:v="urn:schemas-microsoft-com:vml" fillcolor="white"/></w:pict></w:r></w:p>'
)
_SUM = '<w:r><m:oMath xmlns:m="urn:m"><m:t>9</m:t></m:oMath></w:r></w:p></w:tc>'
_SIGN = '<w:r><w:sym w:font="Arial" w:char="0039"/></w:r></w:p></w:tc>'
_FIELD = "<w:r><w:instrText>= 5 + 4</w:instrText></w:r></w:p></w:tc>"


def _white_ink(theme: str) -> str:
    return re.sub(r"<a:dk1>.*?</a:dk1>", '<a:dk1><a:srgbClr val="FFFFFF"/></a:dk1>', theme, flags=re.DOTALL)


FORGED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a hidden row of a sheet": ("xlsx", _book(lambda book: setattr(book["Table"].row_dimensions[5], "hidden", True))),
    "a row without height": ("xlsx", _book(lambda book: setattr(book["Table"].row_dimensions[5], "height", 0.5))),
    "a hidden column": ("xlsx", _book(lambda book: setattr(book["Table"].column_dimensions["C"], "hidden", True))),
    "a hidden sheet": ("xlsx", _book(lambda book: setattr(book["Table"], "sheet_state", "veryHidden"))),
    "a number shown as another": ("xlsx", _set("Data", "I2", "number_format", '"6"')),
    "a number in hundreds": ("xlsx", _set("Data", "I2", "number_format", "0%")),
    "white words": ("xlsx", _set("Table", "B4", "font", Font(color="FFFFFFFF"))),
    "white words of the theme": ("xlsx", _book(lambda book: setattr(
        book["Table"]["B4"], "font", Font(color=Color(theme=0))))),
    "white words of the list": ("xlsx", _book(lambda book: setattr(
        book["Table"]["B4"], "font", Font(color=Color(indexed=9))))),
    "words made light": ("xlsx", _book(lambda book: setattr(
        book["Table"]["B4"], "font", Font(color=Color(theme=1, tint=1.0))))),
    "a list of colours with a white black": ("xlsx", _part("xl/styles.xml", lambda xml: xml.replace(
        "</styleSheet>", "<colors><indexedColors>" + '<rgbColor rgb="00FFFFFF"/>' * 9 + "</indexedColors></colors></styleSheet>"))),
    "a theme whose ink is white": ("xlsx", _part("xl/theme/theme1.xml", _white_ink)),
    "a theme of a document whose ink is white": ("docx", _part("word/theme/theme1.xml", _white_ink)),
    "a theme of a document of signs": ("docx", _part("word/theme/theme1.xml", lambda xml: re.sub(
        r'<a:latin typeface="[^"]*"', '<a:latin typeface="Wingdings"', xml))),
    "words of the ground's colour": ("docx", _in_document(
        "<w:r><w:t", '<w:r><w:rPr><w:color w:val="auto" w:themeColor="background1"/></w:rPr><w:t')),
    "words struck out": ("xlsx", _set("Table", "B4", "font", Font(strike=True))),
    "words of one point": ("xlsx", _set("Table", "B4", "font", Font(sz=1))),
    "words in a face of signs": ("xlsx", _set("Table", "B4", "font", Font(name="Wingdings"))),
    "a black cell": ("xlsx", _set("Table", "B4", "fill", PatternFill("solid", fgColor="FF000000"))),
    "a comment of a cell": ("xlsx", _set("Table", "B4", "comment", Comment("really 9.9", "x"))),
    "a format by condition": ("xlsx", _book(lambda book: book["Table"].conditional_formatting.add(
        "A1:D9", FormulaRule(["TRUE"], font=Font(color="FFFFFFFF"))))),
    "a head of the page": ("xlsx", _book(lambda book: setattr(book["Table"].oddHeader.center, "text", "Placebo"))),
    "joined cells": ("xlsx", _part("xl/worksheets/sheet1.xml", lambda xml: re.sub(
        r'<mergeCell ref="', '<mergeCell ref="A5:D6"/><mergeCell ref="', xml, count=1))),
    "a formula with the right result": ("xlsx", _part("xl/worksheets/sheet2.xml", lambda xml: re.sub(
        r'(<c r="I2"[^>]*>)<v>', r"\1<f>1+8</f><v>", xml, count=1))),
    "a number shown as true": ("xlsx", _set("Data", "I2", "number_format", '"TRUE";"TRUE";"FALSE"')),
    "a formula for truth": ("xlsx", _part("xl/worksheets/sheet2.xml", lambda xml: re.sub(
        r'(<c r="I2"[^>]*>)<v>', r"\1<f>FALSE()</f><v>", xml, count=1))),
    "words read aloud otherwise": ("xlsx", _part("xl/sharedStrings.xml", lambda xml: xml.replace(
        "</si>", '<rPh sb="0" eb="1"><t>9</t></rPh></si>', 1))),
    "a part twice": ("xlsx", _twice("xl/worksheets/sheet1.xml")),
    "a hidden row of a table": ("docx", _in_document("<w:trPr>", "<w:trPr><w:hidden/>")),
    "a row of no height": ("docx", _in_document("<w:trPr>", '<w:trPr><w:trHeight w:val="1" w:hRule="exact"/>')),
    "a cell over two": ("docx", _in_document("<w:tcPr>", '<w:tcPr><w:vMerge w:val="restart"/>')),
    "hidden words": ("docx", _in_document("<w:r><w:t", "<w:r><w:rPr><w:vanish/></w:rPr><w:t")),
    "words never shown": ("docx", _in_document("<w:r><w:t", "<w:r><w:rPr><w:specVanish/></w:rPr><w:t")),
    "hidden by the style": ("docx", _part("word/styles.xml", lambda xml: xml.replace(
        "<w:rPrDefault><w:rPr>", "<w:rPrDefault><w:rPr><w:vanish/>"))),
    "white in a document": ("docx", _in_document("<w:r><w:t", '<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t')),
    "signs in a document": ("docx", _in_document(
        "<w:r><w:t", '<w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t')),
    "half a point": ("docx", _in_document("<w:r><w:t", '<w:r><w:rPr><w:sz w:val="1"/></w:rPr><w:t')),
    "a black ground": ("docx", _in_document(
        "<w:r><w:t", '<w:r><w:rPr><w:shd w:val="clear" w:fill="000000"/></w:rPr><w:t')),
    "a rectangle over the page": ("docx", _in_document("<w:body>", _COVER)),
    "a formula": ("docx", _in_document("</w:p></w:tc>", _SUM)),
    "a sign": ("docx", _in_document("</w:p></w:tc>", _SIGN)),
    "a field": ("docx", _in_document("</w:p></w:tc>", _FIELD)),
    "numbered lines": ("docx", _in_document("<w:pPr>", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>')),
    "a head under another name": ("docx", _header),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGED)
def test_what_hides_covers_or_changes_words_is_a_difference(
    registry: Registry, files: dict[str, bytes], forgery: str
) -> None:
    form, change = FORGED[forgery]
    changed = change(files[form])
    assert changed != files[form]
    assert said(changed, registry) in ("differs", "not ours")


def _quoted(xml: str) -> str:
    """As LibreOffice writes quotation marks."""
    head, between, tail = re.split(r"(?<=>)(\{.*\})(?=<)", xml)
    return head + between.replace('"', "&quot;") + tail


SAVED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a workbook": ("xlsx", _book(lambda book: None)),
    "a wider column": ("xlsx", _book(lambda book: setattr(book["Table"].column_dimensions["B"], "width", 33))),
    "a document": ("docx", _saved),
    "an origin in other words of XML": ("docx", _part("customXml/plro-origin.xml", _quoted)),
}


@pytest.mark.parametrize("saving", SAVED)
def test_what_is_saved_anew_is_the_same(registry: Registry, files: dict[str, bytes], saving: str) -> None:
    form, save = SAVED[saving]
    assert save(files[form]) != files[form]
    assert said(save(files[form]), registry) == "same"
