"""Single changes to the text of a ``variables.toml``, which leave its comments and its order as they are.

Each takes a text that can be read and gives another one; whether that one may be declared is for
:func:`plro_core.declaring.checked` to say.
"""

from bisect import bisect
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from plro_core import strict
from plro_core.problems import RegistryProblem
from plro_core.vocabulary import FILE, Variable, standard

#: What a declaration says, part by part, in the order in which it is to be written.
Parts = Mapping[str, Any]
_Table = MutableMapping[str, Any]

_TOML = strict.Form(RegistryProblem, "the declarations of a registry", 200_000, FILE)


def with_month(text: str, month: int) -> str:
    """A planned visit more, in its place."""

    def change(document: _Table) -> None:
        if "months" not in document:
            document["months"] = list(standard.MONTHS)
        months = document["months"]
        months.insert(bisect(list(months), month), month)

    return _changed(text, change)


def with_variable(text: str, parts: Parts) -> str:
    """A column of the registry's own more, after the others."""

    def change(document: _Table) -> None:
        if not document.get("variable"):
            document["variable"] = tomlkit.aot()
        known = document["variable"]
        if isinstance(known, AoT) and known and not known[-1].as_string().endswith("\n\n"):
            known[-1].add(tomlkit.nl())
        known.append(_table(parts) if isinstance(known, AoT) else _inline(parts))

    return _changed(text, change)


def with_part(text: str, name: str, part: str, value: object) -> str:
    """Another part of a column of the registry's own, such as its label; ``None`` takes the part away.

    Raises:
        RegistryProblem: the registry declares no such column itself.
    """

    def change(document: _Table) -> None:
        own = _own(document, name)
        if own is None:
            raise RegistryProblem(f"{FILE}: “{name}”; expected a column that this registry declares itself.")
        _put(own, part, value)

    return _changed(text, change)


def with_level(text: str, entry: Variable, code: str, label: str) -> str:
    """A level more of a category, or other words for a level that the registry added."""

    def change(document: _Table) -> None:
        own = _own(document, entry.name)
        home = own if own is not None else _widened(document, entry)
        _put(_inner(home, "levels", tomlkit.inline_table), code, label)

    return with_centre(text, code, label) if entry.name == "centre" else _changed(text, change)


def with_centre(text: str, code: str, label: str) -> str:
    """A centre more, or another name for one."""
    return _changed(text, lambda document: _put(_inner(document, "centres", tomlkit.table), code, label))


def with_plausible(text: str, entry: Variable, low: float, high: float) -> str:
    """Another plausible range: of the registry's own column as it is declared, of a standard one as it is widened."""

    def change(document: _Table) -> None:
        own = _own(document, entry.name)
        _put(own if own is not None else _widened(document, entry), "plausible", [plain(low), plain(high)])

    return _changed(text, change)


def with_decimals(text: str, entry: Variable, decimals: int) -> str:
    """Another number of decimals, in the same places as a plausible range."""

    def change(document: _Table) -> None:
        own = _own(document, entry.name)
        _put(own if own is not None else _widened(document, entry), "decimals", decimals)

    return _changed(text, change)


def with_range(text: str, name: str, parts: Parts) -> str:
    """The reference range of a laboratory value, instead of the one before."""

    def change(document: _Table) -> None:
        _inner(document, "range", lambda: tomlkit.table(is_super_table=True))[name] = _table(
            {key: plain(value) if isinstance(value, float) else value for key, value in parts.items() if value != ""}
        )

    return _changed(text, change)


def with_use(text: str, name: str) -> str:
    """A ready-made column, table or widening more."""

    def change(document: _Table) -> None:
        document.setdefault("use", tomlkit.array()).append(name)

    return _changed(text, change)


def with_primary_outcome(text: str, told: str) -> str:
    """Another primary outcome, or none of the registry's own."""
    return _changed(text, lambda document: _put(document, "primary_outcome", told or None))


def _changed(text: str, change: Callable[[_Table], None]) -> str:
    try:
        document = tomlkit.parse(text.removeprefix("\ufeff"))
        change(document)
        changed = f"{tomlkit.dumps(document).rstrip()}\n"
        meant: _Table = _TOML.toml(text)
        change(meant)
        if _TOML.toml(changed) == tomlkit.item(meant).unwrap():
            return changed
    except (TOMLKitError, TypeError, AttributeError):  # a part is not of the kind that its name says
        pass
    raise RegistryProblem(f"{FILE} is laid out in a way that only a change of its text can keep.")


def _own(document: _Table, name: str) -> _Table | None:
    """The declaration of one of the registry's own columns."""
    return next((entry for entry in document.get("variable", ()) if entry.get("name") == name), None)


def _widened(document: _Table, entry: Variable) -> _Table:
    """Where a standard column is widened: under the name that it is widened by already, or the shortest that is clear."""
    home = _inner(document, "widen", lambda: tomlkit.table(is_super_table=True))
    whole = f"{entry.table}.{entry.name}"
    alike = [one for one in (*standard.CASES, *standard.VISITS, *standard.FACTS) if one.name == entry.name]
    name = whole if whole in home or len(alike) > 1 else entry.name
    return _inner(home, name, tomlkit.table)


def _inner(home: _Table, name: str, make: Callable[[], Any]) -> _Table:
    """A table in another one, made if there is none."""
    if name not in home:
        home[name] = make()
    found: _Table = home[name]
    return found


def _put(home: _Table, part: str, value: object) -> None:
    if value is None:
        home.pop(part, None)
    else:
        home[part] = _inline(value) if isinstance(value, Mapping) else value


def _table(parts: Parts) -> Any:
    table = tomlkit.table()
    for part, value in parts.items():
        table.add(part, _inline(value) if isinstance(value, Mapping) else value)
    table.add(tomlkit.nl())
    return table


def _inline(parts: Parts) -> Any:
    table = tomlkit.inline_table()
    table.update(parts)
    return table


def plain(value: float) -> float | int:
    """A whole number without a point, as people write it."""
    return int(value) if float(value).is_integer() else value
