"""Bars of treatments that are counted from many: a click on one chooses exactly those it counts."""

from itertools import pairwise
from typing import Any

import pytest

from plro_core.cohort import EVERYONE
from plro_core.counts import size
from plro_core.figures import treatment_matrix
from plro_core.marks import choice
from plro_core.vocabulary import STANDARD
from tests.oracle import registry_of, synthetic_tables, treatments_of


@pytest.mark.parametrize("by", ["", "smoking"])
def test_a_bar_stands_for_those_it_counts(by: str) -> None:
    registry = registry_of(synthetic_tables(7, 1000) | {"treatments": treatments_of(7, 1000)})
    group = STANDARD.variable(by, "cases") if by else None
    bars: list[dict[str, Any]] = [
        trace
        for trace in treatment_matrix(registry, group=group).figure.to_plotly_json()["data"]
        if trace["mode"] == "lines"
    ]
    assert len(bars) > 3
    for bar in bars:
        counted = int(bar["hovertext"][0].split(" of ")[0])
        assert all(one == other for one, other in pairwise(bar["customdata"]))
        if not counted:
            assert bar["customdata"][0] is None
            continue
        found = choice(registry, EVERYONE, [bar["customdata"][0]])
        assert found is not None
        assert size(registry, found.these).patients == counted
    registry.close()
