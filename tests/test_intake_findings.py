"""Findings put together: however many there are, few are kept, all are counted, and parts make the same whole."""

from collections.abc import Iterator

from plro_core.intake import File, Finding, Place
from plro_core.intake.findings import MOST_FINDINGS, Findings

FILES = [File("b.csv", b""), File("a.csv", b"")]


def findings(file: str, column: str, count: int, severity: str = "error") -> Iterator[Finding]:
    return (
        Finding(file, row=row, column=column, cell=f"A{row}", rule="number", value=f"x{row}", severity=severity)  # type: ignore[arg-type]
        for row in range(1, count + 1)
    )


def test_of_a_column_of_nothing_but_errors_few_are_kept_and_all_are_counted() -> None:
    found = Findings.of(findings("a.csv", "vas", 200_000), findings("a.csv", "age", 3, "warning"))
    assert len(found.kept) == MOST_FINDINGS + 3
    assert found.more_errors == 200_000 - MOST_FINDINGS
    *shown, more = found.shown(FILES)
    assert [finding.severity for finding in shown] == ["error"] * MOST_FINDINGS
    assert more.message == "at least 199,003 more findings are not shown, 199,000 of them errors."


def test_parts_put_together_are_what_all_of_them_are() -> None:
    parts = [("a.csv", "vas", 700), ("b.csv", "vas", 2), ("a.csv", "vas", 700), ("a.csv", "age", 1200)]
    at_once = Findings.of(*(findings(*part) for part in parts))
    by_stage = Findings.of(*(Findings.of(findings(*part)) for part in parts))
    assert by_stage == at_once == Findings.of(at_once)


def test_they_are_told_in_the_order_of_the_files() -> None:
    found = Findings.of(findings("a.csv", "vas", 1), findings("b.csv", "vas", 2))
    assert [(finding.file, finding.row) for finding in found.shown(FILES)] == [
        ("b.csv", 1),
        ("b.csv", 2),
        ("a.csv", 1),
    ]


def test_a_long_value_is_shown_by_its_beginning() -> None:
    place = Place("a.csv", "", 2, "agent", 0)
    assert Finding.at(place, "x" * 500, "text", "too long.").value == "x" * 200 + "…"


def test_what_a_column_says_again_and_again_is_told_once_with_its_values_and_cells() -> None:
    said = [("true", 2), ("false", 3), ("true", 4)]
    places = ((value, Place("a.csv", "", row, "smoking", 1)) for value, row in said)
    found = Findings.of(Finding.at(place, value, "boolean", "expected yes or no.") for value, place in places)
    (one,) = found.shown(FILES)
    assert (one.cell, one.value) == ("B2", "true")
    assert one.message == "expected yes or no; so in 3 cells: “true” in B2 and B4 and “false” in B3."
    assert one.suggestion == "Is “true” yes and “false” no? Write that, or say so in a mapping."


def test_findings_with_a_way_on_of_their_own_stay_single() -> None:
    places = [Place("a.csv", "", row, "calcium", 1) for row in (2, 3)]
    hints = ("Is a decimal sign missing, as in 8.9?", "Is a decimal sign missing, as in 9.4?")
    found = Findings.of(
        Finding.at(place, value, "plausible", "not plausible.", suggestion=hint)
        for place, value, hint in zip(places, ("89", "94"), hints, strict=True)
    )
    assert [one.cell for one in found.shown(FILES)] == ["B2", "B3"]
