"""What a registry declares for itself, in the ``variables.toml`` of its folder::

    months = [0, 1, 3, 6, 12]                   # planned visits, in months from baseline
    use = ["phosphate", "bmi", "densitometry"]  # ready-made columns and tables
    centres = { north = "North", south = "South" }

    [[variable]]                                # a column of its own
    name = "p1np"
    label = "P1NP"
    table = "visits"                            # or cases
    kind = "number"                             # integer, number, boolean, category or text
    group = "Laboratory"                        # numbers of visits in this group are drawn like the other laboratory values
    unit = "ng/mL"
    decimals = 1
    plausible = [1, 1000]                       # outside: refused
    reference = [15, 60]                        # outside: flagged; needs reference_source
    reference_source = "kit insert"

A registry may only add: the standard months, tables and columns stay, so that every version and every link keeps its
meaning.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plro_core import strict
from plro_core.links import PAGE_OPTIONS, is_tracking
from plro_core.problems import RegistryProblem
from plro_core.text import listed, printable
from plro_core.vocabulary import ready_made, standard
from plro_core.vocabulary.model import USUAL_RATIO, Jump, Level, Range, Table, Variable

FILE = "variables.toml"

#: Words that mean something else in a link or in a question of our own.
RESERVED = PAGE_OPTIONS | {"count", "flag", "g", "membership", "name", "source_row", "table", "value", "visit_month"}

_TOML = strict.Form(RegistryProblem, "the declarations of a registry", 200_000, FILE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KINDS = ("integer", "number", "boolean", "category", "text")
_KEYS = ("months", "use", "centres", "variable")
_READY = (*ready_made.COLUMNS, *ready_made.TABLES)


@dataclass(frozen=True)
class Declared:
    """Months, tables and columns that a registry adds; ``text`` is the file they stand in, empty where there is none."""

    months: tuple[int, ...] = ()
    tables: tuple[Table, ...] = ()
    variables: tuple[Variable, ...] = ()
    text: str = ""

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
    return Declared(
        _months(told),
        tuple(table for table, _ in tables),
        columns + flags + tuple(entry for _, entries in tables for entry in entries),
        text,
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
    """The planned visits: the standard ones and more."""
    found = told.get("months", list(standard.MONTHS))
    good = isinstance(found, list) and all(type(month) is int and 0 <= month <= 600 for month in found)
    _known(good, "months", "whole numbers from 0 to 600")
    _known(sorted(set(found)) == found, f"months: {found}", "each month once, in ascending order")
    missing = [str(month) for month in standard.MONTHS if month not in found]
    _known(not missing, f"months: {found}", f"{listed(missing)} as well; a registry may only add visits")
    return tuple(found)


def _centres(told: Mapping[str, Any]) -> tuple[Variable, ...]:
    found = told.get("centres")
    if found is None:
        return ()
    good = isinstance(found, dict) and found and all(isinstance(label, str) and label for label in found.values())
    _known(bool(good), "centres", 'codes with names such as { ist = "Istanbul" }')
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


def _levels(found: Mapping[str, str], where: str) -> tuple[Level, ...]:
    for code in found:
        _known(bool(_NAME.fullmatch(code)), f"{where}: {code}", "codes of small letters, digits and underscores")
    return tuple(Level(code, label) for code, label in found.items())


_TEXT = (str, "text")
_FORMS: dict[str, tuple[type | tuple[type, ...], str]] = {
    **dict.fromkeys(
        ("name", "label", "table", "kind", "group", "unit", "loinc", "note", "source", "noun", "si_unit"), _TEXT
    ),
    **dict.fromkeys(("plausible_source", "reference_source"), _TEXT),
    **dict.fromkeys(("plausible", "reference"), (list, "two numbers such as [1, 20]")),
    **dict.fromkeys(("filter", "summarised", "mixed_decimals"), (bool, "true or false")),
    "decimals": (int, "a whole number from 0 to 6"),
    "levels": (dict, 'codes with words such as { mild = "mild" }'),
    "si_factor": ((int, float), "a number"),
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
    expect(("reference" in entry) == ("reference_source" in entry), "reference", "a range together with its source")
    expect(("si_unit" in entry) == ("si_factor" in entry), "si_unit", "a unit together with its factor")
    group = entry.get("group", "Laboratory" if table == "visits" and kind == "number" else "Further variables")
    expect(
        group != "Laboratory" or (table == "visits" and kind == "number"), "group", "numbers of visits under Laboratory"
    )
    expect(group != "Bone density", "group", "another group; T-scores of the diagnosis are declared already")
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
        reference=_range(entry, "reference", expect),
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
        jump=Jump("ratio", USUAL_RATIO) if group == "Laboratory" else None,
        panel=_panel(table, group),
        place=99,
    )


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


def _optional_flag(lab: Variable) -> Variable:
    return standard.printed_flag(lab, optional=True)


def _refuse_twice(added: tuple[Variable, ...]) -> None:
    taken = {entry.name for entry in (*standard.CASES, *standard.VISITS, *standard.FACTS)}
    for entry in added:
        _known(entry.name not in taken, f"variable {entry.name}", "a name that is not declared yet")
        taken.add(entry.name)
