"""What the dashboard is made of: everything pinned by checksum, its licences listed, the list for programs fresh."""

import json
import re
from collections import Counter

import pytest

from tests.browser_tools import ROOT
from tests.tools import licences, sbom

LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_of_a_lock_is_held_to_a_checksum(lock: object) -> None:
    entries = re.split(r"^(?=\S)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)  # type: ignore[attr-defined]
    packages = [entry for entry in entries if entry.strip() and not entry.startswith("#")]
    assert packages
    assert [entry.split()[0] for entry in packages if not re.match(r"[\w.-]+(\[\w+\])?==", entry)] == []
    assert [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry] == []


def test_what_is_run_is_what_is_asked_for() -> None:
    asked = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    pinned = [(package.name, package.version) for package in licences.packages()]
    assert [pair for pair in asked if pair not in pinned] == []


def test_the_page_of_licences_is_fresh_and_knows_each() -> None:
    page = licences.PAGE.read_text(encoding="utf-8")
    assert licences.page(page) == page
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+?) \|", page, re.MULTILINE)[1:]
    assert [row[:2] for row in rows] == [(package.name, package.version) for package in licences.packages()]
    assert [row for row in rows if row[2] == "says none"] == []


def test_a_page_that_lacks_a_package_is_noticed(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    page = licences.PAGE.read_text(encoding="utf-8")
    short = tmp_path / "licences.md"  # type: ignore[operator]
    short.write_text(re.sub(r"^\| altair .*\n", "", page, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setattr(licences, "PAGE", short)
    assert licences.main(check=True) == 1


def test_no_licence_forbids_to_hand_the_program_on() -> None:
    bound = {package.name: licences.licence(package.name) for package in licences.packages()}
    assert {name: said for name, said in bound.items() if re.search(r"\b(A?GPL|SSPL|BUSL)", said)} == {}


def test_the_list_for_programs_names_what_the_lock_pins_with_its_checksums() -> None:
    listed = json.loads(sbom.LIST.read_text(encoding="utf-8"))
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    found = Counter((component["name"], component["version"]) for component in listed["components"])
    assert found == Counter((package.name, package.version) for package in licences.packages())
    sums = {
        entry["content"]
        for component in listed["components"]
        for reference in component["externalReferences"]
        for entry in reference["hashes"]
    }
    assert sums == set(re.findall(r"sha256:([0-9a-f]{64})", licences.LOCK.read_text(encoding="utf-8")))


def test_the_list_for_programs_has_licences_and_no_address_of_an_index() -> None:
    made = {
        "metadata": {"tools": {"components": [{"name": "a", "externalReferences": [{"url": "an index"}]}]}},
        "components": [{"name": "pandas", "purl": "pkg:pypi/pandas@3", "bom-ref": "x", "description": "line 3"}],
    }
    (component,) = sbom.finished(made)["components"]
    assert component["licenses"][0]["license"]["name"] == licences.licence("pandas")
    assert "index" not in json.dumps(made)
    text = sbom.LIST.read_text(encoding="utf-8")
    assert set(re.findall(r'"url": "(\w+:\w+)/', text)) == {"pkg:pypi"}
