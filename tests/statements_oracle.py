"""What an amount of a statement must be, counted again row by row."""

from collections import Counter

from plro_core.counts import ALL, Frequency
from plro_core.figures.time_to_control.sentences import TimeToControl
from plro_core.pain_control import Definition, Threshold
from plro_core.statements import (
    About,
    Amount,
    Course,
    Drawn,
    Each,
    Ends,
    Findings,
    FirstToLast,
    Measured,
    Middle,
    NumberEach,
    PartOf,
    Patients,
    Recorded,
    Response,
    Share,
    Total,
)
from plro_core.vocabulary import STANDARD
from tests.oracle import Row, Rows, frequency, level_of, patients_in, values_of, visits_in

_ANY = STANDARD.variable("age", "cases")


def check(rows: Rows, amount: Amount) -> None:
    """Fail if an amount is not what the rows of everybody give."""
    if isinstance(amount, Total):
        for part in amount.parts:
            check(rows, part)
    elif isinstance(amount, PartOf):
        check(rows, amount.part)
        check(rows, amount.whole)
    elif isinstance(amount, Share):
        check_share(rows, amount)
    elif isinstance(amount, Recorded):
        found = values(rows, amount.about)
        assert (amount.k, amount.n) == (found.n, found.total), amount
    elif isinstance(amount, Response):
        check_response(rows, amount)
    elif isinstance(amount, TimeToControl):
        check_time(rows, amount)
    elif isinstance(amount, Findings):
        found = [level for case_id in members(rows, amount.about) for level in levels_of(rows, case_id, amount)]
        assert (amount.k, amount.n) == (sum(level in amount.among for level in found), len(found)), amount
    elif isinstance(amount, NumberEach):
        assert Counter(amount.frequency.values) == number_each(rows, amount), amount
    elif isinstance(amount, FirstToLast):
        assert Counter(amount.pairs) == first_to_last(rows, amount), amount
    elif isinstance(amount, Measured):
        scans = measured(rows, amount.about)
        assert (amount.rows, amount.patients) == (len(scans), len({scan["case_id"] for scan in scans})), amount
    elif isinstance(amount, (Middle, Ends, Each)):
        assert Counter(amount.frequency.values) == Counter(values(rows, amount.about).values), amount
    elif isinstance(amount, Course):
        check_course(rows, amount)
    elif isinstance(amount, Patients):
        about = About(_ANY, amount.cohort, by=amount.by, level=amount.level)
        assert amount.n == len(members(rows, about)), amount
    elif isinstance(amount, Drawn):
        assert amount.sample.of == len(patients_in(rows, amount.cohort)), amount
    else:
        raise AssertionError(type(amount))


def members(rows: Rows, about: About) -> list[int]:
    """The patients of the group that an amount is about."""
    levels = {case["case_id"]: level_of(case, about.by) for case in rows["cases"]}
    return [case_id for case_id in patients_in(rows, about.cohort) if about.level in (ALL, levels[case_id])]


def values(rows: Rows, about: About) -> Frequency:
    """The values that an amount is about, missing ones counted."""
    who, entry = set(members(rows, about)), about.variable
    if entry.per_visit:
        return frequency(
            [
                visit[entry.name]
                for visit in visits_in(rows, about.cohort)
                if visit["case_id"] in who and about.month in (None, visit["month"])
            ]
        )
    return frequency([value for case_id in who for value in values_of(rows, case_id, entry, None) or [None]])


def levels_of(rows: Rows, case_id: int, amount: Findings) -> set[str]:
    """The levels in question that one patient has."""
    return set(values_of(rows, case_id, amount.about.variable, None)) & set(amount.of)


def number_each(rows: Rows, amount: NumberEach) -> Counter[int]:
    """How many of the values in question each patient has, of those who have any."""
    found = [set(values_of(rows, case_id, amount.about.variable, None)) for case_id in members(rows, amount.about)]
    return Counter(len(held & set(amount.among)) for held in found if held & set(amount.among))


def measured(rows: Rows, about: About) -> list[Row]:
    """The rows with a value of a repeated measurement, in order of the days."""
    who, entry = set(members(rows, about)), about.variable
    held = [row for row in rows[entry.table] if row["case_id"] in who and row[entry.name] is not None]
    return sorted(held, key=lambda row: row["day"])


def first_to_last(rows: Rows, amount: FirstToLast) -> Counter[tuple[float, float]]:
    """Of each patient the first and last value of the longest stretch on one machine."""
    name, stretches = amount.about.variable.name, dict[tuple[int, object], list[Row]]()
    for row in measured(rows, amount.about):
        if row[amount.of] == amount.code:
            stretches.setdefault((row["case_id"], row[amount.same]), []).append(row)
    best: dict[int, tuple[int, int, float, float]] = {}
    for (case_id, _), held in stretches.items():
        days, until = held[-1]["day"] - held[0]["day"], held[-1]["day"]
        if days:
            best[case_id] = max(best.get(case_id, (0, 0, 0, 0)), (days, until, held[0][name], held[-1][name]))
    return Counter((first, last) for _, _, first, last in best.values())


def check_share(rows: Rows, share: Share) -> None:
    if share.criterion.variable.table not in ("cases", "visits"):
        held = [values_of(rows, case_id, share.criterion.variable, None) for case_id in members(rows, share.about)]
        recorded = [found for found in held if found]
        k = sum(share.criterion.holds(found) for found in recorded)
        assert (share.k, share.n, share.missing) == (k, len(recorded), len(held) - len(recorded)), share
        return
    found = values(rows, share.about)
    k = sum(count for value, count in found.values.items() if share.criterion.holds([value]))
    assert (share.k, share.n, share.missing) == (k, found.n, found.missing), share


def check_course(rows: Rows, course: Course) -> None:
    name = course.about.variable.name
    by_visit = {(visit["case_id"], visit["month"]): visit[name] for visit in rows["visits"]}
    pairs: Counter[tuple[float, float]] = Counter()
    unpaired = 0
    for case_id in members(rows, course.about):
        first, last = (by_visit.get((case_id, month)) for month in (course.first, course.last))
        if first is None or last is None:
            unpaired += 1
        else:
            pairs[first, last] += 1
    assert (Counter(course.pairs), course.unpaired) == (pairs, unpaired), course


def check_response(rows: Rows, response: Response) -> None:
    check_course(rows, response.course)
    rule = response.threshold
    assert isinstance(rule, Threshold)
    told = [pair for pair, count in response.course.pairs.items() for _ in range(count)]
    falls = [(first, first - last) for first, last in told if first > 0]
    met = {
        "vas": lambda first, fall: first - fall <= rule.bound,
        "fall": lambda first, fall: fall * 100 >= rule.bound * first,
        "points": lambda first, fall: fall >= rule.bound,
    }[rule.measure]
    k = sum(met(first, fall) for first, fall in falls)
    assert (response.k, response.n, response.at_zero) == (k, len(falls), len(told) - len(falls)), response


def check_time(rows: Rows, time: TimeToControl) -> None:
    """The interval of each patient by walking her visits; a stated time inside it is her time."""
    scores: dict[int, dict[int, int]] = {}
    for visit in rows["visits"]:
        if visit["vas"] is not None:
            scores.setdefault(visit["case_id"], {})[visit["month"]] = visit["vas"]
    stated = {case["case_id"]: case["pain_control_months"] for case in rows["cases"]}
    found: Counter[tuple[float, float | None]] = Counter()
    left_out = 0
    for case_id in members(rows, About(_ANY, time.cohort, by=time.by, level=time.level)):
        between = time_of(scores.get(case_id, {}), stated[case_id], time.found.definition)
        if between is None:
            left_out += 1
        else:
            found[between] += 1
    assert (Counter(time.found.times), time.left_out) == (found, left_out), time
    assert time.found.n == found.total(), time
    assert time.found.censored == sum(count for (_, by), count in found.items() if by is None), time


def time_of(scores: dict[int, int], stated: float | None, definition: Definition) -> tuple[float, float | None] | None:
    """A stated time that no visit rules out, else after the last visit without control and not after the next with it."""
    assert definition.sustained
    baseline = scores.get(0)
    if baseline is not None and (baseline == 0 or definition.holds(baseline, baseline)):
        return None
    if baseline is None or len(scores) < 2:
        return None if stated is None else (stated, stated)
    after = max(month for month in scores if not definition.holds(baseline, scores[month]))
    by = min((month for month in scores if month > after), default=None)
    if stated is not None and after < stated and (by is None or stated <= by):
        return stated, stated
    return after, by
