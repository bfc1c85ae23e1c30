"""What two registries give stays the same, byte for byte: tables, figures, words and files.

A change that is meant to alter an output renews them by ``python -m tests.tools.held``, so that the commit shows which.
"""

import pytest

from tests.tools.held import HELD, Output, difference, held, kept_texts, outputs

#: As much of the differences as a reader wants to see at once.
MOST_LINES = 60


@pytest.fixture(scope="module")
def made() -> dict[str, Output]:
    return outputs()


def test_every_output_is_as_it_is_held(made: dict[str, Output]) -> None:
    before = held()
    after = {name: output.checksum for name, output in made.items()}
    changed = [name for name in before if name in after and before[name] != after[name]]
    told = [f"changed: {name}" for name in changed]
    told += [f"gone: {name}" for name in sorted(before.keys() - after.keys())]
    told += [f"new: {name}" for name in sorted(after.keys() - before.keys())]
    shown = "\n".join(difference(name, made[name]) for name in changed).splitlines()[:MOST_LINES]
    assert not told, "\n".join([*told, *shown])


def test_the_texts_that_are_kept_are_those_of_the_checksums(made: dict[str, Output]) -> None:
    before = held()
    texts = kept_texts()
    assert texts.keys() == {name for name, output in made.items() if output.kept}
    assert [name for name, text in texts.items() if Output(text).checksum != before[name]] == []


def test_what_is_held_names_no_machine(made: dict[str, Output]) -> None:
    """A path or the hour would make each machine's output another one."""
    assert [name for name, output in made.items() if str(HELD.parent) in output.text or "/tmp" in output.text] == []
