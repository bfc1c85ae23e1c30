"""Panels by name: of a figure that has more of them than a page holds, those that its reader asks for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from plro_core.compare import compare, name_of
from plro_core.problems import QueryProblem
from plro_core.store import Registry
from plro_core.text import likely, listed, printable
from plro_core.vocabulary import Variable

#: Figures whose panels may be chosen, and the option by which each of them takes them.
TAKEN_AS = {"lab_trajectories": "labs", "estimation_plot": "keys", "forest_plot": "keys"}
#: More names than these are counted rather than listed.
_MOST_NAMED = 6

#: As many names are told to whoever asked for none of them.
_MOST_TOLD = 12

#: What a panel may be called, and what it then stands for.
_Offered = dict[str, list[Any]]


def panels_asked(name: str, registry: Registry, panels: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """The panels as the option that the figure takes; ``options`` are its others, which of a comparison say of whom.

    A panel has the name that it has in the figure, or that of its variable or of its group, which stands for all of these.

    Raises:
        QueryProblem: the figure has no panels, or none of that name.
    """
    if name not in TAKEN_AS:
        raise QueryProblem(f"“{name}” has no panels to choose from; {listed(list(TAKEN_AS))} have.")
    offered = _labs(registry) if TAKEN_AS[name] == "labs" else _differences(registry, options)
    found = dict.fromkeys(one for panel in panels for one in _found(name, panel, offered))
    return {TAKEN_AS[name]: tuple(found)}


def _found(name: str, panel: str, offered: _Offered) -> list[Any]:
    by_name = {called.casefold(): stands_for for called, stands_for in offered.items()}
    if panel.casefold() in by_name:
        return by_name[panel.casefold()]
    if any(panel in stands_for for stands_for in offered.values()):  # the key of a comparison, as a recipe says it
        return [panel]
    raise QueryProblem(
        f"“{printable(panel[:60])}” is no panel of “{name}”{likely(panel, offered)}; it has {listed(_first(offered))}."
    )


def _first(offered: _Offered) -> list[str]:
    """A name for each panel, and what a few stand for together before them."""
    called: dict[tuple[Any, ...], str] = {}
    for name, stands_for in offered.items():
        called.setdefault(tuple(stands_for), name)
    return [called[panels] for panels in sorted(called, key=lambda panels: -len(panels))][:_MOST_TOLD]


def _labs(registry: Registry) -> _Offered:
    labs = registry.vocabulary.labs
    return {called: [lab] for lab in labs for called in _names(lab)}


def _differences(registry: Registry, options: Mapping[str, Any]) -> _Offered:
    asked = {key: value for key, value in options.items() if key in ("within", "leave_out_of", "other")}
    offered: _Offered = {}
    for difference in compare(registry, options["a"], options.get("b"), **asked).differences:
        entry = difference.variable
        for called in dict.fromkeys((entry.group, *_names(entry), name_of(difference))):
            offered.setdefault(called, []).append(difference.key)
    return offered


def _names(entry: Variable) -> tuple[str, ...]:
    return tuple(dict.fromkeys((entry.label, entry.short_label, entry.name)))


def shown_of(names: Iterable[str], of: int) -> str:
    """Which panels are shown, for the legend; empty where all are."""
    shown = list(names)
    if len(shown) >= of:
        return ""
    return f"Shown: {listed(shown) if len(shown) <= _MOST_NAMED else len(shown)} of {of}."
