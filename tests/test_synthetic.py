"""Made-up patients: always the same, like the published ones, without any effect, and called what they are."""

import errno
import gc
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from plro_core import journal, store, synthetic
from plro_core.cli.process import main
from plro_core.problems import RegistryProblem
from plro_core.schema import violations
from plro_core.store import index, publishing, sharing
from plro_core.synthetic import SCENARIOS, Scenario, about, synthetic_shares, synthetic_tables
from plro_core.synthetic.marginals import LABS, LEVELS, marginals
from plro_core.vocabulary import STANDARD


@contextmanager
def registry_of(cases: int, folder: Path, scenario: Scenario = "paper") -> Iterator[store.Registry]:
    store.publish(synthetic_tables(cases, 1, scenario), about(cases, 1, scenario), folder, STANDARD)
    opened = store.open_registry(folder)
    yield opened
    opened.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("cases", [0, 1, 2, 3, 60, 1000])
def test_tables_obey_every_rule(scenario: Scenario, cases: int) -> None:
    tables = synthetic_tables(cases, 1, scenario)
    assert not list(violations(tables, STANDARD))
    assert tables["cases"].column("case_id").to_pylist() == list(range(1, cases + 1))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_larger_registry_begins_as_a_smaller_one(scenario: Scenario) -> None:
    few, many = synthetic_tables(7, 3, scenario), synthetic_tables(60, 3, scenario)
    for name, table in few.items():
        if "case_id" in table.column_names:
            assert table.equals(many[name].filter(pc.less_equal(many[name]["case_id"], 7)))
    assert synthetic_tables(7, 3, scenario) == few
    assert synthetic_tables(7, 4, scenario) != few


def test_the_patients_are_like_the_published_ones(tmp_path: Path) -> None:
    known = marginals()
    with registry_of(20_000, tmp_path) as registry:

        def one(sql: str) -> float:
            return float(registry.rows(sql)[0][0])

        assert one("SELECT avg(age) FROM cases") == pytest.approx(29.9, abs=0.1)
        assert one("SELECT median(weeks_postpartum) FROM cases") == pytest.approx(np.exp(known.log_weeks.mean), abs=0.6)
        assert one("SELECT avg(smoking::INT) FROM cases") == pytest.approx(0.4, abs=0.02)
        assert one("SELECT avg((breastfeeding = 'continued')::INT) FROM cases") == pytest.approx(0.2, abs=0.02)
        assert one("SELECT corr(t_l1_l4, t_l2_l4) FROM cases") == pytest.approx(0.91, abs=0.02)
        assert one("SELECT corr(t_l1_l4, t_femoral_neck) FROM cases") == pytest.approx(0.51, abs=0.03)
        assert one("SELECT corr(t_l2_l4, t_femoral_neck) FROM cases") == pytest.approx(0.72, abs=0.02)
        for month, mean in zip((0, 1, 3), (7.9, 3.3, 2.0), strict=True):
            assert one(f"SELECT avg(vas) FROM visits WHERE month = {month}") == pytest.approx(mean, abs=0.15)
        broken = "(SELECT DISTINCT case_id FROM fractures)"
        assert one(f"SELECT count(*) FROM {broken}") / 20_000 == pytest.approx(0.3, abs=0.02)
        most = registry.rows("SELECT level FROM fractures GROUP BY level ORDER BY count(*) DESC LIMIT 1")
        assert most == [(max(LEVELS, key=lambda level: LEVELS[level]),)]


@pytest.mark.parametrize("treatment", ["bisphosphonate", "brace", "vertebroplasty", "breastfeeding"])
def test_no_treatment_has_an_effect(treatment: str, tmp_path: Path) -> None:
    """Who got a treatment and who did not differ by no more than chance, in pain and in every laboratory value."""
    with registry_of(20_000, tmp_path) as registry:
        for name in ("vas", *LABS):
            for month in (1, 3, 6):
                groups = registry.rows(
                    f"SELECT avg({name}), var_samp({name}) / count({name}) FROM visits JOIN cases USING (case_id) "
                    f"WHERE month = {month} AND {name} IS NOT NULL GROUP BY {treatment}"
                )
                means, errors = zip(*groups, strict=True)
                assert max(means) - min(means) <= 4.5 * np.sqrt(sum(errors))


def test_awkward_patients_are_among_them(tmp_path: Path) -> None:
    with registry_of(16, tmp_path, "edge") as registry:
        without = registry.rows("SELECT case_id FROM cases WHERE case_id NOT IN (SELECT case_id FROM visits)")
        assert [number for (number,) in without] == [2, 7, 10, 15]
        assert registry.rows("SELECT t_l1_l4, t_l2_l4 FROM cases WHERE case_id = 3") == [(-1.0, -2.5)]
        pain = registry.rows("SELECT month, vas FROM visits WHERE case_id = 4 ORDER BY month")
        assert (pain[0], {vas for _, vas in pain[1:]}) == ((0, 10), {0})
        assert len({vas for (vas,) in registry.rows("SELECT vas FROM visits WHERE case_id = 5")}) == 1
        assert registry.rows("SELECT count(*) FROM fractures WHERE case_id = 6") == [(17,)]
        assert set(registry.rows("SELECT age, smoking, t_l1_l4 FROM cases WHERE case_id = 7")) == {(None, None, None)}
        assert registry.rows(
            "SELECT count(*) FROM visits WHERE case_id = 1 AND coalesce(vas, calcium) IS NOT NULL"
        ) == [(0,)]


def test_the_command_makes_a_registry_that_says_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "made-up"
    given = ["synth", "--cases", "12", "--seed", "5", "--scenario", "edge", "-o", str(folder)]
    assert main(given) == 0
    assert capsys.readouterr().out.startswith("made-up: 12 made-up patients in ")
    opened = store.open_registry(folder)
    assert (opened.manifest.synthetic, opened.version) == (True, "synthetic-edge-12-5")
    opened.close()
    assert main(given) == 0  # the same patients once more
    assert main(["synth", "--cases", "-1", "-o", str(folder)]) == 2
    assert "--cases" in capsys.readouterr().err


def test_real_patients_are_never_mixed_with_made_up_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held: dict[str, Any] = about(3, 1, "paper") | {"version": "ours", "title": "Our patients", "synthetic": False}
    store.publish(synthetic_tables(3), held, tmp_path, STANDARD)
    assert main(["synth", "--cases", "5", "-o", str(tmp_path)]) == 1
    assert "holds something else" in capsys.readouterr().err
    assert store.current_version(tmp_path) == "ours"


def test_other_made_up_patients_of_the_same_number_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synth", "--cases", "5", "-o", str(tmp_path)]) == 0
    assert main(["synth", "--cases", "5", "--seed", "2", "-o", str(tmp_path)]) == 1
    refused = capsys.readouterr().err
    assert "scenario paper, seed 2" in refused
    assert "name a new folder with -o" in refused


def test_what_was_stopped_while_it_was_drawn_is_made_when_it_is_asked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full, or a signal, leaves no version, and nothing in the journal, which keeps what was drawn."""
    given = ["synth", "--cases", "5", "-o", str(tmp_path / "made-up")]

    def full(handle: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("plro_core.store.sharing._Sink.write", full)
        assert main(given) == 1
    assert "The disk has no room for what would be written" in capsys.readouterr().err
    assert store.unpublished(tmp_path / "made-up")
    assert main(given) == 0
    made = [(entry.what, entry.version) for entry in journal.read(tmp_path / "made-up")]
    version = "synthetic-paper-5-1"
    assert made == [("build", version)]


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 is not a number of patients"):
        synthetic_tables(-1)
    with pytest.raises(ValueError, match="“none” is not a scenario"):
        synthetic_tables(1, 1, "none")  # type: ignore[arg-type]
    assert isinstance(synthetic_tables(0)["cases"], pa.Table)


# In shares


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("cases", [0, 1, 7, 40])
@pytest.mark.parametrize("share", [7, 1000])
@pytest.mark.parametrize("group", [10, 10_000])
def test_shares_give_the_same_bytes_as_all_at_once(
    cases: int, share: int, group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic, "_AT_ONCE", share)
    monkeypatch.setattr(publishing, "group_rows", lambda table: group)
    monkeypatch.setattr(sharing, "group_rows", lambda table: group)
    monkeypatch.setattr(index, "WORTH", 0)
    stated = about(cases, 1, "edge")
    for folder in (tmp_path / "whole", tmp_path / "shares"):
        folder.mkdir()
    store.publish(synthetic_tables(cases, 1, "edge"), stated, tmp_path / "whole", STANDARD)
    store.publish_shares(synthetic_shares(cases, 1, "edge"), stated, tmp_path / "shares", STANDARD)
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "shares")


def test_no_more_than_one_share_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "_AT_ONCE", 10)
    monkeypatch.setattr(sharing, "group_rows", lambda table: 5)
    alive: list[weakref.ref[pa.Table]] = []
    most = []

    def shares() -> Iterator[dict[str, pa.Table]]:
        for share in synthetic_shares(60):
            alive.extend(weakref.ref(table) for table in share.values())
            yield share
            del share
            gc.collect()
            most.append(sum(table() is not None for table in alive))

    store.publish_shares(shares(), about(60, 1, "paper"), tmp_path, STANDARD)
    assert max(most) <= 2 * len(STANDARD.tables)


def test_what_goes_on_wrongly_is_refused(tmp_path: Path) -> None:
    first, second = synthetic_tables(5), synthetic_tables(5)
    told = about(10, 1, "paper")
    with pytest.raises(RegistryProblem, match="patient 1: stands after patient 5; expected ascending numbers"):
        store.publish_shares([first, second], told, tmp_path, STANDARD)
    later = {name: table.slice(0, 0) for name, table in first.items()}
    doses = first["treatments"].slice(0, 1)
    place = doses.column_names.index("dose_status")
    doses = doses.set_column(place, doses.schema.field(place), pa.array(["printed"]))
    third = {**later, "cases": pa.Table.from_pylist([{"case_id": 9}], schema=first["cases"].schema)}
    third["treatments"] = doses.set_column(0, doses.schema.field(0), pa.array([9]))
    with pytest.raises(RegistryProblem, match="treatments"):
        store.publish_shares([first, third], told, tmp_path, STANDARD)
    claims = pa.Table.from_pylist([dict.fromkeys(first["claims"].column_names, "x")], schema=first["claims"].schema)
    with pytest.raises(RegistryProblem):
        store.publish_shares([first, {**later, "claims": claims}], told, tmp_path, STANDARD)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


KILLED = """
import sys
from pathlib import Path
from plro_core import store, synthetic
from plro_core.vocabulary import STANDARD
synthetic._AT_ONCE = 10
def shares():
    for number, share in enumerate(synthetic.synthetic_shares(100)):
        if number == 4:
            print("half", flush=True)
            sys.stdin.readline()
        yield share
store.publish_shares(shares(), synthetic.about(100, 1, "paper"), Path(sys.argv[1]), STANDARD)
"""


def test_a_kill_half_way_leaves_nothing_half_written(tmp_path: Path) -> None:
    told = {**os.environ, "PYTHONPATH": str(store.SHIPPED.parent)}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as drawing:
        assert drawing.stdout is not None
        assert drawing.stdout.readline() == b"half\n"
        drawing.send_signal(signal.SIGKILL)
    assert not list((tmp_path / "versions").glob("[!.]*"))
    assert not (tmp_path / "CURRENT").exists()
    assert main(["synth", "--cases", "3", "-o", str(tmp_path)]) == 0
    assert [path.name for path in (tmp_path / "versions").iterdir()] == ["synthetic-paper-3-1"]


def test_a_person_at_a_terminal_sees_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(synthetic, "_AT_ONCE", 2)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert main(["synth", "--cases", "5", "-o", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().err.split("\r")[1:] == ["2 of 5 patients", "4 of 5 patients", "5 of 5 patients\n"]
