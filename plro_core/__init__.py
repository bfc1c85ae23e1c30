"""The library of the PLRO registry: ``import plro_core as plro``; see ``docs/library.md``.

The names are loaded when they are first used, so the import alone costs nothing. Pure Python: it never imports
Streamlit, so a notebook and ``python -m plro_core`` use the same code as the pages.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plro_core import exact
    from plro_core.library import (
        aggregates,
        claims,
        cohort,
        compare,
        counts,
        dictionary,
        figure,
        open,
        query,
        ranges,
        records,
        summary,
        table_one,
        thresholds,
        visits,
    )

__version__ = "0.6.0"

__all__ = [
    "aggregates",
    "claims",
    "cohort",
    "compare",
    "counts",
    "dictionary",
    "exact",
    "figure",
    "open",
    "query",
    "ranges",
    "records",
    "summary",
    "table_one",
    "thresholds",
    "visits",
]


def __getattr__(name: str) -> Any:
    if name == "exact":
        return import_module("plro_core.exact")
    if name in __all__:
        return getattr(import_module("plro_core.library"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


class _Library(ModuleType):
    """The package: ``plro.cohort`` is the library's function whether or not the module ``plro_core.cohort`` is loaded."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in __all__:
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Library
