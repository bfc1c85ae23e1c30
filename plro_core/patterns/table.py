"""The board of patterns as a finished table."""

from dataclasses import replace

from plro_core.cohort import EVERYONE, Cohort
from plro_core.lookups import LIMIT
from plro_core.patterns.board import Board, Pattern, board
from plro_core.patterns.words import Kind, wording
from plro_core.store import Registry
from plro_core.tables import Cell, Column, Table, TwoForms
from plro_core.tables.notes import general_notes, reference_note, variable_notes, who
from plro_core.tables.ranges import flag_notes
from plro_core.text import listed, visit_name
from plro_core.vocabulary import Variable

_MEANING = {
    "positions": "Where each recorded value lies.",
    "steps": "Each recorded value against the recorded one before it, whether or not a visit between them is missing.",
    "overall": "The last recorded value after baseline against the baseline.",
    "range_steps": "Each recorded value against the recorded one before it: into, within, outside or out of the range.",
    "range_overall": "The last recorded value after baseline against the baseline: into, within, outside or out of the range.",
    "arrows": "The flags reported with the values; they are not computed from a range.",
}

_TIDY = (
    Column("variable", "Variable"),
    Column("kind", "Kind of pattern"),
    Column("first_month", "First month", "integer"),
    Column("last_month", "Last month", "integer"),
    Column("pattern", "Pattern"),
    Column("k", "Patients", "integer"),
    Column("n", "of", "integer"),
    Column("patients", "Patients named"),
    Column("named", "How many are named", "integer"),
)


def patterns_table(
    registry: Registry, entry: Variable, kind: Kind = "positions", cohort: Cohort = EVERYONE, *, limit: int = LIMIT
) -> TwoForms:
    """The patterns of a variable's course, how many patients of all follow each, and who they are.

    The tidy form names the variable and the kind of pattern in each row, and patients by their numbers alone.
    """
    found = board(registry, entry, kind, cohort, limit=limit)
    visits = f"{visit_name(found.months[0]).lower()} to month {found.months[-1]}" if found.months else ""
    heading = f"Pattern, {visits}" if visits else "Pattern"
    columns = (
        Column("pattern", heading),
        Column("k", "Patients", "integer"),
        Column("n", "of", "integer"),
        Column("patients", "Who"),
    )
    layout = Table(
        f"patterns-{entry.name}-{kind}".replace("_", "-"),
        f"{entry.label}: {wording(entry, kind, registry.flag_word).title}",
        columns,
        tuple(_row(pattern, found) for pattern in found.patterns),
        (*general_notes(registry), *_notes(registry, entry, kind, found, cohort)),
        who(registry, Cohort(cohort.who)),
    )
    tidy = tuple((entry.name, kind, *_numbers(pattern, found)) for pattern in found.patterns)
    return TwoForms(replace(layout, columns=_TIDY, rows=tidy), layout)


def _numbers(pattern: Pattern, found: Board) -> tuple[Cell, ...]:
    first, last = (found.months[0], found.months[-1]) if found.months else (None, None)
    return first, last, pattern.text, pattern.k, found.n, " ".join(map(str, pattern.patients)), len(pattern.patients)


def _row(pattern: Pattern, found: Board) -> tuple[Cell, ...]:
    names = [str(case_id) for case_id in pattern.patients]
    more = pattern.k - len(names)
    return pattern.text, pattern.k, found.n, listed([*names, f"{more} more"] if more else names)


def _severity(entry: Variable) -> str:
    """The words of a score with the values that each stands for, and their source."""
    said, low = [], 0
    for high, word in entry.severity:
        said.append(f"{low if low == high else f'{low}–{high}'} {word}")
        low = high + 1
    return f"{entry.words} {', '.join(said)} ({entry.severity_source})."


def meaning(registry: Registry, entry: Variable, kind: Kind) -> str:
    """What the words of a kind of pattern stand for."""
    if entry.severity and kind == "positions":
        return _severity(entry)
    return registry.told(f"patterns.{kind}", _MEANING[kind])


def _notes(registry: Registry, entry: Variable, kind: Kind, found: Board, cohort: Cohort) -> tuple[str, ...]:
    ranged = kind in ("positions", "range_steps", "range_overall")
    return (
        meaning(registry, entry, kind),
        *((*reference_note(registry, [entry]), *flag_notes(registry, Cohort(cohort.who), [entry])) if ranged else ()),
        *variable_notes([entry]),
        *(() if found.complete else ("Only the first patients of each pattern are named.",)),
        *(
            ("All visits of these patients count here: the choice of visits does not apply.",)
            if cohort.which_visits
            else ()
        ),
    )
