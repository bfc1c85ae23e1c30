"""How much of the machine the engine may use: settings of whoever runs the program."""

import os
import re
from collections.abc import Mapping

from plro_core.problems import RegistryProblem
from plro_core.text import printable

#: Memory of the engine, and its threads, where nobody says otherwise.
MEMORY, THREADS = "4GB", "2"

_MEMORY = re.compile(r"[1-9]\d{0,5}(\.\d+)?(MB|GB|TB|MiB|GiB|TiB)")
_THREADS = re.compile(r"[1-9]\d{0,2}")


def limits() -> Mapping[str, str]:
    """The engine's limits in its own words: those of ``PLRO_MEMORY`` and ``PLRO_THREADS``.

    It has no temporary folder: a large answer must not spill patients' data into the folder that the program runs in.

    Raises:
        RegistryProblem: a setting is not an amount of memory, or not a number of threads.
    """
    return {
        "memory_limit": _setting("PLRO_MEMORY", MEMORY, _MEMORY, "an amount of memory such as 4GB"),
        "threads": _setting("PLRO_THREADS", THREADS, _THREADS, "a number of threads from 1 to 999"),
        "temp_directory": "",
    }


def _setting(name: str, otherwise: str, form: re.Pattern[str], expected: str) -> str:
    told = os.environ.get(name, "").strip().replace(" ", "") or otherwise
    if not form.fullmatch(told):
        raise RegistryProblem(f"{name} is “{printable(told)}”; expected {expected}.")
    return told
