"""Too little memory: one sentence, wherever it is felt, and the next question is answered; what is kept has a limit."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from plro_core.cli.process import BAD_DATA, main
from plro_core.counts import CodeEngine
from plro_core.counts.asked import ANSWERS
from plro_core.problems import TOO_LITTLE_MEMORY
from plro_core.store import SHIPPED, open_registry
from plro_core.store.columns import Room
from tests.browser_tools import ROOT

#: As numpy, pyarrow and Python say it.
FAULTS = (MemoryError("Unable to allocate 61.0 GiB"), pa.ArrowMemoryError("malloc of size 61 failed"))


@pytest.fixture(params=FAULTS, ids=["numpy", "arrow"])
def too_little(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    def fail(*_: Any, **__: Any) -> Any:
        raise request.param

    monkeypatch.setattr(CodeEngine, "answer", fail)
    ANSWERS.forget()  # what was counted before would be given
    return monkeypatch


def test_a_command_says_it_in_one_sentence(too_little: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table1", "--where", "age=20-40"]) == BAD_DATA
    assert TOO_LITTLE_MEMORY in capsys.readouterr().err


def test_a_page_says_it_and_the_session_goes_on(too_little: pytest.MonkeyPatch) -> None:
    app = AppTest.from_file(ROOT / "pages" / "frame.py", default_timeout=60).run()
    assert TOO_LITTLE_MEMORY in [shown.value for shown in app.error]
    assert not app.exception
    too_little.undo()
    app.run()
    assert not app.error
    assert not app.exception


@pytest.mark.parametrize("fault", FAULTS)
def test_a_whole_file_is_not_called_damaged_for_it(fault: MemoryError, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise fault

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", fail)
    with pytest.raises(MemoryError):
        open_registry(SHIPPED).codes["visits"].column("vas")


def test_what_is_kept_has_a_limit_and_the_last_used_stays() -> None:
    room, made = Room(250), list[str]()

    def get(name: str) -> bytes:
        def make() -> bytes:
            made.append(name)
            return name.encode() * 100

        return room.get(name, make, len)

    for name in ("a", "b", "a", "c", "a", "b"):
        assert get(name) == name.encode() * 100
    assert made == ["a", "b", "c", "b"]
    assert room.bytes == 200
    assert "c" not in room


def test_something_larger_than_the_room_is_given_all_the_same() -> None:
    assert Room(1).get("a", lambda: np.zeros(10), lambda found: found.nbytes).sum() == 0
