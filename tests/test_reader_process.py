"""The program that reads what others hand over: what it answers, and how it ends, without the limits it sets itself."""

import os
import resource
from collections.abc import Callable
from typing import Any

import pytest

from plro_core.confined import child
from plro_core.confined.message import packed, unpacked
from plro_core.problems import DataProblem


class EndedError(BaseException):
    """The process would end here."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr(os, "_exit", end)


@pytest.fixture
def pipes(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Callable[[], bytes]]:
    """Hand the program what its parent sends; gives what it has answered."""

    def handed(content: bytes) -> Callable[[], bytes]:
        reading, writing = os.pipe()
        answer, told = os.pipe()
        os.write(writing, content)
        os.close(writing)
        monkeypatch.setattr(child, "_IN", reading)
        monkeypatch.setattr(child, "_OUT", told)

        def answered() -> bytes:
            os.close(told)
            return os.read(answer, 1 << 16)

        return answered

    return handed


def request(*files: bytes) -> bytes:
    content = packed({}, list(files))
    return len(content).to_bytes(8, "big") + content


def run(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Any, list[bytes]], tuple[Any, list[bytes]]]) -> int:
    """How the program ends whose module answers so."""
    monkeypatch.setattr(child, "_limit", lambda *_: None)
    monkeypatch.setattr(child, "_end_with_the_parent", lambda: None)
    monkeypatch.setattr(child, "_answer_of", lambda _: answer)
    with pytest.raises(EndedError) as ended:
        child.main("plro_core.unpacking", 0, 1, list(child.sys.path))
    return ended.value.code


@pytest.mark.usefixtures("ends")
def test_an_answer_and_a_refusal_are_told(
    pipes: Callable[[bytes], Callable[[], bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = pipes(request(b"a,b"))
    assert run(monkeypatch, lambda _, files: (["a"], [files[0].upper()])) == 0
    assert unpacked(told()) == ({"answer": ["a"]}, [b"A,B"])

    def refusing(_: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
        raise DataProblem("no table.")

    told = pipes(request())
    assert run(monkeypatch, refusing) == 0
    assert unpacked(told()) == ({"problem": "no table."}, [])


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [(MemoryError(), child.NO_MEMORY, b""), (ValueError("age 31 of patient 3"), child.UNEXPECTED, b"ValueError")],
)
def test_of_what_goes_wrong_only_its_kind_is_told(
    raised: Exception,
    code: int,
    says: bytes,
    pipes: Callable[[bytes], Callable[[], bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def failing(*_: object) -> tuple[Any, list[bytes]]:
        raise raised

    told = pipes(request())
    assert run(monkeypatch, failing) == code
    assert told() == says


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("content", [b"", b"\0\0", request(b"table")[:-2]])
def test_a_parent_that_ends_before_it_has_asked_is_answered_by_an_end(
    content: bytes, pipes: Callable[[bytes], Callable[[], bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipes(content)
    assert run(monkeypatch, lambda *_: (None, [])) == child.UNEXPECTED


@pytest.mark.usefixtures("ends")
def test_it_ends_with_its_parent(pipes: Callable[[bytes], Callable[[], bytes]]) -> None:
    pipes(b"")
    with pytest.raises(EndedError) as ended:
        child._end_with_the_parent()
    assert ended.value.code == child.UNEXPECTED


def test_the_function_of_a_module_answers_though_its_package_is_not_run() -> None:
    assert child._answer_of("plro_core.unpacking").__module__ == "plro_core.unpacking"


def test_it_may_use_no_more_than_it_is_given_and_write_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: dict[int, tuple[int, int]] = {}
    given = {resource.RLIMIT_CPU: 60}  # what the system allows at most

    def allow(kind: int, limits: tuple[int, int]) -> None:
        if kind == resource.RLIMIT_CORE:
            raise ValueError("not here")
        set_to[kind] = limits

    monkeypatch.setattr(resource, "getrlimit", lambda kind: (0, given.get(kind, resource.RLIM_INFINITY)))
    monkeypatch.setattr(resource, "setrlimit", allow)
    child._limit(1 << 30, 58)
    assert set_to == {
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CPU: (58, 60),
        resource.RLIMIT_AS: (1 << 30, 1 << 30),
    }
    set_to.clear()
    child._limit(0, 10)
    assert resource.RLIMIT_AS not in set_to
    assert set_to[resource.RLIMIT_CPU] == (10, 15)
