"""What a person is asked of a sheet: what its mapping leaves open, each question with its values, counts and choices."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Literal

from plro_core.intake.cells import LIMIT, means
from plro_core.intake.given import shown
from plro_core.intake.heads import given_tables
from plro_core.intake.redcap.names import MONTH, PATIENT, SOURCE_ID, allowed, column_names, has_month, is_fact
from plro_core.intake.sheets.contents import Contents, dates
from plro_core.intake.sheets.mapping import Measurements, SheetMapping, Target, variable
from plro_core.intake.sheets.naming import are_months, named, says_time, unit_in
from plro_core.intake.sheets.units import divisor
from plro_core.intake.sheets.values import FLAGGED
from plro_core.text import SAID_MISSING, counted, is_usual_code, listed, printable
from plro_core.vocabulary import Variable, Vocabulary

Kind = Literal[
    "patient", "new", "centre", "ids", "footer", "visit_column", "order", "baseline", "visit", "column", "test", "unit", "missing", "codes",
    "flags", "limits",
]  # fmt: skip

LEFT_OUT, YES, NO, MISSING = "left out", "yes", "no", "missing"
#: The answer that visits are counted from a patient's first date, and that a sheet has one row a patient.
FIRST_DATE, NO_VISIT = "each patient's first date", "none: one row a patient"

#: Settled where a mapping was kept: people have looked through what it says.
KEPT = "kept"

_MOST_WORDS = 40
_LONGEST_NUMBER = 10
ORDER_WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


@dataclass(frozen=True)
class Question:
    """What a person is to say of one column: ``words`` are what it is about, ``choices`` what may be answered.

    ``guess`` is a choice that is likely, or one for each of ``words``, joined by a semicolon.
    """

    kind: Kind
    column: str
    words: tuple[str, ...]
    count: int
    choices: tuple[str, ...]
    sentence: str
    guess: str = ""

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it is answered with yes or no; a level, or a column, may be called no as well."""
        return self.choices == (YES, NO)

    @property
    def key(self) -> str:
        """A short name that no other question of the sheet has."""
        return sha256("\0".join((self.kind, self.column, *self.words)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Proposal:
    """The mapping of one sheet as far as it is said, and what is left to ask.

    ``settled`` are questions that were answered with no, by kind and column (of any column, if it is empty). Of other sheets
    are known: ``elsewhere`` the columns of dates in those that are like the template, and ``origins`` all that visits may be
    counted from; ``shared`` a file that has the same patients. ``alone`` says that no sheet like the template, nor the
    registry, says who the patients are, and ``is_alone`` that no other sheet does either.
    """

    mapping: SheetMapping
    contents: Contents = field(compare=False, repr=False)
    vocabulary: Vocabulary = field(compare=False, repr=False)
    settled: frozenset[tuple[str, str]] = frozenset()
    origins: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    shared: str = ""
    alone: bool = False
    is_alone: bool = False

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What is open, in the order of the sheet."""
        settled = self.settled
        return tuple(one for one in _open(self) if not {(one.kind, one.column), (one.kind, "")} & settled)

    @cached_property
    def table(self) -> Contents:
        """The sheet without its footers."""
        return self.contents.without(self.mapping.footers)


def is_taken(target: Target, columns: Mapping[str, Target]) -> bool:
    """Whether a column gives this variable at this visit already."""
    key = (target.table, target.variable, target.month, target.date)
    return any((other.table, other.variable, other.month, other.date) == key for other in columns.values())


def column_choices(proposal: Proposal) -> dict[str, Target]:
    """Word -> what a column may give; in a sheet with one row a patient a visit's variable is told with its visit."""
    words, one = proposal.vocabulary, proposal.mapping
    by_visit = one.visit is not None and bool(one.visit.column)
    found: dict[str, Target] = {}
    for table in given_tables(words):
        for entry in words.columns(table.name):
            if entry.name in (PATIENT, MONTH) or (is_fact(table) and has_month(words, table.name) and not by_visit):
                continue
            target = Target(table.name, entry.name)
            if has_month(words, table.name) and not by_visit:
                found |= {target_word(at): at for at in (replace(target, month=month) for month in words.months)}
                days = dates(proposal.contents) if one.visit and one.visit.dates else ()
                found |= {target_word(at): at for at in (replace(target, date=day) for day in days)}
            else:
                found[target_word(target)] = target
    return found


def target_word(target: Target) -> str:
    """What a column gives, in words: ``cases.age``, ``visits.vas at month 3``, ``visits.vas at the date in “Date 2”``."""
    month = "" if target.month is None else f" at month {target.month}"
    return f"{target.table}.{target.variable}{month}" + (f" at the date in “{target.date}”" if target.date else "")


# what is open


def _open(proposal: Proposal) -> Iterator[Question]:
    one = proposal.mapping
    if one.left_out:
        return
    if not one.patient.column:
        sentence = "Which column tells the patient, or is the sheet left out?"
        yield Question(
            "patient", "", (), len(proposal.contents.sheet.rows), (*proposal.contents.heads, LEFT_OUT), sentence
        )
        return
    yield from _of_rows(proposal)
    yield from _of_visits(proposal)
    units: set[str] = set()
    for head in proposal.table.heads:
        if head in one.columns:
            yield from _of_cells(head, one.columns[head], proposal.table.words(head), proposal, units)
        elif not (one.rest or head in one.ignored or head in one.read):
            yield _of_column(head, proposal)
    if one.tests:
        yield from _of_tests(one.tests, proposal)
    if proposal.is_alone and not one.patient.new:
        words = proposal.table.words(one.patient.column)
        said = f"No column is about the {counted(len(words), 'patient')} themselves. Are they new, of whom no more is known?"
        yield Question("new", one.patient.column, (), len(words), (YES, NO), said)


def _of_rows(proposal: Proposal) -> Iterator[Question]:
    patient, words = proposal.mapping.patient, proposal.table.words(proposal.mapping.patient.column)
    begins = proposal.table.footer(patient.column)
    if begins:
        rows = sum(1 for _, cells in proposal.table.sheet.rows) - sum(words.values())
        said = f"“{printable(begins)}” and what is below it look like a footer. Are they left out?"
        yield Question("footer", patient.column, (begins,), max(rows, 1), (YES, NO), said)
        return
    if proposal.shared:
        said = f"“{printable(proposal.mapping.file)}” and “{printable(proposal.shared)}” have patients of the same number. Does each file count its own?"
        yield Question("centre", patient.column, (), len(words), (YES, NO), said)
    ids = [word for word in words if not word.isdecimal()]
    if ids and not patient.numbered and SOURCE_ID not in column_names(proposal.vocabulary, "cases"):
        said = f"{counted(len(ids), 'patient')} {'is' if len(ids) == 1 else 'are'} called like “{printable(ids[0])}”, and a patient is a number here. Number them?"
        count = sum(words[word] for word in ids)
        yield Question("ids", patient.column, tuple(ids[:3]), count, (YES, NO), said)


def _of_visits(proposal: Proposal) -> Iterator[Question]:
    """Which column tells the visit, how its dates are read, and the words that nobody can be sure of."""
    one, contents, vocabulary = proposal.mapping, proposal.table, proposal.vocabulary
    visit = one.visit
    if visit is None:
        if contents.repeats(one.patient.column):
            choices = tuple(head for head in contents.heads if head not in (*one.read, *one.ignored))
            sentence = "Patients have several rows. Which column tells the visit?"
            yield Question("visit_column", "", (), len(contents.sheet.rows), (*choices, NO_VISIT), sentence)
        return
    if visit.dates:
        yield from _of_dates(proposal)
        return
    words = contents.words(visit.column)
    open_words = [word for word in words if word not in visit.words] if visit.words else []
    if not visit.words and not _are_months(proposal, visit.column, words):
        open_words = list(words)
    months = tuple(map(str, vocabulary.months))
    for word in open_words[:_MOST_WORDS]:
        sentence = f"Which month is the visit “{printable(word)}”?"
        yield Question("visit", visit.column, (word,), words[word], months, sentence)


def _are_months(proposal: Proposal, head: str, words: Collection[str]) -> bool:
    """Whether the plain numbers of a column are months beyond doubt, or were looked through when its mapping was kept."""
    if not all(word.isdecimal() for word in words):
        return False
    said = says_time(head)
    numbers = {int(word) for word in words if len(word) < _LONGEST_NUMBER}
    unplanned = said == "month" and not numbers <= set(proposal.vocabulary.months)  # refused by cell
    return (
        (KEPT, "") in proposal.settled
        or unplanned
        or (said != "other" and are_months(numbers, proposal.vocabulary, said))
    )


def _of_dates(proposal: Proposal) -> Iterator[Question]:
    """In which order dates are written where their cells do not say it, and from which date visits are counted."""
    visit, contents = proposal.mapping.visit, proposal.table
    if visit is None:
        return
    columns = [visit.column] if visit.column else sorted(proposal.mapping.dates)
    orders = [order for order in ORDER_WORDS if all(order in contents.orders(name) for name in columns)]
    words = tuple(word for word, _ in contents.words(columns[0]).most_common(3)) if columns else ()
    if len(orders) > 1 and "ymd" not in orders:
        sentence = f"In which order are the dates of “{printable(columns[0])}” written?"
        yield Question("order", columns[0], words, sum(contents.words(columns[0]).values()), tuple(orders), sentence)
    others = tuple(
        name
        for name in (*dates(contents), *proposal.origins)
        if name != visit.column and name not in proposal.mapping.dates
    )
    own = visit.baseline or FIRST_DATE
    if others and visit.baseline not in proposal.origins:
        choices = (own, *(name for name in others if name != own))
        yield Question("baseline", visit.column, (), 0, choices, "From which date are visits counted?", own)


def _of_column(head: str, proposal: Proposal) -> Question:
    words = proposal.table.words(head)
    choices = column_choices(proposal)
    found = named(head, proposal.vocabulary, visits=True, known_unit=False)
    guess = f"{found[0].table}.{found[0].name}" if found else ""
    first = tuple(word for word, _ in words.most_common(3))
    sentence = f"Which variable is “{printable(head)}”, or is it left out?"
    return Question(
        "column", head, first, sum(words.values()), (*choices, LEFT_OUT), sentence, guess * (guess in choices)
    )


def _of_tests(tests: Measurements, proposal: Proposal) -> Iterator[Question]:
    """The tests of a sheet with one row a measurement of which nobody has said what they are, and the cells of the others."""
    words = proposal.table.words(tests.column)
    names = [word for word in words if word not in tests.ignored]
    choices = tuple(
        f"{table.name}.{entry.name}"
        for table in given_tables(proposal.vocabulary)
        if not is_fact(table) and (proposal.mapping.visit or not has_month(proposal.vocabulary, table.name))
        for entry in proposal.vocabulary.columns(table.name)
        if entry.name not in (PATIENT, MONTH)
    )
    for word in names:
        if word in tests.results:
            values = Counter(text for text, test in _by_test(tests, proposal) if test == word)
            yield from _of_cells(word, tests.results[word], values, proposal, set(), has_unit=bool(tests.unit))
        elif not proposal.mapping.rest:
            sentence = f"Which variable is the test “{printable(word)}”, or is it left out?"
            yield Question("test", word, (), words[word], (*choices, LEFT_OUT), sentence)


def _by_test(tests: Measurements, proposal: Proposal) -> Iterator[tuple[str, str]]:
    cells = zip(proposal.table.cells(tests.value), proposal.table.cells(tests.column), strict=True)
    return ((text, shown(test).strip()) for value, test in cells if (text := shown(value).strip()))


# cells


def _of_cells(
    head: str, target: Target, words: Counter[str], proposal: Proposal, units: set[str], has_unit: bool = False
) -> Iterator[Question]:
    """What the cells of a column, or of a test, leave open. ``units`` are variables whose unit is asked about already."""
    entry = variable(proposal.vocabulary, target)
    is_open = not (target.unit or has_unit or ("unit", "") in proposal.settled or entry.name in units)
    if is_open and (entry.si_factor or (entry.is_number and _says_another_unit(head, entry))):
        units.add(entry.name)
        same = [
            name for name, other in proposal.mapping.targets.items() if (other.variable, other.unit) == (entry.name, "")
        ]
        said = listed([f"“{printable(name)}”" for name in same])
        sentence = f"In which unit {'is' if len(same) == 1 else 'are'} {said}?"
        choices = (entry.unit or entry.scale, *dict(entry.convertible))
        yield Question("unit", head, (), sum(words.values()), choices, sentence)
    open_words = [word for word in words if word not in target.missing and word not in target.codes]
    if allowed(entry):
        yield from _of_codes(head, entry, open_words, words, proposal.table.truths(head))
        return
    yield from _asked("missing", head, [word for word in open_words if _may_be_missing(word, words, entry)], words)
    if entry.is_number:
        others = [word for word in open_words if word.casefold() not in SAID_MISSING]
        yield from _asked(
            "flags", head, [word for word in others if FLAGGED.fullmatch(word) and not target.flags], words
        )
        yield from _asked(
            "limits", head, [word for word in others if LIMIT.fullmatch(word) and not target.limits], words
        )


def _says_another_unit(head: str, entry: Variable) -> bool:
    """Whether a head has a unit in brackets that is none of its variable."""
    unit = unit_in(head)
    return bool(unit and entry.stated_unit) and divisor(entry, unit) is None


def _of_codes(
    head: str, entry: Variable, open_words: Sequence[str], words: Counter[str], truths: frozenset[str]
) -> Iterator[Question]:
    """One question for all words of a column that are no levels; each has its guess."""
    known = {level.casefold() for level in allowed(entry)}
    unknown = [
        word for word in open_words if word.casefold() not in known and not (entry.kind == "boolean" and word in truths)
    ]
    if not unknown:
        return
    if all(word.casefold() in SAID_MISSING for word in unknown):
        yield from _asked("missing", head, unknown, words)
        return
    asked = unknown[:_MOST_WORDS]
    labels = {level.label.casefold(): level.code for level in entry.levels}
    guesses = [
        labels.get(word.casefold()) or means(word) * (entry.kind == "boolean") or _missing_guess(word) for word in asked
    ]
    said = listed([f"“{printable(word)}”" for word in asked])
    hint = ", ".join(f"“{printable(word)}” {guess}" for word, guess in zip(asked, guesses, strict=True) if guess)
    sentence = f"What do {said} of “{printable(head)}” mean?" + (f" Perhaps {hint}?" if hint else "")
    count = sum(words[word] for word in asked)
    yield Question("codes", head, tuple(asked), count, (*allowed(entry), MISSING), sentence, ";".join(guesses))


def _missing_guess(word: str) -> str:
    """A lone sign may be a no as well as nothing."""
    return MISSING if word.casefold() in SAID_MISSING and len(word) > 1 else ""


def _may_be_missing(word: str, words: Counter[str], entry: Variable) -> bool:
    """Whether a word says that nothing is known, or no number, or is a usual code for that, off what the column holds."""
    if word.casefold() in SAID_MISSING or (entry.is_number and not any(letter.isdigit() for letter in word)):
        return True
    if not entry.is_number or not is_usual_code(word) or (entry.reference and float(word) in entry.reference):
        return False
    others = [float(other) for other in words if other != word and not is_usual_code(other) and _is_number(other)]
    value = float(word)
    if entry.plausible is not None and value not in entry.plausible:
        return True
    if not others:
        return False
    low, high = min(others), max(others)
    return max(low - value, value - high) > (0 if words[word] > 1 else high - low)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


_ASKED: Mapping[Kind, str] = {
    "missing": "Does it mean missing?",
    "flags": "Is a flag of the laboratory beside the value?",
    "limits": "Is it a limit of measurement, to be left out with a note of what was written?",
}


def _asked(kind: Kind, head: str, about: Sequence[str], words: Counter[str]) -> Iterator[Question]:
    if about:
        shown_words = [f"“{printable(word)}” in {counted(words[word], 'cell')}" for word in about[:12]]
        said = listed(shown_words + [f"{len(about) - 12} others"] * (len(about) > 12))
        count = sum(words[word] for word in about)
        yield Question(kind, head, tuple(about), count, (YES, NO), f"“{printable(head)}” holds {said}. {_ASKED[kind]}")
