"""A page's figures as values: named by the page, drawn once for all sessions, shown in its frame or on the whole screen."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.shared import registries
from plro_core.cohort import Cohort
from plro_core.export import Recipe, figure_recipe
from plro_core.figures import Chart
from plro_core.figures.spotlight import Spotlight, spotlit
from plro_core.figures.style import Look
from plro_core.figures.style import look as look_named
from plro_core.pace import pause
from plro_core.store import Registry
from plro_core.text import capitalised
from plro_core.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pages.shared.session import View

#: Options of a figure as a value that can be part of a cache's key.
Options = tuple[tuple[str, Any], ...]

#: What stands for an option in a cache's key.
KEYS: dict[str | type, Callable[[Any], Any]] = {
    Cohort: lambda cohort: cohort.query,
    Registry: lambda registry: (str(registry.folder), registry.content, registry.vocabulary.declared.sha256),
}


#: The option under which any figure takes whom the light is on.
SPOT = "spot"


@dataclass(frozen=True)
class Foreign:
    """An option that another process has named: a cohort by its query, another registry by its name and version."""

    kind: str
    named: Any


@dataclass(frozen=True)
class Figure:
    """A figure of the core with the options that a page asks for; ``name`` is its name on the page and in the link, and
    ``called`` what it is called where one chooses among figures.
    """

    draw: Callable[..., Chart]
    name: str
    options: Options
    called: str = ""

    def drawn(self, view: "View", stage: str = "") -> Chart:
        """The figure for a view, laid out for a stage where one is named."""
        if (self, stage) not in view.held:
            view.held[self, stage] = _drawn(
                self.draw,
                view.registry,
                self.draw.__name__,
                view.data,
                view.cohort.query,
                (view.look.name, stage),
                self.options,
            )
        drawn: Chart = view.held[self, stage]
        return drawn

    def on_white(self, view: "View") -> Chart:
        """The figure in the light look, as an export shows it."""
        return drawn_in(self, view.registry, view.cohort.query, look_named("light"))

    def recipe(self, view: "View", title: str) -> Recipe:
        """How a notebook makes the same figure."""
        return _recipe(
            self.draw,
            view.registry,
            self.draw.__name__,
            view.data,
            view.cohort.query,
            title,
            self.options,
        )


def figure(draw: Callable[..., Chart], *, name: str = "", called: str = "", **options: Any) -> Figure:
    """A figure of a page. ``options`` are passed on to the core; ``group`` is given by name.

    ``name`` tells apart figures of one kind on one page, and is what it is called, if ``called`` does not say it better.
    """
    given = tuple(sorted((key, value) for key, value in options.items() if value is not None))
    name = name or draw.__name__
    return Figure(draw, name, given, called or capitalised(name.replace("_", " ")))


@st.cache_resource(show_spinner=False, max_entries=300, hash_funcs=KEYS)
def _drawn(
    _draw: Callable[..., Chart],
    _registry: Registry,
    name: str,
    data: str,
    query: str,
    look: tuple[str, str],
    options: Options,
) -> Chart:
    """A figure, drawn once for all sessions that ask for the same."""
    theme, stage = look
    return drawn_in(Figure(_draw, "", options), _registry, query, look_named(theme, stage=stage))


@st.cache_resource(show_spinner=False, max_entries=300, hash_funcs=KEYS)
def _recipe(
    _draw: Callable[..., Chart],
    _registry: Registry,
    name: str,
    data: str,
    query: str,
    title: str,
    options: Options,
) -> Recipe:
    return figure_recipe(
        _registry,
        title,
        _draw,
        Cohort.parse(query, _registry.vocabulary),
        _as_taken(options, _registry.vocabulary).items(),
    )


def _as_taken(options: Options, vocabulary: Vocabulary) -> dict[str, Any]:
    """Options as a figure takes them: a group as the variable that its name stands for."""
    return {key: vocabulary.variable(value, "cases") if key == "group" and value else value for key, value in options}


def _known_here(options: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """Options in which what another process named is what it stands for here; B of another registry is in its words.

    Raises:
        PlainProblem: there is no such registry here, or no such cohort in its words.
    """
    found = {
        key: registries.shown(*value.named) if isinstance(value, Foreign) and value.kind == "registry" else value
        for key, value in options.items()
    }
    other = found.get("other")
    words = {"b": other.vocabulary} if isinstance(other, Registry) else {}
    return {
        key: Cohort.parse(value.named, words.get(key, vocabulary)) if isinstance(value, Foreign) else value
        for key, value in found.items()
    }


def drawn_in(asked: Figure, registry: Registry, query: str, look: Look) -> Chart:
    """The figure for a cohort's query in a look of one's choice, drawn anew; outside a session, too.

    With a spotlight others are muted afterwards.
    """
    pause()
    cohort = Cohort.parse(query, registry.vocabulary)
    cohorts = [cohort] if "cohort" in inspect.signature(asked.draw).parameters else []
    taken = _known_here(_as_taken(asked.options, registry.vocabulary), registry.vocabulary)
    spot = taken.pop(SPOT, "")
    chart = asked.draw(registry, *cohorts, look=look, **taken)
    return spotlit(chart, Spotlight.of(spot, registry, cohort), look) if spot else chart
