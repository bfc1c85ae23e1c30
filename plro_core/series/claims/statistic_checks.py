"""Checks of printed means, standard deviations, medians and ranges."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from plro_core.series.claims import printed
from plro_core.series.claims.evidence import Evidence, month_of
from plro_core.series.claims.model import Claim, Verdict, compared
from plro_core.series.claims.possible import Possible, possibilities
from plro_core.series.claims.rounding import (
    MeanSd,
    decimals,
    root_rounds_to,
    root_written,
    rounds_to,
    written,
)
from plro_core.series.claims.search import (
    MOST_PATIENTS,
    Chance,
    ChangedCell,
    Fit,
    by_chance,
    is_run,
    smallest_changes,
    subset_fits,
)
from plro_core.text import as_recorded, listed
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class Numbers:
    """Values of one variable in some patients, in whole units of 1/scale."""

    values: Mapping[int, int]
    scale: int

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> Fraction:
        return Fraction(sum(self.values.values()), self.n * self.scale)

    def variance(self, sample: bool = True) -> Fraction:
        squares = sum((Fraction(value, self.scale) - self.mean) ** 2 for value in self.values.values())
        return Fraction(squares) / (self.n - 1 if sample else self.n)

    @property
    def median(self) -> Fraction:
        ordered = sorted(self.values.values())
        return Fraction(ordered[(self.n - 1) // 2] + ordered[self.n // 2], 2 * self.scale)

    def of(self, patients: tuple[int, ...]) -> "Numbers":
        return Numbers({patient: value for patient, value in self.values.items() if patient in patients}, self.scale)


@dataclass(frozen=True)
class Search:
    """Everything that was looked for behind one printed mean and SD."""

    pair: MeanSd
    numbers: Numbers
    fits: tuple[Fit, ...]
    chance: Chance
    possible: Mapping[int, Possible]

    @property
    def subsets(self) -> int:
        """How many subsets fit, by either formula."""
        return len({fit.patients for fit in self.fits})

    @property
    def run(self) -> Fit | None:
        """The most natural run of consecutive patients that fits; everyone is one too."""
        best = self.fits[0] if self.fits else None
        return best if best and is_run(best.patients, sorted(self.numbers.values)) else None


def _numbers(evidence: Evidence, entry: Variable, claim: Claim) -> Numbers:
    month = month_of(claim.parameters.get("month"))
    found = Numbers(evidence.units(entry, month), evidence.scale(entry, month))
    return found.of(evidence.ids(claim.parameters["where"])) if "where" in claim.parameters else found


TOO_FEW = Verdict("", "not_checkable", "Fewer than two values are recorded.")


def _enough(evidence: Evidence, claim: Claim) -> bool:
    return _numbers(evidence, evidence.declared(claim.parameters["variable"]), claim).n > 1


def _searched(evidence: Evidence, claim: Claim) -> bool:
    """Whether subsets can be looked through: not too many patients, and a range in which a cell may lie."""
    entry = evidence.declared(claim.parameters["variable"])
    known = entry.plausible is not None and None not in (entry.plausible.low, entry.plausible.high)
    return known and 1 < _numbers(evidence, entry, claim).n <= MOST_PATIENTS


def search(evidence: Evidence, claim: Claim) -> Search:
    """Look for patients that give the printed mean and SD of a ``mean_sd`` claim."""
    if ("search", claim.id) not in evidence.memory:
        evidence.memory["search", claim.id] = _search(evidence, claim)
    found: Search = evidence.memory["search", claim.id]
    return found


def _search(evidence: Evidence, claim: Claim) -> Search:
    entry = evidence.declared(claim.parameters["variable"])
    numbers, pair = _numbers(evidence, entry, claim), MeanSd.parse(claim.printed)
    low, high = _plausible(entry, numbers.scale)
    return Search(
        pair,
        numbers,
        subset_fits(numbers.values, numbers.scale, pair),
        by_chance(numbers.values, numbers.scale, pair),
        possibilities(pair, numbers.n, numbers.scale, low, high),
    )


def _plausible(entry: Variable, scale: int) -> tuple[int, int]:
    """The variable's plausible range in whole units of the last recorded decimal."""
    if entry.plausible is None or entry.plausible.low is None or entry.plausible.high is None:
        raise ValueError(entry.name)
    return round(entry.plausible.low * scale), round(entry.plausible.high * scale)


def shared_runs(evidence: Evidence) -> dict[tuple[int, ...], tuple[str, ...]]:
    """Runs of consecutive patients, short of everyone, that give a printed mean and SD: of what."""
    if "runs" not in evidence.memory:
        evidence.memory["runs"] = _shared_runs(evidence)
    found: dict[tuple[int, ...], tuple[str, ...]] = evidence.memory["runs"]
    return found


def _shared_runs(evidence: Evidence) -> dict[tuple[int, ...], tuple[str, ...]]:
    runs: dict[tuple[int, ...], tuple[str, ...]] = {}
    for claim in evidence.claims.values():
        if claim.check == "mean_sd":
            run = search(evidence, claim).run if _searched(evidence, claim) else None
            if run and len(run.patients) < evidence.n:
                runs[run.patients] = (
                    *runs.get(run.patients, ()),
                    evidence.declared(claim.parameters["variable"]).label_in_sentence,
                )
    return runs


def mean_sd(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed mean ± SD: from all patients, else what reproduces it, and how far that can be trusted."""
    if not _enough(evidence, claim):
        return TOO_FEW
    if not _searched(evidence, claim):
        return _without_search(evidence, claim)
    looked = search(evidence, claim)
    numbers, pair = looked.numbers, looked.pair
    recomputed = _recomputed(numbers, pair)
    if looked.run and len(looked.run.patients) == numbers.n:
        return Verdict(recomputed, "agrees", f"All {numbers.n} give it with the {looked.run.formula} SD.")
    sentences = [_all_sentence(numbers, pair)]
    if looked.run:
        names = evidence.names(looked.run.patients)
        sentences.append(f"{names.capitalize()} give exactly the printed pair ({looked.run.formula} SD).")
    else:
        sentences += _near_misses(evidence, claim, looked)
    sentences += [_chance_sentence(looked), _possible_sentence(looked)]
    return Verdict(recomputed, "subset" if looked.run else "differs", " ".join(filter(None, sentences)))


def _recomputed(numbers: Numbers, pair: MeanSd) -> str:
    mean, sd = written(numbers.mean, decimals(pair.mean)), root_written(numbers.variance(), decimals(pair.sd))
    return f"{mean} ± {sd} (n = {numbers.n})"


def _without_search(evidence: Evidence, claim: Claim) -> Verdict:
    """The printed pair against everyone's values alone, where no subset is looked for."""
    numbers = _numbers(evidence, evidence.declared(claim.parameters["variable"]), claim)
    pair = MeanSd.parse(claim.printed)
    fits = rounds_to(numbers.mean, pair.mean) and any(
        root_rounds_to(numbers.variance(sample), pair.sd) for sample in (True, False)
    )
    words = _all_sentence(numbers, pair)
    return compared(fits, _recomputed(numbers, pair), words, f"{words} No part of them was looked for.")


def _all_sentence(numbers: Numbers, pair: MeanSd) -> str:
    mean = written(numbers.mean, decimals(pair.mean) + 1)
    sample, population = (root_written(numbers.variance(way), decimals(pair.sd) + 1) for way in (True, False))
    agrees = "; the mean alone agrees" if rounds_to(numbers.mean, pair.mean) else ""
    return f"All {numbers.n} give mean {mean}, SD {sample} (sample) or {population} (population){agrees}."


def _near_misses(evidence: Evidence, claim: Claim, looked: Search) -> list[str]:
    """One changed cell, tried for everyone and for the runs that give another printed mean and SD."""
    entry = evidence.declared(claim.parameters["variable"])
    sentences = []
    for run, topics in [(tuple(sorted(looked.numbers.values)), ()), *shared_runs(evidence).items()]:
        numbers = looked.numbers.of(run)
        changes = smallest_changes(numbers.values, numbers.scale, looked.pair, *_plausible(entry, numbers.scale))
        who = f"{evidence.names(run)} (who give the printed {listed(list(topics))})" if topics else f"all {numbers.n}"
        if changes:
            sentences.append(f"With one cell changed, {who} would give it: {_changes_words(changes, numbers.scale)}.")
        elif topics:
            sentences.append(
                f"{_first_capital(who)} give {_part(numbers, looked.pair)}; no one changed cell gives both."
            )
    return sentences


def _changes_words(changes: tuple[ChangedCell, ...], scale: int) -> str:
    return listed(
        [
            f"patient {change.patient}’s {as_recorded(recorded)} as {as_recorded(needed)}"
            for change in changes
            for recorded, needed in [(change.recorded / scale, change.needed / scale)]
        ],
        "or",
    )


def _part(numbers: Numbers, pair: MeanSd) -> str:
    """Which half of the printed pair a group gives."""
    ways = [
        name
        for name, way in (("sample", True), ("population", False))
        if root_rounds_to(numbers.variance(way), pair.sd)
    ]
    if rounds_to(numbers.mean, pair.mean):
        return "its mean only"
    return f"its SD only ({ways[0]})" if ways else "neither its mean nor its SD"


def _chance_sentence(looked: Search) -> str:
    tried = 2**looked.numbers.n - 1
    if not looked.fits:
        return f"None of the {tried:,} subsets of patients gives it."
    verb = "gives" if looked.subsets == 1 else "give"
    average, share = _about(looked.chance.fits), _about(looked.chance.share * 100)
    return (
        f"{looked.subsets} of {tried:,} subsets {verb} it, where {average} would by chance "
        f"(of the pairs nearby, some subset gives {share} %)."
    )


def _about(expected: float) -> str:
    return "less than 0.01" if expected < 0.01 else f"{expected:.2g}"


def _first_capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _possible_sentence(looked: Search) -> str:
    """What GRIM and GRIMMER say of everyone's number, where they say something."""
    n = looked.numbers.n
    verdict = looked.possible[n]
    if not verdict.mean:
        sizes = [str(size) for size, possible in looked.possible.items() if possible.mean and possible.any_sd]
        could = f"; with this SD only groups of {listed(sizes, 'or')} could" if sizes else ""
        return f"No {n} values recorded like these can have this mean (GRIM){could}."
    if not verdict.any_sd:
        return f"No {n} values can have this mean with this SD (GRIMMER)."
    if not verdict.sample_sd:
        return f"No {n} values can have this mean with this sample SD (GRIMMER)."
    return ""


def _stated(claim: Claim) -> Decimal:
    """The printed number; the check of the file has made sure that there is one."""
    return printed.number(claim.printed) or Decimal(0)


def median(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed median."""
    if not _enough(evidence, claim):
        return TOO_FEW
    stated = _stated(claim)
    numbers = _numbers(evidence, evidence.declared(claim.parameters["variable"]), claim)
    recomputed = f"{as_recorded(float(numbers.median))} (n = {numbers.n})"
    runs = {run: numbers.of(run).median for run in shared_runs(evidence)}
    fitting = [run for run, middle in runs.items() if rounds_to(middle, stated)]
    if rounds_to(numbers.median, stated):
        exact = numbers.median == Fraction(stated)
        words = f"All {numbers.n} give it."
        if not exact:
            words = f"All {numbers.n} give {as_recorded(float(numbers.median))}"
            words += ", which is the printed number if halves are rounded to even."
            words += "".join(
                f" {evidence.names(run).capitalize()} give {as_recorded(float(runs[run]))}." for run in fitting
            )
        return Verdict(recomputed, "subset" if fitting and not exact else "agrees", words)
    words = f"All {numbers.n} give {as_recorded(float(numbers.median))}."
    words += "".join(f" {evidence.names(run).capitalize()} give the printed number." for run in fitting)
    return Verdict(recomputed, "subset" if fitting else "differs", words)


def mean_of(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed mean in the patients that the statement speaks of."""
    if not _enough(evidence, claim):
        return TOO_FEW
    stated = _stated(claim)
    numbers = _numbers(evidence, evidence.declared(claim.parameters["variable"]), claim)
    everyone = Numbers(
        evidence.units(evidence.declared(claim.parameters["variable"]), month_of(claim.parameters.get("month"))),
        numbers.scale,
    )
    recomputed = f"{written(numbers.mean, decimals(stated))} (n = {numbers.n})"
    who = f"The {numbers.n} patients that the statement speaks of"
    bad = f"{who} give {written(numbers.mean, decimals(stated) + 1)}."
    if rounds_to(everyone.mean, stated):
        others = evidence.names([patient for patient in everyone.values if patient not in numbers.values])
        bad += f" The printed mean is that of all {everyone.n}, {others} included."
    return compared(rounds_to(numbers.mean, stated), recomputed, f"{who} give it.", bad)


def span(evidence: Evidence, claim: Claim) -> Verdict:
    """A printed range, such as "2–24"."""
    if not _enough(evidence, claim):
        return TOO_FEW
    values = evidence.values(claim.parameters["variable"], month_of(claim.parameters.get("month")))
    recomputed = f"{as_recorded(min(values.values()))}–{as_recorded(max(values.values()))}"
    return compared(
        claim.printed.split(" ")[0] == recomputed,
        recomputed,
        f"All {len(values)} lie within it.",
        "The cells give another range.",
    )
