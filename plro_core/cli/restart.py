"""A process has one vocabulary, read from the registry that the environment names: for another one it starts anew."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path


def restart_for_own_variables(arguments: Sequence[str]) -> None:
    """Start anew where ``--registry`` names a registry that is written in other words than this process would read."""
    if not (named := _named(arguments)):
        return
    from plro_core.variables import OWN, OWN_PROBLEM, own

    folder = Path(named)
    declares = (folder / own.FILE).exists() or bool(
        OWN.text or OWN_PROBLEM
    )  # both matter: words of another registry stay out of this one
    if declares and os.environ.get("PLRO_REGISTRY") != str(folder.resolve()):
        os.environ["PLRO_REGISTRY"] = str(folder.resolve())
        os.execv(sys.executable, [sys.executable, "-m", "plro_core", *arguments])  # noqa: S606 (this program itself)


def _named(arguments: Sequence[str]) -> str:
    """The folder that ``--registry`` names last; empty where none is named."""
    apart = [folder for option, folder in pairwise(arguments) if option == "--registry"]
    joined = [word.removeprefix("--registry=") for word in arguments if word.startswith("--registry=")]
    return (joined or apart or [""])[-1]
