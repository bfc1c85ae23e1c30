"""What a link may say beside the cohort. Each page declares options of its own; those of several pages stand here.

Whatever a reader can set on a page, such as a sort order, a scale, a switch or a part that is open, is an option: declared with
:func:`one_of`, :func:`spelled` or :func:`switch`, and drawn with a control of ``pages/shared/bound.py``, it is in the link, in
saved views and in a live room, and Back undoes it. Its name is kept free in ``plro_core/links.py``.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from plro_core.cohort import Cohort
from plro_core.links import PAGE_OPTIONS, is_option
from plro_core.problems import QueryProblem
from plro_core.vocabulary import Vocabulary


@dataclass(frozen=True)
class Option:
    """An option of a view: its name in the link, whether a text is a value of it, and how that is said.

    What is ``of_one_page`` is left together with the page. ``words`` tell a value to a reader, for the last steps.
    """

    name: str
    accepts: Callable[[str, Vocabulary], bool]
    expected: str | Callable[[Vocabulary], str]
    of_one_page: bool = False
    words: str | Callable[[str, Vocabulary], str] = ""

    def told(self, text: str, words: Vocabulary) -> str:
        """A value in words: "groups by smoking"; a template has "{}" in the value's place."""
        if callable(self.words):
            return self.words(text, words)
        return self.words.format(text.replace("-", " ").replace("_", " ")) if self.words else f"{self.name} {text}"

    def said(self, words: Vocabulary) -> str:
        """What was expected, in a registry's words."""
        return self.expected if isinstance(self.expected, str) else self.expected(words)


def one_of(name: str, *values: str, expected: str = "", words: str = "", of_one_page: bool = False) -> Option:
    """An option with fixed values."""
    expected = expected or "one of " + ", ".join(values)
    return Option(name, lambda text, _: text in values, expected, of_one_page, words)


def spelled(name: str, pattern: str, expected: str, of_one_page: bool = False, words: str = "") -> Option:
    """An option whose values are known by their spelling."""
    return Option(name, lambda text, _: re.fullmatch(pattern, text) is not None, expected, of_one_page, words)


def switch(name: str, words: str, of_one_page: bool = True) -> Option:
    """Something that a page shows or does only when asked to: an open part, a further line. Its one value is "on"."""
    return one_of(name, "on", words=words, of_one_page=of_one_page)


def _is_spot(text: str, words: Vocabulary) -> bool:
    if re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9}){0,99}", text):
        return True
    try:
        return bool(Cohort.parse(text, words).who)
    except QueryProblem:
        return False


#: What a reader looks for on a page that lists much, in any writing.
FIND = spelled("find", r"[^<>\x00-\x1f]{1,80}", "words to look for", of_one_page=True, words="looking for “{}”")

_WHO = (
    Option(
        "by",
        lambda text, words: text in {entry.name for entry in words.groupings},
        "a variable that patients can be grouped by",
        words=lambda text, words: f"groups by {words.variable(text, 'cases').words}",
    ),
    spelled("patient", r"[0-9]{1,9}", "a patient's number", words="patient {} highlighted"),
)
_STAGE = (
    spelled(
        "present",
        r"1|views|notes-[0-9a-f]{16}",
        "1, views to step through the saved views, or the address of a speaker's window",
        words="on the stage",
    ),
    one_of("screen", "16x9", "4x3", words="screen {}"),
    spelled("view", r"[a-z0-9-]{1,80}", "a saved view", words="saved view {}"),
    spelled("figure", r"[^<>\x00-\x1f]{1,80}", "the name of a figure", of_one_page=True, words="figure {}"),
    spelled("slide", r"[1-9][0-9]{0,2}", "the number of a slide", of_one_page=True, words="slide {}"),
    spelled(
        "slide_words",
        r"[^|\n]{1,120}(\|[^|\n]{0,200}){0,8}",
        "a heading and up to eight lines",
        of_one_page=True,
        words="a slide of words",
    ),
    Option(
        "spot",
        _is_spot,
        "numbers of patients such as 2,8, or patients in words of a link such as smoking=yes",
        words="spotlight on {}",
    ),
)


def collected(of_pages: Iterable[Option]) -> dict[str, Option]:
    """The options of the pages and the shared ones by name, in the order in which a link says them.

    Raises:
        ValueError: an option is declared twice, or a registry might take its name for a variable.
    """
    found: dict[str, Option] = {}
    for option in (*_WHO, *of_pages, FIND, *_STAGE):
        if option.name in found:
            raise ValueError(f"The option “{option.name}” is declared twice.")
        if option.name not in PAGE_OPTIONS:
            raise ValueError(f"The option “{option.name}” is not kept free in plro_core/links.py.")
        found[option.name] = option
    return found


_accepted: Mapping[str, Option] = collected(())


def accept(options: Mapping[str, Option]) -> None:
    """From now on links of this server may say these options; the main script says so before it reads one."""
    global _accepted
    _accepted = options


def accepted() -> Mapping[str, Option]:
    """The options that a link may say."""
    return _accepted


def option_of(key: str, words: Vocabulary) -> Option | None:
    """The option that a parameter of a link is, in a registry's words; none where it is a filter."""
    return _accepted.get(key.removesuffix("-")) if is_option(key, words.filters) else None


def in_link(name: str, words: Vocabulary) -> str:
    """How a link says an option: by its name, with a hyphen behind where a variable of the registry has that name."""
    return f"{name}-" if name in words.filters else name
