"""What a declaration is made of: ranges, levels, variables and tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from plro_core.text import NONE, decimals_of, number

Side = Literal["L", "H"]
Kind = Literal["identifier", "integer", "number", "boolean", "category", "text"]


@dataclass(frozen=True)
class Range:
    """A closed interval in the variable's own unit; ``None`` leaves an end open. ``source`` says who set it."""

    low: float | None
    high: float | None
    source: str = ""

    def __contains__(self, value: float) -> bool:
        return self.side(value) is None

    def side(self, value: float) -> Side | None:
        """``L`` below the range, ``H`` above it, ``None`` inside; the ends are inside."""
        if self.low is not None and value < self.low:
            return "L"
        return "H" if self.high is not None and value > self.high else None


#: How a reference range is known.
Status = Literal["seen in a published source", "general knowledge", "stated by the registry"]

SEEN: Status = "seen in a published source"
UNKNOWN = "unknown"
NOT_STATED = "source not stated"


@dataclass(frozen=True)
class Reference(Range):
    """A reference range with everything that tells whose it is; what is not known of it is empty, and said as unknown.

    ``name`` is how a registry asks for it and ``short`` what it is called where space is scarce. ``version`` is the title,
    edition or test code; ``date`` that of the source, ``read`` the day on which it was looked at.
    """

    unit: str = ""
    name: str = ""
    short: str = ""
    laboratory: str = ""
    version: str = ""
    date: str = ""
    read: str = ""
    population: str = ""
    status: Status = "stated by the registry"

    @property
    def by(self) -> str:
        """Whose range it is, in a word or two."""
        return self.short or self.laboratory or self.version or self.source or NOT_STATED

    @property
    def cited(self) -> str:
        """Whose range it is in full: laboratory, version, population, date, place, and how it is known."""
        parts = [self.laboratory, self.version, f"for {self.population}" if self.population else "population unknown"]
        parts += [self.date or "date unknown", f"read {self.read}" if self.read else ""]
        place = self.source.removeprefix("https://").removeprefix("http://").removeprefix("www.")
        parts += [place or NOT_STATED, "" if self.status == SEEN else self.status]
        return ", ".join(filter(None, parts))

    @property
    def words(self) -> str:
        """The two ends with the unit, such as "8.4–10.2 mg/dL"; empty if an end is open."""
        if self.low is None or self.high is None:
            return ""
        decimals = max(len(f"{end:.10g}".partition(".")[2]) for end in (self.low, self.high))
        return f"{number(self.low, decimals)}–{number(self.high, decimals)} {self.unit}".strip()


@dataclass(frozen=True)
class Level:
    """One permitted value of a category: its stored code, the words shown for it, and others that mean the same."""

    code: str
    label: str
    also: tuple[str, ...] = field(default=(), compare=False)

    @property
    def words(self) -> tuple[str, ...]:
        """All words that mean this level, in small letters."""
        return tuple(word.casefold() for word in (self.code, self.label, *self.also))


#: What a number of bone density is: a T-score (against young adults), a Z-score (against women of that age), or a density.
Score = Literal["", "T", "Z"]
Joint = Literal["", ":", " at"]


@dataclass(frozen=True)
class Jump:
    """How far a value may lie from that of the visit before until it is looked at again: a guard, not a clinical limit.

    ``by`` says how the distance is measured: in points of a score, or as the ratio of two positive measurements. ``fall`` is
    how many points a score may fall, where that is what treatment is for and a large step down is the rule.
    """

    by: Literal["points", "ratio"]
    size: float
    fall: float | None = None


#: A laboratory value this many times the one before it, or less than its inverse, is looked at again, where its variable
#: says nothing else.
USUAL_RATIO = 3.0


@dataclass(frozen=True)
class Variable:
    """One column of the registry with everything a reader, a filter, a check or an axis needs to know of it.

    **Words.** ``noun`` is the name used inside a sentence ("patients with *no twin pregnancy*"); it defaults to the label
    with a small first letter. ``joint`` stands between the noun and a value ("documented fracture*:* none documented",
    "diagnosis *at* 4"). ``short`` is the name on an axis or a small panel; it defaults to the label.

    **Numbers.** ``unit`` is the bare unit, empty if there is none; ``assumed_unit`` says that the source names none or
    another, ``uncertain`` that it is not settled what was measured, and ``scale`` is the range of a score without a unit ("0-10"). ``other_units`` are what such a
    score is also recorded in, each with what one point is of it. ``si_factor`` converts a value in ``unit`` to ``si_unit``. ``mixed_decimals`` says that the source writes some values without the decimals that others have. ``jump``
    guards against typing errors between visits. ``severity`` are words for a score, each up to a value, with
    ``severity_source``. ``reference`` is the range that flags are computed from, ``other_ranges`` are published ones that the
    count of flags is held against, and ``caveat`` is what must be said wherever its flags are counted or drawn.

    **Kind of fact.** ``many`` marks a variable of which one patient may have several values (symptoms, fracture levels).
    ``score`` says which score of bone density it is (the WHO's lines are for T-scores), and ``measures`` names the vertebrae
    that it is of. ``panel`` is the section of the filter panel that
    offers it (what is recorded at visits: at baseline), and ``place`` its order there. ``confounder`` says in which place, from
    1, groups are held against it before any difference between them is read (0: not), and ``trait`` which of its levels is
    counted then, and first of all told of the kinds of treatment; numbers have none.

    ``outcome`` marks what is known of a patient only after treatment, so that groups are compared on it after what they brought
    with them; what is recorded at visits is an outcome from the first visit after baseline on.

    ``optional`` marks a column that a registry adds to the standard ones, or that older versions lack: a file without it
    records nothing there.
    """

    name: str
    label: str = field(compare=False)
    table: str
    kind: Kind
    group: str
    unit: str = ""
    loinc: str = ""
    plausible: Range | None = None
    reference: Reference | None = None
    other_ranges: tuple[Reference, ...] = ()
    caveat: str = ""
    decimals: int = 0
    levels: tuple[Level, ...] = ()
    note: str = field(default="", compare=False)
    source: str = field(default="", compare=False)
    noun: str = field(default="", compare=False)
    joint: Joint = ""
    required: bool = False
    many: bool = False
    filterable: bool = False
    summarised: bool = False
    si_unit: str = ""
    si_factor: float | None = None
    mixed_decimals: bool = False
    optional: bool = False
    short: str = ""
    assumed_unit: bool = field(default=False, compare=False)
    uncertain: bool = field(default=False, compare=False)
    scale: str = ""
    other_units: tuple[tuple[str, float], ...] = ()
    score: Score = ""
    measures: tuple[str, ...] = ()
    jump: Jump | None = None
    severity: tuple[tuple[int, str], ...] = ()
    severity_source: str = ""
    panel: str = ""
    place: int = 0
    confounder: int = 0
    trait: str = ""
    outcome: bool = False

    def means_the_same_as(self, other: "Variable | None") -> bool:
        """Whether a variable of another registry is this one: the same kind, unit, scale and levels, and settled what it is."""
        if other is None or self.uncertain or other.uncertain:
            return False
        codes, theirs = ({level.code for level in entry.levels} for entry in (self, other))
        meaning = (self.kind, self.unit, self.scale, self.many, self.score)
        return meaning == (other.kind, other.unit, other.scale, other.many, other.score) and codes == theirs

    @property
    def ranges(self) -> tuple[Reference, ...]:
        """Every reference range that is known for it, the one in use first; none if it has none."""
        return (self.reference, *self.other_ranges) if self.reference else ()

    def flag(self, value: float | None) -> Side | None:
        """The computed flag: ``H`` above the reference range, ``L`` below it, ``None`` inside, without a value or a range."""
        return None if value is None or self.reference is None else self.reference.side(value)

    def overlaps(self, other: "Variable") -> bool:
        """Whether it is the other, or a score over some of the same vertebrae: both say one thing."""
        return self == other or not set(self.measures).isdisjoint(other.measures)

    @property
    def is_number(self) -> bool:
        return self.kind in ("integer", "number")

    @property
    def per_visit(self) -> bool:
        return self.table == "visits"

    @property
    def words(self) -> str:
        """The name as it stands inside a sentence."""
        return self.noun or self.label_in_sentence

    @property
    def stated_unit(self) -> str:
        """The unit as it is stated beside a name: with a word where it is assumed, the scale of a score without one."""
        return f"{self.unit}, assumed" if self.assumed_unit else self.unit or self.scale

    def with_value(self, value: str, negated: bool = False) -> str:
        """The name with a value inside a sentence: "diagnosis at 4 weeks", "documented fracture: not none documented"."""
        name, joint = ("" if self.name == "month" else self.words), self.joint
        if joint == " at":
            return f"{name}{' not' if negated else ''} at {value}".strip()
        return f"{name}{joint} {'not ' if negated else ''}{value}"

    @property
    def short_label(self) -> str:
        """The name where space is scarce: on an axis, in a small panel."""
        return self.short or self.label

    @property
    def axis_title(self) -> str:
        return f"{self.label} ({self.stated_unit})" if self.stated_unit else self.label

    def written(self, value: float | None) -> str:
        """A value, or a median of values, with the decimals it was recorded with; one more where it lies between two."""
        if value is None:
            return NONE
        decimals = self.decimals
        if self.mixed_decimals and round(value, 0) == value:
            decimals = 0
        elif abs(round(value, decimals) - value) > 1e-9:
            decimals += 1
        return number(value, decimals)

    @property
    def convertible(self) -> tuple[tuple[str, float], ...]:
        """Other units that values may be in, each with what one of ``unit`` is of it: those of a score, and the SI unit."""
        return (*self.other_units, *([(self.si_unit, self.si_factor)] if self.si_factor else []))

    def recorded_decimals(self, values: Iterable[float]) -> int:
        """The decimals that values were recorded with: as declared, or more where a value has more (at most 15)."""
        finer = (value for value in values if round(value, self.decimals) != value)
        return max((decimals_of(value) for value in finer), default=self.decimals)

    @property
    def label_in_sentence(self) -> str:
        """The label with a small first letter, unless it starts with a code such as L1."""
        return self.label[:1].lower() + self.label[1:] if self.label[1:2].islower() else self.label

    def level_label(self, code: str) -> str:
        return next((level.label for level in self.levels if level.code == code), code)


@dataclass(frozen=True)
class Widening:
    """What a registry allows beyond a standard variable: further levels, a wider plausible range, more decimals.

    A widened variable keeps its meaning: every value that was one before is one still.
    """

    table: str
    name: str
    levels: tuple[Level, ...] = ()
    plausible: Range | None = None
    decimals: int = 0

    def of(self, entry: Variable) -> Variable:
        """The variable with what is allowed besides; whole numbers become numbers where decimals are."""
        kind: Kind = "number" if self.decimals and entry.kind == "integer" else entry.kind
        known = {level.code for level in entry.levels}
        return replace(
            entry,
            kind=kind,
            levels=entry.levels + tuple(level for level in self.levels if level.code not in known),
            plausible=self.plausible or entry.plausible,
            decimals=max(self.decimals, entry.decimals),
            mixed_decimals=entry.mixed_decimals or kind != entry.kind,
        )


#: What identifies a row: the values of its key.
Key = tuple[Any, ...]


@dataclass(frozen=True)
class RegistryTable:
    """One table of the registry: what a row is and which columns identify it.

    ``apart`` are further columns that tell rows of one key apart where they are recorded: the courses of one treatment by
    their start. ``optional`` marks a table that a registry adds to the standard ones: a version without its file has no rows there.
    """

    name: str
    label: str
    row: str
    key: tuple[str, ...] = ()
    optional: bool = False
    apart: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, ...]:
        """All columns that together identify a row; those of ``apart`` may be missing."""
        return self.key + self.apart

    def keys(self, columns: Mapping[str, Sequence[Any]]) -> Iterator[Key]:
        """The key of each row: the values of ``key``, then those of ``apart`` that are recorded."""
        fixed = zip(*(columns[name] for name in self.key), strict=True)
        given = [columns[name] for name in self.apart if name in columns]
        if not given:
            return fixed
        return (
            (*key, *(value for value in further if value is not None))
            for key, further in zip(fixed, zip(*given, strict=True), strict=True)
        )


def written_key(key: Key) -> str:
    """A key in one word, as provenance writes it: "8/3"."""
    return "/".join(f"{part:g}" if isinstance(part, float) else str(part) for part in key if part is not None)
