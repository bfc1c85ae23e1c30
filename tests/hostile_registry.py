"""A registry whose every declared word and every free text is mark-up with a canary of its own."""

import csv
import json
import re
import shutil
from io import StringIO
from itertools import count
from pathlib import Path

from plro_core.cli.process import main as answer
from plro_core.cohort import EVERYONE
from plro_core.handover import VersionMetadata
from plro_core.intake import File
from plro_core.views import SavedView, save_view
from tests import foreign_registries

#: What a reader's browser would make something of: pictures, links, tags, formulas, icons, colours, code.
MARK_UP = (
    "![{}](http://evil.example/i)",
    "[{}](http://evil.example/l)",
    "<img src=//evil.example/{}>",
    "<a href=//evil.example/{}>x</a>",
    "${}^2$",
    ":material/bug_report:{}",
    ":red[{}]",
    "`{}`",
    "=1+1 **{}**",
    "<b>{}</b>~~x~~",
)
_CANARY = re.compile(r"kq\d+z")


SERIES = Path(__file__).parent / "second_series"
#: What the document of that series says, in which a reader could be met by mark-up.
_SAID_OF_DOCUMENT = (
    "Five patients",
    "Five published patients of other papers, typed into the template. Whether they smoked was never asked.",
    "The five patients",
    "As printed; a dash means not reported.",
    "Counted from delivery to the first fracture.",
    "One laboratory, one assay.",
)
#: Columns of free text, by table.
_FREE = (
    ("treatments", "agent"),
    ("treatments", "unit"),
    ("treatments", "route"),
    ("treatments", "frequency"),
    ("imaging", "modality"),
    ("imaging", "site"),
    ("imaging", "finding"),
    ("densitometry", "machine"),
)


#: Standard categories that the registry widens by a level, which some rows have.
_WIDENED = (
    ("cases", "breastfeeding"),
    ("cases", "case_definition"),
    ("treatments", "kind"),
    ("symptoms", "symptom"),
    ("fractures", "level"),
    ("fractures", "type"),
)


class Canaries:
    """Hostile texts, each with a canary that stands in no other; ``meant`` says what each is of."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.meant: dict[str, str] = {}

    def text(self, what: str) -> str:
        """A hostile text for ``what``, of at most 60 characters."""
        number = next(self._numbers)
        name = f"kq{number}z"
        self.meant[name] = what
        return MARK_UP[number % len(MARK_UP)].format(name)


def hostile(folder: Path, canaries: Canaries) -> Path:
    """Twelve patients of whom everything that people write is hostile: declared words, free texts, title, source, notes."""
    given = foreign_registries.files(range(1, 13))
    for table, column in _FREE:
        given[f"{table}.csv"] = _written(given[f"{table}.csv"], column, canaries)
    given["cases.csv"] = _with_own(given["cases.csv"], ("trait", len(MARK_UP)), ("bone", 3), ("kind", 3))
    given["visits.csv"] = _with_own(given["visits.csv"], ("lab", len(MARK_UP)), ("own", 3))
    for table, column in _WIDENED:
        given[f"{table}.csv"] = _widened(given[f"{table}.csv"], column)
    about = VersionMetadata(
        canaries.text("author"), canaries.text("note"), title=canaries.text("title"), source=canaries.text("source")
    )
    return foreign_registries.brought_in(folder, _words(canaries), given, about)


def hostile_document(folder: Path, canaries: Canaries) -> Path:
    """Five published patients whose document, claims and words of the source are all hostile."""
    source = folder.parent / "hostile_series"
    shutil.copytree(SERIES, source)
    document = source / "document.toml"
    written = document.read_text(encoding="utf-8")
    for said in _SAID_OF_DOCUMENT:
        assert said in written
        written = written.replace(said, canaries.text("the document").replace('"', "'"))
    document.write_text(written, encoding="utf-8")
    for name, columns in (
        ("claims", ("topic", "statement", "location", "verbatim", "note")),
        ("provenance", ("note",)),
    ):
        path = source / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        for column in columns:
            text = _written(text, column, canaries, beside=True)
        path.write_text(text, encoding="utf-8")
    assert answer(["build", "--source", str(source), "--registry", str(folder)]) == 0
    return folder


def hostile_views(folder: Path, canaries: Canaries) -> None:
    """Saved views whose names, descriptions and notes are hostile."""
    for _ in MARK_UP:
        told = [canaries.text(part) for part in ("view", "description", "notes")]
        save_view(folder, SavedView.now(told[0], told[1], "pain", EVERYONE, (), "2026-1", told[2]))


def hostile_files(canaries: Canaries) -> tuple[File, ...]:
    """Files whose names, heads and cells are hostile."""
    heads = ",".join(["case_id", "month", "calcium", *(canaries.text("head") for _ in MARK_UP)])
    rows = [
        ",".join([str(n), "0", canaries.text("cell")] + [canaries.text("cell") for _ in MARK_UP]) for n in range(1, 12)
    ]
    names = [f"{canaries.text('file').replace('/', '-')}.csv" for _ in range(3)]
    project = "record_id,redcap_event_name,field\n" + "\n".join(
        f"{n},{canaries.text('event')},{canaries.text('x')}" for n in range(1, 12)
    )
    content = "\n".join([heads, *rows]).encode()
    return (*(File(name, content) for name in names), File("export.csv", project.encode()))


def _widened(content: str, column: str) -> str:
    """A file in which every fourth row has the level that the registry adds to a column."""
    rows = list(csv.DictReader(StringIO(content)))
    for row in rows[::4]:
        row[column] = "strange"
    return _csv(rows)


def _with_own(content: str, *columns: tuple[str, int]) -> str:
    """A file with values in the columns that the registry declares."""
    rows = list(csv.DictReader(StringIO(content)))
    for number, row in enumerate(rows):
        row.pop("p1np", None)
        for name, many in columns:
            for place in range(many):
                row[f"{name}{place}"] = (
                    ("some", "more", "most")[(number + place) % 3]
                    if name == "kind"
                    else str(10 + (number * 7 + place) % 60)
                )
    return _csv(rows)


def _csv(rows: list[dict[str, str]]) -> str:
    written = StringIO()
    writer = csv.DictWriter(written, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _written(content: str, column: str, canaries: Canaries, beside: bool = False) -> str:
    """A file with a hostile text in each cell of a column, ``beside`` what was there; the same where the cell was the same."""
    rows = list(csv.DictReader(StringIO(content)))
    texts: dict[str, str] = {}
    for row in rows:
        before = row.get(column) or ""
        hostile_text = canaries.text(f"a cell of {column}")
        texts.setdefault(before, f"{before} {hostile_text}" if beside else hostile_text)
        row[column] = texts[before]
    return _csv(rows)


def _words(canaries: Canaries) -> str:
    """A ``variables.toml`` with a column of each kind and place, one for each kind of mark-up."""
    of_visits, of_cases = {"table": "visits", "kind": "number", "decimals": 1}, {"table": "cases", "kind": "number"}
    columns = [
        *(_column(canaries, f"lab{place}", place, **of_visits) for place in range(len(MARK_UP))),
        *(_column(canaries, f"own{place}", place, **of_visits, group=canaries.text("group")) for place in range(3)),
        *(
            _column(canaries, f"trait{place}", place, **of_cases, group=canaries.text("group"))
            for place in range(len(MARK_UP))
        ),
        *(_column(canaries, f"bone{place}", place, **of_cases, group="Bone density") for place in range(3)),
    ]
    levels = [_levels(canaries, f"kind{place}") for place in range(3)]
    return "\n".join(
        (
            "months = [0, 1, 3, 6, 12]",
            'use = ["bmi", "day", "phosphate", "densitometry", "pregnancies", "unscheduled"]',
            f"centres = {{ north = {_quoted(canaries.text('centre'))}, south = {_quoted(canaries.text('centre'))} }}",
            *columns,
            *levels,
            *(
                f'[widen."{table}.{column}"]\nlevels = {{ strange = {_quoted(canaries.text("level"))} }}'
                for table, column in _WIDENED
            ),
            "[range.calcium]",
            *(f"{part} = {_quoted(canaries.text(part))}" for part in ("laboratory", "version", "population", "source")),
            'low = 8.4\nhigh = 10.2\nunit = "mg/dL"',
        )
    )


def _quoted(text: str) -> str:
    return json.dumps(text)


def _column(canaries: Canaries, name: str, place: int, **parts: object) -> str:
    """A declared number whose words are all hostile."""
    said = {part: canaries.text(part) for part in ("label", "noun", "unit", "note", "source")}
    said |= {"plausible_source": canaries.text("plausible_source")}
    lab = parts["table"] == "visits" and "group" not in parts
    ranges = {"reference": [15, 60], "reference_source": canaries.text("reference_source")} if lab else {}
    told = {"name": name, **parts, **said, "plausible": [-100, 1000], **ranges}
    return "[[variable]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in told.items())


def _levels(canaries: Canaries, name: str) -> str:
    """A declared category whose words are all hostile."""
    said = {part: canaries.text(part) for part in ("label", "noun", "note", "group")}
    told = {"name": name, "table": "cases", "kind": "category", **said}
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    levels = ", ".join(f"{code} = {json.dumps(canaries.text('level'))}" for code in ("some", "more", "most"))
    return "[[variable]]\n" + "\n".join([*lines, f"levels = {{ {levels} }}"])
