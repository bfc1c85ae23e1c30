"""What a run found, as Markdown: each goal with what was reached, and all figures with their growth."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]


def report(found: Json) -> str:
    """The whole report."""
    return "\n".join(
        [headline(found), "", *goals_table(found["rows"]), *figures_tables(found["rows"]), *faults(found["rows"])]
    )


def headline(found: Json) -> str:
    """Where and when, and how many goals are met."""
    goals = [goal for row in found["rows"] for goal in row["goals"]]
    met = sum(goal["met"] is True for goal in goals)
    return (
        f"{found['made']}, commit {found['commit']}, {found['machine']}, load {found['load']} before: "
        f"{met} of {len(goals)} goals met."
    )


def goals_table(rows: Iterable[Json]) -> Iterator[str]:
    """One line a goal."""
    yield "| work | patients | figure | measured | against | ratio | goal | met |"
    yield "|---|---:|---|---:|---:|---:|---:|---|"
    for row in rows:
        for goal in row["goals"]:
            yield f"| {' | '.join(_goal_cells(row, goal))} |"


def _goal_cells(row: Json, goal: Json) -> list[str]:
    unit = unit_of(row, goal["of"])
    ratio = bool(goal["against"])
    return [
        row["title"],
        f"{goal['size']:,}",
        name_of(goal["of"]),
        f"{shown(goal['value'])} {unit}".strip(),
        f"{goal['against']}: {shown(goal['against_value'])}" if ratio else "",
        f"{goal['reached']:.2f}" if ratio and goal["reached"] is not None else "",
        goal["goal"] if ratio else f"{goal['goal']} {unit}",
        {None: "not measured", True: "yes", False: "**no**"}[goal["met"]],
    ]


def figures_tables(rows: Iterable[Json]) -> Iterator[str]:
    """All figures of each row by size, and how they grow."""
    for row in rows:
        sizes = [found["size"] for found in row["figures"]]
        yield from ("", f"**{row['title']}**", "")
        growths = [f"{first:,} to {second:,}" for first, second in itertools.pairwise(sizes)]
        heads = ["figure", *(f"{size:,}" for size in sizes), *(f"growth, {span}" for span in growths)]
        yield f"| {' | '.join(heads)} |"
        yield f"|---|{'---:|' * (len(heads) - 1)}"
        for name, exponents in row["growth"].items():
            cells = [shown(found["values"].get(name)) for found in row["figures"]]
            grown = ["" if exponent is None else f"{exponent:.2f}" for exponent in exponents]
            yield f"| {' | '.join([with_unit(row, name), *cells, *grown])} |"


def faults(rows: Iterable[Json]) -> Iterator[str]:
    """What could not be measured, and numbers that disagree."""
    for row in rows:
        for sentence in (*row["failed"], *row["disagreements"]):
            yield f"\n{sentence}"


def unit_of(row: Json, name: str) -> str:
    """The unit of a figure: that of its row, unless its name says one."""
    return name.rpartition(", ")[2] if ", " in name else row["unit"]


def name_of(name: str) -> str:
    """A figure's name without its unit."""
    return name.rpartition(", ")[0] if ", " in name else name


def with_unit(row: Json, name: str) -> str:
    """A figure's name with its unit."""
    return f"{name_of(name)}, {unit_of(row, name)}"


def shown(value: float | None) -> str:
    """A figure with three digits that count, or all of its whole digits."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
