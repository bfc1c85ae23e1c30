"""What pages and tables say beside figures: headlines, Table 1, titles of quality and patterns, counted again row by row."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plro_core import headlines
from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.confounding import Beside, beside, confounded
from plro_core.headlines import Headline
from plro_core.patterns import board, patterns_table
from plro_core.quality import completeness, duplicates, flag_disagreement, follow_up, rule_tables
from plro_core.statements import Statement
from plro_core.store import Registry
from plro_core.tables import Column, Table, table_one, told_apart
from plro_core.text import NONE, k_of_n
from plro_core.vocabulary import STANDARD, Variable
from tests.oracle import Rows, criteria, frequencies, level_of, patients_in, values_of, visits_in
from tests.small_registry import small_registry
from tests.statements_oracle import check
from tests.test_statements import SIZES, left_over, registry_of, rows_of_size

pytest_plugins = ["tests.core_fixtures"]

QUERIES = ("", "vas=4-10", "month=0,6", "smoking=yes", "case_definition=vertebral_fracture", "age=12")
SMOKING = STANDARD.variable("smoking")
VAS = STANDARD.variable("vas", "visits")


def cohort_of(query: str) -> Cohort:
    return Cohort.parse(query, STANDARD)


# Headlines


def check_headline(rows: Rows, said: Headline) -> None:
    for amount in said.amounts:
        check(rows, amount)
    assert left_over([said.value, said.detail], said.amounts) == [], said
    assert "0 of 0" not in f"{said.value} {said.detail}", said


def check_headlines(registry: Registry, rows: Rows, cohort: Cohort) -> None:
    title = headlines.overview_title(registry, cohort)
    for amount in title.amounts:
        check(rows, amount)
    assert left_over([str(title)], title.amounts) == [], title
    for said in (*headlines.overview(registry, cohort), *headlines.pain(registry, cohort)):
        check_headline(rows, said)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("query", QUERIES)
def test_headlines_are_counted_from_everybody(size: int, query: str) -> None:
    check_headlines(registry_of(size), rows_of_size(size), cohort_of(query))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(criteria(), max_size=2, unique_by=lambda criterion: criterion.key))
def test_so_they_are_in_random_cohorts(chosen: list[Criterion]) -> None:
    check_headlines(registry_of(60), rows_of_size(60), Cohort(tuple(chosen)))


def test_nothing_is_said_of_pain_in_visits_chosen_by_it(registry: Registry) -> None:
    (said,) = headlines.pain(registry, cohort_of("vas=4-10"))
    assert (said.value, said.amounts) == (NONE, ())
    assert said.detail.endswith("Only visits with VAS 4 to 10")


def test_two_patients_have_their_values_and_no_median(registry: Registry) -> None:
    said = {
        line.label: (line.value, line.detail) for line in headlines.pain(registry, cohort_of("breastfeeding=continued"))
    }
    assert said["VAS, month 1"] == ("5 and 6", "both recorded values")


def test_who_was_not_asked_does_not_count_as_no() -> None:
    asked = small_registry(cases=[{"case_id": 1, "smoking": True}, *({"case_id": n, "smoking": None} for n in (2, 3))])
    nobody = small_registry(cases=[{"case_id": n, "smoking": None} for n in range(1, 6)])
    said = [{line.label: line for line in headlines.overview(held)}["Smoking"] for held in (asked, nobody)]
    assert (said[0].value, said[0].detail) == ("1 of 1", "history of smoking recorded; not recorded in 2")
    assert (said[1].value, said[1].detail) == (NONE, "not recorded")


def test_a_title_says_nothing_of_a_fracture_by_which_patients_were_chosen(registry: Registry) -> None:
    told = [
        str(headlines.overview_title(registry, cohort_of(query)))
        for query in ("", "case_definition=vertebral_fracture")
    ]
    assert told == ["10 patients, documented vertebral fracture in 3 of 10", "3 patients"]


# Table 1


def check_table_one(registry: Registry, rows: Rows, cohort: Cohort, by: Variable | None) -> None:
    found = table_one(registry, cohort, by)
    n, visits = len(patients_in(rows, cohort)), len(visits_in(rows, cohort))
    of, called = len(rows["cases"]), "patient" if len(rows["cases"]) == 1 else "patients"
    size = f"{k_of(n, of)} {called} · {k_of(visits, len(rows['visits']))} visits"
    assert found.tidy.subtitle.endswith(f": {size}")
    assert "0 of 0" not in " ".join(str(cell) for row in found.layout.rows for cell in row)
    check_counts(rows, cohort, by, found.tidy)
    levels = Counter(level_of(case, by) for case in rows["cases"] if case["case_id"] in set(patients_in(rows, cohort)))
    sizes = [n, *(levels[level.code] for level in by.levels)] if by else [n]
    heads = [column.label for column in found.layout.columns[3:]]
    assert [int(re.search(r"\((\d+) patients?\)", head)[1]) for head in heads][: len(sizes)] == sizes  # type: ignore[index]
    if by:
        said = [note for note in found.tidy.notes if note.startswith(("Confounded", "Only one patient"))]
        assert said == list(confounded(registry, by, cohort))
        check_confounded(rows, cohort, by, said)


def k_of(k: int, n: int) -> str:
    """A count with its denominator, numbers of five digits and more in groups of three."""
    return " of ".join(f"{count:,}".replace(",", "\u202f") if count >= 10_000 else str(count) for count in (k, n))


def check_counts(rows: Rows, cohort: Cohort, by: Variable | None, tidy: Table) -> None:
    """n, missing and k of each statistic, from rows."""
    entries = [entry for entry in STANDARD.summarised if entry != by]
    found = frequencies(rows, entries, cohort, by)
    whole = frequencies(rows, entries, cohort, None)
    patients = len(patients_in(rows, cohort))
    for row in tidy.records:
        entry = next(entry for entry in entries if entry.name == row["variable"])
        group = {"overall": "overall", "not recorded": None}.get(str(row["group"]), row["group"])
        counted = (whole if group == "overall" else found).get(
            (entry.name, row["month"], None if group == "overall" else group)  # type: ignore[arg-type]
        )
        if counted is None:
            assert (row["n"], row["missing"]) == (0, 0), row
            continue
        if not entry.many:
            assert (row["n"], row["missing"]) == (counted.n, counted.missing), row
        elif group == "overall":
            assert (row["n"], row["missing"]) == (patients - counted.missing, counted.missing), row
        if row["level"] is not None:
            value = row["level"] == "yes" if entry.kind == "boolean" else row["level"]
            assert row["k"] == counted.values.get(value, 0), row


def check_confounded(rows: Rows, cohort: Cohort, by: Variable, said: list[str]) -> None:
    """Each level that a whole group shares, with how many of the others have it, is said; and nothing else."""
    members: dict[str | None, list[int]] = {}
    chosen = set(patients_in(rows, cohort))
    for case in rows["cases"]:
        if case["case_id"] in chosen:
            members.setdefault(level_of(case, by), []).append(case["case_id"])
    codes = [level.code for level in by.levels]
    named: set[Variable] = set()
    most = max(codes, key=lambda code: len(members.get(code, [])))
    for code in sorted(codes, key=lambda code: code == most):  # the largest last: it says what is left
        here = members.get(code, [])
        others = [case_id for other in codes if other != code for case_id in members.get(other, [])]
        largest = code == most
        if len(here) < 2 or (largest and len(others) == 1):
            continue
        found = {e: words for e, words in shared(rows, by, here, others).items() if not (largest and e in named)}
        named |= set(found)
        expected = list(found.values())
        phrase = Criterion(by, (code,)).phrase
        sentence = next((line for line in said if f" with {phrase} also share " in line), "")
        assert [part for part in expected if part not in sentence] == [], sentence
        assert len(re.findall(r"\d+ of \d+ others", sentence)) == len(expected), sentence


def shared(rows: Rows, by: Variable, here: list[int], others: list[int]) -> dict[Variable, str]:
    found = {}
    for entry in STANDARD.groupings:
        if entry == by:
            continue
        ours = [values_of(rows, case_id, entry, None) for case_id in here]
        theirs = [value for case_id in others for value in values_of(rows, case_id, entry, None)]
        if [] in ours or len({value for found in ours for value in found}) != 1 or not theirs:
            continue
        value = ours[0][0]
        if theirs.count(value) <= len(theirs) / 2:
            level = {True: "yes", False: "no"}.get(value, value)
            gap = f", not recorded in {len(others) - len(theirs)}" if len(theirs) < len(others) else ""
            found[entry] = f"{Criterion(entry, (level,)).phrase} ({theirs.count(value)} of {len(theirs)} others{gap})"
    return found


@pytest.mark.parametrize("size", SIZES[:-1])
@pytest.mark.parametrize("by", [None, *(entry.name for entry in STANDARD.groupings)])
@pytest.mark.parametrize("query", ["", "smoking=yes"])
def test_table_one_is_counted_from_everybody(size: int, by: str | None, query: str) -> None:
    grouping = STANDARD.variable(by) if by else None
    check_table_one(registry_of(size), rows_of_size(size), cohort_of(query), grouping)


def test_so_it_is_of_more_patients_than_are_drawn() -> None:
    size = SIZES[-1]
    check_table_one(registry_of(size), rows_of_size(size), EVERYONE, STANDARD.variable("breastfeeding"))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    chosen=st.lists(criteria(), max_size=2, unique_by=lambda criterion: criterion.key),
    by=st.sampled_from([None, *STANDARD.groupings]),
)
def test_so_it_is_in_a_random_cohort(chosen: list[Criterion], by: Variable | None) -> None:
    check_table_one(registry_of(60), rows_of_size(60), Cohort(tuple(chosen)), by)


# Headings


def test_a_table_with_two_equal_headings_is_refused() -> None:
    with pytest.raises(ValueError, match="two columns “Smoking”"):
        Table("twice", "Twice", (Column("a", "Smoking"), Column("b", "Smoking")), ())
    with pytest.raises(ValueError, match="two columns “a”"):
        Table("twice", "Twice", (Column("a", "Smoking"), Column("a", "Brace")), ())
    with pytest.raises(ValueError, match="headed “Smoking”"):
        Beside(("Smoking", "Smoking"), ())


def test_equal_labels_are_told_apart_by_name() -> None:
    columns = told_apart([Column("smoking", "Smoking"), Column("smoking_now", "Smoking")])
    assert [column.heading for column in columns] == ["Smoking", "Smoking (smoking_now)"]


@pytest.mark.parametrize("by", [entry.name for entry in STANDARD.groupings])
def test_the_groups_are_named_beside_their_confounders(registry: Registry, by: str) -> None:
    entry = STANDARD.variable(by)
    found = beside(registry, entry)
    as_records = [dict(zip(found.heads, row, strict=True)) for row in found.rows]
    order = [*(level.label for level in entry.levels), "not recorded"]
    names = [row[entry.label] for row in as_records]
    assert names == [name for name in order if name in names]
    assert sum(int(row["Patients"]) for row in as_records) == 10


# Quality


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("query", QUERIES)
def test_titles_of_quality_count_everybody(size: int, query: str) -> None:
    registry, rows, cohort = registry_of(size), rows_of_size(size), cohort_of(query)
    people, visits = patients_in(rows, cohort), visits_in(rows, cohort)
    held = visits_in(rows, Cohort(cohort.who))  # a visit that a choice leaves out was held
    assert follow_up(registry, cohort).title == (
        k_of(sum(visit["month"] in STANDARD.months for visit in held), len(people) * len(STANDARD.months))
        + " planned visits were held"
        if people
        else "No visit is planned: nobody is in view"
    )
    cells = list(recordable(rows, people, visits))
    told = f"{k_of(sum(value is not None for value in cells), len(cells))} cells are recorded"
    assert completeness(registry, cohort=cohort).title == (
        told if cells else "There is no cell to record: nobody is in view"
    )
    assert flag_disagreement(registry, cohort).title == flags_title(rows, cohort)


def flags_title(rows: Rows, cohort: Cohort) -> str:
    if any(criterion.variable.name != "month" for criterion in cohort.which_visits):
        return "Where do reported flag and computed flag disagree? Only visits with VAS 4 to 10"
    flags = [flag for visit in visits_in(rows, cohort) for flag in flags_of(visit)]
    if not flags:
        return "Laboratory values are not recorded"
    if not any(visit[f"{lab.name}_flag"] for visit in rows["visits"] for lab in STANDARD.labs):
        outside = sum(computed is not None for _, _, computed in flags)
        return f"Reported flags are not recorded; {k_of(outside, len(flags))} values lie outside a reference range"
    compared = [(printed, computed) for entry, printed, computed in flags if entry.reference and (printed or computed)]
    if not compared:
        return "No value has a reported flag or lies outside its reference range"
    apart = sum(printed != computed for printed, computed in compared)
    return f"Reported flag and computed flag disagree in {k_of(apart, len(compared))} flagged cells"


def recordable(rows: Rows, people: list[int], visits: list[dict[str, object]]) -> Iterator[object]:
    for table, held in (
        ("cases", [case for case in rows["cases"] if case["case_id"] in set(people)]),
        ("visits", visits),
    ):
        for entry in STANDARD.columns(table):
            if entry.name not in ("case_id", "month") and not entry.name.endswith("_flag"):
                yield from (row[entry.name] for row in held)


def flags_of(visit: dict[str, object]) -> Iterator[tuple[Variable, object, object]]:
    for lab in STANDARD.labs:
        value, printed = visit[lab.name], visit[f"{lab.name}_flag"]
        assert value is None or isinstance(value, float)
        if value is not None:
            yield lab, printed, lab.flag(value)


def test_a_list_of_flagged_cells_that_is_a_sample_says_so() -> None:
    assert any("a fixed sample of 200 of 1000 patients" in note for note in flag_disagreement(registry_of(1000)).notes)
    assert not any("sample" in note for note in flag_disagreement(registry_of(60)).notes)


@pytest.mark.parametrize("size", SIZES)
def test_titles_of_rules_and_duplicates_count_what_a_cut_list_leaves_out(size: int) -> None:
    counted, hits = rule_tables(registry_of(size))
    total = sum(int(cell or 0) for cell in counted.values("hits"))
    assert hits.title.startswith(f"The rules of intake ask about {total} cell")
    assert len(hits.rows) == min(total, 1000)
    assert duplicates(registry_of(size)).title == "Nothing looks recorded twice"


# Patterns


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("query", ["", "vas=4-10", "smoking=yes"])
def test_patterns_are_counted_from_everybody(size: int, query: str) -> None:
    registry, rows, cohort = registry_of(size), rows_of_size(size), cohort_of(query)
    people = patients_in(rows, cohort)
    found = board(registry, VAS, "positions", cohort)
    assert (found.n, found.k) == (len(people), len(people))
    at = {(visit["case_id"], visit["month"]): visit["vas"] for visit in rows["visits"]}
    for month, words in found.by_visit.items():
        free = sum(at.get((case_id, month)) == 0 for case_id in people)
        unknown = sum(at.get((case_id, month)) is None for case_id in people)
        assert (words.get("no pain", 0), words.get("not recorded", 0)) == (free, unknown)
    table = patterns_table(registry, VAS, "positions", cohort)
    assert sum(int(cell or 0) for cell in table.tidy.values("k")) == len(people)
    assert set(table.tidy.values("n")) <= {len(people)}
    named = sum(int(cell or 0) for cell in table.tidy.values("named"))
    assert ("Only the first patients of each pattern are named." in table.tidy.notes) == (named < len(people))


# Nobody


def test_nobody_is_never_counted_out_of_nobody() -> None:
    assert k_of_n(0, 0) == NONE
    nobody = registry_of(0)
    tables = (completeness(nobody), follow_up(nobody), flag_disagreement(nobody), *rule_tables(nobody))
    said = [table.title for table in (*tables, table_one(nobody).layout, table_one(nobody, EVERYONE, SMOKING).layout)]
    assert not [title for title in said if "0 of 0" in title or NONE in title]
    assert headlines.overview_title(nobody) == Statement("Nobody is in this view")
