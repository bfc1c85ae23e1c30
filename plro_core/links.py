"""Reading a link: the one place that knows what mail programs and campaigns do to it.

A dashboard's link, its query string and a cohort after ``--where`` are read alike. A whole address is cut down to its
query, ``&amp;`` is undone, and what trackers append is dropped; everything else is kept, for others to judge.
"""

import re
from collections.abc import Container, Iterable
from urllib.parse import parse_qsl

Pairs = list[tuple[str, str]]

#: Parameters of a link that are not filters and have been none since the first links: no variable may be called so.
RESERVED = frozenset(
    [
        "a",
        "at",
        "b",
        "beside",
        "by",
        "column",
        "control",
        "embed",
        "embed_options",
        "figure",
        "lumbar",
        "number",
        "overlap",
        "part",
        "patient",
        "pattern",
        "present",
        "registry",
        "room",
        "said",
        "status",
        "tab",
        "tab_traits",
        "tests",
        "version",
        "view",
    ]
)

#: All parameters that are not filters. Those that came later may be the name of a variable in an older registry; a link then
#: says the option with a hyphen behind (see :func:`is_option`).
PAGE_OPTIONS = RESERVED | frozenset(
    [
        "axis",
        "claim",
        "columns",
        "compared",
        "difference",
        "fall",
        "find",
        "from-room",
        "panels",
        "rows",
        "screen",
        "slide",
        "slide_words",
        "sort",
        "spot",
        "statistic",
        "style",
        "topic",
        "unfolded",
    ]
)

#: What mail and advertising programs append to a link to follow its readers.
_TRACKERS = frozenset(
    [
        "_ga",
        "_gl",
        "_kx",
        "_openstat",
        "dclid",
        "epik",
        "fbclid",
        "gbraid",
        "gclid",
        "gclsrc",
        "igsh",
        "igshid",
        "irclickid",
        "li_fat_id",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "msclkid",
        "rb_clickid",
        "s_cid",
        "sccid",
        "srsltid",
        "ttclid",
        "twclid",
        "wbraid",
        "wickedid",
        "yclid",
    ]
)
_TRACKERS_BEGIN = ("utm_", "_hs", "__hs", "gad_", "hsa_", "matomo_", "mtm_", "oly_", "pk_", "vero_")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_LEFT_AMPERSAND = re.compile(r"^(?:amp;)+", re.IGNORECASE)


def is_tracking(name: str) -> bool:
    """Whether a parameter's name is one that trackers append; no variable may have such a name."""
    return name.lower() in _TRACKERS or name.lower().startswith(_TRACKERS_BEGIN)


def pairs(link: str) -> Pairs:
    """The decoded parameters of a link or of its query string, with or without "?", cleaned."""
    link = _AMPERSAND.sub("&", link.strip())
    address, mark, query = link.partition("?")
    if mark and "=" not in address:
        link = query
    elif _ADDRESS.match(link):
        return []
    return cleaned(parse_qsl(link.partition("#")[0], keep_blank_values=True))


def cleaned(parameters: Iterable[tuple[str, str]]) -> Pairs:
    """Decoded parameters with ``&amp;`` undone and without what trackers append."""
    undone = [(_LEFT_AMPERSAND.sub("", name), text) for name, text in parameters]
    return [(name, text) for name, text in undone if not is_tracking(name)]


def is_option(name: str, variables: Container[str] = ()) -> bool:
    """Whether a parameter is an option of a page. A variable of the registry wins over an option of the same name, which is
    then written with a hyphen behind.
    """
    return (name in PAGE_OPTIONS and name not in variables) or (name.endswith("-") and name[:-1] in PAGE_OPTIONS)


def told_apart(parameters: Iterable[tuple[str, str]], variables: Container[str] = ()) -> tuple[Pairs, Pairs]:
    """The filters, and the options of a page, where a registry has these variables."""
    filters: Pairs = []
    options: Pairs = []
    for name, text in parameters:
        (options if is_option(name, variables) else filters).append((name, text))
    return filters, options
