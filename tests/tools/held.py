"""Every output of two registries, held fixed: ``python -m tests.tools.held [--show NAME]`` renews them, or shows one.

``tests/held/hashes.json`` keeps the SHA-256 of each output by its name; what a person reads stands beside it as text.
The core is asked through the few functions under "How the core is asked", and nowhere else through its vocabulary.
"""

import argparse
import csv
import difflib
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.parquet as pq
from plotly.offline import get_plotlyjs

from plro_core import confounding, headlines, origins, quality
from plro_core.bundle import bundle
from plro_core.cohort import Cohort
from plro_core.compare import compare, comparison_table
from plro_core.dictionary import as_markdown, as_table
from plro_core.export import Recipe, export_table, figure_html, figure_recipe, table_one_recipe
from plro_core.figures import Chart, figures_of
from plro_core.intake import template_files
from plro_core.intake.redcap import dictionary_csv, export_csv, own_mapping
from plro_core.pain_control import DEFINITIONS, definitions_table, responders_table
from plro_core.patterns import kinds, patterns_table
from plro_core.preview import held_tables
from plro_core.schema import arrow_schema
from plro_core.series.claims import check_claims, claims_as_table, claims_title
from plro_core.store import SHIPPED, Registry, open_registry, publish
from plro_core.tables import Table, TwoForms, printed_table, printed_tables, record_tables, records_table, table_one
from plro_core.tables.ranges import ranges_table, thresholds_table
from plro_core.views import SavedView, views_as_json
from plro_core.vocabulary import FILE, Variable, words_of
from tests.browser_tools import ROOT
from tests.tools.own_registry import ABOUT, DECLARED, own_rows

HELD = ROOT / "tests" / "held"
HASHES = "hashes.json"


# How the core is asked


@contextmanager
def _registries() -> Iterator[dict[str, Registry]]:
    """The shipped registry and one of its own words, by the name that their outputs are held under."""
    with TemporaryDirectory() as home:
        own = Path(home) / "registry"
        own.mkdir()
        (own / FILE).write_text(DECLARED, encoding="utf-8")
        words = words_of(own)
        given = own_rows()
        tables = {
            table.name: pa.Table.from_pylist(
                [{column: row.get(column) for column in schema.names} for row in given.get(table.name, [])], schema
            )
            for table in words.tables
            for schema in [arrow_schema(table.name, words)]
        }
        publish(tables, ABOUT, own, words)
        opened = {"shipped": open_registry(SHIPPED), "own": open_registry(own)}
        try:
            yield opened
        finally:
            for registry in opened.values():
                registry.close()


def _cohort(registry: Registry, query: str) -> Cohort:
    return Cohort.parse(query, registry.vocabulary)


def _groupings(registry: Registry) -> tuple[Variable, ...]:
    return registry.vocabulary.groupings


def _variables(registry: Registry) -> tuple[Variable, ...]:
    return registry.vocabulary.variables


def _courses(registry: Registry) -> tuple[Variable, ...]:
    """The variables whose courses over the visits have patterns."""
    words = registry.vocabulary
    return (words.variable("vas"), *words.labs)


def _record_tables(registry: Registry) -> tuple[str, ...]:
    return record_tables(registry.vocabulary)


def _printed_titles(registry: Registry) -> tuple[str, ...]:
    return tuple(printed_tables(registry))


def _confounders(registry: Registry, group: Variable) -> dict[str, Any]:
    """What stands beside groups: heads, rows, and the sentences that a reader needs first."""
    beside = confounding.beside(registry, group)
    return {"headers": beside.heads, "rows": beside.rows, "sentences": confounding.confounded(registry, group)}


def _dictionary(registry: Registry) -> tuple[str, Table]:
    return as_markdown(registry), as_table(_variables(registry))


def _templates(registry: Registry) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """The template's files, empty and filled."""
    words = registry.vocabulary
    return template_files(words), template_files(words, held_tables(registry))


def _redcap(registry: Registry) -> dict[str, bytes]:
    words, tables = registry.vocabulary, held_tables(registry)
    months = [month for (month,) in registry.rows("SELECT DISTINCT month FROM visits ORDER BY month")]
    return {
        "records.csv": export_csv(tables, words),
        "records-with-commas.csv": export_csv(tables, words, ";", ","),
        "dictionary.csv": dictionary_csv(words),
        "dictionary-with-commas.csv": dictionary_csv(words, ";", ","),
        "mapping.json": own_mapping(words, months).json.encode(),
    }


def _drawn(registry: Registry, name: str, **options: Any) -> Chart:
    return figures_of(registry.vocabulary)[name].draw(registry, **options)


def _options(registry: Registry) -> dict[str, tuple[str, ...]]:
    """Every figure that the registry can draw, with the options that it takes."""
    return {name: entry.options for name, entry in figures_of(registry.vocabulary).items()}


def _figure_recipe(registry: Registry, chart: Chart, cohort: Cohort) -> Recipe:
    return figure_recipe(registry, chart.title, figures_of(registry.vocabulary)[chart.name].draw, cohort)


# What may differ although nothing did

#: Parts of a text that come with a library or follow from its bytes, each with the words that stand for them.
_CHECKSUM = re.compile(r"\b[0-9a-f]{64}\b")
_SIZE = re.compile(r'("bytes": )\d+')
_DIGITS = 12


def _steady(content: bytes) -> str:
    """Text without what varies between machines and library versions.

    Left out are the checksums and sizes of Parquet files, which hold the version of the library that wrote them: what
    they hold is compared as rows.
    """
    text = content.decode("utf-8")
    return _SIZE.sub(r"\1(bytes)", _CHECKSUM.sub("(sha256)", text))


def _steady_figure(chart: Chart) -> str:
    """The figure as JSON with sorted names, without the default template of Plotly's version.

    Numbers have twelve digits: the last ones of a quantile or logarithm differ with the processor and the library.
    """
    spec = json.loads(chart.figure.to_json(validate=False))
    if spec["layout"].get("template") == _default_template():
        del spec["layout"]["template"]
    return _json(_rounded(spec))


@cache
def _default_template() -> Any:
    return json.loads(go.Figure().to_json())["layout"]["template"]


def _steady_page(page: bytes) -> str:
    """A figure's page without Plotly's own script, and without the figure, which is held as such."""
    return re.sub(
        "const drawn = .*", "const drawn = (figure)", _steady(page.replace(get_plotlyjs().encode(), b"(Plotly)"))
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return [_rounded(entry) for entry in value] if isinstance(value, list) else value


def _steady_recipe(recipe: Recipe) -> Recipe:
    """The recipe with its code left out: how a recipe is worded is held once, by its own sample."""
    return replace(recipe, sql="(SQL)", snippet="(Python)")


def _parquet_rows(content: bytes) -> str:
    table = pq.read_table(BytesIO(content))
    rows = StringIO()
    writer = csv.writer(rows)
    writer.writerow(f"{field.name}: {field.type}" for field in table.schema)
    writer.writerows(row.values() for row in table.to_pylist())
    return rows.getvalue()


# The outputs


@dataclass(frozen=True)
class Output:
    """One output as text; one that people read is kept as text beside the checksums."""

    text: str
    kept: bool = False

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


Outputs = Iterator[tuple[str, Output]]


@dataclass(frozen=True)
class Asked:
    """What each registry is asked with: cohorts A and B, one patient alone, groupings, and a patient to look at."""

    one: str
    visits: str
    pairs: tuple[tuple[str, str | None], ...]
    drawn_by: tuple[str, ...]
    patient: int
    queries: tuple[str, ...]


_NOBODY = "age=50"
_ASKED = {
    "shipped": Asked(
        "age=24",
        "month=0,1",
        (("smoking=yes", None), ("breastfeeding=continued", None), ("vertebroplasty=yes", "smoking=yes"), (_NOBODY, None)),
        ("breastfeeding", "case_definition"),
        8,
        ("smoking=yes&age=25-31&vas.1=0-3", "symptom=back,hip", "weight_gain_kg=9-12,~", "smoking=!yes&month=0,1"),
    ),
    "own": Asked(
        "age=24",
        "month=0,12",
        (("centre=ist", None), ("mobility=walks", "mobility=aid"), ("phosphate.0=3-4", None), (_NOBODY, None)),
        ("centre", "mobility"),
        1,
        ("centre=ist&p1np.12=!", "mobility=bed,~", "bmi=20-22&vas.12=0-3", "phosphate=2.5-4.5"),
    ),
}  # fmt: skip


def outputs() -> dict[str, Output]:
    """Every output by its name, ``shipped/table-one/all.md`` for one."""
    with _registries() as opened:
        return {
            f"{whose}/{name}": output
            for whose, registry in opened.items()
            for name, output in _of_registry(registry, _ASKED[whose])
        }


def _of_registry(registry: Registry, asked: Asked) -> Outputs:
    for part in (_tables, _patterns, _quality, _figures, _words, _files, _exports, _recipes):
        yield from part(registry, asked)


def _table(name: str, table: Table | TwoForms, kept: bool = True) -> Outputs:
    """A table as it is read, and as programs read it."""
    yield f"{name}.md", Output(_steady(export_table(table, "md")), kept)
    yield f"{name}.csv", Output(_steady(export_table(table, "csv")))


def _tables(registry: Registry, asked: Asked) -> Outputs:
    cohorts = {"all": "", "nobody": _NOBODY, "one": asked.one, "visits": asked.visits}
    for words, query in cohorts.items():
        cohort = _cohort(registry, query)
        yield from _table(f"table-one/{words}", table_one(registry, cohort), words == "all")
        yield from _table(f"responders/{words}", responders_table(registry, cohort), words == "all")
        yield from _table(f"open-questions/{words}", origins.open_questions(registry, cohort), words == "all")
        for name in _record_tables(registry):
            kept = words == "all" and name != "provenance"
            yield from _table(f"records/{name}-{words}", records_table(registry, name, cohort), kept)
        for number, title in enumerate(_printed_titles(registry), 1):
            yield from _table(f"printed/{number}-{words}", printed_table(registry, title, cohort), words == "all")
    for group in _groupings(registry):
        yield from _table(f"table-one/by-{group.name}", table_one(registry, by=group), group.name in asked.drawn_by[:1])
        yield from _table(f"responders/by-{group.name}", responders_table(registry, group=group), kept=False)
    for number, (a, b) in enumerate(asked.pairs, 1):
        found = compare(registry, _cohort(registry, a), _cohort(registry, b) if b else None)
        yield from _table(f"comparison/{number}", comparison_table(found))
        yield from _table(f"comparison/{number}-tests", comparison_table(found, tests=True), kept=False)
    yield from _table("ranges", ranges_table(registry))
    yield from _table("ranges-of-one", ranges_table(registry, _cohort(registry, asked.one)), kept=False)
    yield from _table("thresholds", thresholds_table(), kept=False)
    yield from _table("pain-control-definitions", definitions_table(registry))
    yield from _table("claims", claims_as_table(check_claims(registry), claims_title(registry)))
    yield from _table("cells-of-patient", origins.patient_cells(registry, asked.patient))
    for entry in _courses(registry):
        yield from _table(f"cells-behind/{entry.name}", origins.cells_behind(registry, entry, month=0), kept=False)


def _patterns(registry: Registry, asked: Asked) -> Outputs:
    for entry in _courses(registry):
        for kind in kinds(entry):
            for words, query in (("all", ""), ("nobody", _NOBODY)):
                name = f"patterns/{entry.name}-{kind.replace('_', '-')}-{words}"
                found = patterns_table(registry, entry, kind, _cohort(registry, query))
                yield from _table(name, found, words == "all")


def _quality(registry: Registry, asked: Asked) -> Outputs:
    for part in quality.report(registry, versions=(registry.version,)).parts:
        for number, table in enumerate(part.tables, 1):
            yield from _table(f"quality/{part.name}-{number}", table)
        if part.chart:
            yield from _figure(f"quality/{part.name}", part.chart, kept=True)


def _figure(name: str, chart: Chart, kept: bool = False) -> Outputs:
    """A figure, and what stands beside it in words."""
    numbers = export_table(chart.table, "md").decode()
    said = [f"# {chart.title}", chart.summary, *(f"- {note}" for note in chart.notes), numbers]
    yield f"{name}.figure.json", Output(_steady_figure(chart))
    yield f"{name}.md", Output("\n\n".join(part for part in said if part), kept)


def _figures(registry: Registry, asked: Asked) -> Outputs:
    for name, options in _options(registry).items():
        needed = _needed(registry, asked, options)
        for words, chosen in _variants(registry, asked, options).items():
            chart = _drawn(registry, name, **(needed | chosen))
            yield from _figure(f"figures/{name}/{words}", chart, kept=words == "all")


def _needed(registry: Registry, asked: Asked, options: tuple[str, ...]) -> dict[str, Any]:
    """What a figure cannot be drawn without."""
    patient = {"case_id": asked.patient} if "case_id" in options else {}
    return patient | ({"a": _cohort(registry, asked.pairs[0][0])} if "a" in options else {})


def _variants(registry: Registry, asked: Asked, options: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Name -> options: everybody, nobody, one patient, some visits, groups, a patient highlighted, and the rest."""
    cohorts = {"nobody": _NOBODY, "one": asked.one, "visits": asked.visits}
    groups = [group for group in _groupings(registry) if group.name in asked.drawn_by]
    others: dict[str, dict[str, Any]] = {
        "month": {"month-3": 3},
        "definition": {"other-definition": DEFINITIONS[0].name},
        "leave_out_lumbar_fracture": {"without-lumbar-fracture": True},
        "labs": {"one-lab": _courses(registry)[1:2]},
        "b": {"against-b": _cohort(registry, asked.pairs[2][1] or asked.pairs[1][1] or "")},
        "highlight": {"highlight": asked.patient},
        "group": {f"by-{group.name}": group for group in groups},
        "cohort": {words: _cohort(registry, query) for words, query in cohorts.items()},
        "within": {"within-visits": _cohort(registry, asked.visits)},
        "a": {"nobody": _cohort(registry, _NOBODY), "one": _cohort(registry, asked.one)},
    }
    found: dict[str, dict[str, Any]] = {"all": {}}
    for option in options:
        found |= {words: {option: value} for words, value in others.get(option, {}).items()}
    return found


def _words(registry: Registry, asked: Asked) -> Outputs:
    yield "about.md", Output(headlines.about(registry), kept=True)
    for words, query in {"all": "", "nobody": _NOBODY, "one": asked.one, "visits": asked.visits}.items():
        cohort = _cohort(registry, query)
        found: dict[str, Any] = {"title": str(headlines.overview_title(registry, cohort))}
        for name, page in (("overview", headlines.overview), ("pain", headlines.pain), ("bone", headlines.bone)):
            found[name] = [
                {part: getattr(headline, part) for part in ("label", "value", "detail", "note")}
                for headline in page(registry, cohort)
            ]
        yield f"headlines/{words}.json", Output(_json(found), kept=True)
    confounders = {group.name: _confounders(registry, group) for group in _groupings(registry)}
    yield "headlines/confounders.json", Output(_json(confounders), kept=True)
    cohorts = [_cohort(registry, query) for query in (asked.one, asked.visits, *asked.queries)]
    said = [{"query": cohort.query, "sentence": cohort.sentence, "json": json.loads(cohort.json)} for cohort in cohorts]
    yield "cohorts.json", Output(_json(said), kept=True)
    markdown, table = _dictionary(registry)
    yield "dictionary.md", Output(markdown, kept=True)
    yield from _table("dictionary-table", table, kept=False)


def _files(registry: Registry, asked: Asked) -> Outputs:
    empty, filled = _templates(registry)
    yield from ((f"template/{name}", Output(content.decode())) for name, content in empty.items())
    yield from ((f"template-filled/{name}", Output(content.decode())) for name, content in filled.items())
    yield from ((f"redcap/{name}", Output(content.decode(), kept=True)) for name, content in _redcap(registry).items())
    with ZipFile(BytesIO(bundle(registry))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, content in members.items():
        text = _parquet_rows(content) if name.endswith(".parquet") else _steady(content)
        yield f"bundle/{name}", Output(text, name in ("README.md", "LICENCE.txt"))
    views = [
        SavedView(f"View {number}", "Held", "pain", _cohort(registry, query), (("by", "brace"),), registry.version, at)
        for number, query in enumerate(asked.queries, 1)
        for at in ["2026-01-01T00:00:00Z"]
    ]
    yield "view.json", Output(views[0].json, kept=True)
    yield "views.json", Output(views_as_json(views), kept=True)


def _exports(registry: Registry, asked: Asked) -> Outputs:
    cohort = _cohort(registry, asked.queries[0])
    group = next(entry for entry in _groupings(registry) if entry.name == asked.drawn_by[0])
    recipe = _steady_recipe(table_one_recipe(registry, cohort, group))
    for format in ("html", "csv", "md", "json"):
        content = export_table(table_one(registry, cohort, group), format, recipe)
        yield f"exports/table-one.{format}", Output(_steady(content))
    for name in ("pain_trajectories", "lab_trajectories"):
        chart = _drawn(registry, name)
        page = figure_html(chart, _steady_recipe(_figure_recipe(registry, chart, _cohort(registry, ""))))
        yield f"exports/{name}.html", Output(_steady_page(page))


def _recipes(registry: Registry, asked: Asked) -> Outputs:
    """One sample each of how a table's and a figure's recipe is worded."""
    cohort = _cohort(registry, asked.queries[0])
    recipes = {
        "table": table_one_recipe(registry, cohort),
        "figure": _figure_recipe(registry, _drawn(registry, "pain_trajectories", cohort=cohort), cohort),
    }
    for name, recipe in recipes.items():
        yield f"recipe-{name}.json", Output(_steady(_json(dict(recipe.lines)).encode()), kept=True)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1)


# What is held


def held() -> dict[str, str]:
    """The checksum of each held output by its name."""
    return dict(json.loads((HELD / HASHES).read_text(encoding="utf-8")))


def kept_texts() -> dict[str, str]:
    """The texts that stand beside the checksums, by the names of their outputs."""
    paths = (path for path in HELD.rglob("*") if path.is_file() and path.name != HASHES)
    return {path.relative_to(HELD).as_posix(): path.read_bytes().decode() for path in paths}


def difference(name: str, found: Output) -> str:
    """How a kept text differs from what is made now; empty where no text is kept."""
    path = HELD / name
    if not path.is_file():
        return ""
    before = path.read_bytes().decode().splitlines()
    return "\n".join(difflib.unified_diff(before, found.text.splitlines(), "held", "now", lineterm="", n=1))


def renew(found: Mapping[str, Output]) -> None:
    """Hold these outputs, and nothing of what was held before."""
    shutil.rmtree(HELD, ignore_errors=True)
    for name, output in found.items():
        if output.kept:
            (HELD / name).parent.mkdir(parents=True, exist_ok=True)
            (HELD / name).write_bytes(output.text.encode())
    checksums = {name: output.checksum for name, output in found.items()}
    (HELD / HASHES).write_text(json.dumps(checksums, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    """Renew what is held; or show one output, or how it differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.held", description="Renew the held outputs.")
    parser.add_argument("--show", metavar="NAME", help="print one output in full and renew nothing")
    name = parser.parse_args().show
    found = outputs()
    if name is None:
        renew(found)
        return 0
    if name not in found:
        print(f"“{name}” is no output; {HASHES} lists them.", file=sys.stderr)
        return 2
    print(found[name].text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
