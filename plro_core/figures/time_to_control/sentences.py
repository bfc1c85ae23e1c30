"""The words: times and medians in sentences, what is drawn, and what a reader must know."""

from collections.abc import Iterator

from plro_core.counts import Group
from plro_core.exact.turnbull import Between
from plro_core.figures.points import when
from plro_core.figures.style import group_word
from plro_core.figures.time_to_control.picture import SMALLEST_N_FOR_CURVE, Picture, has_curve
from plro_core.pain_control import DEFAULT, ControlTime, Definition, Estimate, between_words, how_defined, reconstruct
from plro_core.store import Registry
from plro_core.text import as_recorded, listed, patients
from plro_core.vocabulary import Variable


def medians(found: dict[Group, Estimate], times: list[ControlTime], group: Variable | None) -> list[str]:
    if group is None:
        return [_median_sentence("", found[None], times)]
    codes = [*(level.code for level in group.levels), None]
    return [
        _median_sentence(_group_name(group, code), found[code], [time for time in times if time.group == code])
        for code in codes
        if code in found
    ]


def _group_name(group: Variable, code: Group) -> str:
    """A group as a sentence begins with it: "Documented fracture, elsewhere", "No smoking"."""
    if code is None:
        return f"{group.label}, not recorded"
    word = group_word(group, code)
    return f"{word[:1].upper()}{word[1:]}" if group.kind == "boolean" else f"{group.label}, {word}"


def _median_sentence(name: str, found: Estimate, times: list[ControlTime]) -> str:
    start = f"{name}: " if name else ""
    if not found.n:
        return f"{name or 'These patients'}: nobody has a time to pain control."
    if not has_curve(found):
        told = [f"patient {time.case_id} {place_words(time.between)}" for time in times if time.between]
        return f"{start}{listed(told)} (n = {found.n}, too few for a median)." if name else "Too few for a median."
    cut = f", {found.censored} not controlled by the last visit" * bool(found.censored)
    return f"{start or 'All: '}median {place_words(found.median)} (n = {found.n}{cut})."


def place_words(between: Between | None) -> str:
    """A time in a sentence: "between baseline and month 1", "at 3.5 months", "after month 6"."""
    if between is None:
        return "without a time"
    after, by = between
    if by is None:
        return between_words(between)
    return f"at {between_words(between)}" if after == by else f"between {_visit(after)} and {_visit(by)}"


def _visit(month: float) -> str:
    return when(int(month)) if month == int(month) else f"month {as_recorded(month)}"


def described(picture: Picture) -> str:
    """What is drawn, with n."""
    n, definition = len(picture.at_risk), picture.definition
    start = f"Time to pain control, counted as {definition.label}, in {patients(picture.view.n)}."
    told = "; ".join(
        f"patient {time.case_id} {place_words(time.between)}{f', as {time.stated}' * time.exact}"
        for time in picture.at_risk[:20]
    )
    return f"{start} {told[:1].upper()}{told[1:]}." if n else start


def notes(picture: Picture) -> Iterator[str]:
    """Reconstructed and why; what contradicts it; what the curve cannot tell; who is left out."""
    yield reconstruction_note(picture.view.registry, picture.definition)
    yield from (time.contradiction for time in picture.times if time.contradicted)
    if picture.curves:
        yield _UNDETERMINED
        yield from _placed_notes(picture)
    small = [found for found in picture.found.values() if 0 < found.n < SMALLEST_N_FOR_CURVE]
    if small:
        yield "Fewer than three patients with a time have no curve: each interval is shown."
    left_out = [time for time in picture.times if time.left_out]
    if left_out:
        yield f"{patients(len(left_out))} without a time: already controlled at baseline, or no VAS to tell."


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
