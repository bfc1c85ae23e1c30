"""The parts of a report that compute themselves: methods, flow of patients, and where each card comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plro_core.cohort import EVERYONE, Cohort
from plro_core.counts import Frequency, counts, size
from plro_core.export.recipe import PROGRAM
from plro_core.manuscript import Compact
from plro_core.report import references
from plro_core.report.live import LEAST_FOR_PERCENT, NUMBERS, STATISTICS, Asked
from plro_core.report.made import Drawn
from plro_core.report.model import Card
from plro_core.report.references import Reference
from plro_core.store import Registry
from plro_core.tables import Column, Table, TwoForms
from plro_core.tables.notes import SYNTHETIC, variable_notes
from plro_core.text import counted, grouped, listed, patients, visit_name
from plro_core.vocabulary import Variable

_SHORT_HASH = 12
_QUANTILES = ("median", "q1", "q3")
#: What a table as a journal prints it shows of a number.
_OF_SPEC: Mapping[str, frozenset[str]] = {
    "median": frozenset(_QUANTILES),
    "mean": frozenset({"mean", "sd"}),
    "both": frozenset({*_QUANTILES, "mean", "sd"}),
    "range": frozenset({"median", "range"}),
}


@dataclass(frozen=True)
class Used:
    """What a report uses: its cohort, what its live numbers ask, and what its cards' calls give, by their place."""

    registry: Registry
    cohort: Cohort
    asked: Sequence[Asked]
    drawn: Sequence[tuple[int, Card, Drawn]]

    @property
    def variables(self) -> list[Variable]:
        """The variables that live numbers and tables name, each once."""
        named = [one.variable for one in self.asked if one.variable]
        calls = " ".join(card.call for _, card, _ in self.drawn)
        words = self.registry.vocabulary.summarised
        named += [entry for entry in words if f'"{entry.name}"' in calls or f"'{entry.name}'" in calls]
        named += [entry for entry in words if any(entry.name in _shown(one) for _, _, one in self.drawn)]
        return list(dict.fromkeys(named))

    def calls(self, *names: str) -> bool:
        """Whether a card calls one of these functions, or draws one of these figures."""
        calls = [card.call for _, card, _ in self.drawn]
        return any(f"{name}(" in call or f'"{name}"' in call or f"'{name}'" in call for call in calls for name in names)

    @property
    def statistics(self) -> set[str]:
        """The statistics that live numbers ask and that tables show."""
        found = {one.statistic for one in self.asked}
        for table in self.summaries:
            shown = [one.variable for one in table.spec.show]
            found |= _OF_SPEC[table.spec.statistic] if any(entry.is_number for entry in shown) else set()
            found |= set() if all(entry.is_number for entry in shown) else {"k of n"}
        return found | (set(STATISTICS) if self.calls("plro.table_one", "responders_table") else set())

    @property
    def summaries(self) -> list[Compact]:
        """The tables as a journal prints them."""
        return [one.table for _, _, one in self.drawn if isinstance(one.table, Compact)]

    @property
    def compares(self) -> bool:
        """Whether two groups are compared."""
        is_told = any(table.spec.difference for table in self.summaries)
        return is_told or self.calls("plro.compare", "estimation_plot", "forest_plot")


def _shown(drawn: Drawn) -> set[object]:
    """The variables that a table says it shows."""
    told = drawn.table.tidy if isinstance(drawn.table, TwoForms) else drawn.table
    if told is None or "variable" not in [column.name for column in told.columns]:
        return set()
    return set(told.values("variable"))


# Methods


def methods(used: Used) -> list[str]:
    """What was done, in sentences made from what the report uses."""
    registry = used.registry
    held, manifest = size(registry, used.cohort), registry.manifest
    return [
        f"Data are version {registry.version} of the registry “{manifest.title}” (content {registry.content[:_SHORT_HASH]}, of "
        f"{manifest.time[:10]}): {patients(registry.patients)} and {counted(registry.visits, 'visit')}.",
        *([SYNTHETIC] if manifest.synthetic else []),
        f"The report is of {used.cohort.sentence}: {held.sentence}.",
        *_statistics(used),
        "Nothing was imputed: each number is of recorded values alone and tells their n, and a visit that did not take place is "
        "counted nowhere.",
        *(f"{note.rstrip('.')}." for note in variable_notes(used.variables)),
        *_ranges(used.variables),
        f"Every number was computed by the {PROGRAM}; where each figure and table comes from stands in the file.",
    ]


def _statistics(used: Used) -> list[str]:
    told = []
    if used.statistics & set(_QUANTILES):
        told.append("Medians and quartiles are of type 7 (linear between order statistics).")
    if "sd" in used.statistics:
        told.append("Standard deviations are those of a sample.")
    if used.statistics & {*NUMBERS}:
        told.append("Fewer than three values are given themselves.")
    if used.statistics & {"k of n", "percent"}:
        told.append(
            f"Shares are k of n recorded; percentages are given from {LEAST_FOR_PERCENT} recorded patients on alone."
        )
    if used.compares:
        told.append(
            "Groups were compared by the Hodges–Lehmann shift or the difference of risks with exact intervals; no p-value was computed "
            "unless it stands in a table."
        )
    if used.calls("time_to_pain_control"):
        told.append("Times known only between two visits are interval-censored and estimated after Turnbull.")
    if used.calls("plro.claims", "check_claims", "claims_found"):
        told.append("Printed statements were computed anew from the printed tables and held against them.")
    return told


def _ranges(variables: Sequence[Variable]) -> list[str]:
    """Whose reference ranges are meant, in one sentence."""
    found = [f"{entry.words} {entry.reference.words}" for entry in variables if entry.reference]
    return [f"Reference ranges, for orientation: {listed(found)} (see References)."] if found else []


def used_references(used: Used, of_checklists: Sequence[Reference]) -> list[Reference]:
    """The references of a report: its data, the ranges of its variables, its methods, its checklists."""
    found = [*references.of_data(used.registry), *references.of_variables(used.variables)]
    found += [references.QUANTILES] if used.statistics & set(_QUANTILES) else []
    found += [references.SHIFT] if used.compares else []
    found += [references.CENSORED] if used.calls("time_to_pain_control") else []
    found += references.of_literature() if used.calls("published_cohorts") else []
    return references.once([*found, *of_checklists])


# Flow


def flow(used: Used) -> Table:
    """From the registry to the cohort to whom each number is of, with how many are left out and why."""
    registry = used.registry
    whole, chosen = registry.patients, size(registry, used.cohort).patients
    rows = [
        (f"In the registry, version {registry.version}", grouped(whole), ""),
        (
            f"In the cohort: {used.cohort.sentence}",
            grouped(chosen),
            f"{grouped(whole - chosen)} do not fit" if whole - chosen else "",
        ),
        *(_analysed(used, entry, month, chosen) for entry, month in _measured(used)),
    ]
    columns = (Column("step", "Step"), Column("patients", "Patients"), Column("left_out", "Left out"))
    return Table("flow", "Flow of patients, from the registry to whom each number is of", columns, tuple(rows))


def _measured(used: Used) -> list[tuple[Variable, int | None]]:
    """What live numbers of the report's own cohort are of."""
    own = [one for one in used.asked if one.variable and one.cohort == used.cohort]
    return list(dict.fromkeys((one.variable, one.month) for one in own if one.variable))


def _analysed(used: Used, entry: Variable, month: int | None, chosen: int) -> tuple[str, str, str]:
    frequency = counts(used.registry, [entry], used.cohort).get((entry.name, month, None), Frequency({}, chosen))
    n = frequency.total - frequency.missing if entry.many else frequency.n
    when = "" if month is None else f", {visit_name(month).lower()}"
    unseen = chosen - frequency.total
    why = [f"{grouped(frequency.missing)} not recorded"] if frequency.missing else []
    why += [f"{grouped(unseen)} without this visit"] if month is not None and unseen > 0 else []
    return f"Analysed: {entry.words}{when}", grouped(n), ", ".join(why)


# Provenance


def provenance(used: Used) -> Table:
    """Each card with a call: what made it, of whom, of which data."""
    columns = (
        Column("card", "Card", "integer"),
        Column("title", "What"),
        Column("cohort", "Cohort"),
        Column("n", "n"),
        Column("call", "Call"),
    )
    rows = [(place, one.recipe.title, one.recipe.cohort, one.recipe.n, card.call) for place, card, one in used.drawn]
    notes = (f"Data: version {used.registry.version}, content {used.registry.content}. {PROGRAM}.",)
    return Table("provenance", "Where each card comes from", columns, tuple(rows), notes)


def everyone(registry: Registry, query: str) -> Cohort:
    """The report's own cohort."""
    return Cohort.parse(query, registry.vocabulary) if query else EVERYONE
