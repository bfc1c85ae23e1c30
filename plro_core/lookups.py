"""Rows of a cohort: for looking up a patient, listing who is in view and drawing each patient's points.

Statistics never come from here (see ``counts``). Of a cohort larger than ``limit`` a fixed sample of patients is read,
ordered by a hash of the patient's number; a ``Sample`` says of how many, so that nobody takes it for the whole.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from plro_core.cohort import EVERYONE, Cohort, Membership
from plro_core.cohort_words import MOST_NAMED
from plro_core.counts.chosen import grouped, memberships
from plro_core.counts.chosen import patients as in_cohort
from plro_core.counts.chosen import visits as visits_of
from plro_core.counts.paths import values_at
from plro_core.counts.questions import Paths
from plro_core.counts.readings import read
from plro_core.store import BeginsWith, OfPatients, OneOf, Registry
from plro_core.text import grouped as digits_grouped
from plro_core.text import listed
from plro_core.text import patients as patients_words

LIMIT = 200
#: The rows of so many patients are looked for one patient after the other, not among all rows.
_FEW_PATIENTS = 1000
#: Of so many visits it is kept in memory where all were read from.
_FEW_VISITS = 2000
#: What makes a cell uncertain; the last wins.
_UNCERTAIN = ("assumed", "inferred", "conflict")

Record = dict[str, Any]
Places = NDArray[np.int64]
Rows = NDArray[np.bool_]


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
        return f"a fixed sample of {digits_grouped(self.patients)} of {patients_words(self.of)}"

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
    chosen, of = _chosen(registry, cohort, limit)
    return Sample(tuple(registry.codes["cases"].records(chosen)), len(chosen), of)


def page_of_cases(registry: Registry, cohort: Cohort, number: int, size: int) -> Sample:
    """One page of the cohort's patients by number, the first page being 0: for paging through all of them."""
    chosen = _by_number(registry, in_cohort(registry.codes, cohort))
    rows = registry.codes["cases"].records(chosen[number * size : (number + 1) * size])
    return Sample(tuple(rows), len(rows), len(chosen))


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
    chosen = _by_number(registry, in_cohort(registry.codes, cohort))
    numbers = registry.codes.numbers[chosen]
    before, upto = (int(np.searchsorted(numbers, case_id, side)) for side in ("left", "right"))
    previous = int(numbers[before - 1]) if before else None
    following = int(numbers[upto]) if upto < len(numbers) else None
    return Place(before, len(numbers), upto > before, previous, following)


def _chosen(registry: Registry, cohort: Cohort, limit: int) -> tuple[Places, int]:
    """Places of at most so many of a cohort's patients, by number, and how many there are."""
    found = in_cohort(registry.codes, cohort)
    of = int(found.sum())
    return _by_number(registry, _sampled(registry, found, limit)), of


def _sampled(registry: Registry, found: Rows, limit: int) -> Rows:
    """At most so many of these cases: those that come first by a hash of their number."""
    of = int(np.count_nonzero(found))
    if of <= limit:
        return found
    in_order = registry.kept("cases by rank", lambda: np.argsort(registry.sample_order))
    likely = in_order[: 2 * limit * len(found) // of]  # of whom about twice as many belong as are wanted
    first = likely[found[likely]]
    if len(first) < limit:
        first = in_order[found[in_order]]
    some = np.zeros(len(found), dtype=bool)
    some[first[:limit]] = True
    return some


def sample(registry: Registry, cohort: Cohort, limit: int) -> Places:
    """Places among the cases of at most so many of a cohort's patients, by number."""
    return _chosen(registry, cohort, limit)[0]


def _by_number(registry: Registry, found: Rows) -> Places:
    """Places of these cases, by number."""
    places = np.flatnonzero(found)
    return np.asarray(places[np.argsort(registry.codes.numbers[places], kind="stable")])


def rows_of(registry: Registry, table: str, chosen: Places, among: Rows | None = None) -> Places:
    """Places of the rows of these cases in a table, patient by patient by number."""
    codes = registry.codes[table]
    of_few = codes.rows_of(chosen) if len(chosen) <= _FEW_PATIENTS else None
    if of_few is not None:
        return of_few if among is None else of_few[among[of_few]]
    some = np.zeros(registry.codes.patients, dtype=bool)
    some[chosen] = True
    rows = np.flatnonzero(codes.spread(some) if among is None else codes.spread(some) & among)
    return np.asarray(rows[np.argsort(registry.codes.numbers[codes.patients_of(rows)], kind="stable")])


def patients_by_printed_row(
    registry: Registry, series: str, title: str, cells: str, among: Sequence[int] | None = None
) -> dict[int, int]:
    """Row of a document's printed table -> the patient whose cells were read from it, whose number need not be the printed one.

    ``title`` is that of the printed table, ``cells`` the table of the registry that it was read into; ``among`` are the patients
    who are looked for.
    """
    place = f"{title}, row "
    whose = () if among is None else (OfPatients(tuple(among)),)
    where = (OneOf("table", (cells,)), BeginsWith("source", place), OneOf("series", (series, None)), *whose)
    found = {}
    for line in registry.found("provenance", *where, columns=("key", "source")):
        if number := re.match(r"\d+", line["source"][len(place) :]):
            found[int(number[0])] = int(line["key"].partition("/")[0])
    return found


def contains(registry: Registry, cohort: Cohort, case_id: int) -> bool:
    """Whether a patient belongs to the cohort."""
    return bool((in_cohort(registry.codes, cohort) & (registry.codes.numbers == case_id)).any())


def numbers(registry: Registry, cohort: Cohort, most: int) -> list[int]:
    """The cohort's patients by number, at most so many."""
    chosen = _by_number(registry, in_cohort(registry.codes, cohort))[:most]
    return [int(number) for number in registry.codes.numbers[chosen]]


def unknown(registry: Registry, cohort: Cohort) -> str:
    """Which patients a cohort names whom the registry does not have, in one sentence; empty if it has them all."""
    named = np.array(sorted({number for criterion in cohort.who for number in criterion.numbers}), dtype=np.int64)
    missing = named[~np.isin(named, registry.codes.numbers)].tolist()
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
    chosen, of = _chosen(registry, cohort, limit)
    among = visits_of(registry.codes, cohort) if cohort.which_visits else None
    records = _visits(registry, rows_of(registry, "visits", chosen, among))
    sources = _sources(registry, [f"{row['case_id']}/{row['month']}" for row in records])
    rows = [row | {"source_row": sources.get(f"{row['case_id']}/{row['month']}")} for row in records]
    return Sample(tuple(rows), len(chosen), of)


def _visits(registry: Registry, rows: Places) -> list[Record]:
    """Visits by their places, each patient's by month."""
    return sorted(registry.codes["visits"].records(rows), key=lambda row: (row["case_id"], row["month"]))


def _sources(registry: Registry, keys: Sequence[str]) -> Mapping[str, str]:
    """Where the VAS of these visits, or else the visits themselves, were read from; of a small registry of all visits."""
    if registry.visits <= _FEW_VISITS:
        return registry.kept("sources of visits", lambda: _sources_of(registry, None))
    return _sources_of(registry, keys)


def _sources_of(registry: Registry, keys: Sequence[str] | None) -> dict[str, str]:
    where = [OneOf("table", ("visits",)), OneOf("column", ("vas", "month"))]
    where += [] if keys is None else [OneOf("key", tuple(keys))]
    found: dict[str, tuple[str, str]] = {}
    for line in registry.found("provenance", *where, columns=("key", "column", "source")):
        key, place = line["key"], (line["column"], line["source"])
        if key not in found or found[key][0] < place[0]:
            found[key] = place
    return {key: source for key, (_, source) in found.items()}


def courses(registry: Registry, asked: Paths, limit: int = LIMIT) -> list[tuple[int, tuple[Any, ...]]]:
    """Patients by number, each with the key that she is counted under in the answer to this question about paths.

    Of more patients than ``limit`` it is a fixed sample.
    """
    codes = registry.codes
    chosen, _ = _chosen(registry, asked.cohort, limit)
    columns = [grouped(codes, asked.group), *(codes["cases"].column(entry.name) for entry in asked.beside)]
    visits_of_each = zip(*(values_at(codes, asked, month).taken(chosen) for month in asked.months), strict=True)
    known = zip(
        codes.numbers[chosen].tolist(), visits_of_each, *(column.taken(chosen) for column in columns), strict=True
    )
    return [
        (number, (group, read(asked.reading, asked.months, values), *beside))
        for number, values, group, *beside in known
    ]


def least_followed(registry: Registry, cohort: Cohort, months: Sequence[int], limit: int) -> dict[int, list[Record]]:
    """Visits of the patients with the fewest at these months, by patient number: of equally few those with the lowest ones."""
    table = registry.codes["visits"]
    month = table.column("month")
    then = np.isin(month.codes, [month.code(planned) for planned in months])
    number = table.number_each(then)
    chosen = _by_number(registry, in_cohort(registry.codes, cohort))
    chosen = chosen[np.argsort(number[chosen].astype(np.uint16), kind="stable")[:limit]]
    found: dict[int, list[Record]] = {number: [] for number in sorted(registry.codes.numbers[chosen].tolist())}
    for visit in _visits(registry, rows_of(registry, "visits", chosen)):
        found[visit["case_id"]].append(visit)
    return found


def facts(registry: Registry, table: str, cohort: Cohort = EVERYONE, limit: int = LIMIT) -> Sample:
    """Rows of a one-row-a-fact table, such as ``symptoms`` or ``treatments``, of the cohort."""
    if table not in registry.vocabulary.facts:
        raise ValueError(table)
    chosen, of = _chosen(registry, cohort, limit)
    return Sample(tuple(registry.codes[table].records(rows_of(registry, table, chosen))), len(chosen), of)


def provenance(registry: Registry, table: str, key: str) -> list[Record]:
    """The origin of every cell of one row; ``key`` is the row's key values joined by a slash, such as ``8/3``."""
    found = registry.found("provenance", OneOf("table", (table,)), OneOf("key", (key,)))
    return sorted(found, key=lambda line: (line["column"], line["status"]))


def uncertain_cells(registry: Registry, table: str) -> dict[tuple[str, str], Record]:
    """Cells of a table that are inferred, assumed or in conflict, by (row key, column); a conflict wins."""
    return registry.kept(f"uncertain cells of {table}", lambda: _uncertain_cells(registry, table))


def _uncertain_cells(registry: Registry, table: str) -> dict[tuple[str, str], Record]:
    found = registry.found("provenance", OneOf("table", (table,)), OneOf("status", _UNCERTAIN))
    records = sorted(found, key=lambda line: _UNCERTAIN.index(line["status"]))
    return {(record["key"], record["column"]): record for record in records}


def patient(registry: Registry, case_id: int) -> dict[str, list[Record]]:
    """Everything recorded of one patient, by table; no rows anywhere when there is no such patient."""
    chosen = np.flatnonzero(registry.codes.numbers == case_id)
    found = {}
    for table in registry.vocabulary.clinical:
        rows = rows_of(registry, table, chosen)
        found[table] = _visits(registry, rows) if table == "visits" else registry.codes[table].records(rows)
    return found


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
    codes = registry.codes
    among = memberships(codes, membership)
    found = in_cohort(codes, within)
    of_code = {
        name: _sampled(registry, found & (among.codes == code), limit) for code, name in enumerate(among.values, 1)
    }
    chosen = _by_number(registry, np.logical_or.reduce(list(of_code.values())))
    names = [among.values[code - 1] for code in among.codes[chosen].tolist()]
    many = registry.vocabulary.many
    by_id: dict[int, Record] = {}
    groups: dict[str, list[Record]] = {"a": [], "b": [], "both": []}
    for row, name in zip(codes["cases"].records(chosen), names, strict=True):
        by_id[row["case_id"]] = row | {"membership": name, "visits": {}} | {entry.name: [] for entry in many}
        groups[name].append(by_id[row["case_id"]])
    for visit in codes["visits"].records(rows_of(registry, "visits", chosen)):
        by_id[visit["case_id"]]["visits"][visit["month"]] = visit
    for entry in many:
        table = codes[entry.table]
        rows = rows_of(registry, entry.table, chosen)
        numbers = codes.numbers[table.patients_of(rows)].tolist()
        for case_id, value in zip(numbers, table.column(entry.name).taken(rows), strict=True):
            by_id[case_id][entry.name].append(value)
    return groups
