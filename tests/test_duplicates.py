"""Pairs that look alike, against the comparison of every pair with every other; and that so many are never compared."""

import random
from importlib import import_module
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from plro_core.quality import duplicates
from plro_core.quality.alike import alike_pairs
from tests import plain_duplicates as plain
from tests.small_registry import small_registry


def some(chance: random.Random, *values: Any) -> Any:
    return chance.choice((None, *values, *values, *values))


def crowd(seed: int) -> Any:
    """Patients, visits and facts of so few different values that many look alike, in no order."""
    chance = random.Random(seed)
    numbers = chance.sample(range(1, 500), 60)
    cases = [
        {
            "case_id": number,
            "age": some(chance, 30, 31),
            "weeks_postpartum": some(chance, 4),
            "t_l1_l4": some(chance, -2.9),
            "t_l2_l4": some(chance, -3.0, -0.5),
            "t_femoral_neck": some(chance, -2.2),
        }
        for number in numbers
    ]
    visits = [
        {
            "case_id": number,
            "month": month,
            "vas": some(chance, 3),
            "calcium": some(chance, 9.1),
            "pth": some(chance, 40.0),
        }
        for number in numbers
        for month in chance.sample((0, 1, 3, 6), chance.randint(0, 4))
    ]
    agents = ("calcium", "Calcium ", "CALCIUM", "vitamin  D", "vitamin D", " Vitamin D")
    treatments = [
        {"case_id": number, "kind": "supplement", "agent": agent, "start": start}
        for number in numbers[:20]
        for agent in chance.sample(agents, 2)
        for start in chance.sample((None, 0.0, 1.5), 2)
    ]
    return small_registry(cases=cases, visits=visits, treatments=treatments)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("most", [1_000, 7])
def test_the_pairs_found_by_counting_are_those_found_pair_by_pair(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (plain, import_module("plro_core.quality.duplicates")):
        monkeypatch.setattr(module, "MOST_LISTED", most)
    registry = crowd(seed)
    found = duplicates(registry)
    assert found == plain.duplicates(registry)
    assert len({row[0] for row in found.rows}) == 3
    if most == 7:
        assert f"The first {len(found.rows)} of {found.title.split()[0]} are listed." in found.notes


@pytest.mark.parametrize("seed", range(20))
def test_pairs_agree_wherever_both_have_a_value(seed: int) -> None:
    codes = np.random.default_rng(seed).integers(0, 3, (5, 30))
    by_hand = []
    for one, other in combinations(range(30), 2):
        both = (codes[:, one] > 0) & (codes[:, other] > 0)
        if both.sum() >= 3 and (codes[both, one] == codes[both, other]).all():
            by_hand.append((one, other, int(both.sum())))
    by_hand.sort(key=lambda pair: (-pair[2], *pair[:2]))
    for most in (5, 1_000):
        found = alike_pairs(codes, 3, most)
        assert (found.count, found.first) == (len(by_hand), tuple(by_hand[:most]))


def test_twenty_thousand_patients_who_are_all_alike_are_counted_and_not_paired() -> None:
    found = alike_pairs(np.ones((6, 20_000), dtype=np.int64), 5, 1_000)
    assert found.count == 20_000 * 19_999 // 2
    assert found.first == tuple((0, other, 6) for other in range(1, 1_001))


def test_more_combinations_than_a_number_holds_are_told_apart() -> None:
    codes = np.arange(1, 1 + 2_000).reshape(1, -1).repeat(7, axis=0) * 1_000
    codes[:, 1] = codes[:, 0]
    assert alike_pairs(codes, 5, 10).first == ((0, 1, 7),)
