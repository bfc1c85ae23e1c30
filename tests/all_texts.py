"""Everything that a registry shows, as pairs of a place and a text: pages, figures, tables, commands and files."""

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from plro_core import headlines, intake, journal, lookups, origins, pain_control, patterns, quality
from plro_core.bundle import bundle
from plro_core.cli.process import main
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import compare, comparison_table
from plro_core.confounding import beside, confounded
from plro_core.dictionary import as_markdown, as_page, as_table
from plro_core.export import FORMATS, export_table, figure_recipe, records_recipe, table_one_recipe
from plro_core.export.captions import captioned
from plro_core.figures import Chart, flag_disagreements
from plro_core.figures.catalogue import Entry, figures_of
from plro_core.handover import words_for
from plro_core.intake.redcap.writer import dictionary_csv, export_csv, own_mapping
from plro_core.preview import held_tables
from plro_core.series.claims import check_claims, claims_as_table
from plro_core.store import Registry, why_not_written
from plro_core.tables import Table, TwoForms, printed_tables, record_tables, records_table, table_one
from tests.test_pages import PAGES, in_all_tabs, opened

Shown = tuple[str, str]

#: Keys of Plotly's own that say where something lies, such as "paper".
_WHERE = re.compile(r"ref$")
_SENTENCE = re.compile(r"[.|\n]")
_ESCAPED = re.compile(r"\\([^a-zA-Z0-9\s])")


def texts_in(place: str, value: Any) -> Iterator[Shown]:
    """Every text in JSON-like data, under its path."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from () if _WHERE.search(str(key)) else texts_in(f"{place}.{key}", part)
    elif isinstance(value, (list, tuple)):
        for number, part in enumerate(value):
            if isinstance(part, (str, dict, list, tuple)):  # a figure holds thousands of numbers
                yield from texts_in(f"{place}[{number}]", part)


# Pages


def of_page(page: str, **link: str) -> Iterator[Shown]:
    """Every text of a page in all its tabs: words, help, labels, options, heads and cells, and what its charts hold."""
    place = f"{page}?{'&'.join(f'{key}={text}' for key, text in link.items())}"
    for app in in_all_tabs(opened(page, **link)):
        assert not app.exception, (place, app.exception)
        for part in (app.main, app.sidebar):
            for element in part:
                yield from _of_message(f"{place} {type(element).__name__}", getattr(element, "proto", None))


def _of_message(place: str, message: Any) -> Iterator[Shown]:
    """The texts of a protocol message, of its parts, and of the table or figure that it carries."""
    if not hasattr(message, "ListFields"):
        return
    for field, value in message.ListFields():
        here = f"{place}.{field.name}"
        for part in value if _is_many(value) else [value]:
            if isinstance(part, str):
                yield from _of_text(here, part)
            elif isinstance(part, bytes):
                yield from _of_arrow(here, part)
            else:
                yield from _of_message(here, part)


def _is_many(value: Any) -> bool:
    return not isinstance(value, (str, bytes)) and hasattr(value, "__iter__")


def _of_text(place: str, text: str) -> Iterator[Shown]:
    """A text, or what lies in it where it is JSON."""
    if text[:1] in "{[":
        try:
            yield from texts_in(place, json.loads(text))
            return
        except json.JSONDecodeError:
            pass
    yield place, _ESCAPED.sub(r"\1", text)


def _of_arrow(place: str, content: bytes) -> Iterator[Shown]:
    try:
        table = pa.ipc.open_stream(content).read_all()
    except pa.ArrowInvalid:
        yield place, content.decode(errors="replace")
        return
    yield from ((f"{place} head", name) for name in table.column_names)
    yield from texts_in(place, table.to_pydict())


def of_pages(registry: Registry, cohort: Cohort) -> Iterator[Shown]:
    """Every page for a cohort, with a group and a patient chosen as well, and every part of the Registry page."""
    who = {key.replace(".", "__"): text for key, text in cohort.pairs}
    found = lookups.cases(registry, cohort)
    chosen = {"patient": str(found[0]["case_id"])} if found else {}
    for page in PAGES:
        yield from of_page(page, **who)
        yield from of_page(page, **who, **chosen, by="smoking", present="1")
    for page in ("pain", "labs", "bone", "treatments", "tables", "patients"):
        yield from of_page(page, **who, **chosen, by="smoking")
    for part in ("history", "quality", "export"):
        yield from of_page("registry", **who, part=part)
    yield from of_page("compare", **who, a="smoking=yes")


# Figures


def of_figures(registry: Registry, cohort: Cohort) -> Iterator[Shown]:
    """Every figure that the registry can draw of a cohort, with each way to look at it: plot, hovers, words and numbers."""
    for name, entry in figures_of(registry.vocabulary).items():
        for options in _looks(registry, entry, cohort):
            place = f"figure {name} {sorted(options)}"
            first = [cohort] if "cohort" in entry.options else []
            yield from of_chart(place, entry.draw(registry, *first, **options))
            yield place, entry.about
        chart = entry.draw(registry, *first, **options)
        recipe = figure_recipe(registry, chart.title, entry.draw, cohort)
        yield from texts_in(f"figure {name} captioned", json.loads(captioned(chart, recipe, 740).to_json()))
        yield from recipe.lines


def _looks(registry: Registry, entry: Entry, cohort: Cohort) -> Iterator[dict[str, Any]]:
    words, found = registry.vocabulary, lookups.cases(registry, cohort)
    needed: dict[str, Any] = {"within": cohort} if "within" in entry.options else {}
    needed |= {"a": Cohort.parse("smoking=yes", words)} if "a" in entry.options else {}
    needed |= {"case_id": found[0]["case_id"] if found else 1} if "case_id" in entry.options else {}
    yield needed
    if "group" in entry.options:
        yield from (needed | {"group": group} for group in words.groupings)
    if "highlight" in entry.options and found:
        yield needed | {"highlight": found[-1]["case_id"]}
    if "case_id" in entry.options:
        yield from (needed | {"case_id": case["case_id"]} for case in found)
    if "definition" in entry.options:
        yield from (needed | {"definition": known.name} for known in pain_control.DEFINITIONS)
    if "leave_out_lumbar_fracture" in entry.options:
        yield needed | {"leave_out_lumbar_fracture": True}


def of_chart(place: str, chart: Chart) -> Iterator[Shown]:
    yield f"{place} title", chart.title
    yield f"{place} summary", chart.summary
    yield from texts_in(f"{place} notes", chart.notes)
    yield from texts_in(place, json.loads(chart.figure.to_json()))
    yield from of_table(f"{place} table", chart.table)


# Tables


def of_table(place: str, table: Table | TwoForms) -> Iterator[Shown]:
    """Title, heads, cells and notes of a table, in each of its forms."""
    if isinstance(table, TwoForms):
        yield from of_table(f"{place} tidy", table.tidy)
        yield from of_table(f"{place} layout", table.layout)
        return
    yield from texts_in(place, (table.name, table.title, table.subtitle, table.notes))
    for column in table.columns:
        yield from texts_in(f"{place} head", (column.name, column.heading))
    for row in table.shown:
        yield from texts_in(f"{place} cell", row)


def tables(registry: Registry, cohort: Cohort) -> Iterator[tuple[str, Table | TwoForms]]:
    """Every table of the core about a cohort, by what it is."""
    words = registry.vocabulary
    for by in (None, *words.groupings):
        yield f"table one by {by and by.name}", table_one(registry, cohort, by)
    for name in record_tables(words):
        yield f"rows of {name}", records_table(registry, name, cohort)
    for tests in (False, True):
        found = compare(registry, Cohort.parse("smoking=yes", words))
        yield f"compare, tests {tests}", comparison_table(found, tests)
    for entry in words.measured:
        for kind in patterns.kinds(entry):
            yield f"patterns of {entry.name}, {kind}", patterns.patterns_table(registry, entry, kind, cohort)
    yield "responders", pain_control.responders_table(registry, cohort)
    yield "definitions", pain_control.definitions_table(registry)
    yield "flags", flag_disagreements(registry, cohort)
    yield "claims", claims_as_table(check_claims(registry))
    yield "open questions", origins.open_questions(registry, cohort)
    yield "dictionary", as_table(words.variables)
    yield from ((f"dictionary of {table.name}", as_page(words, table)) for table in words.tables)
    for case in lookups.cases(registry, cohort):
        yield f"sources of {case['case_id']}", origins.patient_cells(registry, case["case_id"])
    for entry in words.summarised:
        if entry.table in ("cases", "visits"):
            yield f"cells behind {entry.name}", origins.cells_behind(registry, entry, cohort)
    for part in quality.report(registry).parts:
        yield from ((f"quality {part.name}, {table.name}", table) for table in part.tables)


def of_tables(registry: Registry, cohort: Cohort) -> Iterator[Shown]:
    for place, table in tables(registry, cohort):
        yield from of_table(place, table)


def of_exports(registry: Registry, cohort: Cohort) -> Iterator[Shown]:
    """Tables in every format, their recipe inside."""
    smoking = registry.vocabulary.variable("smoking")
    for format in FORMATS:
        for table, recipe in (
            (table_one(registry, cohort, smoking), table_one_recipe(registry, cohort, smoking)),
            *(
                (records_table(registry, name, cohort), records_recipe(registry, name, cohort))
                for name in record_tables(registry.vocabulary)
            ),
        ):
            name = table.layout.name if isinstance(table, TwoForms) else table.name
            yield from of_file(f"export {name}.{format}", export_table(table, format, recipe))


# What leaves as a whole, and sentences


def of_file(name: str, content: bytes) -> Iterator[Shown]:
    """The texts of a file, those of an archive by their names."""
    if zipfile.is_zipfile(BytesIO(content)):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for inner in archive.namelist():
                yield from of_file(f"{name}/{inner}", archive.read(inner))
    elif name.endswith(".parquet"):
        table = pq.read_table(BytesIO(content))
        yield from ((f"{name} head", head) for head in table.column_names)
        told = {key.decode(): text.decode() for key, text in (table.schema.metadata or {}).items()}
        yield from texts_in(name, told | table.to_pydict())
    elif name.endswith(".json"):
        yield from texts_in(name, json.loads(content))
    else:
        for number, line in enumerate(content.decode("utf-8-sig").splitlines(), 1):
            yield f"{name}, line {number}", _ESCAPED.sub(r"\1", line)


def of_whole(registry: Registry) -> Iterator[Shown]:
    """Bundle, REDCap project, template, dictionary and journal of the registry."""
    words, held = registry.vocabulary, held_tables(registry)
    yield from of_file("bundle.zip", bundle(registry))
    yield from of_file("dictionary.md", as_markdown(registry).encode())
    yield from of_file("redcap_dictionary.csv", dictionary_csv(words))
    yield from of_file("redcap_records.csv", export_csv(held, words))
    yield from of_file("redcap_mapping.json", own_mapping(words).json.encode())
    for format in ("xlsx", "csv"):
        yield from of_file(f"template.{format}", intake.template(words_for(registry.folder), format))
    yield from of_file("filled.xlsx", intake.filled(words, held))
    yield from texts_in("journal", [entry.line.decode() for entry in journal.read(registry.folder)])
    yield "why not written", why_not_written(registry.folder)
    yield from texts_in("printed tables", list(printed_tables(registry)))


def of_sentences(registry: Registry, cohort: Cohort) -> Iterator[Shown]:
    """Titles, headlines, the introduction, and what is said of groups."""
    yield "about", headlines.about(registry)
    yield "overview title", str(headlines.overview_title(registry, cohort))
    for part in (headlines.overview, headlines.pain, headlines.bone):
        for headline in part(registry, cohort):
            yield from texts_in(
                f"headline {headline.label}", [headline.label, headline.value, headline.detail, headline.note]
            )
    for group in registry.vocabulary.groupings:
        yield from texts_in(f"confounded by {group.name}", confounded(registry, group, cohort))
        found = beside(registry, group, cohort)
        yield from texts_in(f"beside {group.name}", (found.heads, found.rows))
    yield from texts_in("reconstruction", pain_control.reconstruct(registry).reason)


# Commands

#: What every command answers about a registry, and those that refuse.
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("table1", "--by", "smoking"),
    ("records", "visits"),
    ("records", "nothing"),
    ("printed", "1"),
    ("query", "FROM cases"),
    ("compare", "--a", "smoking=yes"),
    ("claims",),
    ("figure", "pain_trajectories", "--format", "json"),
    ("dictionary",),
    ("versions",),
    ("journal",),
    ("journal", "--verify"),
    ("quality",),
    ("redcap", "--author", "Ada", "--note", "a note"),
    ("table1", "--where", "smoking=perhaps"),
    ("publish", "2030-1", "--author", "Ada", "--note", "a note"),
    ("rollback", "2030-1", "--author", "Ada", "--note", "a note"),
)


def of_commands(registry: Registry, capture: Callable[[], tuple[str, str]]) -> Iterator[Shown]:
    """What the commands answer about a registry; ``capture`` takes what stands on standard output and error."""
    for arguments in COMMANDS:
        capture()
        main([*arguments, "--registry", str(registry.folder)])
        for text in capture():
            yield from ((f"plro {' '.join(arguments)}", line) for line in text.splitlines())


def of_everything(registry: Registry, cohort: Cohort = EVERYONE) -> Iterator[Shown]:
    """All that the core shows of a cohort of a registry."""
    yield from of_sentences(registry, cohort)
    yield from of_tables(registry, cohort)
    yield from of_exports(registry, cohort)
    yield from of_figures(registry, cohort)


def leaks(shown: Iterable[Shown], pattern: re.Pattern[str]) -> list[Shown]:
    """The texts in which the pattern is found, each once, with their first place."""
    return list(leaking(shown, pattern))


def leaking(shown: Iterable[Shown], pattern: re.Pattern[str]) -> Iterator[Shown]:
    """The same, told one by one as they are found."""
    read: set[str] = set()
    for place, text in shown:
        if text not in read:
            read.add(text)
            if any(map(pattern.search, _SENTENCE.split(text))):
                yield place, text
