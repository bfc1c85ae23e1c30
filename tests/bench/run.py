"""A whole run: every row at every size, each way in processes of its own, and what came out held against the goals."""

import itertools
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from tests.bench import registries
from tests.bench.agreement import disagreements
from tests.bench.child import MARK
from tests.bench.model import PEAK, Goal, Row, Way

Json = dict[str, Any]
#: Figures of one row: by size, by name.
Figures = dict[int, dict[str, float]]


class Failed(Exception):
    """A measurement could not be made; says why in one sentence."""


def run(rows: Iterable[Row], sizes: tuple[int, ...]) -> Iterator[Json]:
    """Measure the rows and tell all that there is to tell of them, anew after each."""
    found: Json = {
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 2),
        "sizes": list(sizes),
        "rows": [],
    }
    for row in rows:
        found["rows"].append(_row(row, sizes))
        yield found


def _row(row: Row, sizes: tuple[int, ...]) -> Json:
    figures: Figures = {}
    faults: list[str] = []
    differing: list[str] = []
    for size in row.sizes_of(sizes):
        numbers: dict[str, Mapping[str, float]] = {}
        figures[size] = {}
        for name, way in row.ways.items():
            if size > way.most:
                continue
            print(f"{row.title}: {name}, {size:,} patients", file=sys.stderr, flush=True)
            try:
                taken, numbers[name] = _taken(row.key, name, way, size)
            except Failed as failed:
                faults.append(str(failed))
                continue
            figures[size] |= taken
        differing += [f"{row.title}, {size:,} patients: {sentence}" for sentence in disagreements(numbers)]
    return {
        "key": row.key,
        "title": row.title,
        "meaning": row.meaning,
        "unit": row.unit,
        "figures": [{"size": size, "values": found} for size, found in figures.items()],
        "goals": [_held(goal, size, figures) for goal in row.goals for size in goal.at if size in figures],
        "growth": _growth(figures),
        "failed": faults,
        "disagreements": differing,
    }


def _taken(key: str, name: str, way: Way, size: int) -> tuple[dict[str, float], Mapping[str, float]]:
    """The medians of the figures of some processes, with the most memory of each; and the numbers of the last one."""
    told = [_child(key, name, size) for _ in range(way.processes)]
    figures = {figure: median(one["figures"][figure] for one in told) for figure in told[0]["figures"]}
    figures[PEAK.format(name)] = median(one["peak"] for one in told)
    return figures, told[-1]["numbers"]


def _child(key: str, name: str, size: int) -> Json:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.child", key, name, str(size)],
        cwd=registries.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    line = next((line for line in ran.stdout.splitlines() if line.startswith(MARK)), None)
    if line is None:
        last = next((line for line in reversed(ran.stderr.splitlines()) if "Error" in line or "Problem" in line), "")
        raise Failed(f"{key}, {name}, {size:,} patients: not measured (exit {ran.returncode}). {last}".strip())
    found: Json = json.loads(line.removeprefix(MARK))
    return found


def _held(goal: Goal, size: int, figures: Figures) -> Json:
    """What was measured at a size, held against the goal; ``met`` is none where it was not, or not what it is held against."""
    other = goal.over_size or size
    value = figures[size].get(goal.of)
    against = figures.get(other, {}).get(goal.over or goal.of) if goal.is_ratio else None
    reached = value if not goal.is_ratio else value / against if value and against else None
    met = None if reached is None else reached >= goal.limit if goal.at_least else reached <= goal.limit
    return {
        "of": goal.of,
        "size": size,
        "value": value,
        "against": f"{goal.over or goal.of}{f' at {other:,}' if goal.over_size else ''}" if goal.is_ratio else "",
        "against_value": against,
        "reached": reached,
        "goal": goal.words,
        "met": met,
        "bound": goal.bound,
    }


def _growth(figures: Figures) -> dict[str, list[float | None]]:
    """By figure: the exponent by which it grew from each size to the next; 1 is in proportion to the patients."""
    sizes = sorted(figures)
    names = dict.fromkeys(name for found in figures.values() for name in found)
    return {
        name: [_exponent(figures, name, first, second) for first, second in itertools.pairwise(sizes)] for name in names
    }


def _exponent(figures: Figures, name: str, first: int, second: int) -> float | None:
    before, after = figures[first].get(name), figures[second].get(name)
    if not before or not after:
        return None
    return math.log(after / before) / math.log(second / first)


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=registries.ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def problems(found: Json) -> Sequence[str]:
    """Numbers that disagree, one sentence each."""
    return [sentence for row in found["rows"] for sentence in row["disagreements"]]
