"""The cohort language: four faces of one value, and SQL that means what ``Criterion.holds`` says."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core import lookups
from plro_core.cohort import EVERYONE, MOST_VALUES, Cohort, Criterion
from plro_core.counts import size
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.vocabulary import STANDARD, Variable
from tests.oracle import Rows, cohorts, criteria, patients_in, rows_of, synthetic_registry, visits_in

pytest_plugins = ["tests.core_fixtures"]

#: In the random registry.
PATIENTS = 40


@pytest.fixture(scope="module")
def synthetic() -> Iterator[Registry]:
    opened = synthetic_registry(1, PATIENTS)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def both(registry: Registry, synthetic: Registry) -> list[tuple[Registry, Rows]]:
    """The shipped and the random registry, each with its rows."""
    return [(asked, rows_of(asked)) for asked in (registry, synthetic)]


def ids(registry: Registry, cohort: Cohort) -> list[int]:
    return [record["case_id"] for record in lookups.cases(registry, cohort)]


def visit_keys(registry: Registry, cohort: Cohort) -> list[tuple[int, int]]:
    return [(record["case_id"], record["month"]) for record in lookups.visits(registry, cohort)]


# Query, sentence, patients

ALL = list(range(1, 11))
SENTENCES = [
    ("", "all patients", ALL),
    ("?smoking=yes", "patients with smoking", [5, 6, 8, 10]),
    ("smoking=no", "patients with no smoking", [1, 2, 3, 4, 7, 9]),
    ("smoking=!yes", "patients with no smoking", [1, 2, 3, 4, 7, 9]),
    ("smoking=yes,no", "patients with smoking yes or no", ALL),
    ("smoking=~", "patients with smoking not recorded", []),
    ("smoking=!", "patients with smoking recorded", ALL),
    ("brace=yes,~", "patients with spinal brace (or not recorded)", ALL),
    ("brace=!", "patients with spinal brace recorded", [1, 2, 4, 5, 6, 7, 8, 10]),
    ("age=31", "patients with age 31 years", [1, 6, 9]),
    ("age=25-31", "patients with age 25 to 31 years", [1, 3, 4, 6, 7, 9, 10]),
    ("age=*-29", "patients with age 29 years or less", [3, 4, 5, 7]),
    ("age=33-*", "patients with age 33 years or more", [2, 8]),
    ("age=24,27,33-*", "patients with age 24, 27 or 33 years or more", [2, 3, 5, 8]),
    ("age=!25-31", "patients with age not 25 to 31 years", [2, 5, 8]),
    ("weeks_postpartum=8-24", "patients with diagnosis at 8 to 24 weeks postpartum", [1, 4]),
    ("weeks_postpartum=!*-7", "patients with diagnosis not at 7 weeks postpartum or less", [1, 4]),
    ("t_l1_l4=-2.5", "patients with L1-L4 T-score −2.5", [3]),
    ("t_femoral_neck=-1-*", "patients with femoral neck T-score −1 or more", [5]),
    ("t_l1_l4=-3.5--3.2", "patients with L1-L4 T-score −3.5 to −3.2", [4, 10]),
    ("weight_gain_kg=~", "patients with weight gain in pregnancy not recorded", [2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ("weight_gain_kg=20-30,~", "patients with weight gain in pregnancy 20 to 30 kg (or not recorded)", ALL),
    ("breastfeeding=continued", "patients with breastfeeding continued", [8, 10]),
    ("breastfeeding=!continued", "patients with breastfeeding not continued", [1, 2, 3, 4, 5, 6, 7, 9]),
    (
        "case_definition=vertebral_fracture,other_fracture",
        "patients with documented fracture: vertebral fracture or fracture elsewhere",
        [3, 4, 8, 10],
    ),
    ("symptom=hip,inguinal", "patients with symptom: hip pain or inguinal pain", [3, 6, 7, 9]),
    ("symptom=!low_back", "patients with symptom site recorded, but not low back pain", [3, 9]),
    ("level=T10,L1", "patients with fracture at T10 or L1", [4, 8, 10]),
    ("level=!T10", "patients with fracture level recorded, but not T10", [3, 10]),
    ("level=!T10,~", "patients with fracture level recorded, but not T10 (or not recorded)", [1, 2, 3, 5, 6, 7, 9, 10]),
    ("level=~", "patients with fracture level not recorded", [1, 2, 5, 6, 7, 9]),
    ("level=!", "patients with fracture level recorded", [3, 4, 8, 10]),
    ("vas.0=9", "patients with VAS 9 at baseline", [1, 4, 8, 10]),
    ("vas.1=*-3", "patients with VAS 3 or less at month 1", [2, 3, 4, 5, 7]),
    ("calcium.1=~", "patients with calcium at month 1 not recorded", [7, 8]),
    ("calcium.0=10.1-*", "patients with calcium 10.1 mg/dL or more at baseline", [3, 4]),
    ("vitamin_d.0=20.6-22.2", "patients with 25(OH) vitamin D 20.6 to 22.2 ng/mL at baseline", [4, 8, 10]),
    ("magnesium.0=5-*", 'patients with "Mg" (as printed) 5 mg/dL or more at baseline', [10]),
    ("month=0", "all patients; only visits at baseline", ALL),
    ("month=1,6", "all patients; only visits at month 1 or month 6", ALL),
    ("month=!0", "all patients; only visits not at baseline", ALL),
    ("month=1-3", "all patients; only visits at month 1 to month 3", ALL),
    ("month=3-*", "all patients; only visits at month 3 or later", ALL),
    ("vas=7-10", "all patients; only visits with VAS 7 to 10", ALL),
    (
        "smoking=yes&breastfeeding=stopped&month=0,1&vas=4-10",
        "patients with smoking and breastfeeding stopped; only visits at baseline or month 1 and with VAS 4 to 10",
        [5, 6],
    ),
]


@pytest.mark.parametrize(("query", "sentence", "patients"), SENTENCES, ids=[row[0] for row in SENTENCES])
def test_a_query_says_who_and_finds_them(registry: Registry, query: str, sentence: str, patients: list[int]) -> None:
    cohort = Cohort.parse(query, registry.vocabulary)
    assert cohort.sentence == sentence
    assert ids(registry, cohort) == patients


@pytest.mark.parametrize(
    ("query", "visits"),
    [
        ("", 40),
        ("month=0", 10),
        ("month=!0,1", 20),
        ("vas=7-10", 10),
        ("calcium=~", 5),
        ("smoking=yes&month=6", 4),
        ("age=12", 0),
        ("calcium=!", 35),
        ("vas.6=0&vas=0", 6),
    ],
)
def test_which_visits(registry: Registry, query: str, visits: int) -> None:
    assert len(visit_keys(registry, Cohort.parse(query, STANDARD))) == visits


# SQL against the plain meaning


@given(cohort=cohorts)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_sql_means_what_the_rows_say(both: list[tuple[Registry, Rows]], cohort: Cohort) -> None:
    for asked, rows in both:
        assert ids(asked, cohort) == patients_in(rows, cohort)
        assert visit_keys(asked, cohort) == sorted(
            (visit["case_id"], visit["month"]) for visit in visits_in(rows, cohort)
        )


@given(criterion=criteria())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_criterion_its_opposite_and_the_unrecorded_are_everybody(synthetic: Registry, criterion: Criterion) -> None:
    if criterion.about_visits or not criterion.items:
        return
    text = ",".join(part for part in criterion.text.removeprefix("!").split(",") if part != "~")
    parts = [set(ids(synthetic, Cohort.parse([(criterion.key, part)], STANDARD))) for part in (text, f"!{text}", "~")]
    assert set.union(*parts) == set(range(1, PATIENTS + 1))
    assert sum(map(len, parts)) == PATIENTS


# One value, four faces


@given(cohort=cohorts)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_query_pairs_and_json_give_the_cohort_back(cohort: Cohort) -> None:
    assert Cohort.parse(cohort.query, STANDARD) == cohort
    assert Cohort.parse("?" + cohort.query, STANDARD) == cohort
    assert Cohort.parse(cohort.pairs, STANDARD) == cohort
    assert Cohort.from_json(cohort.json, STANDARD) == cohort
    assert Cohort.parse(quote(cohort.query, safe="=&"), STANDARD) == cohort


@given(cohort=cohorts)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_sentences_are_english_and_values_are_bound(cohort: Cohort) -> None:
    assert cohort.sentence.startswith(("all patients", "patients with "))
    assert not set(cohort.sentence) & set("~!*\n")
    for sql, values in (cohort.case_sql(), cohort.visit_sql()):
        assert sql.count("?") == len(values)
        assert not any(isinstance(value, str) and value in ("T10", "back") and value in sql for value in values)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("age=30,30-30,030,30.0", "age=30"),
        ("age=30-*,30-*", "age=30-*"),
        ("t_l1_l4=-0", "t_l1_l4=0"),
        ("t_l1_l4=-0--0.0", "t_l1_l4=0"),
        ("smoking=yes,yes", "smoking=yes"),
        ("smoking=~,yes,~", "smoking=yes,~"),
        ("smoking=y%65s", "smoking=yes"),
        ("%73moking=yes&&", "smoking=yes"),
    ],
)
def test_ways_of_writing_one_cohort(written: str, same: str) -> None:
    assert Cohort.parse(written, STANDARD) == Cohort.parse(same, STANDARD)
    assert Cohort.parse(written, STANDARD).query == same


@pytest.mark.parametrize("entry", STANDARD.filters.values(), ids=STANDARD.filters)
def test_every_filter_can_be_asked_for(registry: Registry, entry: Variable) -> None:
    texts = [level.code for level in entry.levels]
    if not texts:
        assert entry.plausible is not None
        texts = [f"{entry.plausible.low:g}", f"{entry.plausible.low:g}-*", f"*-{entry.plausible.high:g}"]
    months = [f".{month}" for month in STANDARD.months] if entry.per_visit and entry.name != "month" else []
    for key in (entry.name, *(entry.name + month for month in months)):
        for text in (*texts, *(f"!{text}" for text in texts), "~", "!", f"{texts[0]},~", ",".join(texts)):
            cohort = Cohort.parse([(key, text)], STANDARD)
            assert Cohort.parse(cohort.query, STANDARD) == cohort
            assert size(registry, cohort).patients <= 10


def test_changing_a_cohort_gives_a_new_one() -> None:
    smokers = Cohort.parse("smoking=yes&age=25-31", STANDARD)
    assert smokers.without("age").query == "smoking=yes"
    assert smokers.without("vas.1") == smokers
    assert smokers.with_(Criterion.parse("smoking", "no", STANDARD)).query == "smoking=no&age=25-31"
    assert smokers.query == "smoking=yes&age=25-31"
    assert (smokers.get("age.1"), EVERYONE.sentence, EVERYONE.query) == (None, "all patients", "")


# What is refused

NOT_NUMBERS = "٣٠ ３０ ²5 nan inf -inf 1e999 3e1 0x1F 1_0 3O *-* * - -- 25- -25-. 30;smoking 25.1234567"
REFUSED = [
    (
        "smoker=yes",
        "“smoker” is not a variable that patients can be filtered by (did you mean “smoking”?); see the Dictionary page.",
    ),
    ("SMOKING=yes", "“SMOKING” is not a variable"),
    ("case_id=1", "“case_id” is not a variable"),
    ("calcium_flag=H", "“calcium_flag” is not a variable"),
    ("=yes", "“” is not a variable"),
    ("smoking", "“smoking=” has no value; expected yes or no."),
    ("smoking=", "“smoking=” has no value; expected yes or no."),
    ("smoking=!~", "“smoking=!~” excludes nobody"),
    ("smoking=!!yes", "“!yes” is not a value of smoking; expected yes or no."),
    ("smoking=Yes", "“Yes” is not a value of smoking"),
    ("smoking=yes&smoking=no", "“smoking” is given twice; expected once, with its levels joined by commas."),
    ("vas.1=1&vas.1=2", "“vas.1” is given twice"),
    ("smoking.1=yes", "“smoking.1”: smoking is not recorded at visits; expected “smoking” without a month."),
    ("month.1=1", "“month.1”: visit is not recorded at visits; expected “month” without a month."),
    ("vas.2=1", "“vas.2”: there is no visit at month “2”; expected 0, 1, 3 or 6."),
    ("vas.01=1", "there is no visit at month “01”"),
    ("vas.=1", "there is no visit at month “”"),
    ("vas.1.1=1", "there is no visit at month “1.1”"),
    ("vas.٣=1", "there is no visit at month “٣”"),
    ("month=baseline", "“baseline” is not a value of visit"),
    ("age=31-25", "“age=31-25”: the range runs backwards; expected the lower end first."),
    ("age=61", "“age=61”: 61 is impossible for age; expected 12 to 60."),
    ("age=-0", "“age=-0”: -0 is impossible for age; expected 12 to 60."),
    ("vas.1=0-11", "“vas.1=0-11”: 11 is impossible for pain (VAS); expected 0 to 10."),
    ("symptom=", "“symptom=” has no value; expected back, low_back, hip"),
    *(
        (f"age={text}", f"“{text}” is not a number or a range; expected a number or a range such as 3-7.")
        for text in NOT_NUMBERS.split()
    ),
    ("age=25,", "“” is not a number or a range"),
    ("age=,", "“” is not a number or a range"),
    ("age=+30", "“ 30” is not a number or a range"),
    ("age=30%0A", "“30\ufffd” is not a number or a range"),
    ("age=1234567890", "“1234567890” is not a number or a range"),
    ("smoking=yes'; DROP TABLE cases; --", "is not a value of smoking"),
    ("smoking=yes' OR '1'='1", "is not a value of smoking"),
    ('smoking"=yes', '“smoking"” is not a variable'),
    ("level=T10) OR (TRUE", "“T10) OR (TRUE” is not a value of fracture level"),
    ("smoking=<img src=x onerror=alert(1)>", "is not a value of smoking"),
    ("smoking=![x](http://a.b/c.png)", "is not a value of smoking"),
    ("smoking=yes%00", "“yes\ufffd” is not a value of smoking"),
    ("smoking=%FF%FE", "is not a value of smoking"),
    ("smoking=%", "“%” is not a value of smoking"),
    ("smoking=%ZZ", "“%ZZ” is not a value of smoking"),
    ("smoking=\ud800", "is not a value of smoking"),
    ("smoking=\u202eyes", "is not a value of smoking"),
    ("smoking=" + "y" * 10_000, "is not a value of smoking"),
    ("x" * 10_000 + "=1", "is not a variable"),
    (
        "age=" + ",".join(["30"] * (MOST_VALUES + 1)),
        f"“age” has {MOST_VALUES + 1} values; expected at most {MOST_VALUES}.",
    ),
    (
        "&".join(f"{name}.0=" + ",".join(f"{value / 10}" for value in range(40, 100)) for name in ("vas", "calcium"))
        + "&"
        + "&".join(f"vitamin_d.{month}=" + ",".join(map(str, range(10, 200))) for month in STANDARD.months)
        + "&pth="
        + ",".join(map(str, range(10, 200))),
        "The cohort names 1070 values; expected at most 1000.",
    ),
]


@pytest.mark.parametrize(("query", "sentence"), REFUSED, ids=[repr(row[0][:30]) for row in REFUSED])
def test_a_hostile_or_mistaken_link_is_refused_in_one_sentence(query: str, sentence: str) -> None:
    with pytest.raises(QueryProblem) as problem:
        Cohort.parse(query, STANDARD)
    said = str(problem.value)
    assert sentence in said
    assert said.isprintable()
    assert said.endswith(".")
    assert len(said) < 700


@given(query=st.text(max_size=40) | st.from_regex(r"[a-z_]{0,9}(\.[0-9])?=[-!~,*.0-9a-z%]{0,12}", fullmatch=True))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_text_is_a_cohort_or_refused(query: str) -> None:
    try:
        cohort = Cohort.parse(query, STANDARD)
    except QueryProblem as problem:
        refused = str(problem)
    else:
        refused = ""
        assert Cohort.parse(cohort.query, STANDARD) == cohort
    assert refused.isprintable()


JSON_REFUSED = [
    '{"criteria": [{"variable": "smoking", "values": ["yes"]}], "criteria": []}',
    '{"criteria": [{"variable": "smoking", "values": ["yes"], "values": ["no"]}]}',
    "",
    "null",
    "[]",
    "{}",
    '{"criteria": null}',
    '{"criteria": "age"}',
    '{"criteria": [1]}',
    '{"criteria": [{}]}',
    '{"criteria": [{"variable": 5, "values": []}]}',
    '{"criteria": [{"variable": "bmi", "values": ["low"]}]}',
    '{"criteria": [{"variable": "smoking", "values": ["yes", "a,b"]}]}',
    '{"criteria": [{"variable": "age", "values": [[NaN, 30]]}]}',
    '{"criteria": [{"variable": "age", "values": [[25, Infinity]]}]}',
    '{"criteria": [{"variable": "age", "values": [[25, 1e999]]}]}',
    '{"criteria": [{"variable": "age", "values": [[25, 25.00000001]]}]}',
    '{"criteria": [{"variable": "age", "values": [["25", "31"]]}]}',
    '{"criteria": [{"variable": "age", "values": [[null, null]]}]}',
    '{"criteria": [{"variable": "vas", "month": 1.5, "values": [[0, 3]]}]}',
    '{"criteria": [{"variable": "age", "values": [[1' + "0" * 5000 + ", 30]]}]}",
    "[" * 100_000,
    "\udcff",
]


@pytest.mark.parametrize("text", JSON_REFUSED, ids=[repr(text[:60]) for text in JSON_REFUSED])
def test_a_saved_cohort_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(QueryProblem):
        Cohort.from_json(text, STANDARD)


def test_hundreds_of_values_are_answered(registry: Registry) -> None:
    ages = ",".join(f"{12 + step / 20:g}" for step in range(480))
    cohort = Cohort.parse(f"age={ages}&t_l1_l4=" + ",".join(f"{-8 + step / 50:g}" for step in range(500)), STANDARD)
    assert ids(registry, cohort) == patients_in(rows_of(registry), cohort) == ALL


def test_what_is_no_criterion_is_left_out_of_a_cohort_by_itself_and_told() -> None:
    pairs = [("smoking", "yes"), ("colour", "blue"), ("age", "20-30"), ("smoking", "no"), ("vas.2", "3")]
    cohort, left = Cohort.read(pairs, STANDARD)
    assert cohort.query == "smoking=yes&age=20-30"
    assert [(part.key, part.text) for part in left] == [("colour", "blue"), ("smoking", "no"), ("vas.2", "3")]
    assert "given twice" in left[1].why
    with pytest.raises(QueryProblem, match=r"^“colour” is not a variable"):
        Cohort.parse(pairs, STANDARD)
    assert Cohort.read(cohort.pairs, STANDARD) == (Cohort.parse(cohort.query, STANDARD), [])
