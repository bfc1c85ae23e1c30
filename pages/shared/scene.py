"""What a run of a page shows to whoever watches: a list of parts, written down while the page is drawn.

The pages draw for Streamlit; here the same values are kept beside it, so that the picture for the watchers of a live room is
made from them and no page runs twice. A part is a value that says what is shown, not how.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pages.shared.figures import Figure, drawn_in
from plro_core.figures import Chart
from plro_core.figures.style import Look
from plro_core.store import Registry
from plro_core.tables import Table

if TYPE_CHECKING:
    from pages.shared.session import View


@dataclass(frozen=True)
class Words:
    """A heading, a paragraph, a caption, or what else sets whole groups apart; plain text, no Markdown."""

    text: str
    kind: Literal["heading", "text", "caption", "caveat"] = "text"


@dataclass(frozen=True)
class Number:
    """A headline number with what it is of and its n."""

    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure of the page by its recipe, for the cohort of this run: whoever is asked first draws it, in the layout that fits.

    ``data`` is the content that it is drawn from, in its words (:func:`content_of`).
    """

    figure: Figure
    data: str
    query: str
    caveats_said: bool = False

    def drawn(self, registry: Registry, look: Look) -> Chart:
        """The figure in a look, from the version that the scene names.

        Raises:
            ValueError: the version holds something else here than where the scene was shown.
        """
        if content_of(registry) != self.data:
            raise ValueError(f"The figure {self.figure.name} was made of other data.")
        return drawn_in(self.figure, registry, self.query, look)


def content_of(registry: Registry) -> str:
    """Which data these are, in which words, wherever they lie."""
    return f"{registry.content} {registry.vocabulary.declared.sha256}".rstrip()


@dataclass(frozen=True)
class Rows:
    """A finished table; ``of`` is how many rows it has where not all of them are here."""

    table: Table
    of: int | None = None


Part = Words | Number | Picture | Rows


@dataclass(frozen=True)
class Sheet:
    """All that a run has shown: title, who is in view, and the parts in their order.

    On a ``stage`` there is one thing at a time, which fills the watcher's window.
    """

    title: str = ""
    caption: str = ""
    stage: bool = False
    synthetic: bool = False
    parts: tuple[Part, ...] = ()


@dataclass
class _Writing:
    title: str = ""
    caption: str = ""
    stage: bool = False
    synthetic: bool = False
    parts: list[Part] = field(default_factory=list)


_writing: ContextVar[_Writing | None] = ContextVar("scene", default=None)


def begin(view: "View") -> None:
    """From now on this run writes down what it shows."""
    _writing.set(_Writing(stage=view.presenting, synthetic=view.registry.manifest.synthetic))


def head(title: str, caption: str) -> None:
    """The title of what is shown, and the line that says who is in view and in which data."""
    sheet = _writing.get()
    if sheet is not None:
        sheet.title, sheet.caption = title, caption


def add(*parts: Part) -> None:
    """Further parts, below the ones before."""
    sheet = _writing.get()
    if sheet is not None:
        sheet.parts.extend(parts)


def add_words(kind: Literal["heading", "text", "caption", "caveat"], texts: Sequence[str]) -> None:
    """Sentences of one kind."""
    add(*(Words(text, kind) for text in texts))


def add_figure(figure: Figure, view: "View", caveats_said: bool = False) -> None:
    """A figure of the page; ``caveats_said`` leaves out what was said above all of them."""
    add(Picture(figure, content_of(view.registry), view.cohort.query, caveats_said))


def written() -> Sheet | None:
    """What this run has shown; nothing where it writes nothing down."""
    sheet = _writing.get()
    if sheet is None:
        return None
    return Sheet(sheet.title, sheet.caption, sheet.stage, sheet.synthetic, tuple(sheet.parts))
