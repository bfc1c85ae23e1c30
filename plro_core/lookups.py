"""Rows of a cohort: for looking up a patient, listing who is in view and drawing each patient's points.

Statistics never come from here (see ``counts``). Of a cohort larger than ``limit`` a fixed sample of patients is read,
ordered by a hash of the patient's number; a ``Sample`` says of how many, so that nobody takes it for the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.cohort_words import MOST_NAMED
from plro_core.store import Registry
from plro_core.text import listed
from plro_core.text import patients as patients_words

LIMIT = 200

Record = dict[str, Any]


@dataclass(frozen=True)
class Sample(Sequence[Record]):
    """Rows of ``patients`` of the ``of`` patients of a cohort: for drawing and listing, never for counting."""

    rows: tuple[Record, ...]
    patients: int
    of: int

    @property
    def complete(self) -> bool:
        """Whether these are the rows of everybody."""
        return self.patients == self.of

    @property
    def words(self) -> str:
        """ "a fixed sample of 200 of 10000 patients"; whoever shows a part says so."""
        if self.complete:
            return f"{'all ' if self.of > 1 else ''}{patients_words(self.of)}"
        return f"a fixed sample of {self.patients} of {patients_words(self.of)}"

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Record, ...]: ...
    def __getitem__(self, index: int | slice) -> Record | tuple[Record, ...]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.rows)


#: Rows of nobody.
NOBODY = Sample((), 0, 0)


def cases(registry: Registry, cohort: Cohort = EVERYONE, limit: int = LIMIT) -> Sample:
    """Rows of ``cases`` in the cohort, by patient number: a fixed sample if they are more than ``limit``."""
    condition, values = cohort.case_sql()
    rows = registry.records(
        f"FROM (FROM cases WHERE {condition} ORDER BY hash(case_id) LIMIT ?) ORDER BY case_id",
        [*values, limit],
    )
    return _sample(registry, cohort, rows, limit)


def page_of_cases(registry: Registry, cohort: Cohort, number: int, size: int) -> Sample:
    """One page of the cohort's patients by number, the first page being 0: for paging through all of them."""
    condition, values = cohort.case_sql()
    rows = registry.records(
        f"FROM cases WHERE {condition} ORDER BY case_id LIMIT ? OFFSET ?", [*values, size, number * size]
    )
    return Sample(tuple(rows), len(rows), _patients(registry, cohort))


@dataclass(frozen=True)
class Place:
    """Where a patient stands among those of a cohort by number, also one who does not belong to it.

    ``before`` patients have a smaller number, the nearest being ``previous``; ``following`` is the nearest with a larger.
    """

    before: int
    of: int
    belongs: bool
    previous: int | None
    following: int | None


def place_of(registry: Registry, cohort: Cohort, case_id: int) -> Place:
    """How to step from one patient to the next through all of a cohort."""
    condition, values = cohort.case_sql()
    row = registry.rows(
        "SELECT count(*) FILTER (case_id < ?), count(*), count(*) FILTER (case_id = ?) > 0, "
        "max(case_id) FILTER (case_id < ?), min(case_id) FILTER (case_id > ?) "
        f"FROM cases WHERE {condition}",
        [case_id, case_id, case_id, case_id, *values],
    )[0]
    return Place(*row)


def _sample(registry: Registry, cohort: Cohort, rows: Sequence[Record], limit: int) -> Sample:
    of = _patients(registry, cohort)
    return Sample(tuple(rows), min(of, limit), of)


def _patients(registry: Registry, cohort: Cohort) -> int:
    condition, values = cohort.case_sql()
    return int(registry.rows(f"SELECT count(*) FROM cases WHERE {condition}", values)[0][0])


def contains(registry: Registry, cohort: Cohort, case_id: int) -> bool:
    """Whether a patient belongs to the cohort."""
    condition, values = cohort.case_sql()
    return bool(registry.rows(f"FROM cases WHERE {condition} AND case_id = ? LIMIT 1", [*values, case_id]))


def numbers(registry: Registry, cohort: Cohort, most: int) -> list[int]:
    """The cohort's patients by number, at most so many."""
    condition, values = cohort.case_sql()
    return [
        case_id
        for (case_id,) in registry.rows(
            f"SELECT case_id FROM cases WHERE {condition} ORDER BY case_id LIMIT ?", [*values, most]
        )
    ]


def unknown(registry: Registry, cohort: Cohort) -> str:
    """Which patients a cohort names whom the registry does not have, in one sentence; empty if it has them all."""
    named = [number for criterion in cohort.who for number in criterion.numbers]
    asked = "SELECT number FROM (SELECT unnest(?) AS number) WHERE number NOT IN (SELECT case_id FROM cases) ORDER BY number"
    missing = [number for (number,) in registry.rows(asked, [named])] if named else []
    if not missing:
        return ""
    if len(missing) == 1:
        return f"Patient {missing[0]}, whom the filter names, is not in this registry."
    told = listed([str(number) for number in missing[:MOST_NAMED]])
    more = "" if len(missing) <= MOST_NAMED else f" and {len(missing) - MOST_NAMED} more"
    return f"Patients {told}{more}, whom the filter names, are not in this registry."


def visits(registry: Registry, cohort: Cohort = EVERYONE, limit: int = LIMIT) -> Sample:
    """Rows of ``visits`` of the cohort's patients (at most ``limit`` of them) and visits, by patient and month.

    Each row also has ``source_row``: where its VAS, or else the row itself, was read from, where that is known.
    """
    who, who_values = cohort.case_sql()
    which, which_values = cohort.visit_sql()
    rows = registry.records(
        f"WITH chosen AS (SELECT case_id FROM cases WHERE {who} ORDER BY hash(case_id) LIMIT ?), "
        'origin AS (SELECT key, arg_max(source, "column") AS source FROM provenance '
        "WHERE \"table\" = 'visits' AND \"column\" IN ('vas', 'month') GROUP BY key) "
        f"SELECT v.*, o.source AS source_row FROM (SELECT * FROM visits WHERE {which}) AS v SEMI JOIN chosen USING (case_id) "
        "LEFT JOIN origin AS o ON o.key = concat(v.case_id, '/', v.month) ORDER BY v.case_id, v.month",
        [*who_values, limit, *which_values],
    )
    return _sample(registry, cohort, rows, limit)


def facts(registry: Registry, table: str, cohort: Cohort = EVERYONE, limit: int = LIMIT) -> Sample:
    """Rows of a one-row-a-fact table, such as ``symptoms`` or ``treatments``, of the cohort."""
    if table not in registry.vocabulary.facts:
        raise ValueError(table)
    condition, values = cohort.case_sql()
    rows = registry.records(
        f"FROM {table} WHERE case_id IN (SELECT case_id FROM cases WHERE {condition} ORDER BY hash(case_id) LIMIT ?) "
        "ORDER BY case_id",
        [*values, limit],
    )
    return _sample(registry, cohort, rows, limit)


def provenance(registry: Registry, table: str, key: str) -> list[Record]:
    """The origin of every cell of one row; ``key`` is the row's key values joined by a slash, such as ``8/3``."""
    return registry.records('FROM provenance WHERE "table" = ? AND key = ? ORDER BY "column", status', [table, key])


def uncertain_cells(registry: Registry, table: str) -> dict[tuple[str, str], Record]:
    """Cells of a table that are inferred, assumed or in conflict, by (row key, column); a conflict wins."""
    records = registry.records(
        "FROM provenance WHERE \"table\" = ? AND status IN ('assumed', 'inferred', 'conflict') "
        "ORDER BY array_position(['assumed', 'inferred', 'conflict'], status)",
        [table],
    )
    return {(record["key"], record["column"]): record for record in records}


def patient(registry: Registry, case_id: int) -> dict[str, list[Record]]:
    """Everything recorded of one patient, by table; no rows anywhere when there is no such patient."""
    return {
        table: registry.records(f"FROM {table} WHERE case_id = ?" + " ORDER BY month" * (table == "visits"), [case_id])
        for table in registry.vocabulary.clinical
    }


def compared_members(
    registry: Registry, a: Cohort, b: Cohort | None, within: Cohort = EVERYONE, other: Registry | None = None
) -> dict[str, list[Record]]:
    """The patients of a comparison, as :func:`members` gives them; with ``other``, B is a cohort of that registry."""
    if other is None:
        return members(registry, Membership(a, b), within)
    first = members(registry, Membership(EVERYONE), Cohort((*within.who, *a.who)))["a"]
    return {"a": first, "b": members(other, Membership(EVERYONE), Cohort((b or EVERYONE).who))["a"], "both": []}


def members(
    registry: Registry, membership: Membership, within: Cohort = EVERYONE, limit: int = LIMIT
) -> dict[str, list[Record]]:
    """Patients in cohort A alone ("a"), in B alone ("b") and in both, each with case columns, visits and many-valued facts.

    ``visits`` maps a month to the visit's row; a variable of which a patient may have several values is a list. At most
    ``limit`` patients a group, chosen by a hash of their number.
    """
    code, values = membership.sql()
    condition, more = within.case_sql()
    rows = registry.records(
        f"SELECT *, {code} AS membership FROM cases WHERE {condition} AND ({code}) IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY membership ORDER BY hash(case_id)) <= ? ORDER BY case_id",
        [*values, *more, *values, limit],
    )
    many = registry.vocabulary.many
    by_id = {row["case_id"]: row | {"visits": {}} | {entry.name: [] for entry in many} for row in rows}
    ids = list(by_id)
    for visit in registry.records("FROM visits WHERE list_contains(?, case_id)", [ids]):
        by_id[visit["case_id"]]["visits"][visit["month"]] = visit
    for entry in many:
        found = registry.rows(
            f'SELECT case_id, "{entry.name}" FROM {entry.table} WHERE list_contains(?, case_id)', [ids]
        )
        for case_id, value in found:
            by_id[case_id][entry.name].append(value)
    groups: dict[str, list[Record]] = {"a": [], "b": [], "both": []}
    for row in by_id.values():
        groups[row["membership"]].append(row)
    return groups
