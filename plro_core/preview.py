"""What a new version would do before it is written: its changes, and their effect on saved views and on the headlines."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from plro_core import headlines
from plro_core.changes import CellChange, Changes, changes
from plro_core.cohort import EVERYONE
from plro_core.counts import Frequency, counts, size
from plro_core.problems import PlainProblem
from plro_core.progress import Progress, going_on, tell
from plro_core.schema import SCHEMA_VERSION, arrow_schema
from plro_core.statistics import SMALLEST_N_FOR_MEDIAN, median_words
from plro_core.store import Manifest, Registry
from plro_core.store.ondemand import Changed, StillKnown
from plro_core.tables import Cell, Column, Table, table_one
from plro_core.text import NONE, patients, visit_name
from plro_core.views import SavedView, read_views
from plro_core.vocabulary import Vocabulary, written_key

#: The name that tables carry which no version holds yet.
UNSAVED = "preview"


@dataclass(frozen=True)
class Effect:
    """One line that reads differently afterwards: what it is of, and how it reads before and after."""

    what: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        return f"{self.what}: {self.before} → {self.after}"


@dataclass(frozen=True)
class ViewEffect:
    """A saved view that shows something else afterwards. ``broken`` says why it then shows nothing useful."""

    name: str
    effects: tuple[Effect, ...]
    broken: str = ""

    @property
    def sentence(self) -> str:
        """The whole effect in one line: "Smokers: 4 → 5 patients; median VAS at month 3: 2 (n = 4) → 2.5 (n = 5)"."""
        told = [effect.sentence if effect.what else f"{effect.before} → {effect.after}" for effect in self.effects]
        return f"{self.name}: {'; '.join([*told, self.broken] if self.broken else told)}"


@dataclass(frozen=True)
class Preview:
    """Changes and their effects; ``problems`` are saved views that cannot be read at all."""

    changes: Changes
    views: tuple[ViewEffect, ...]
    headlines: tuple[Effect, ...]
    summary: tuple[Effect, ...]
    problems: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The changes in numbers, with the views that show something else or nothing."""
        broken = sum(bool(view.broken) for view in self.views)
        told = f" {_views(len(self.views))} something else" if self.views else ""
        return (
            f"{self.changes.sentence}{told}{f', {broken} of them nothing useful' if broken else ''}{'.' * bool(told)}"
        )


def preview(
    current: Registry | None,
    tables: Mapping[str, pa.Table],
    vocabulary: Vocabulary,
    touched: Mapping[str, tuple[pa.Table, pa.Table]] | None = None,
    progress: Progress = going_on,
) -> Preview:
    """What becomes different when ``tables`` (complete and checked) follow the published version, if there is one.

    Nothing is written. Saved views are those beside the published version; with ``current`` of another version than the
    published one it is that version which is compared. ``touched`` are the rows that go and that come, by table, where
    nothing else can differ.

    Raises:
        StoppedWork: ``progress`` answered no.
    """
    folder = current.folder if current else Path()
    before = current or unsaved(
        {table.name: arrow_schema(table.name, vocabulary).empty_table() for table in vocabulary.tables}, vocabulary
    )
    after = unsaved(tables, vocabulary, before) if touched is None else _touched(tables, touched, vocabulary, before)
    try:
        views, problems = read_views(folder, vocabulary) if current else ((), ())
        tell(progress, 0.0, "which cells differ")
        found = _changes(before, tables, vocabulary, touched)
        effects = []
        for done, view in enumerate(views):
            tell(progress, 0.3 + 0.3 * done / len(views), f"saved view {view.name}")
            effects.append(_view_effect(view, before, after))
        tell(progress, 0.6, "headlines")
        lines = tuple(_differing(_headlines(before), _headlines(after)))
        tell(progress, 0.8, "the summary table")
        summary = tuple(_differing(_summary(before), _summary(after)))
        return Preview(found, tuple(effect for effect in effects if effect), lines, summary, problems)
    finally:
        after.close()
        if current is None:
            before.close()


def _touched(tables: Mapping[str, pa.Table], touched: Collection[str], words: Vocabulary, before: Registry) -> Registry:
    """What :func:`unsaved` gives where only some tables can differ: the others, and their code columns, are not read anew."""
    new = {name: tables[name] for name in touched}
    manifest = replace(before.manifest, version=UNSAVED, files={})
    known = StillKnown(before.codes.known, new)
    return Registry(before.folder, manifest, words, Changed(before.tables, new), known)


def _changes(
    before: Registry,
    tables: Mapping[str, pa.Table],
    vocabulary: Vocabulary,
    touched: Mapping[str, tuple[pa.Table, pa.Table]] | None,
) -> Changes:
    if touched is None:
        return changes(held_tables(before), tables, vocabulary)
    go, come = ({name: pair[at] for name, pair in touched.items()} for at in (0, 1))
    return changes(go, come, vocabulary)


def held_tables(registry: Registry) -> dict[str, pa.Table]:
    """A registry's tables as Arrow tables."""
    return {table.name: registry.tables[table.name] for table in registry.vocabulary.tables}


def unsaved(tables: Mapping[str, pa.Table], vocabulary: Vocabulary, like: Registry | None = None) -> Registry:
    """Tables that no version holds as a registry to ask; close it after use."""
    empty = Manifest(UNSAVED, "", "", "", "", "", None, False, SCHEMA_VERSION, {})
    manifest = replace(like.manifest, version=UNSAVED, files={}) if like else empty
    return Registry(like.folder if like else Path(), manifest, vocabulary, tables)


# Effects


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Effect]:
    """The lines that read differently, in the order of the new ones; a line that one side lacks is a dash there."""
    for what in dict.fromkeys([*after, *before]):
        old, new = before.get(what, NONE), after.get(what, NONE)
        if old != new:
            yield Effect(what, old, new)


def _view_effect(view: SavedView, before: Registry, after: Registry) -> ViewEffect | None:
    try:
        old, new = size(before, view.cohort).patients, size(after, view.cohort).patients
        effects = (
            *([Effect("", str(old), patients(new))] if old != new else []),
            *_vas_effects(view, before, after),
        )
        broken = _why_broken(view, after, old, new)
    except PlainProblem as problem:
        return ViewEffect(view.name, (), f"it cannot be shown: {problem}")
    return ViewEffect(view.name, effects, broken) if effects or broken else None


def _why_broken(view: SavedView, after: Registry, old: int, new: int) -> str:
    if old and not new:
        return "nobody is left in it"
    patient = dict(view.options).get("patient", "")
    if patient.isdecimal() and not after.rows("SELECT 1 FROM cases WHERE case_id = ?", [int(patient)]):
        return f"it singles out patient {patient}, who is no longer there"
    return ""


def _vas_effects(view: SavedView, before: Registry, after: Registry) -> Iterator[Effect]:
    """The medians of VAS by visit that change; below three values the values themselves stand in their place."""
    entry = after.vocabulary.variable("vas", "visits")
    old, new = (counts(registry, [entry], view.cohort) for registry in (before, after))
    for month in sorted({month for _, month, _ in (*old, *new) if month is not None}):
        was, becomes = (found.get((entry.name, month, None), Frequency()) for found in (old, new))
        words = median_words(entry, was), median_words(entry, becomes)
        if words[0] != words[1]:
            median = "median VAS" if min(was.n, becomes.n) >= SMALLEST_N_FOR_MEDIAN else "VAS"
            yield Effect(f"{median} at {visit_name(month).lower()}", *words)


def _headlines(registry: Registry) -> dict[str, str]:
    """The headlines of the pages by their labels, of everybody."""
    pages = {"Overview": headlines.overview, "Pain": headlines.pain, "Bone": headlines.bone}
    lines = {"Title": str(headlines.overview_title(registry, EVERYONE))}
    for page, ask in pages.items():
        for line in ask(registry, EVERYONE):
            lines[f"{page}, {line.label}"] = f"{line.value} ({line.detail})"
    return lines


def _summary(registry: Registry) -> dict[str, str]:
    """The rows of the summary table; the names that stand on a first row only are repeated."""
    lines = {}
    name = visit = ""
    for label, month, statistic, value in table_one(registry).layout.rows:
        if label:
            name, visit = str(label), ""
        visit = str(month or visit)
        lines[", ".join(part for part in (name, visit, str(statistic)) if part)] = str(value)
    return lines


# Tables


def changes_table(found: Changes, title: str = "Changes", most: int | None = None) -> Table:
    """Every cell that differs, one a row; with ``most``, the first so many and a note on the rest.

    Numbers of a column of any kind stand as text, because one column holds them all.
    """
    rows: list[tuple[Cell, ...]] = []
    more = 0
    for cell in found.cells:
        if most is None or len(rows) < most:
            rows.append(_change_row(cell))
        else:
            more += 1
    notes = [f"{more} further cells differ and are not listed."] if more else []
    if found.origins:
        notes.append(f"Where cells come from differs in {found.origins} lines, which are not listed.")
    labels = ("Change", "Table", "Row", "Column", "Before", "After")
    names = ("change", "table", "row", "column", "old", "new")
    return Table(
        "changes",
        title,
        tuple(map(Column, names, labels)),
        tuple(rows),
        tuple(notes),
        found.sentence,
    )


def _change_row(cell: CellChange) -> tuple[Cell, ...]:
    return (
        cell.kind,
        cell.table,
        written_key(cell.key),
        cell.column,
        _written(cell.old),
        _written(cell.new),
    )


def _written(value: object) -> str | None:
    """A stored value as text that reads the same in every language: yes and no, a point in a number, as stored."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def effects_table(found: Preview) -> Table:
    """What saved views and headlines say before and after, one line a row."""
    rows = [
        *((f"Saved view “{view.name}”", *row) for view in found.views for row in _view_rows(view)),
        *(("Headline", effect.what, effect.before, effect.after) for effect in found.headlines),
        *(("Summary table", effect.what, effect.before, effect.after) for effect in found.summary),
    ]
    names = (("where", "Where"), ("what", "What"), ("before", "Before"), ("after", "After"))
    heads = tuple(Column(name, label) for name, label in names)
    return Table("effects", "What reads differently", heads, tuple(rows), found.problems, found.sentence)


def _view_rows(view: ViewEffect) -> Iterator[tuple[str, str, str]]:
    yield from ((effect.what or "Patients", effect.before, effect.after) for effect in view.effects)
    if view.broken:
        yield "Broken", "", view.broken


def _views(count: int) -> str:
    return "1 saved view shows" if count == 1 else f"{count} saved views show"
