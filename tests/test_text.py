"""How numbers and words are written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plro_core.text import (
    as_recorded,
    counted,
    k_of_n,
    likely,
    listed,
    number,
    patients,
    printable,
    safe_markdown,
    safe_plotly,
    visit_name,
)


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (None, 1, "–"),
        (0, 0, "0"),
        (-2.5, 1, "−2.5"),
        (-0.04, 1, "0.0"),
        (-0.0, 0, "0"),
        (29.9, 1, "29.9"),
        (1234567, 0, "1\u202f234\u202f567"),
        (-1234.5, 1, "−1\u202f234.5"),
    ],
)
def test_numbers(value: float | None, decimals: int, written: str) -> None:
    assert number(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "written"), [(46.0, "46"), (8.9, "8.9"), (-3.0, "−3"), (0, "0"), (31.25, "31.25"), (1e-7, "0.0000001")]
)
def test_recorded_values(value: float, written: str) -> None:
    assert as_recorded(value) == written


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (k_of_n(0, 0), "–"),
        (k_of_n(4, 10), "4 of 10"),
        (patients(0), "0 patients"),
        (patients(1), "1 patient"),
        (patients(2), "2 patients"),
        (visit_name(0), "Baseline"),
        (visit_name(3), "Month 3"),
        (listed([]), ""),
        (listed(["a"]), "a"),
        (listed(["a", "b"]), "a and b"),
        (listed(["a", "b", "c"], "or"), "a, b or c"),
    ],
)
def test_words(said: str, words: str) -> None:
    assert said == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("back pain", "back pain"),
        ("![x](http://a.b/c.png)", r"\!\[x\]\(http\:\/\/a\.b\/c\.png\)".replace(r"\/", "/")),
        ("<script>", r"\<script\>"),
        ("$x$ :red[y] `z`", r"\$x\$ \:red\[y\] \`z\`"),
        ("one\ntwo\rthree\u2028four", "one two three four"),
        ("1. T10", r"1\. T10"),
    ],
)
def test_data_is_never_mark_up(text: str, shown: str) -> None:
    assert safe_markdown(text) == shown


@given(text=st.text())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_line_or_tag_survives(text: str) -> None:
    assert not set("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029") & set(safe_markdown(text))
    assert not set("<>") & set(safe_plotly(text))


def test_a_figure_shows_what_was_typed() -> None:
    assert safe_plotly("<b>5 & 6</b>") == "&lt;b&gt;5 &amp; 6&lt;/b&gt;"


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("Şule", 60, "Şule"),
        ("a\nb\x1b[31m\u202ec\ud800", 60, "a\ufffdb\ufffd[31m\ufffdc\ufffd"),
        ("x" * 60, 60, "x" * 60),
        ("x" * 61, 60, "x" * 60 + "…"),
        ("x" * 9000, None, "x" * 9000),
    ],
)
def test_a_foreign_text_is_fit_for_a_sentence(text: str, longest: int | None, shown: str) -> None:
    assert printable(text, longest) == shown
    assert printable(text, longest).isprintable()


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("smokin", " (did you mean “smoking”?)"),
        ("SMOKING", " (did you mean “smoking”?)"),
        ("vas_", " (did you mean “vas”?)"),
        ("zzz", ""),
        ("", ""),
        ("x" * 100_000, ""),
    ],
)
def test_a_word_that_somebody_may_have_meant(word: str, meant: str):
    assert likely(word, ["age", "smoking", "vas"]) == meant


def test_a_number_with_its_noun():
    assert [counted(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
