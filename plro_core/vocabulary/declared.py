"""What a registry declares for itself, in the ``variables.toml`` of its folder::

    months = [0, 2, 12, 24]                     # planned visits, in months from baseline
    use = ["phosphate", "bmi", "densitometry"]  # ready-made columns, tables and widenings
    centres = { north = "North", south = "South" }
    primary_outcome = "vas.2"                   # what Compare tests first: a value at a visit, as change from baseline

    [[variable]]                                # a column of its own
    name = "p1np"
    label = "P1NP"
    table = "visits"                            # or cases
    kind = "number"                             # integer, number, boolean, category or text
    group = "Laboratory"                        # numbers of visits in this group are drawn like the other laboratory values
    unit = "ng/mL"
    decimals = 1
    plausible = [1, 1000]                       # outside: refused
    reference = [15, 60]                        # outside: flagged
    reference_source = "kit insert"             # otherwise "source not stated"
    outcome = true                              # of cases: known only after treatment; visits need not say it

    [widen.breastfeeding]                       # a standard column: what it allows besides
    levels = { never = "never breastfed" }      # or plausible = [-40, 104], or decimals = 1

    [range.calcium]                             # the reference range that the registry uses; see plro_core.vocabulary.ranges
    use = "pmc7276095"                          # or low and high with unit, laboratory, version, date, population, source

A registry may add and widen, never change a meaning: the standard tables, columns and levels stay, so that every version and
every link keeps its meaning. Its planned visits are its own, from baseline on.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plro_core import strict
from plro_core.links import RESERVED as RESERVED_IN_LINKS
from plro_core.links import is_tracking
from plro_core.problems import RegistryProblem
from plro_core.text import EVERYBODY, MISSING_WORDS, listed, printable
from plro_core.vocabulary import ranges, ready_made, standard
from plro_core.vocabulary.model import (
    USUAL_RATIO,
    Jump,
    Level,
    Range,
    Reference,
    RegistryTable,
    Score,
    Variable,
    Widening,
)

FILE = "variables.toml"

#: Words that mean something else in a link or in a question of our own.
RESERVED = RESERVED_IN_LINKS | {
    "count",
    "flag",
    "g",
    "membership",
    "name",
    "patients",
    "source_row",
    "table",
    "value",
    "visit_month",
}

_TOML = strict.Form(RegistryProblem, "the declarations of a registry", 200_000, FILE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: A code of a level beside those of a standard column; some of those, such as T6, begin with a capital.
_LEVEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_STANDARD = (*standard.CASES, *standard.VISITS, *standard.FACTS)
#: What may be widened: everything that is known of patients, but what identifies a row.
_WIDENED = tuple(
    entry
    for entry in _STANDARD
    if entry.table not in standard.NOT_CLINICAL and (entry.kind == "category" or not entry.required)
)
_KINDS = ("integer", "number", "boolean", "category", "text")
_KEYS = ("months", "use", "centres", "primary_outcome", "variable", "widen", "range")
_READY = (*ready_made.COLUMNS, *ready_made.TABLES, *ready_made.WIDENINGS)


@dataclass(frozen=True)
class Declared:
    """Planned visits, what a registry adds and widens, and its primary outcome ("vas.1"; empty if it declares none);
    ``text`` is the file that says so, empty where there is none.

    ``ranges`` are the reference ranges that it uses instead of the published defaults, by the name of the laboratory value;
    ``used`` are the ready-made words that it has taken up.
    """

    months: tuple[int, ...] = ()
    tables: tuple[RegistryTable, ...] = ()
    variables: tuple[Variable, ...] = ()
    widened: tuple[Widening, ...] = ()
    primary_outcome: str = ""
    text: str = ""
    ranges: Mapping[str, Reference] = field(default_factory=dict)
    used: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest() if self.text else ""


def read(folder: Path) -> Declared:
    """The declarations of the registry in ``folder``; none where it has no ``variables.toml``.

    Raises:
        RegistryProblem: the file cannot be read or declares something that cannot be; the sentence names it.
    """
    path = folder / FILE
    if not path.exists():
        return Declared()
    return parse(_TOML.file(path, follow=True))


def parse(content: str | bytes) -> Declared:
    """The declarations in the content of a ``variables.toml``.

    Raises:
        RegistryProblem: one sentence that names the part at fault, its value and what was expected.
    """
    text = _TOML.text(content)
    told = _TOML.toml(text)
    for key in told:
        _known(key in _KEYS, key, f"one of {', '.join(_KEYS)}")
    used = _listed(told, "use", str)
    for name in used:
        _known(name in _READY, f"use: {name}", f"one of {', '.join(_READY)}")
    ready = tuple(ready_made.COLUMNS[name] for name in used if name in ready_made.COLUMNS)
    tables = [ready_made.TABLES[name] for name in used if name in ready_made.TABLES]
    declared = tuple(_variable(entry, number) for number, entry in enumerate(_listed(told, "variable", dict), 1))
    columns = _centres(told) + ready + declared
    _refuse_twice(columns)
    flags = tuple(_optional_flag(entry) for entry in columns if entry.table == "visits" and entry.group == "Laboratory")
    widened = (*(entry for name in used for entry in ready_made.WIDENINGS.get(name, ())), *_widenings(told))
    return Declared(
        _months(told),
        tuple(table for table, _ in tables),
        columns + flags + tuple(entry for _, entries in tables for entry in entries),
        widened,
        _primary_outcome(told, columns),
        text,
        _ranges(told, (*standard.LABS, *columns), widened),
        tuple(used),
    )


def _known(holds: bool, what: str, expected: str) -> None:
    if not holds:
        raise RegistryProblem(f"{FILE}: “{printable(what, 80)}”; expected {expected}.")


def _listed(told: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    found = told.get(key, [])
    good = isinstance(found, list) and all(type(entry) is kind for entry in found)
    _known(good, key, "a list of names" if kind is str else "tables that start with [[variable]]")
    _known(kind is not str or len(set(found)) == len(found), key, "each name once")
    return list(found)


def _months(told: Mapping[str, Any]) -> tuple[int, ...]:
    """The planned visits, baseline first."""
    found = told.get("months", list(standard.MONTHS))
    good = isinstance(found, list) and all(type(month) is int and 0 <= month <= 600 for month in found)
    _known(good, "months", "whole numbers from 0 to 600")
    _known(sorted(set(found)) == found, f"months: {found}", "each month once, in ascending order")
    _known(0 in found, f"months: {found}", "baseline, month 0, as well")
    return tuple(found)


def _primary_outcome(told: Mapping[str, Any], added: tuple[Variable, ...]) -> str:
    """A number of visits with a planned month after baseline ("vas.1"), or an outcome of the patient by its name."""
    found = told.get("primary_outcome", "")
    _known(isinstance(found, str), "primary_outcome", 'a variable with a month, such as "vas.1"')
    if not found:
        return ""
    name, _, month = found.partition(".")
    entry = next((one for one in (*_STANDARD, *added) if one.name == name and one.summarised), None)
    here = f"primary_outcome: {found}"
    if entry is not None and entry.per_visit:
        later = {str(planned) for planned in _months(told) if planned}
        _known(
            entry.is_number and month in later,
            here,
            f"a number at one of the months {', '.join(sorted(later, key=int))}",
        )
    else:
        good = entry is not None and entry.outcome and entry.kind != "category" and not month
        _known(good, here, 'a number at a visit such as "vas.1", or a number or yes/no of cases with outcome = true')
    return found


def _ranges(
    told: Mapping[str, Any], columns: tuple[Variable, ...], widened: tuple[Widening, ...]
) -> dict[str, Reference]:
    """The reference ranges that a registry names or states, by the laboratory value."""
    found = told.get("range", {})
    good = isinstance(found, dict) and all(isinstance(entry, dict) for entry in found.values())
    _known(good, "range", "tables that start with [range.NAME]")
    labs = {entry.name: entry for entry in columns if entry.group == "Laboratory" and entry.is_number}
    for widening in widened:
        if widening.table == "visits" and widening.name in labs:
            labs[widening.name] = widening.of(labs[widening.name])
    return {name: _own_range(name, entry, labs) for name, entry in found.items()}


def _own_range(name: str, entry: Mapping[str, Any], labs: Mapping[str, Variable]) -> Reference:
    """The range of one laboratory value; one of which it is not settled what was measured has none."""
    usual = [lab.name for lab in labs.values() if not lab.uncertain]
    _known(name in labs, f"range.{name}", listed(usual, "or"))
    _known(not labs[name].uncertain, f"range.{name}", "no range: it is uncertain what was measured")
    return ranges.stated(
        entry, labs[name], lambda holds, part, expected: _known(holds, f"range.{name}: {part}", expected)
    )


def _widenings(told: Mapping[str, Any]) -> tuple[Widening, ...]:
    found = told.get("widen", {})
    good = isinstance(found, dict) and all(isinstance(entry, dict) for entry in found.values())
    _known(good, "widen", "tables that start with [widen.NAME]")
    return tuple(_widening(name, entry) for name, entry in found.items())


def _widening(name: str, entry: Mapping[str, Any]) -> Widening:
    """What one standard column, or ``table.column`` where a name is used in several tables, allows besides."""

    def expect(holds: bool, part: str, expected: str) -> None:
        _known(holds, f"widen.{name}{part}", expected)

    table, _, column = name.rpartition(".")
    known = [one for one in _WIDENED if one.name == column and table in ("", one.table)]
    named = ", ".join(f'"{one.table}.{column}"' for one in known)
    expect(bool(known), "", "a column that every registry has; what it declares itself is written there")
    expect(len(known) == 1, "", f"one of {named}")
    widened = known[0]
    for key, value in entry.items():
        expect(key in _WIDER, f": {key}", f"one of {', '.join(_WIDER)}; nothing else of it may change")
        form, words = _WIDER[key]
        expect(isinstance(value, form) and not isinstance(value, bool), f": {key}", words)
    levels = _levels(entry.get("levels", {}), f"widen.{name}", _LEVEL)
    expect(not levels or (widened.kind == "category"), ": levels", "levels for a category only")
    codes = {level.code for level in widened.levels}
    taken = codes & {level.code for level in levels}
    expect(not taken, f": levels: {', '.join(sorted(taken))}", "codes that are not declared yet")
    same = [level.label for level in levels if level.label in codes]
    expect(not same, f": levels: {', '.join(same)}", "words that are not the code of another level")
    expect("decimals" not in entry or widened.is_number, ": decimals", "decimals for a number only")
    expect(
        widened.decimals <= entry.get("decimals", widened.decimals) <= 6,
        ": decimals",
        f"a whole number from {widened.decimals} to 6",
    )
    plausible = _range(entry, "plausible", lambda holds, part, expected: expect(holds, f": {part}", expected))
    expect(plausible is None or _holds(plausible, widened.plausible), ": plausible", _at_least(widened))
    return Widening(widened.table, column, levels, plausible, entry.get("decimals", 0))


def _holds(wide: Range, narrow: Range | None) -> bool:
    """Whether every value of a range is one of the wider range too."""
    return narrow is not None and all(end is None or end in wide for end in (narrow.low, narrow.high))


def _at_least(entry: Variable) -> str:
    if entry.plausible is None:
        return "a range for numbers only"
    return f"two numbers from {entry.plausible.low:g} or less to {entry.plausible.high:g} or more"


def _centres(told: Mapping[str, Any]) -> tuple[Variable, ...]:
    found = told.get("centres")
    if found is None:
        return ()
    good = isinstance(found, dict) and found and all(isinstance(label, str) and label for label in found.values())
    _known(bool(good), "centres", 'codes with names such as { north = "North" }')
    return (
        Variable(
            "centre",
            "Centre",
            "cases",
            "category",
            "Identifiers",
            levels=_levels(found, "centres"),
            filterable=True,
            optional=True,
            panel="Identifiers",
        ),
    )


def _levels(found: Mapping[str, Any], where: str, form: re.Pattern[str] = _NAME) -> tuple[Level, ...]:
    for code, label in found.items():
        letters = "small letters" if form is _NAME else "letters"
        _known(bool(form.fullmatch(code)), f"{where}: {code}", f"codes of {letters}, digits and underscores")
        _known(isinstance(label, str) and bool(label), f"{where}: {code}", 'words such as "never breastfed"')
        _known(code != EVERYBODY, f"{where}: {code}", "a code that is not what tables call all patients together")
        _known(code.casefold() not in MISSING_WORDS, f"{where}: {code}", "a code that is no word for a missing value")
        _known(
            label == code or label not in found,
            f"{where}: {code}: {label}",
            "words that are not the code of another level",
        )
    return tuple(Level(code, label) for code, label in found.items())


_TEXT = (str, "text")
_FORMS: dict[str, tuple[type | tuple[type, ...], str]] = {
    **dict.fromkeys(
        ("name", "label", "table", "kind", "group", "unit", "loinc", "note", "source", "noun", "si_unit", "score"),
        _TEXT,
    ),
    **dict.fromkeys(("plausible_source", "reference_source"), _TEXT),
    **dict.fromkeys(("plausible", "reference"), (list, "two numbers such as [1, 20]")),
    **dict.fromkeys(("filter", "summarised", "mixed_decimals", "outcome"), (bool, "true or false")),
    "measures": (list, 'vertebrae such as ["L1", "L2"]'),
    "decimals": (int, "a whole number from 0 to 6"),
    "levels": (dict, 'codes with words such as { mild = "mild" }'),
    "si_factor": ((int, float), "a number"),
}


_WIDER = {"levels": _FORMS["levels"], "plausible": _FORMS["plausible"], "plausible_source": _TEXT} | {
    "decimals": _FORMS["decimals"]
}


def _variable(entry: Mapping[str, Any], number: int) -> Variable:
    """One declared column."""
    name = str(entry.get("name", ""))
    here = f"variable {number}" + (f", {name[:40]}" if name else "")

    def expect(holds: bool, part: str, expected: str) -> None:
        _known(holds, f"{here}: {part}", expected)

    for key, value in entry.items():
        expect(key in _FORMS, key, f"one of {', '.join(_FORMS)}")
        form, words = _FORMS[key]
        expect(isinstance(value, form) and (form is bool or not isinstance(value, bool)), key, words)
    for key in ("name", "label", "table", "kind"):
        expect(bool(entry.get(key)), key, "a value")
    kind, table = entry["kind"], entry["table"]
    expect(bool(_NAME.fullmatch(name)), "name", "small letters, digits and underscores")
    expect(
        not (name in RESERVED or name.endswith("_flag") or is_tracking(name)),
        "name",
        "another name; this one is taken by the program",
    )
    expect(len(entry["label"]) <= 60, "label", "at most 60 characters")
    expect(table in ("cases", "visits"), f"table {table}", "cases or visits")
    expect(kind in _KINDS, f"kind {kind}", f"one of {', '.join(_KINDS)}")
    expect(0 <= entry.get("decimals", 0) <= 6, "decimals", "a whole number from 0 to 6")
    expect((kind == "category") == bool(entry.get("levels")), "levels", "levels for a category, and for nothing else")
    numeric = kind in ("integer", "number")
    expect(numeric == ("plausible" in entry), "plausible", "a plausible range for numbers, and for nothing else")
    expect("reference" not in entry or numeric, "reference", "a reference range for numbers only")
    expect(
        "reference_source" not in entry or "reference" in entry, "reference_source", "a range together with its source"
    )
    expect(("si_unit" in entry) == ("si_factor" in entry), "si_unit", "a unit together with its factor")
    group = entry.get("group", "Laboratory" if table == "visits" and kind == "number" else "Further variables")
    expect(
        group != "Laboratory" or (table == "visits" and kind == "number"), "group", "numbers of visits under Laboratory"
    )
    score = entry.get("score") or _score_in(entry["label"]) if group == "Bone density" else entry.get("score", "")
    expect(
        group != "Bone density" or (table == "cases" and kind == "number"),
        "group",
        "numbers of cases under Bone density",
    )
    expect(group == "Bone density" or not score, "score", "a score in group Bone density only")
    expect(
        group != "Bone density" or score in ("T", "Z") or (not score and bool(entry.get("unit"))),
        "score",
        'score = "T" or "Z" for a score, a unit for a density',
    )
    measures = entry.get("measures", [])
    expect(
        set(measures) <= set(standard.VERTEBRAE) and (not measures or group == "Bone density"),
        "measures",
        "T1 to L5 for a score",
    )
    expect(not entry.get("outcome") or (table == "cases" and kind != "text"), "outcome", "outcomes of cases only")
    shown = kind != "text"
    return Variable(
        name,
        entry["label"],
        table,
        kind,
        group,
        unit=entry.get("unit", ""),
        loinc=entry.get("loinc", ""),
        plausible=_range(entry, "plausible", expect),
        reference=_reference(entry, expect),
        decimals=entry.get("decimals", 0) if kind == "number" else 0,
        levels=standard.YES_NO if kind == "boolean" else _levels(entry.get("levels", {}), here),
        note=entry.get("note", ""),
        source=entry.get("source", ""),
        noun=entry.get("noun", ""),
        filterable=shown and entry.get("filter", True),
        summarised=shown and entry.get("summarised", True),
        si_unit=entry.get("si_unit", ""),
        si_factor=entry.get("si_factor"),
        mixed_decimals=entry.get("mixed_decimals", False),
        optional=True,
        score=score,
        measures=tuple(measures),
        jump=Jump("ratio", USUAL_RATIO) if group == "Laboratory" else None,
        panel=_panel(table, group),
        place=99,
        outcome=entry.get("outcome", False),
    )


def _score_in(label: str) -> Score:
    """Which score a label names, where the declaration does not say it apart; empty if it names none."""
    found = re.search(r"\b([TZ])[- ]?score\b", label, re.IGNORECASE)
    return "" if found is None else "T" if found[1].upper() == "T" else "Z"


def _panel(table: str, group: str) -> str:
    """The section of the filter panel that offers what a registry declares."""
    return group if table == "cases" else f"{group} at baseline"


def _range(entry: Mapping[str, Any], key: str, expect: Callable[[bool, str, str], None]) -> Range | None:
    if key not in entry:
        return None
    ends = entry[key]
    good = len(ends) == 2 and all(type(end) in (int, float) and abs(end) < 1e12 for end in ends) and ends[0] < ends[1]
    expect(good, key, "two numbers, the smaller first, such as [1, 20]")
    return Range(ends[0], ends[1], entry.get(f"{key}_source", ""))


def _reference(entry: Mapping[str, Any], expect: Callable[[bool, str, str], None]) -> Reference | None:
    found = _range(entry, "reference", expect)
    if found is None:
        return None
    return Reference(found.low, found.high, found.source, unit=entry.get("unit", ""))


def _optional_flag(lab: Variable) -> Variable:
    return standard.reported_flag(lab, optional=True)


def _refuse_twice(added: tuple[Variable, ...]) -> None:
    taken = {entry.name for entry in _STANDARD}
    for entry in added:
        _known(entry.name not in taken, f"variable {entry.name}", "a name that is not declared yet")
        taken.add(entry.name)
