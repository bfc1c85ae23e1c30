"""The last step of a command: its answer, its complaint and its exit code, whatever becomes of the streams."""

import errno
import io
import signal
import sys

import pytest

from plro_core.cli import console, process
from plro_core.problems import DataProblem, QueryProblem


class Stream(io.TextIOWrapper):
    """A standard stream of a terminal or a file, which may fail when it is written."""

    def __init__(self, fails: OSError | None = None, terminal: bool = False) -> None:
        super().__init__(_Sink(fails), encoding="utf-8")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def told(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode()  # type: ignore[attr-defined,no-any-return]

    def fileno(self) -> int:
        raise io.UnsupportedOperation("no file behind it")


class _Sink(io.BytesIO):
    def __init__(self, fails: OSError | None) -> None:
        super().__init__()
        self._fails = fails

    def write(self, content: object) -> int:
        if self._fails:
            raise self._fails
        return super().write(content)  # type: ignore[arg-type]


def test_an_answer_is_written_in_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Stream()
    monkeypatch.setattr(sys, "stdout", out)
    console.say("≥ 20 patients", "Ağrı")
    assert out.told == "≥ 20 patients\nAğrı\n"


@pytest.mark.parametrize(
    ("fails", "says"),
    [(OSError(errno.ENOSPC, "No space left on device"), "no space left on device"), (OSError(), "unknown reason")],
)
def test_an_answer_that_cannot_be_written_says_why(fails: OSError, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Stream(fails))
    with pytest.raises(DataProblem, match=f"Standard output cannot be written: {says}."):
        console.say("answer")
    console.report("It was done.")  # what is done is done


def test_a_closed_standard_output_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(DataProblem, match="Standard output is closed"):
        console.say("answer")
    assert not console.is_terminal()


def test_a_reader_who_left_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Stream(BrokenPipeError()))
    with pytest.raises(console.ReaderLeftError):
        console.say("answer")


def test_a_complaint_is_one_line_with_a_full_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Stream()
    monkeypatch.setattr(sys, "stderr", err)
    console.complain("No such\nvariable: pain")
    console.complain("Which one?")
    assert err.told == "No such variable: pain.\nWhich one?\n"
    monkeypatch.setattr(sys, "stderr", None)
    console.complain("Nobody hears it")


def test_how_far_it_is_is_said_on_a_terminal_alone_and_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.5, 1.5, 2.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    err = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", err)
    with console.Bar("Reading") as bar:
        assert bar(0.1, "visits")
        assert err.told == ""
        assert bar(0.5, "visits")
        assert " 50% Reading: visits" in err.told
    assert err.told.endswith(f"\r{'':79}\r")
    monkeypatch.setattr(sys, "stderr", Stream())
    monkeypatch.setattr(console.time, "monotonic", lambda: 99.0)
    with console.Bar("Reading") as bar:
        bar(0.5, "visits")
    assert sys.stderr.told == ""  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (console.ReaderLeftError(), 0, ""),
        (QueryProblem("No variable is called pain"), 2, "No variable is called pain.\n"),
        (DataProblem("The file is empty."), 1, "The file is empty.\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The disk has no room for what would be written"),
        (OSError(errno.EACCES, "Permission denied", "/a/b/cases.csv"), 1, "cases.csv: permission denied.\n"),
        (OSError(), 1, "a file cannot be read or written.\n"),
        (KeyboardInterrupt(), 130, "Stopped.\n"),
        (process.StoppedError(signal.SIGTERM), 143, "Stopped.\n"),
        (MemoryError(), 1, "memory"),
        (ValueError("vas 11 of patient 3"), 1, "Unexpected problem of type ValueError; nothing was written.\n"),
    ],
)
def test_whatever_happens_ends_in_a_code_and_a_sentence_at_most(
    raised: BaseException, code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: object) -> int:
        raise raised

    err = Stream()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(process, "_answered", failing)
    assert process.main([]) == code
    assert says in err.told
    assert err.told.count("\n") == bool(says)
    assert "patient 3" not in err.told


def test_a_signal_ends_the_program_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    err = Stream()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(console, "prepare", lambda: None)
    monkeypatch.setattr(process, "main", lambda: signal.raise_signal(signal.SIGTERM) or 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(SystemExit) as ended:
            process.run()
        assert ended.value.code == 143
        assert err.told == "Stopped.\n"
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # as under nohup
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
