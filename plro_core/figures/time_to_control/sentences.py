"""The words: times and medians in sentences, what is drawn, and what a reader must know."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plro_core.cohort import Cohort
from plro_core.counts import ALL, Group
from plro_core.exact.turnbull import Between
from plro_core.figures.points import when
from plro_core.figures.style import group_word
from plro_core.figures.time_to_control.picture import SMALLEST_N_FOR_CURVE, Picture, has_curve
from plro_core.pain_control import DEFAULT, Definition, Estimate, between_words, estimates, how_defined, reconstruct
from plro_core.statements import Statement, state, together
from plro_core.store import Registry
from plro_core.text import as_recorded, capitalised, grouped, listed, patients
from plro_core.vocabulary import Variable


@dataclass(frozen=True)
class TimeToControl:
    """When pain was controlled in a view, or in one group of it: the Turnbull median with its n."""

    cohort: Cohort
    by: Variable | None
    level: Group
    found: Estimate

    @property
    def left_out(self) -> int:
        """Patients without a time."""
        return sum(self.found.left_out.values())

    @property
    def words(self) -> str:
        """ "median between baseline and month 1 (n = 8)"; of fewer than three patients their times."""
        if not self.found.n:
            return "nobody has a time to pain control"
        if not has_curve(self.found):
            told = [place_words(between) for between in sorted(self.found.times.elements(), key=_end)]
            return f"{listed(told)} (n = {grouped(self.found.n)}, too few for a median)"
        cut = f", {self.found.censored} not controlled by the last visit" if self.found.censored else ""
        return f"median {place_words(self.found.median)}{self.found.half_words} (n = {grouped(self.found.n)}{cut})"


def _end(between: Between) -> tuple[float, float]:
    after, by = between
    return (float("inf") if by is None else by), after


def in_groups(
    registry: Registry, definition: Definition, cohort: Cohort, group: Variable | None
) -> dict[Group, TimeToControl]:
    """The time to pain control of each group that has patients, in the order of the levels; without a group that of all."""
    found = estimates(registry, definition, cohort, group=group)
    if group is None:
        return {ALL: TimeToControl(cohort, None, ALL, found[None])}
    codes: list[Group] = [*(level.code for level in group.levels), None]
    return {code: TimeToControl(cohort, group, code, found[code]) for code in codes if code in found}


def medians(times: Mapping[Group, TimeToControl], group: Variable | None) -> list[Statement]:
    """A sentence for everybody, or for each group."""
    return [
        _median_sentence("All" if group is None else _group_name(group, code), time) for code, time in times.items()
    ]


def _group_name(group: Variable, code: Group) -> str:
    """A group as a sentence begins with it: "Documented fracture, elsewhere", "No smoking"."""
    if code is None:
        return f"{group.label}, not recorded"
    word = group_word(group, code)
    return capitalised(word) if group.kind == "boolean" else f"{group.label}, {word}"


def _median_sentence(name: str, time: TimeToControl) -> Statement:
    return Statement(f"{name}: {time.words}.", (time,))


def place_words(between: Between | None) -> str:
    """A time in a sentence: "between baseline and month 1", "at 3.5 months"; "not by month 6" if it may never have come."""
    if between is None:
        return "without a time"
    after, by = between
    if by is None:
        return f"not by {_visit(after)}"
    return f"at {between_words(between)}" if after == by else f"between {_visit(after)} and {_visit(by)}"


def _visit(month: float) -> str:
    return when(int(month)) if month == int(month) else f"month {as_recorded(month)}"


def described(picture: Picture) -> Statement:
    """What is drawn, with n; each patient's time where they are few."""
    start = state(
        "Time to pain control, counted as {definition}, in {patients}.",
        definition=picture.definition.label,
        patients=picture.view.patients,
    )
    told = "; ".join(
        f"patient {time.case_id} {place_words(time.between)}{f', as {time.stated}' * time.exact}"
        for time in (picture.at_risk if picture.view.numbered else [])
    )
    return together([start, f"{capitalised(told)}." if told else ""], " ")


def notes(picture: Picture, everybody: TimeToControl) -> Iterator[str | Statement]:
    """Reconstructed and why; what contradicts it; what the curve cannot tell; who is left out."""
    yield reconstruction_note(picture.view.registry, picture.definition)
    yield from _contradicted(picture, everybody)
    if picture.curves:
        yield _UNDETERMINED
        if picture.view.numbered:
            yield from _placed_notes(picture)
    if any(0 < found.n < SMALLEST_N_FOR_CURVE for found in picture.found.values()):
        yield "Fewer than three patients with a time have no curve: each interval is shown."
    if everybody.left_out:
        words = f"{patients(everybody.left_out)} without a time: already controlled at baseline, or no VAS to tell."
        yield Statement(words, (everybody,))


def _contradicted(picture: Picture, everybody: TimeToControl) -> Iterator[str | Statement]:
    """The stated times that the visits rule out: one by one, or of many patients how many they are."""
    if picture.view.numbered:
        yield from (time.contradiction for time in picture.times if time.contradicted)
    elif everybody.found.contradicted:
        words = (
            f"In {patients(everybody.found.contradicted)} the visits rule a stated time out, and count instead of it."
        )
        yield Statement(words, (everybody,))


_UNDETERMINED = (
    "Shaded: the share lies somewhere in the box, because control is seen only at visits. "
    "Turnbull estimate for times known only between two visits."
)


def reconstruction_note(registry: Registry, definition: Definition) -> str:
    """That a definition is reconstructed, not reported, and how it stands against what a document prints."""
    found = reconstruct(registry, [definition])
    if not found.candidates:
        return f"Pain control here means “{definition.label}”: one of several definitions, chosen and not reported."
    verdict = next((candidate.verdict for candidate in found.candidates), "not tested")
    defined = how_defined(registry)
    if definition == DEFAULT:
        return (
            f"Reconstructed, not reported: {defined}. “{definition.label}” fits the "
            "printed times, the printed mean and who was latest best."
            if verdict == "fits"
            else f"Reconstructed, not reported: “{definition.label}”."
        )
    source = registry.source_word
    fit = f"fits what the {source} prints, too" if verdict == "fits" else f"against the {source}: {verdict}"
    return (
        f"Reconstructed, not reported: {defined}. “{definition.label}” is one candidate ({fit}); "
        f"“{DEFAULT.label}” fits best."
    )


def _placed_notes(picture: Picture) -> Iterator[str]:
    """Whom the estimate counts at other patients' printed times, because nothing else lies in her interval."""
    for code, found in picture.curves.items():
        masses = found.turnbull.masses
        for time in picture.at_risk:
            if time.exact or time.between is None or (picture.styles and time.group != code):
                continue
            after, by = time.between
            inside = [mass for mass in masses if mass.after >= after and (by is None or (mass.by or by + 1) <= by)]
            if inside and all(mass.after == mass.by for mass in inside):
                yield (
                    f"The estimate counts patient {time.case_id} ({between_words(time.between)}) at the {time.stated} times "
                    "inside her interval; her own time is not known."
                )
