"""Reference ranges as data: those of ``ranges.toml``, and the one that a registry names or states instead.

A registry does so in its ``variables.toml``::

    [range.calcium]
    use = "pmc7276095"            # one of those in ranges.toml

    [range.alp]                   # or a range of its own
    low = 30
    high = 110
    unit = "U/L"                  # and, as far as they are known:
    laboratory = "Hospital X"
    version = "list of 2024"
    date = "2024-05"
    population = "women from 18 years"
    source = "https://..."
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from plro_core import strict
from plro_core.problems import RegistryProblem
from plro_core.text import listed, printable
from plro_core.vocabulary.model import Reference, Variable

FILE = Path(__file__).with_name("ranges.toml")

_TOML = strict.Form(RegistryProblem, "the table of reference ranges", 200_000, FILE.name)
_STATED = ("unit", "short", "laboratory", "version", "date", "population", "source")
_KEYS = ("use", "low", "high", *_STATED)

#: What is expected, and whether it holds, of a part of a declaration; it raises if it does not.
Expect = Callable[[bool, str, str], None]


@cache
def published() -> Mapping[str, tuple[Reference, ...]]:
    """The ranges of each analyte, its default first.

    Raises:
        RegistryProblem: the table is not of the form it should have.
    """
    found: dict[str, list[Reference]] = {}
    defaults: dict[str, str] = {}
    for entry in _TOML.toml(_TOML.file(FILE))["range"]:
        analyte = entry.pop("analyte")
        if entry.pop("default", False):
            _expect(
                analyte not in defaults, f"{analyte}: {entry['name']}", f"one default, not {defaults.get(analyte)} too"
            )
            defaults[analyte] = entry["name"]
        found.setdefault(analyte, []).append(Reference(**entry))
    for analyte, ranges in found.items():
        _expect(analyte in defaults, analyte, "one default")
        ranges.sort(key=lambda known: known.name != defaults[analyte])
    return {analyte: tuple(ranges) for analyte, ranges in found.items()}


def _expect(holds: bool, what: str, expected: str) -> None:
    if not holds:
        raise RegistryProblem(f"{FILE.name}: “{what}”; expected {expected}.")


def with_published(entry: Variable) -> Variable:
    """The variable with the published ranges of its analyte; unchanged if there are none."""
    known = published().get(entry.name, ())
    return replace(entry, reference=known[0], other_ranges=known[1:]) if known else entry


def stated(entry: Mapping[str, Any], lab: Variable, expect: Expect) -> Reference:
    """The range that a registry's ``[range.NAME]`` names or states for a laboratory value.

    Raises:
        RegistryProblem: by ``expect``: a part is unknown or contradicts the declaration of the value.
    """
    for key, value in entry.items():
        expect(key in _KEYS, key, f"one of {', '.join(_KEYS)}")
        numeric = key in ("low", "high")
        good = type(value) in (int, float) if numeric else isinstance(value, str) and len(value) <= 300
        expect(
            good, f"{key}: {printable(str(value), 80)}", "a number" if numeric else "a text of at most 300 characters"
        )
    if "use" in entry:
        return _named(entry, lab, expect)
    expect(
        "low" in entry and "high" in entry,
        "low, high",
        'the two ends of the range, or use = "NAME" for a published one',
    )
    limits = lab.plausible
    good = entry["low"] < entry["high"] and (limits is None or (entry["low"] in limits and entry["high"] in limits))
    within = (
        f", between {limits.low:g} and {limits.high:g} {lab.unit}"
        if limits and limits.low is not None and limits.high is not None
        else ""
    )
    expect(good, f"low: {entry['low']}, high: {entry['high']}", f"two plausible numbers, the smaller first{within}")
    expect(
        entry.get("unit", lab.unit) == lab.unit, f"unit: {printable(entry.get('unit', ''), 40)}", lab.unit or "no unit"
    )
    return Reference(**{"unit": lab.unit, **entry})


def _named(entry: Mapping[str, Any], lab: Variable, expect: Expect) -> Reference:
    """The published range of that name."""
    expect(set(entry) == {"use"}, listed([key for key in entry if key != "use"]), "nothing beside use")
    known = {reference.name: reference for reference in published().get(lab.name, ())}
    expect(
        entry["use"] in known, f"use: {printable(entry['use'], 40)}", listed(list(known), "or") or "a range of its own"
    )
    return known[entry["use"]]


def with_own(entry: Variable, own: Reference) -> Variable:
    """The variable with the range that its registry uses; the published ones stay to hold its flags against."""
    others = tuple(known for known in published().get(entry.name, ()) if known != own)
    return replace(entry, reference=own, other_ranges=others)
