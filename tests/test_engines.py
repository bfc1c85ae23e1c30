"""Every engine gives the same integers to every question, whatever is asked of whatever patients; and answers add."""

import gc
import pickle
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.cohort import Cohort, Criterion, Membership
from plro_core.compare import compare
from plro_core.counts import (
    CodeEngine,
    Engine,
    Question,
    SqlEngine,
    combinations,
    crossing,
    first_and_last,
    kept,
    measured,
    questions,
    sets_of_facts,
    together,
)
from plro_core.counts.chosen import patients, visits
from plro_core.counts.kept import Kept
from plro_core.counts.readings import AsRecorded, Reading
from plro_core.pain_control import DEFAULT, DEFINITIONS, compare_times, control_times, estimates, responders, waterfall
from plro_core.pain_control.rules import Control
from plro_core.patterns import board, kinds
from plro_core.patterns.words import Said
from plro_core.quality.completeness import completeness
from plro_core.quality.follow_up import follow_up, follow_up_by_patient
from plro_core.schema import arrow_schema
from plro_core.store import Registry, open_registry, publish
from plro_core.synthetic import about, synthetic_tables
from plro_core.tables import table_one
from plro_core.vocabulary import STANDARD, Variable, Vocabulary, parse
from tests.dask_tools import Workers
from tests.oracle import cohorts, halves, registry_of, treatments_of
from tests.oracle import synthetic_tables as random_tables

pytest_plugins = ["tests.core_fixtures"]

#: Every engine but the reference, by name: each is asked all that follows.
ENGINES: dict[str, Callable[[Registry], Engine]] = {
    "codes": lambda registry: CodeEngine(registry.codes),
    "dask": lambda registry: _workers(registry),
}
_workers: Callable[[Registry], Engine]


@pytest.fixture(scope="module", autouse=True)
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Processes of which each holds a part of every registry; they start when they are first asked."""
    global _workers
    _workers = Workers(tmp_path_factory.mktemp("shards"))
    yield
    _workers.close()


COUNTED = [entry for entry in STANDARD.variables if entry.filterable or entry.summarised]
OF_CASES = [entry for entry in COUNTED if entry.table == "cases"]
OF_VISITS = [STANDARD.variable("vas"), *STANDARD.labs]
LEVEL = STANDARD.variable("level")
AGENT, KIND = STANDARD.variable("agent", "treatments"), STANDARD.variable("kind", "treatments")
MONTHS = st.sampled_from((0, 1, 3, 6, 12))
#: A round to several processes costs more than what it asks them here.
EACH = {
    engine: {"max_examples": most, "deadline": None, "derandomize": True}
    for engine, most in {"codes": 12, "dask": 3}.items()
}


@st.composite
def groups(draw: st.DrawFn) -> Variable | Membership | None:
    """No group, a fact of the case, or in which of two cohorts a patient is."""
    if draw(st.integers(0, 2)) < 2:
        return draw(st.sampled_from((None, *STANDARD.groupings)))
    return Membership(draw(cohorts), draw(st.none() | cohorts))


def some(entries: list[Variable], least: int = 0) -> st.SearchStrategy[tuple[Variable, ...]]:
    return st.lists(st.sampled_from(entries), min_size=least, max_size=5, unique=True).map(tuple)


KINDS = st.lists(st.sampled_from([level.code for level in KIND.levels]), min_size=1, unique=True).map(
    lambda items: Criterion(KIND, tuple(items))
)

#: Words of a registry's own: a table of measurements that have days.
WORDS = Vocabulary(parse('use = ["densitometry"]'))
BMD = WORDS.variable("bmd", "densitometry")

#: How each question is asked at random.
ASKED: dict[type, st.SearchStrategy[Any]] = {
    questions.Sized: st.builds(questions.Sized, cohorts),
    questions.Counted: st.builds(questions.Counted, some(COUNTED), cohorts, groups()),
    questions.Pairs: st.builds(questions.Pairs, st.sampled_from(OF_VISITS), MONTHS, MONTHS, cohorts, groups()),
    questions.PairsFromBaseline: st.builds(questions.PairsFromBaseline, some(OF_VISITS), cohorts, groups()),
    questions.ChangesFromBaseline: st.builds(questions.ChangesFromBaseline, some(OF_VISITS), cohorts, groups()),
    questions.NumberEach: st.builds(
        questions.NumberEach,
        st.just(LEVEL),
        st.frozensets(st.sampled_from([level.code for level in LEVEL.levels])),
        cohorts,
    ),
    questions.Combinations: st.builds(questions.Combinations, some(OF_CASES, 1) | some(OF_VISITS, 1), cohorts),
    questions.SetsOfFacts: st.builds(questions.SetsOfFacts, st.just(AGENT), KINDS, cohorts, groups()),
    questions.Measured: st.builds(questions.Measured, st.just(BMD), st.sampled_from(("site", "machine")), cohorts),
    questions.FirstAndLast: st.builds(
        questions.FirstAndLast, st.just(BMD), st.just("site"), st.just("machine"), cohorts
    ),
}
READINGS: list[Reading] = [
    AsRecorded(),
    *(Control(entry.rule) for entry in DEFINITIONS if entry.sustained),
    *(Said(entry, kind) for entry in (OF_VISITS[0], OF_VISITS[1]) for kind in kinds(entry) if kind != "arrows"),
]
PLANNED = st.frozensets(st.sampled_from((0, 1, 3, 6, 12))).map(lambda months: tuple(sorted(months)))
ASKED |= {
    questions.Recorded: st.one_of(
        st.builds(questions.Recorded, st.just("cases"), some(OF_CASES), st.none() | st.sampled_from(OF_CASES), cohorts),
        st.builds(
            questions.Recorded,
            st.just("visits"),
            some(OF_VISITS),
            st.none() | st.sampled_from([STANDARD.variable("month"), *STANDARD.groupings]),
            cohorts,
        ),
    ),
    questions.Paths: st.one_of(
        st.builds(
            questions.Paths,
            st.sampled_from(OF_VISITS),
            PLANNED,
            st.sampled_from(READINGS),
            some([STANDARD.variable("pain_control_months"), *STANDARD.groupings]),
            cohorts,
            groups(),
        ),
        st.sampled_from(STANDARD.labs).flatmap(
            lambda entry: st.builds(
                questions.Paths,
                st.just(entry),
                PLANNED,
                st.just(Said(entry, "arrows")),
                cohort=cohorts,
                flag=st.just(STANDARD.variable(f"{entry.name}_flag")),
            )
        ),
    ),
}

#: Those that the shipped registry has no table for.
OF_OWN_TABLES = (questions.Measured, questions.FirstAndLast)


def facts_of(seed: int, patients: int) -> dict[str, pa.Table]:
    """Random patients with treatments and scans."""
    tables = random_tables(seed, patients)
    return tables | {"treatments": treatments_of(seed, patients), "densitometry": scans_of(seed, patients)}


def scans_of(seed: int, patients: int) -> pa.Table:
    """Scans of three sites on several days by three machines, in no order; some without a machine or a value; one is called "(all)"."""
    random = np.random.default_rng(seed)
    keys = {
        (case_id, day, site)
        for case_id in range(1, patients + 1)
        for day in random.integers(0, 400, 5).tolist()
        for site in random.choice(["l1_l4", "femoral_neck", "radius"], 2).tolist()
    }
    rows = [
        {
            "case_id": case_id,
            "day": day,
            "site": site,
            "machine": random.choice(["one", "two", "(all)", None]),
            "bmd": round(random.uniform(0.5, 1.2), 2) if random.random() < 0.9 else None,
        }
        for case_id, day, site in random.permutation(np.array(sorted(keys), dtype=object)).tolist()
    ]
    schema = arrow_schema("densitometry", WORDS)
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


@pytest.fixture(scope="module")
def registries(registry: Registry) -> Iterator[list[Registry]]:
    """The shipped patients, nobody, one, two, three, random ones and awkward ones."""
    opened = [registry_of(facts_of(seed, n), WORDS) for seed, n in ((0, 0), (3, 1), (4, 2), (5, 3), (2, 60))]
    opened.append(registry_of(synthetic_tables(40, 1, "edge") | {"densitometry": scans_of(8, 40)}, WORDS))
    yield [registry, *opened]
    for entry in opened:
        entry.close()


@pytest.fixture(scope="module")
def split() -> Iterator[tuple[Registry, list[Registry]]]:
    """A registry, and its patients in two registries of their own, by lot."""
    tables = facts_of(6, 60)
    whole, parts = registry_of(tables, WORDS), [registry_of(part, WORDS) for part in halves(tables, 7)]
    yield whole, parts
    for entry in (whole, *parts):
        entry.close()


def test_every_question_is_asked_here() -> None:
    """A new question gets its way of being asked at random, so that every engine is held against the reference."""
    assert set(ASKED) == set(get_args(questions.Question))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.__name__)
def test_the_same_integers(registries: list[Registry], engine: str, kind: type) -> None:
    @given(question=ASKED[kind])
    @settings(**EACH[engine])
    def ask(question: Question) -> None:
        for registry in registries[1 if kind in OF_OWN_TABLES else 0 :]:
            found = ENGINES[engine](registry).answer(question)
            assert found == SqlEngine(registry).answer(question)
            assert all(type(count) is int and count > 0 for count in found.values())

    ask()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.__name__)
def test_answers_of_parts_add_up(split: tuple[Registry, list[Registry]], engine: str, kind: type) -> None:
    whole, parts = split

    @given(question=ASKED[kind])
    @settings(**EACH[engine])
    def ask(question: Question) -> None:
        shipped = pickle.loads(pickle.dumps(question))
        assert shipped == question
        assert hash(shipped) == hash(question)
        answers = [ENGINES[engine](part).answer(shipped) for part in parts]
        assert together(answers) == together(answers[::-1]) == ENGINES[engine](whole).answer(question)

    ask()


def test_answers_come_in_the_order_of_their_questions(registry: Registry) -> None:
    asked: list[Question] = [questions.Sized(), questions.Combinations((OF_CASES[0],))]
    for engine in (CodeEngine(registry.codes), SqlEngine(registry)):
        assert engine.answers(asked) == [engine.answer(question) for question in asked]


def test_two_variables_of_one_name_are_not_counted_as_one() -> None:
    words = Vocabulary(parse('use = ["unscheduled"]'))
    of_visits, unscheduled = words.variable("vas", "visits"), words.variable("vas", "unscheduled")
    for asked in (questions.Counted, questions.PairsFromBaseline, questions.ChangesFromBaseline):
        with pytest.raises(ValueError, match="two variables named vas"):
            asked((of_visits, unscheduled))


@pytest.mark.parametrize("engine", ENGINES)
def test_patients_whose_numbers_do_not_follow_each_other(engine: str) -> None:
    """Rows are matched by the patient's number, not by its place."""
    tables = synthetic_tables(30, 5)
    order = [at for at in range(29, -1, -1) if at % 3]
    shuffled = dict(tables)
    shuffled["cases"] = tables["cases"].take(order)
    kept = set(shuffled["cases"]["case_id"].to_pylist())
    for name, table in tables.items():
        if name != "cases" and "case_id" in table.column_names:
            rows = [at for at, number in enumerate(table["case_id"].to_pylist()) if number in kept]
            shuffled[name] = table.take(pa.array(rows[::-1], pa.int64()))
    opened = registry_of(shuffled)
    group = STANDARD.variable("smoking")
    for query in ("", "vas.0=7-10", "symptom=!back", "vas.3=~&smoking=yes", "calcium=8-9"):
        cohort = Cohort.parse(query, STANDARD)
        for question in (
            questions.Counted(tuple(COUNTED), cohort, group),
            questions.PairsFromBaseline(tuple(OF_VISITS), cohort, group),
            questions.ChangesFromBaseline(tuple(OF_VISITS), cohort, group),
        ):
            assert ENGINES[engine](opened).answer(question) == SqlEngine(opened).answer(question)
    opened.close()


def test_very_many_combinations_are_counted_too() -> None:
    opened = registry_of(synthetic_tables(300, 2))
    entries = OF_CASES * 3  # more combinations than a machine's number holds
    found = CodeEngine(opened.codes).answer(questions.Combinations(tuple(entries)))
    once = {values[: len(OF_CASES)]: count for values, count in found.items()}
    assert once == SqlEngine(opened).answer(questions.Combinations(tuple(OF_CASES)))
    assert sum(found.values()) == 300
    opened.close()


def test_more_facts_than_one_number_has_bits() -> None:
    """A registry's own list of agents may be long."""
    schema = arrow_schema("treatments", STANDARD)
    given_to = [(case_id, f"agent {at:03}") for case_id in range(1, 6) for at in range(case_id, 150, case_id)]
    rows = [
        dict.fromkeys(schema.names) | {"case_id": at, "kind": "supplement", "agent": agent} for at, agent in given_to
    ]
    opened = registry_of(random_tables(1, 7) | {"treatments": pa.Table.from_pylist(rows, schema=schema)})
    asked = questions.SetsOfFacts(AGENT, Criterion(KIND, ("supplement",)))
    found = CodeEngine(opened.codes).answer(asked)
    assert found == SqlEngine(opened).answer(asked)
    assert sorted(len(held) for _, held in found if held is not None) == [29, 37, 49, 74, 149]
    opened.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_words_that_a_registry_learned_since_have_no_values(tmp_path: Path, engine: str) -> None:
    """A variable, a table and a visit that were declared after a version was written: nothing is recorded there."""
    publish(synthetic_tables(20, 1), about(20, 1, "paper"), tmp_path, STANDARD)
    (tmp_path / "variables.toml").write_text('months = [0, 1, 3, 6, 12]\nuse = ["phosphate", "bmi", "densitometry"]\n')
    opened = open_registry(tmp_path)
    words = opened.vocabulary
    entries = (words.variable("phosphate", "visits"), words.variable("bmi", "cases"), words.variable("vas", "visits"))
    for query in ("", "bmi=~", "phosphate.12=~", "vas.12=0-3", "smoking=yes"):
        cohort = Cohort.parse(query, words)
        for question in (
            questions.Sized(cohort),
            questions.Counted(entries, cohort),
            questions.Measured(words.variable("bmd", "densitometry"), "site", cohort),
            questions.FirstAndLast(words.variable("bmd", "densitometry"), "site", "machine", cohort),
        ):
            assert ENGINES[engine](opened).answer(question) == SqlEngine(opened).answer(question)
    opened.close()


def test_an_order_is_promised_by_the_function_not_by_the_engine(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [STANDARD.variable("vas", "visits")]
    promised = list(combinations(registry, asked))
    backwards = CodeEngine.answer
    monkeypatch.setattr(CodeEngine, "answer", lambda self, asked: dict([*backwards(self, asked).items()][::-1]))
    assert list(combinations(registry, asked)) == promised
    assert promised == sorted(promised, key=lambda key: (key[0] is None, key[0] or 0))


@pytest.mark.parametrize(("small", "most"), [(2**16, 4_000_000), (60, 4_000_000), (2**16, 500), (60, 40)])
def test_columns_counted_in_one_pass_are_counted_as_each_alone(
    monkeypatch: pytest.MonkeyPatch, small: int, most: int
) -> None:
    """Of many rows several columns are crossed and counted together; the limits of that change nothing."""
    opened = registry_of(random_tables(11, 3000))
    group = STANDARD.variable("breastfeeding")
    for query in ("", "smoking=yes&vas.0=4-10", "age=12-14", "calcium=8-9"):
        asked = questions.Counted(tuple(COUNTED), Cohort.parse(query, STANDARD), group)
        expected = SqlEngine(opened).answer(asked)
        monkeypatch.setattr(crossing, "_SMALL", small)
        monkeypatch.setattr(crossing, "_MOST_CELLS", most)
        assert CodeEngine(opened.codes).answer(asked) == expected
    opened.close()


def test_statistics_read_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever pages count is asked of the engine: SQL is for lists, downloads and origins."""
    opened = registry_of(facts_of(2, 60), WORDS)
    cohort, group = Cohort.parse("smoking=yes,no&vas.0=1-10", WORDS), STANDARD.variable("breastfeeding")

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a statistic asked for rows")

    for name in ("rows", "records", "arrow"):
        monkeypatch.setattr(Registry, name, refuse)
    assert estimates(opened, DEFAULT, cohort, group=group)
    assert compare_times(opened, group, "continued", "stopped", DEFAULT, cohort)
    assert control_times(opened, DEFAULT, cohort)
    assert responders(opened, cohort, group=group)
    assert waterfall(opened, 1, cohort).n
    assert all(board(opened, entry, kind, cohort).n for entry in OF_VISITS for kind in kinds(entry))
    assert all(completeness(opened, by, cohort).rows for by in ("visit", None))
    assert follow_up(opened, cohort).rows
    assert follow_up_by_patient(opened, cohort).rows
    assert compare(opened, cohort).differences
    assert table_one(opened, cohort, group)
    assert measured(opened, BMD, "site", cohort)
    assert first_and_last(opened, BMD, "site", "machine", cohort)
    assert sets_of_facts(opened, AGENT, Criterion(KIND, ("supplement",)), cohort, group)
    opened.close()


def test_what_is_kept_stays_within_its_limit_and_is_let_go_with_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = registry_of(random_tables(12, 50))
    codes, made = opened.codes, []

    def make(name: str) -> Callable[[], bytes]:
        return lambda: made.append(name) or name.encode()  # type: ignore[func-returns-value]

    things: Kept[bytes] = Kept(len)
    monkeypatch.setattr(kept, "_MOST_BYTES", 5)
    for name in ("aa", "bb", "aa", "cc", "aa", "bb", "far too much", "far too much"):
        assert things.get(codes, name, make(name)) == name.encode()
    assert made == ["aa", "bb", "cc", "bb", "far too much"]  # “bb” was the one asked for longest ago
    gone = weakref.ref(codes)
    opened.close()
    del codes, opened
    gc.collect()
    assert gone() is None


def test_a_mask_that_is_kept_cannot_be_changed(registry: Registry) -> None:
    cohort = Cohort.parse("smoking=yes&calcium=8-9", STANDARD)
    for mask in (patients(registry.codes, cohort), visits(registry.codes, cohort)):
        with pytest.raises(ValueError, match="read-only"):
            mask[0] = True
