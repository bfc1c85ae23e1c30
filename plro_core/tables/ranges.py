"""Reference ranges and thresholds as tables and sentences: whose they are, and how the count of flags depends on them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from plro_core.cohort import EVERYONE, Cohort, Criterion
from plro_core.counts import Frequency, counts
from plro_core.statements import About, Share, Statement, chosen_by
from plro_core.store import Registry
from plro_core.tables.model import Cell, Column, Table, TwoForms
from plro_core.tables.notes import general_notes, who
from plro_core.text import from_to, k_of_n, listed
from plro_core.vocabulary import Range, Reference, Variable, Vocabulary
from plro_core.vocabulary.model import NOT_STATED, SEEN, UNKNOWN
from plro_core.vocabulary.thresholds import THRESHOLDS, ClinicalThreshold

_RANGE = (
    Column("analyte", "Analyte"),
    Column("low", "Low", "number", None),
    Column("high", "High", "number", None),
    Column("unit", "Unit"),
    Column("in_use", "In use", "boolean"),
)
_COUNT = (
    Column("outside", "Outside", "integer"),
    Column("n", "of n values", "integer"),
    Column("below", "Below", "integer"),
    Column("above", "Above", "integer"),
)
_WHOSE = (
    Column("laboratory", "Laboratory"),
    Column("version", "Version or test"),
    Column("population", "Population"),
    Column("date", "Date of the source"),
    Column("read", "Read on"),
    Column("source", "Source"),
    Column("status", "Known from"),
    Column("name", "Name"),
)
_READ = (
    Column("analyte", "Analyte"),
    Column("range", "Range"),
    Column("in_use", "In use", "boolean"),
    Column("by", "Whose"),
    Column("population", "Population"),
    Column("date", "Date"),
    Column("source", "Source"),
)
_READ_COUNT = (Column("outside", "Outside"),)
_THRESHOLDS = (
    Column("name", "Name"),
    Column("of", "Of"),
    Column("side", "Side"),
    Column("bound", "Threshold", "number", None),
    Column("unit", "Unit"),
    Column("meaning", "What is said"),
    Column("population", "Population"),
    Column("source", "Source"),
    Column("date", "Date of the source"),
    Column("status", "Known from"),
    Column("note", "Note"),
)
_READ_THRESHOLDS = (
    Column("threshold", "Threshold"),
    Column("meaning", "What is said"),
    Column("population", "Population"),
    Column("date", "Date"),
    Column("source", "Source"),
    Column("status", "Known from"),
    Column("note", "Note"),
)
_USED = (
    "Flags and bands are of the range in use. A registry names or states its own in variables.toml, as [range.NAME]."
)


@dataclass(frozen=True)
class RangeCount:
    """How many of n recorded values lie below and above one reference range of an analyte."""

    lab: Variable
    reference: Reference
    below: int
    above: int
    n: int
    missing: int = 0

    def share(self, cohort: Cohort) -> Share:
        """The count as an amount of a statement about a view."""
        within = Range(self.reference.low, self.reference.high)
        outside = Criterion(self.lab, (within,), negated=True)
        return Share(About(self.lab, cohort), outside, self.outside, self.n, self.missing)

    @property
    def outside(self) -> int:
        return self.below + self.above

    @property
    def in_use(self) -> bool:
        return self.reference == self.lab.reference


def range_counts(
    registry: Registry, cohort: Cohort = EVERYONE, labs: Iterable[Variable] | None = None
) -> tuple[RangeCount, ...]:
    """For each analyte, in order, and each reference range known for it, the one in use first: what lies outside.

    The values are those of the planned visits in view, of all patients however many. An analyte without a range, such as
    one of which it is uncertain what was measured, has no count.
    """
    asked = [lab for lab in (registry.vocabulary.labs if labs is None else labs) if lab.ranges]
    found = counts(registry, asked, cohort) if asked else {}
    return tuple(
        _counted(lab, reference, sum((each for (name, _, _), each in found.items() if name == lab.name), Frequency()))
        for lab in asked
        for reference in lab.ranges
    )


def _counted(lab: Variable, reference: Reference, values: Frequency) -> RangeCount:
    sides = [(reference.side(value), count) for value, count in values.values.items()]
    below, above = (sum(count for side, count in sides if side == wanted) for wanted in ("L", "H"))
    return RangeCount(lab, reference, below, above, values.n, values.missing)


def ranges_table(registry: Registry, cohort: Cohort = EVERYONE) -> TwoForms:
    """Every reference range that is known for the registry's analytes, whose it is, and how many values lie outside it."""
    found = range_counts(registry, cohort)
    labs = registry.vocabulary.labs
    without = [lab.words for lab in labs if not lab.ranges]
    none = (f"No range, so no band and no computed flag: {listed(without)}.",) if without else ()
    tidy = Table(
        "reference-ranges",
        "Reference ranges, and how many values lie outside each",
        (*_RANGE, *_COUNT, *_WHOSE),
        tuple(
            _tidy_row(entry.lab, entry.reference, entry.outside, entry.n, entry.below, entry.above) for entry in found
        ),
        (*general_notes(registry), _USED, *none, *caveats(registry, cohort, labs)),
        who(registry, cohort),
    )
    rows = tuple(_read_row(entry.lab, entry.reference, k_of_n(entry.outside, entry.n)) for entry in found)
    return TwoForms(tidy, replace(tidy, columns=(*_READ[:3], *_READ_COUNT, *_READ[3:]), rows=rows))


def known_ranges(vocabulary: Vocabulary) -> Table:
    """Every reference range that is known for the analytes of a vocabulary, and whose it is, to be read."""
    rows = tuple(_read_row(lab, known) for lab in vocabulary.labs for known in lab.ranges)
    return Table("reference-ranges", "Reference ranges", _READ, rows, (_USED,))


def _tidy_row(lab: Variable, known: Reference, *counted: int) -> tuple[Cell, ...]:
    """A range as numbers with everything that is known of it; what is not known is said as unknown."""
    ends = (None if end is None else float(end) for end in (known.low, known.high))
    told = (known.laboratory, known.version, known.population, known.date, known.read)
    use, source = known == lab.reference, known.source or NOT_STATED
    return (
        lab.label, *ends, lab.stated_unit, use, *counted, *(text or UNKNOWN for text in told), source, known.status,
        known.name or None,
    )  # fmt: skip


def _read_row(lab: Variable, known: Reference, *counted: Cell) -> tuple[Cell, ...]:
    """The same for readers."""
    assumed = ", assumed" if lab.assumed_unit else ""
    whose = ", ".join(filter(None, (known.laboratory, known.version))) or known.by
    date = f"{known.date or UNKNOWN}; read {known.read}" if known.read else known.date or UNKNOWN
    source, population = known.source or NOT_STATED, known.population or UNKNOWN
    how = "" if known.status == SEEN else f" ({known.status})"
    use = known == lab.reference
    return (lab.label, f"{known.words}{assumed}", use, *counted, whose, population, date, f"{source}{how}")


def thresholds_table() -> TwoForms:
    """Every threshold that a value is held against, with what is said of it, of whom, and who says so."""
    tidy = Table(
        "thresholds", "Thresholds that values are held against", _THRESHOLDS, tuple(map(_threshold_row, THRESHOLDS))
    )
    rows = tuple(
        (
            entry.words,
            *_threshold_row(entry)[5:7],
            entry.date or UNKNOWN,
            entry.source or NOT_STATED,
            *_threshold_row(entry)[9:],
        )
        for entry in THRESHOLDS
    )
    return TwoForms(tidy, replace(tidy, columns=_READ_THRESHOLDS, rows=rows))


def _threshold_row(entry: ClinicalThreshold) -> tuple[Cell, ...]:
    said = (entry.unit or None, entry.meaning or None, entry.population or UNKNOWN, entry.source or NOT_STATED)
    known = (entry.date or UNKNOWN, entry.status, entry.note or None)
    return (entry.name, entry.of, entry.side, float(entry.bound), *said, *known)


def flag_notes(
    registry: Registry, cohort: Cohort = EVERYONE, labs: Sequence[Variable] | None = None
) -> tuple[str, ...]:
    """What must be said wherever computed flags are counted or drawn: how their number depends on the range, and caveats."""
    return tuple(map(str, flag_statements(registry, cohort, labs)))


def flag_statements(
    registry: Registry, cohort: Cohort = EVERYONE, labs: Sequence[Variable] | None = None
) -> tuple[Statement, ...]:
    """The same as statements with their amounts."""
    asked = registry.vocabulary.labs if labs is None else labs
    said = caveats(registry, cohort, asked)
    return (*dependence(registry, cohort, asked), *(Statement(caveat) for caveat in said))


def dependence(registry: Registry, cohort: Cohort, labs: Sequence[Variable]) -> tuple[Statement, ...]:
    """How many values lie outside each range, in one sentence; none if no analyte with values has several.

    Of an analyte that the view was chosen by nothing is said: the choice made the count.
    """
    by_lab: dict[str, list[RangeCount]] = {}
    asked = [lab for lab in labs if lab.other_ranges and not chosen_by(cohort, [lab])]
    for entry in range_counts(registry, cohort, asked):
        if entry.n:
            by_lab.setdefault(entry.lab.words, []).append(entry)
    if not by_lab:
        return ()
    said = "; ".join(f"{words} {_by_range(entries)}" for words, entries in by_lab.items())
    amounts = tuple(entry.share(cohort) for entries in by_lab.values() for entry in entries)
    return (Statement(f"How many values lie outside depends on the range: {said}.", amounts),)


def _by_range(entries: list[RangeCount]) -> str:
    """The counts of one analyte: "6 of 35 by 8.4–10.2 mg/dL (ARUP, in use), 8 by 8.6–10.0 (ARUP, another copy)"."""
    first, *others = entries
    return listed(
        [
            f"{k_of_n(first.outside, first.n)} by {first.reference.words} ({first.reference.by}, in use)",
            *(f"{entry.outside} by {_ends(entry.reference)} ({entry.reference.by})" for entry in others),
        ]
    )


def _ends(reference: Reference) -> str:
    return reference.words.removesuffix(f" {reference.unit}")


def caveats(registry: Registry, cohort: Cohort, labs: Iterable[Variable]) -> tuple[str, ...]:
    """The caveats of analytes whose flags are shown, each with how long after delivery these patients' baseline is."""
    weeks = registry.vocabulary.variable("weeks_postpartum", "cases")
    concerned = [lab for lab in labs if lab.caveat]
    found = counts(registry, [weeks], cohort) if concerned else {}
    return caveats_of(concerned, weeks, [value for each in found.values() for value in each.values])


def caveats_of(labs: Iterable[Variable], weeks: Variable, recorded: Collection[float]) -> tuple[str, ...]:
    """The same of patients whose weeks from delivery to diagnosis are known, as far as they are recorded."""
    span = from_to(weeks.written(min(recorded)), weeks.written(max(recorded))) if recorded else ""
    unit = "week" if span == "1" else "weeks"
    told = f"in week {span} from delivery" if recorded and min(recorded) < 0 else f"{span} {unit} after delivery"
    since = f" Diagnosis, at baseline, was {told}." if span else ""
    return tuple(f"{lab.label}: {lab.caveat}{since}" for lab in labs if lab.caveat)
