"""Pairs that look alike, found by comparing pair with pair in SQL: the slow oracle for ``quality.duplicates``."""

from collections.abc import Iterator

from plro_core.counts import size
from plro_core.quality.progress import MOST_LISTED, listed_of
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table
from plro_core.text import listed
from plro_core.vocabulary import Variable, Vocabulary


def alike(vocabulary: Vocabulary) -> tuple[str, ...]:
    """By what two patients are compared; ``vas`` is that of baseline."""
    return ("age", "weeks_postpartum", "vas", *(entry.name for entry in vocabulary.scores))


#: So many of these must be recorded in both patients, and all of them must agree.
LEAST_ALIKE = 5

#: So many measured values must two visits of a patient share; fewer agree by chance.
LEAST_SAME = 3

_COLUMNS = (
    Column("kind", "What looks alike"),
    Column("table", "Table"),
    Column("first", "First"),
    Column("second", "Second"),
    Column("agree", "Values that agree", "integer"),
    Column("compared", "Compared by"),
)
_NOTES = (
    f"Visits: every measured value of two visits of a patient agrees, and at least {LEAST_SAME} are recorded.",
    "Facts: the rows differ in capitals or blanks only.",
    "Nothing is merged: look both up in the source.",
)


def duplicates(registry: Registry) -> Table:
    """Pairs of patients, visits and facts that look alike; the first 1000 of each kind are listed."""
    asked = (_patients(registry), _visits(registry), *_facts(registry))
    rows = tuple(row for found, _ in asked for row in found)
    total = sum(n for _, n in asked)
    title = f"{total} {'pair looks' if total == 1 else 'pairs look'} alike" if total else "Nothing looks recorded twice"
    names = ", ".join(alike(registry.vocabulary))
    patients = (
        f"Patients: all of {names} (at baseline) that are recorded in both agree, and at least {LEAST_ALIKE} are."
    )
    notes = (patients, *_NOTES, *listed_of(len(rows), total))
    return Table("duplicates", title, _COLUMNS, rows, notes, size(registry).sentence)


#: The pairs that are listed, and how many there are.
_Found = tuple[list[tuple[Cell, ...]], int]


def _patients(registry: Registry) -> _Found:
    names = alike(registry.vocabulary)
    same = " AND ".join(f"({_equal(name)}) IS NOT FALSE" for name in names)
    agree = " + ".join(f"coalesce(({_equal(name)})::INT, 0)" for name in names)
    pairs = " UNION ".join(
        f"SELECT a.case_id AS first, b.case_id AS second, {agree} AS agree FROM people AS a JOIN people AS b "
        f"ON {' AND '.join(map(_equal, block))} AND a.case_id < b.case_id WHERE {same} AND {agree} >= {LEAST_ALIKE}"
        for block in _blocks(names)
    )
    found = registry.rows(
        f"WITH people AS (SELECT case_id, {', '.join(map(_quoted, names))} FROM cases LEFT JOIN "
        f"(SELECT case_id, vas FROM visits WHERE month = {registry.vocabulary.months[0]}) USING (case_id)) "
        f"SELECT first, second, agree, count(*) OVER () FROM ({pairs}) ORDER BY agree DESC, first, second LIMIT {MOST_LISTED}"
    )
    words = listed(list(names))
    rows: list[tuple[Cell, ...]] = [
        ("two patients", "cases", str(first), str(second), agree, words) for first, second, agree, _ in found
    ]
    return rows, found[0][-1] if found else 0


def _equal(name: str) -> str:
    """Whether both have the same value; unknown where one of them has none."""
    return f'a."{name}" = b."{name}"'


def _blocks(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Columns in groups of which any pair that qualifies shares at least one whole: so that not all pairs are compared.

    A pair may lack ``len(names) - LEAST_ALIKE`` of the columns, so with one group more than that one is untouched.
    """
    groups = len(names) - LEAST_ALIKE + 1
    return [names[at::groups] for at in range(groups)]


def _visits(registry: Registry) -> _Found:
    entries = registry.vocabulary.columns("visits")
    measured = [entry.name for entry in entries if entry.is_number and entry.name not in ("month", "day")]
    same = " AND ".join(f'a."{name}" IS NOT DISTINCT FROM b."{name}"' for name in measured)
    recorded = " + ".join(f'(a."{name}" IS NOT NULL)::INT' for name in measured)
    found = registry.rows(
        f"SELECT a.case_id, a.month, b.month, {recorded} AS n, count(*) OVER () FROM visits AS a JOIN visits AS b "
        f"ON a.case_id = b.case_id AND a.month < b.month WHERE {same} AND {recorded} >= {LEAST_SAME} "
        f"ORDER BY 1, 2, 3 LIMIT {MOST_LISTED}"
    )
    rows: list[tuple[Cell, ...]] = [
        ("two visits of a patient", "visits", f"{case_id}/{first}", f"{case_id}/{second}", n, "all measured values")
        for case_id, first, second, n, _ in found
    ]
    return rows, found[0][-1] if found else 0


def _facts(registry: Registry) -> Iterator[_Found]:
    """Rows of one table of facts whose keys are the same but for capitals and blanks."""
    for table in registry.vocabulary.tables:
        if table.name not in registry.vocabulary.facts:
            continue
        entries = [entry for entry in registry.vocabulary.columns(table.name) if entry.name in table.identity]
        key = f"concat_ws('/', {', '.join(_quoted(entry.name) for entry in entries)})"
        plain = ", ".join(_plain(entry) for entry in entries)
        found = registry.rows(
            f'SELECT min({key}), max({key}), count(*) OVER () FROM "{table.name}" GROUP BY {plain} '
            f"HAVING count(*) > 1 ORDER BY 1 LIMIT {MOST_LISTED}"
        )
        rows: list[tuple[Cell, ...]] = [
            ("a fact given twice", table.name, first, second, len(entries), ", ".join(table.key))
            for first, second, _ in found
        ]
        yield rows, found[0][-1] if found else 0


def _quoted(name: str) -> str:
    return f'"{name}"'


def _plain(entry: Variable) -> str:
    """A key column with capitals and blanks evened out."""
    if entry.kind not in ("text", "category"):
        return _quoted(entry.name)
    return f"lower(regexp_replace(trim({_quoted(entry.name)}), '\\s+', ' ', 'g'))"
