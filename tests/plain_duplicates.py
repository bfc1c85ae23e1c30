"""Pairs that look alike, found by comparing pair with pair in SQL: the slow oracle for ``quality.duplicates``."""

from collections.abc import Iterator

from plro_core.quality.duplicates import LEAST_ALIKE, LEAST_SAME, _Found, _table, alike
from plro_core.quality.progress import MOST_LISTED
from plro_core.store import Registry
from plro_core.tables import Cell, Table
from plro_core.text import listed
from plro_core.vocabulary import Variable


def duplicates(registry: Registry) -> Table:
    """The same table, its pairs found one by one."""
    return _table(registry, (_patients(registry), _visits(registry), *_facts(registry)))


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
