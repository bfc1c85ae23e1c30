"""What a run of a page looks at: the registry, the cohort, the options and the look; and the link that says the same.

The query string is the one language of a view. A session remembers it under a single key, because the browser's menu
drops it when the page changes; every run writes it back to the address bar. Widgets are drawn from it and change it
through callbacks, so there is no second copy of a filter anywhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import registries
from pages.shared.options import Option, accepted, in_link, option_of
from pages.shared.part import part as own_part
from pages.shared.trail import Step, keep, trail
from plro_core import links
from plro_core.cohort import EVERYONE, Cohort, Criterion, LeftOut
from plro_core.counts import Size, size
from plro_core.figures.style import Look, look
from plro_core.lookups import patient
from plro_core.problems import RegistryProblem
from plro_core.store import Registry
from plro_core.text import safe_markdown
from plro_core.vocabulary import Variable, Vocabulary

#: Parameters of a link, decoded.
Pairs = tuple[tuple[str, str], ...]

_STATE = "view_query"
_PROBLEMS = "link_problems"
_WANTED = "wanted_page"
_WRITTEN = "written_address"
ROOM = "room"
WATCHED = "from-room"
VERSION = "version"
REGISTRY = "registry"
#: Where a reader asked for what may be left out.
IN_LINK, IN_SAVED = " in the link", " in the saved view"
IN_STEPS = " in an earlier step"
IN_CHOICE = ", chosen on the page,"
_OTHER_REGISTRY = ", chosen before the change of registry,"
_OTHER_VERSION = ", chosen before the change of version,"
#: More filters at fault than a reader would mend one by one.
_MOST_TOLD = 5


@dataclass(frozen=True)
class View:
    """Everything that decides what a page shows."""

    registry: Registry
    cohort: Cohort = EVERYONE
    options: Mapping[str, str] = field(default_factory=dict)
    look: Look = field(default_factory=lambda: look("light"))
    page: str = "overview"
    #: Draws what the Share popover offers beside the address.
    share: Callable[[], None] = lambda: None
    #: What the run has looked up once, such as a figure that stands on its page in several ways.
    held: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def data(self) -> str:
        """Which data these are, as part of a cache's key."""
        return registries.data_of(self.registry)

    @cached_property
    def size(self) -> Size:
        return _size(self.registry, self.data, self.cohort.query)

    @property
    def sentence(self) -> str:
        """Who is in view, and in which data: the one caption line of every page.

        Where several registries are served it begins with the name of this one, also on the stage and in a live room,
        which have no sidebar. Made-up patients are called so.
        """
        named = f"{self.registry.name} · " if len(registries.served()) > 1 else ""
        kind = "synthetic data" if self.registry.manifest.synthetic else "data"
        return f"{named}{self.size.sentence} · {self.cohort.sentence} · {kind} {self.registry.version}"

    @property
    def option_pairs(self) -> Pairs:
        """The options as a link says them, in the words of this registry."""
        return _spelled(self.options, self.registry.vocabulary)

    @property
    def pairs(self) -> Pairs:
        """Cohort and options as a link says them."""
        return (*self.cohort.pairs, *self.option_pairs)

    @property
    def group(self) -> Variable | None:
        """The variable that splits the patients into groups, where one is chosen."""
        return self.registry.vocabulary.variable(self.options["by"], "cases") if "by" in self.options else None

    @property
    def presenting(self) -> bool:
        """Whether one figure fills the screen."""
        return "present" in self.options

    @property
    def patient(self) -> int | None:
        """The highlighted patient, where one is chosen."""
        return int(self.options["patient"]) if "patient" in self.options else None


@dataclass(frozen=True)
class Asked:
    """What a session asks to see, as a link says it, and in which data's words it has been read (``None``: not yet).

    Registry, version and room can change between two runs, and their words with them: whoever changes one leaves the
    reading to :func:`begin`.
    """

    pairs: tuple[tuple[str, str], ...]
    read_in: str | None = None
    #: Where it was asked, as it stands behind what is left out of it.
    where: str = IN_LINK
    #: The page that it was seen on; nothing until then.
    page: str | None = None


_current: ContextVar[View] = ContextVar("view")
#: What was asked last in this run, with cohort and options as they were read: a page asks for them many times.
_begun: ContextVar[tuple[Asked, Cohort, dict[str, str]] | None] = ContextVar("begun", default=None)


def view() -> View:
    """The view of the run in progress."""
    return _current.get()


def has_view() -> bool:
    """Whether this session has been shown an ordinary page, so that its address is no link that somebody followed."""
    return _STATE in st.session_state


def use_registry(chosen: str) -> None:
    """Look at another registry from the next run on (for callbacks); filters and options that it does not know are left
    out, which is said.
    """
    registries.choose(chosen)
    st.session_state[_PROBLEMS] = []


def _ask_for(version: str) -> list[str]:
    """Look at the version that a link names; if it cannot be shown, look at the published one and return why."""
    other = "The link asks for another version of the data; the published one is shown."
    try:
        found = registries.load(str(registries.folder()), version[:100])
    except RegistryProblem as problem:
        return [f"{other} {problem}"]
    if not registries.may_look_at(found):
        return [f"{other} Your role is for that one alone."]
    registries.use_version(version)
    return []


def _place(version: str) -> dict[str, str]:
    """What a link says of its registry and version: nothing of the only one that is served, and of what it publishes.

    Of several even the first is named, so that a link means the same patients after the operator has changed their order.
    """
    told = {REGISTRY: registries.name()} if len(registries.served()) > 1 else {}
    return told if registries.published_version() in (None, version) else told | {VERSION: version}


@st.cache_data(show_spinner=False, max_entries=1000)
def _size(_registry: Registry, data: str, query: str) -> Size:
    return size(_registry, Cohort.parse(query, _registry.vocabulary))


def begin() -> tuple[Cohort, dict[str, str]]:
    """Cohort and options of this run, in the words of what is shown; at the start of a session they come from the link.

    What was asked in other words is read anew, and what these do not know is left out, which is said. While a registry
    cannot be read, what was asked of it waits.
    """
    if _STATE not in st.session_state:
        _arrive()
    asked: Asked = st.session_state[_STATE]
    shown = _shown()
    if shown is None:
        return _read(asked)[:2]
    if asked.read_in != shown:
        cohort, options, problems = _read(asked)
        _remember(cohort, options)
        st.session_state[_PROBLEMS] = [*problems, *link_problems()]
        return cohort, options
    known = _begun.get()
    if known is None or known[0] is not asked:
        known = (asked, *_in_words_shown(asked))
        _begun.set(known)
    return known[1], dict(known[2])


def _in_words_shown(asked: Asked) -> tuple[Cohort, dict[str, str]]:
    """Cohort and options of what was asked in the words that are shown."""
    words = registries.words()
    filters, chosen = _told_apart(asked.pairs, words)
    found = {option.name: text for _, text, option in chosen}
    return Cohort.parse(filters, words), {name: found[name] for name in accepted() if name in found}


def _told_apart(pairs: Pairs, words: Vocabulary) -> tuple[list[tuple[str, str]], list[tuple[str, str, Option]]]:
    """The parameters that are filters in these words, and the options, each with its parameter."""
    filters: list[tuple[str, str]] = []
    chosen: list[tuple[str, str, Option]] = []
    for key, text in pairs:
        option = option_of(key, words)
        if option is None:
            filters.append((key, text))
        else:
            chosen.append((key, text, option))
    return filters, chosen


def _shown() -> str | None:
    """Which data this session looks at; None where they cannot be read."""
    try:
        return registries.data_of(registries.registry())
    except RegistryProblem:
        return None


def _arrive() -> None:
    """Take from the link what a session begins with."""
    told = _link_pairs()
    named = dict(told)
    if (came_from := named.get(WATCHED) or named.get(ROOM)) is not None:
        own_part().left = came_from.strip().upper()[:20]
    # Registry and version have the words that the rest of the link is read in.
    refused = _ask_for_registry(named.get(REGISTRY, ""))
    refused += _ask_for(named[VERSION]) if VERSION in named else []
    st.session_state[_PROBLEMS] = refused
    apart = (ROOM, WATCHED, VERSION, REGISTRY)
    st.session_state[_STATE] = Asked(tuple((key, text) for key, text in told if key not in apart))


def _ask_for_registry(wanted: str) -> list[str]:
    """Look at the registry that a link names; if it is not served, say which one is shown."""
    if wanted in registries.served():
        registries.choose(wanted)
    elif wanted and registries.served():
        return [
            f"The link asks for the registry “{wanted[:60]}”, which is not served here; this is {registries.called(registries.name())}."
        ]
    return []


def presenting() -> bool:
    """Whether this run shows one figure on the whole screen; known before the view is."""
    return "present" in begin()[1]


def enter(
    registry: Registry,
    cohort: Cohort,
    options: dict[str, str],
    page: str,
    share: Callable[[], None] = lambda: None,
    settle: Callable[[Mapping[str, str], bool], Mapping[str, str]] = lambda options, asked: {},
) -> View:
    """Make this the view of the run and write it to the address bar.

    ``settle`` gives further options of the page from those that are chosen, and from whether a link or a saved view that says
    anything has asked for the page: it stands in the link what is usual today.
    """
    asked: Asked = st.session_state[_STATE]
    _forget_other_page(cohort, options, page)
    _forget_unknown_patient(registry, cohort, options)
    if more := settle(options, asked.page is None and bool(asked.pairs)):
        together = {**options, **more}
        options = {name: together[name] for name in accepted() if name in together}
        _remember(cohort, options)
    theme = st.context.theme.type
    shown = look("dark" if theme == "dark" else "light")
    entered = View(registry, cohort, options, shown, page, share)
    _current.set(entered)
    _write(entered)
    now = trail()
    keep(now.back_at(_step(entered)) if _went() else now.after(_step(entered)))
    return entered


def _step(entered: View) -> Step:
    """A view as a step of the session."""
    words_of = entered.registry.vocabulary
    chosen = [accepted()[key].told(text, words_of) for key, text in entered.options.items()]
    words = " · ".join([f"{entered.page.capitalize()}: {entered.cohort.sentence}", *chosen])
    return Step(entered.page, entered.pairs, words)


def _went() -> bool:
    """Whether the browser's Back or Forward has led to this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def attend_to_browser() -> None:
    """Before the pages are: take the view from the address where Back or Forward has brought that from the history."""
    if _STATE not in st.session_state:
        return
    if not _went():
        _keep_address()
        return
    page = (st.context.url or "").split("?")[0].rpartition("/")[2] or "overview"
    if not _link_pairs() and not trail().holds(Step(page, ())):
        return  # an address that the menu left for a moment: nobody has seen it
    _arrive()
    asked = Step(page, st.session_state[_STATE].pairs)
    seen = trail().meant(asked)
    if seen == asked:
        seen = trail().once_more(asked)
    st.session_state[_STATE] = Asked(seen.pairs)


def pairs_of(cohort: Cohort, options: Mapping[str, str]) -> Pairs:
    """A cohort and options as a link says them, in the words of what is shown."""
    return (*cohort.pairs, *_spelled(options, registries.words()))


def _spelled(options: Mapping[str, str], words: Vocabulary) -> Pairs:
    return tuple((in_link(name, words), text) for name, text in options.items())


def _of_one_page(key: str) -> bool:
    option = option_of(key, registries.words())
    return option is not None and option.of_one_page


def _keep_address() -> None:
    """Give back to the address what the menu has dropped, before the browser learns of the other page: told of it
    afterwards, it would keep one address more in its history.
    """
    asked, address, place = st.session_state.get(_WRITTEN, (None, {}, None))
    context = get_script_run_ctx()
    if context is None or context.page_script_hash == place or asked != st.session_state[_STATE].pairs:
        return
    kept = {key: text for key, text in address.items() if not _of_one_page(key)}
    if st.query_params.to_dict() != kept:
        st.query_params.from_dict(kept)


def _write(entered: View) -> None:
    """Bring the address bar in line with the view."""
    pairs = dict(st.session_state[_STATE].pairs) | _place(entered.registry.version)
    if st.query_params.to_dict() != pairs:
        st.query_params.from_dict(pairs)
    context = get_script_run_ctx()
    st.session_state[_WRITTEN] = (st.session_state[_STATE].pairs, pairs, context and context.page_script_hash)


def _forget_other_page(cohort: Cohort, options: dict[str, str], page: str) -> None:
    """What is about one page alone, such as its open tab, is left with it."""
    asked: Asked = st.session_state[_STATE]
    if asked.page not in (None, page):
        for key in [key for key in options if accepted()[key].of_one_page]:
            del options[key]
        _remember(cohort, options)
    st.session_state[_STATE] = replace(st.session_state[_STATE], page=page)


def _forget_unknown_patient(registry: Registry, cohort: Cohort, options: dict[str, str]) -> None:
    """A link may highlight a patient whom this registry does not have."""
    text = options.get("patient")
    if text is not None and not patient(registry, int(text))["cases"]:
        del options["patient"]
        _remember(cohort, options)
        st.session_state[_PROBLEMS] = [*link_problems(), f"Patient {text} is not in this registry."]


def link_problems() -> list[str]:
    """What could not be shown as it was asked for, one sentence each."""
    return list(st.session_state.get(_PROBLEMS, []))


def remark(sentence: str) -> None:
    """Say something about the link that was followed, until the view changes."""
    st.session_state[_PROBLEMS] = [*link_problems(), sentence]


def leave_out(key: str, sentence: str) -> None:
    """Go on without an option that the page in progress cannot show, and say so."""
    cohort, options = begin()
    _remember(cohort, {name: text for name, text in options.items() if name != key})
    remark(sentence)
    st.warning(safe_markdown(sentence), icon=":material/link_off:")
    entered = _current.get(None)
    if entered is not None:
        entered = replace(entered, options={name: text for name, text in entered.options.items() if name != key})
        _current.set(entered)
        _write(entered)
        keep(trail().amended(_step(entered)))


def follow(pairs: Iterable[tuple[str, str]], page: str, where: str = IN_SAVED) -> None:
    """Look at a page as a saved view with these parameters shows it, from the next run on (for callbacks)."""
    st.session_state[_PROBLEMS] = []
    st.session_state[_STATE] = Asked(tuple(pairs), where=where)
    st.session_state[_WANTED] = page


def wanted_page(pages: Iterable[str]) -> str | None:
    """The page that a followed view asks for, once; a page that is not in the menu is told."""
    wanted = st.session_state.pop(_WANTED, None)
    if wanted is None or wanted in pages:
        return wanted
    remark(f"The view asks for the page “{wanted}”, which does not exist; this one shows its patients.")
    return None


def _link_pairs() -> list[tuple[str, str]]:
    """The parameters of the address, without what mail programs and trackers did to it."""
    return links.cleaned((key, text) for key in st.query_params for text in st.query_params.get_all(key))


def _read(asked: Asked) -> tuple[Cohort, dict[str, str], list[str]]:
    """Cohort and options that are asked for, and a sentence for each part that the words in view do not know."""
    where = asked.where if asked.read_in is None else _changed(asked.read_in)
    words = registries.words()
    filters, chosen = _told_apart(asked.pairs, words)
    options: dict[str, str] = {}
    problems = []
    for key, text, option in chosen:
        if option.name in options:
            problems.append(f"“{key}” is given twice{where.rstrip(',')}; the first is used.")
        elif option.accepts(text, words):
            options[option.name] = text
        else:
            problems.append(f"“{key}={text[:60]}”{where} was left out; expected {option.said(words)}.")
    cohort, left = Cohort.read(filters, words)
    return cohort, options, [*problems, *_widened(cohort, left, where)]


def _changed(read_in: str) -> str:
    """Which change made other words of those in which something was read."""
    return _OTHER_VERSION if read_in.rpartition("/")[0] == str(registries.folder()) else _OTHER_REGISTRY


def _widened(cohort: Cohort, left: Sequence[LeftOut], where: str) -> list[str]:
    """What was left out of a cohort and what follows: nobody is to take a wider cohort for the one that was meant."""
    shown = "more may be shown than was meant" if cohort.criteria else "all patients are shown"
    said = [
        f"The filter “{key[:60]}={text[:60]}”{where} was left out, so {shown}. {why}"
        for key, text, why in left[:_MOST_TOLD]
    ]
    further = len(left) - len(said)
    return said + [f"{further} further filters{where} were left out, too."] * (further > 0)


def _remember(cohort: Cohort, options: Mapping[str, str]) -> None:
    page = st.session_state[_STATE].page
    st.session_state[_STATE] = Asked(pairs_of(cohort, options), _shown(), page=page)


def set_cohort(cohort: Cohort) -> None:
    """Look at another cohort from the next run on (for callbacks)."""
    _, options = begin()
    _choose(cohort, options)


def set_view(cohort: Cohort, chosen: Mapping[str, str | None]) -> None:
    """Look at another cohort and with other options, in one step (for callbacks)."""
    _, options = begin()
    kept = {key: text for key, text in options.items() if key not in chosen}
    _choose(cohort, kept | {key: text for key, text in chosen.items() if text is not None})


def set_criterion(key: str, criterion: Criterion | None) -> None:
    """Put a criterion in the place of the one on this key, or take that away."""
    cohort, _ = begin()
    set_cohort(cohort.with_(criterion) if criterion else cohort.without(key))


def set_option(key: str, text: str | None) -> None:
    """Choose an option of the view, or leave it (for callbacks)."""
    set_options({key: text})


def set_options(chosen: Mapping[str, str | None]) -> None:
    """Choose several options in one step, or leave them (for callbacks)."""
    set_view(begin()[0], chosen)


def _choose(cohort: Cohort, options: Mapping[str, str]) -> None:
    """Take over what a reader has chosen, read as a link is: what comes over the wire may be anything, and neither this session
    nor those who watch it are to keep what no link may say.
    """
    cohort, options, problems = _read(Asked(pairs_of(cohort, options), where=IN_CHOICE))
    _remember(cohort, options)
    st.session_state[_PROBLEMS] = problems


def link(pairs: Iterable[tuple[str, str]] | None = None) -> str:
    """The address that shows a colleague this page with the same cohort and options."""
    shown = [*(st.session_state[_STATE].pairs if pairs is None else pairs), *_place(view().registry.version).items()]
    query = urlencode(shown, safe="!~,*")
    address = (st.context.url or "").split("?")[0]
    return f"{address}?{query}" if query else address


def room_link(code: str) -> str:
    """The address of a live room: the same on every page."""
    path = view().page
    return f"{(st.context.url or '').split('?')[0].removesuffix(path).rstrip('/')}/watch/{code}"


def room_address() -> str | None:
    """The address of the live room that this session leads; None if it leads none."""
    leads = own_part().leads
    return room_link(leads[0]) if leads else None
