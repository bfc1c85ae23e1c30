"""The commands that ask a registry: ``python -m plro_core --help``. See ``docs/command-line.md``."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from plro_core import console, export_commands, lookups, registry_commands, store
from plro_core.answers import (
    DONE,
    add_command,
    add_form,
    add_output,
    add_plain,
    add_version,
    add_where,
    cohort_of,
    form_of,
    format_of,
    give,
    put,
)
from plro_core.claims import STATUSES, check_claims, claims_as_table, read_claims
from plro_core.cohort import EVERYONE, Cohort
from plro_core.compare import LEAVE_OUT, compare, comparison_table
from plro_core.dictionary import as_markdown, as_table
from plro_core.export import (
    IMAGES,
    WIDTHS,
    export_table,
    figure_html,
    figure_image,
    figure_recipe,
    printed_recipe,
    recipe_for,
    records_recipe,
    table_one_recipe,
)
from plro_core.figures import FIGURES
from plro_core.figures.style import look
from plro_core.problems import DataProblem, QueryProblem, RegistryProblem
from plro_core.tables import RECORDS, from_arrow, printed_table, records_table, table_one
from plro_core.text import listed
from plro_core.transcription import SOURCE, read_about, read_source
from plro_core.variables import OWN, OWN_PROBLEM, groupings, own, variable

_FORMS = (*IMAGES, "html")
_PRINTED = {"1": "Table I", "2": "Table II", "I": "Table I", "II": "Table II"}


class _Parser(argparse.ArgumentParser):
    """A parser that answers a wrong command with one sentence."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise QueryProblem(f"{message[:1].upper()}{message[1:]}; see “{self.prog} --help”.")


def answer(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code of a command that was done.

    Raises:
        PlainProblem: one sentence that says why it was not.
    """
    options = _parser().parse_args(arguments)
    code: int = options.run(options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m plro_core",
        description="Ask the PLRO registry: summary tables, rows, SQL, the paper's printed tables, the data dictionary.",
        epilog="Exit codes: 0 done, 1 the data or a file cannot be used, 2 the command was not understood. "
        "More, with examples: docs/command-line.md.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_build(commands)
    _add_query(commands)
    _add_table1(commands)
    _add_records(commands)
    _add_printed(commands)
    _add_compare(commands)
    _add_claims(commands)
    _add_figure(commands)
    _add_dictionary(commands)
    registry_commands.add_all(commands)
    export_commands.add_all(commands)
    return parser


def _add_build(commands: Any) -> None:
    parser = add_command(
        commands, "build", _build, "compile the transcription in data/source into the registry and publish it"
    )
    parser.add_argument("--source", metavar="DIR", default=str(SOURCE), help="folder of the transcription")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 and name the stale files if it is not up to date"
    )


def _build(options: argparse.Namespace) -> int:
    folder, source = store.registry_folder(options.registry), Path(options.source)
    try:
        about, tables = read_about(source), read_source(source)
        read_claims(source)
    except (ValueError, KeyError) as problem:
        raise DataProblem(
            f"{source.name}: a source file is not of the form it should have ({type(problem).__name__})."
        ) from None
    version = str(about["version"])
    if options.check:
        _check_built(about, list(store.unwritten(tables, version, folder)), folder)
    else:
        if reason := store.why_not_built(folder, about):
            raise DataProblem(reason)
        store.journal_build(folder, about)
        store.publish(tables, about, folder, _parent(folder, version))
    console.report(
        f"Version {version}: {sum(table.num_rows for table in tables.values())} rows in {len(tables)} tables."
    )
    return DONE


def _check_built(about: dict[str, Any], stale: list[str], folder: Path) -> None:
    """Raise, naming the stale files, unless the published version is what the transcription gives."""
    version = str(about["version"])
    manifest = store.Manifest.read(folder / "versions" / version / "manifest.json")
    if any(getattr(manifest, name) != value for name, value in about.items()):
        stale.append(f"{version}/manifest.json")
    if store.current_version(folder) != version:
        stale.append("CURRENT")
    if stale:
        raise RegistryProblem(
            f"Not what {SOURCE.parent.name}/{SOURCE.name} gives: {', '.join(stale)}; run “python -m plro_core build”."
        )
    store.open_registry(folder).close()


def _parent(folder: Path, version: str) -> str | None:
    """The version that this one follows: as its manifest says if it exists, otherwise the published one."""
    path = folder / "versions" / version / "manifest.json"
    if path.exists():
        return store.Manifest.read(path).parent
    return store.current_version(folder) if (folder / "CURRENT").exists() else None


def _add_query(commands: Any) -> None:
    parser = add_command(
        commands,
        "query",
        _query,
        "answer an SQL question on a read-only copy of the registry",
        "A cohort goes into the SQL itself: --where is refused here, because it cannot restrict every table of any "
        "query. “python -m plro_core records --help” lists the tables; the dialect is DuckDB's.",
    )
    parser.add_argument("sql", metavar="SQL", help="one SELECT or FROM statement")
    parser.add_argument("--where", metavar="QUERY", help=argparse.SUPPRESS)
    add_version(parser)
    add_output(parser, ("json", "csv", "md", "html", "xlsx", "parquet"))


def _query(options: argparse.Namespace) -> int:
    if options.where is not None:
        raise QueryProblem(
            "“query” takes no --where; put the condition into the SQL, such as FROM cases WHERE smoking."
        )
    answer = from_arrow("query", "Answer", store.query(options.sql, options.registry, options.version))
    return give(answer, options, None)


def _add_table1(commands: Any) -> None:
    parser = add_command(commands, "table1", _table1, "summarise a cohort, overall and by group")
    add_version(parser)
    add_where(parser)
    parser.add_argument(
        "--by", metavar="VARIABLE", choices=[entry.name for entry in groupings()], help="split patients by: %(choices)s"
    )
    add_plain(parser)
    add_output(parser)


def _table1(options: argparse.Namespace) -> int:
    cohort, by = cohort_of(options.where), variable(options.by, "cases") if options.by else None
    registry = store.open_registry(options.registry, options.version)
    return give(table_one(registry, cohort, by), options, table_one_recipe(registry, cohort, by))


def _add_records(commands: Any) -> None:
    parser = add_command(commands, "records", _records, "list the rows of one table of a cohort's patients")
    parser.add_argument("table", metavar="TABLE", choices=RECORDS, help="one of %(choices)s")
    add_version(parser)
    add_where(parser)
    add_plain(parser)
    add_output(parser)


def _records(options: argparse.Namespace) -> int:
    cohort = cohort_of(options.where)
    registry = store.open_registry(options.registry, options.version)
    answer = records_table(registry, options.table, cohort)
    return give(answer, options, records_recipe(registry, options.table, cohort))


def _add_printed(commands: Any) -> None:
    parser = add_command(commands, "printed", _printed, "show a table of the paper character for character")
    parser.add_argument("table", metavar="TABLE", help="“Table I” or “Table II” (or 1 or 2)")
    add_version(parser)
    add_where(parser)
    add_plain(parser)
    add_output(parser)


def _printed(options: argparse.Namespace) -> int:
    cohort, title = cohort_of(options.where), _PRINTED.get(options.table, options.table)
    registry = store.open_registry(options.registry, options.version)
    answer = printed_table(registry, title, cohort)
    return give(answer, options, printed_recipe(registry, title, cohort))


def _add_compare(commands: Any) -> None:
    parser = add_command(
        commands,
        "compare",
        _compare,
        "compare two cohorts on every variable",
        "Without --b, A is compared with everybody else. JSON carries the tests; other formats only with --tests.",
    )
    parser.add_argument("--a", metavar="QUERY", required=True, help="cohort A, such as 'breastfeeding=continued'")
    parser.add_argument("--b", metavar="QUERY", help="cohort B (otherwise everybody who is not in A)")
    parser.add_argument("--leave-out-of", choices=LEAVE_OUT, help="count patients who are in both in the other only")
    add_version(parser)
    add_where(parser)
    parser.add_argument("--tests", action="store_true", help="show p-values in formats for readers, too")
    add_plain(parser)
    add_output(parser)


def _compare(options: argparse.Namespace) -> int:
    a, b = cohort_of(options.a), None if options.b is None else cohort_of(options.b)
    within = cohort_of(options.where)
    registry = store.open_registry(options.registry, options.version)
    found = compare(registry, a, b, within=within, leave_out_of=options.leave_out_of)
    if found.problem:
        raise QueryProblem(f"{found.problem}{' Give --leave-out-of a or b.' if found.overlap.both else ''}")
    if format_of(options) == "json":
        text = json.dumps([difference.as_dict() for difference in found.differences], ensure_ascii=False, indent=1)
        return put(f"{text}\n".encode(), "json", options)
    call = f"compare(registry, Cohort.parse({a.query!r}), {'None' if b is None else f'Cohort.parse({b.query!r})'}"
    call += f", within=cohort, leave_out_of={options.leave_out_of!r})"
    recipe = recipe_for(registry, "A against B", within, call, imports=["from plro_core.compare import compare"])
    return give(comparison_table(found, options.tests), options, recipe)


def _add_claims(commands: Any) -> None:
    parser = add_command(
        commands, "claims", _claims, "check every printed statement of the paper against its own tables"
    )
    parser.add_argument("--status", choices=STATUSES, help="only claims of this status")
    add_version(parser)
    add_plain(parser)
    add_output(parser)


def _claims(options: argparse.Namespace) -> int:
    registry = store.open_registry(options.registry, options.version)
    checked = tuple(claim for claim in check_claims(registry) if options.status in (None, claim.status))
    call, imports = "check_claims(registry)", ["from plro_core.claims import check_claims"]
    if options.status:
        call = f"[claim for claim in {call} if claim.status == {options.status!r}]"
    recipe = recipe_for(registry, "The paper checked against its own tables", EVERYONE, call, imports=imports)
    return give(claims_as_table(checked), options, recipe)


def _add_figure(commands: Any) -> None:
    parser = add_command(
        commands,
        "figure",
        _figure,
        "draw a figure, with title, n, cohort and data version in it",
        "SVG, PNG and PDF need an installed Chromium; HTML needs none.",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="which figure, as listed by --list")
    parser.add_argument("--list", action="store_true", help="name every figure, say what it shows, and end")
    add_version(parser)
    add_where(parser)
    parser.add_argument(
        "--by", metavar="VARIABLE", choices=[entry.name for entry in groupings()], help="groups, by: %(choices)s"
    )
    parser.add_argument("--patient", metavar="N", type=int, help="highlight patient N (of patient_timeline: draw N)")
    parser.add_argument("--a", metavar="QUERY", help="cohort A of estimation_plot")
    parser.add_argument("--b", metavar="QUERY", help="cohort B of estimation_plot (otherwise everybody not in A)")
    parser.add_argument("--leave-out-of", choices=LEAVE_OUT, help="count patients who are in both in the other only")
    parser.add_argument("--look", choices=("light", "dark"), default="light", help="colours (light unless told)")
    parser.add_argument("--width", choices=list(WIDTHS), default="double", help="journal columns: 85 or 180 mm")
    parser.add_argument("--dpi", metavar="N", type=int, default=300, help="dots an inch of a PNG, 300 to 1200")
    add_form(parser, _FORMS)


def _figure(options: argparse.Namespace) -> int:
    if options.list:
        console.say(*(f"{name:22} {entry.about}" for name, entry in FIGURES.items()))
        return DONE
    if options.name not in FIGURES:
        wrong = f"“{options.name}” is not a figure" if options.name else "Name a figure"
        raise QueryProblem(f"{wrong}; there are {listed(list(FIGURES))}.")
    form = form_of(options, _FORMS)
    draw, chosen = FIGURES[options.name].draw, _figure_options(options)
    cohort = chosen.pop("cohort", EVERYONE)
    registry = store.open_registry(options.registry, options.version)
    _check_patient(registry, cohort, options)
    colours = look(options.look)
    cohorts = [cohort] if "cohort" in FIGURES[options.name].options else []
    chart = draw(registry, *cohorts, **chosen, look=colours)
    if chart.nothing:
        raise DataProblem(f"Nothing was drawn: {chart.nothing[:1].lower()}{chart.nothing[1:]}")
    recipe = figure_recipe(registry, chart.title, draw, cohort, chosen.items())
    if form == "html":
        content = figure_html(chart, recipe, colours)
    else:
        content = figure_image(chart, recipe, form, WIDTHS[options.width], options.dpi, colours)
    return put(content, form, options)


def _check_patient(registry: store.Registry, cohort: Cohort, options: argparse.Namespace) -> None:
    """The patient who is asked for must be there to be seen; a timeline is of any patient of the registry."""
    if options.patient is None:
        return
    if not lookups.contains(registry, EVERYONE, options.patient):
        raise QueryProblem(f"There is no patient {options.patient} in this registry.")
    if "case_id" not in FIGURES[options.name].options and not lookups.contains(registry, cohort, options.patient):
        raise QueryProblem(f"Patient {options.patient} does not belong to the cohort of --where: {cohort.sentence}.")


def _figure_options(options: argparse.Namespace) -> dict[str, Any]:
    """The options as the figure takes them; one that it does not take is refused rather than passed over."""
    name, takes = options.name, FIGURES[options.name].options
    patient = "case_id" if "case_id" in takes else "highlight"
    given = {
        "--by": ("group", variable(options.by, "cases") if options.by else None),
        "--patient": (patient, options.patient),
        "--a": ("a", None if options.a is None else cohort_of(options.a)),
        "--b": ("b", None if options.b is None else cohort_of(options.b)),
        "--leave-out-of": ("leave_out_of", options.leave_out_of),
        "--where": (
            "cohort" if "cohort" in takes else "within",
            cohort_of(options.where) if options.where else None,
        ),
    }
    for option, (key, value) in given.items():
        if value is not None and key not in takes:
            raise QueryProblem(f"“{name}” takes no {option}.")
    for option, needed in (("--a", "a"), ("--patient", "case_id")):
        if needed in takes and given[option][1] is None:
            raise QueryProblem(f"“{name}” needs {option}.")
    return {key: value for key, value in given.values() if value is not None}


def _add_dictionary(commands: Any) -> None:
    parser = add_command(
        commands,
        "dictionary",
        _dictionary,
        "describe every column of the registry",
        "It is the same for every registry, so --registry changes nothing.",
    )
    parser.add_argument("--check", metavar="FILE", help="change nothing; exit 1 if FILE is not the Markdown dictionary")
    add_output(parser)


def _dictionary(options: argparse.Namespace) -> int:
    if options.registry is not None:
        store.existing_folder(options.registry)
    if options.check:
        if Path(options.check).read_text(encoding="utf-8") != as_markdown():
            raise DataProblem(
                f"{Path(options.check).name} is stale; run “python -m plro_core dictionary -o {options.check}”."
            )
        return DONE
    format = format_of(options)
    if format == "md":
        return put(as_markdown().encode(), format, options)
    return put(export_table(as_table(), format), format, options)


def restart_for_own_variables(arguments: Sequence[str]) -> None:
    """Start anew where ``--registry`` names a registry that is written in other words than this process has read.

    The vocabulary of a process is read once, from the registry that the environment names.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--registry")
    try:
        named = parser.parse_known_args(list(arguments))[0].registry
    except argparse.ArgumentError:
        return
    folder = Path(named or "")
    declares = (folder / own.FILE).exists() or bool(
        OWN.text or OWN_PROBLEM
    )  # both matter: words of another registry stay out of this one
    if named and declares and os.environ.get("PLRO_REGISTRY") != str(folder.resolve()):
        os.environ["PLRO_REGISTRY"] = str(folder.resolve())
        os.execv(sys.executable, [sys.executable, "-m", "plro_core", *arguments])  # noqa: S606 (this program itself)
