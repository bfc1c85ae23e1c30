"""A version as others take it: the deposit, SDTM's DM and LB, phenopackets; each number is that of its cell."""

import csv
import hashlib
import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from plro_core.bundle import bundle_files, unbundle
from plro_core.deposit import citation_cff, deposit, phenopackets, sdtm
from plro_core.deposit.zenodo import zenodo
from plro_core.handover import VersionMetadata
from plro_core.store import Registry, open_registry
from plro_core.vocabulary import STANDARD, Vocabulary, parse
from tests.foreign_registries import brought_in
from tests.small_registry import small_registry
from tests.test_bundle import Files, unzipped

pytest_plugins = ["tests.core_fixtures"]


@pytest.fixture(scope="module")
def files(registry: Registry) -> Files:
    return unzipped(deposit(registry))


@pytest.fixture(scope="module")
def packets(registry: Registry) -> dict[str, Any]:
    files = unzipped(phenopackets(registry))
    return {name: json.loads(content) for name, content in files.items() if name != "README.txt"}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


# The deposit


def test_a_deposit_is_a_registry_that_can_be_published_again(registry: Registry) -> None:
    taken = unbundle(deposit(registry), STANDARD)
    assert taken.manifest == registry.manifest
    assert taken.tables["visits"].num_rows == 40


def test_the_same_version_gives_the_same_bytes(registry: Registry) -> None:
    assert deposit(registry) == deposit(registry)
    assert phenopackets(registry) == phenopackets(registry)
    assert sdtm(registry) == sdtm(registry)


def test_the_page_for_people_names_what_a_deposit_has_besides(files: Files, registry: Registry) -> None:
    besides = set(files) - set(bundle_files(registry)) - {"checksums.txt"}
    assert besides
    assert [name for name in besides if f"`{name}`" not in files["README.md"].decode()] == []


def test_the_citation_names_version_licence_and_paper(files: Files) -> None:
    cited = yaml.safe_load(files["CITATION.cff"])
    assert (cited["cff-version"], cited["type"], cited["license"]) == ("1.2.0", "dataset", "MIT")
    assert (cited["version"], cited["date-released"]) == ("2022-2", "2026-11-26")
    assert cited["references"][0]["doi"] == "10.5137/1019-5149.JTN.36058-21.1"
    assert all(author["name"] for author in cited["authors"])


def test_any_title_is_one_text_of_the_citation(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    title = 'a: "b" # c\n- d: {e} \u2028 & *f'
    monkeypatch.setattr(registry, "manifest", replace(registry.manifest, title=title))
    assert yaml.safe_load(citation_cff(registry))["title"] == title


def test_the_crate_describes_every_file_but_itself_and_the_checksums(files: Files) -> None:
    graph = {part["@id"]: part for part in json.loads(files["ro-crate-metadata.json"])["@graph"]}
    described = {part["@id"] for part in graph["./"]["hasPart"]}
    assert described == set(files) - {"ro-crate-metadata.json", "checksums.txt"}
    for name in described:
        assert graph[name]["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert graph[name]["contentSize"] == str(len(files[name]))
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert graph["./"]["license"]["@id"] == "https://spdx.org/licenses/MIT"
    assert all(reference["@id"] in graph for reference in (graph["./"]["author"], *graph["./"]["citation"]))


def test_the_form_for_zenodo_says_whose_terms_hold(files: Files) -> None:
    form = json.loads(files[".zenodo.json"])
    assert (form["upload_type"], form["access_right"], form["license"]) == ("dataset", "open", "mit")
    assert form["related_identifiers"][0]["identifier"] == "10.5137/1019-5149.JTN.36058-21.1"


def test_a_registry_without_terms_is_restricted(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    own = replace(registry.manifest, version="a", synthetic=True, title="<b>Ward</b>", note="<script>")
    monkeypatch.setattr(registry, "manifest", own)
    form = json.loads(zenodo(registry))
    assert form["access_right"] == "restricted"
    assert "license" not in form
    assert form["notes"] == "Synthetic data: none of these patients exist."
    assert "<script>" not in form["description"]


# SDTM


def test_demographics_have_a_row_for_each_patient(registry: Registry, files: Files) -> None:
    found = [(row["USUBJID"], row["AGE"], row["AGEU"], row["SEX"]) for row in rows(files["sdtm/DM.csv"])]
    ages = registry.rows("SELECT case_id, age FROM cases ORDER BY case_id")
    assert found == [(f"PLRO-{number}", str(age), "YEARS", "F") for number, age in ages]


def test_laboratory_values_are_standardised_and_the_stored_ones_kept(registry: Registry, files: Files) -> None:
    found = {(row["USUBJID"], row["VISITNUM"], row["LBTESTCD"]): row for row in rows(files["sdtm/LB.csv"])}
    stored = registry.rows("SELECT case_id, month, calcium, alp, pth, magnesium FROM visits")
    for number, month, calcium, alp, pth, mg in stored:
        for code, value, unit, factor in (
            ("CALCIUM", calcium, "mmol/L", 0.2495),
            ("ALP", alp, "ukat/L", 1 / 60),
            ("PTH", pth, "pmol/L", 0.1061),
            ("MGPRINT", mg, "mg/dL", 1),
        ):
            row = found.get((f"PLRO-{number}", str(month), code))
            assert (row is None) == (value is None)
            if row:
                assert float(row["LBORRES"]) == value
                assert row["LBSTRESU"] == unit
                assert float(row["LBSTRESN"]) == pytest.approx(value * factor, rel=1e-5)


def test_an_assumed_unit_stays_marked(files: Files) -> None:
    vitamin = [row for row in rows(files["sdtm/LB.csv"]) if row["LBTESTCD"] == "VITAMIND"]
    assert {(row["LBORRESU"], row["LBSTRESU"], row["UNITNOTE"]) for row in vitamin} == {("ng/mL", "nmol/L", "assumed")}


def test_centre_and_arm_are_told_where_the_registry_declares_them() -> None:
    arm = '[[variable]]\nname="arm"\nlabel="Arm"\ntable="cases"\nkind="category"\nlevels={a="Drug A",b="Drug B"}\n'
    words = Vocabulary(parse(f'centres = {{ north = "North" }}\n{arm}'))
    registry = small_registry(words, cases=[{"case_id": 1, "age": 31, "centre": "north", "arm": "b"}, {"case_id": 2}])
    found = [(row["AGE"], row["AGEU"], row["SITEID"], row["ARMCD"]) for row in rows(unzipped(sdtm(registry))["DM.csv"])]
    assert found == [("31", "YEARS", "north", "b"), ("", "", "", "")]


# Phenopackets


def test_there_is_a_phenopacket_for_each_patient(registry: Registry, packets: dict[str, Any]) -> None:
    assert {packet["subject"]["id"] for packet in packets.values()} == {str(number) for number in range(1, 11)}
    for packet in packets.values():
        assert set(packet) <= {"id", "subject", "phenotypicFeatures", "measurements", "metaData"}
        assert packet["metaData"]["phenopacketSchemaVersion"] == "2.0"
        declared = {resource["namespacePrefix"] for resource in packet["metaData"]["resources"]}
        assert prefixes(packet) - {"PLRO", "DOI"} <= declared


def prefixes(part: Any) -> set[str]:
    """The prefixes of all ontology terms and references in a packet."""
    if isinstance(part, list):
        return set().union(*map(prefixes, part))
    if not isinstance(part, dict):
        return set()
    own = {part["id"].partition(":")[0]} if ":" in str(part.get("id", "")) else set()
    return own.union(*(prefixes(inner) for inner in part.values()))


def test_findings_are_those_that_a_term_says_and_no_more(registry: Registry, packets: dict[str, Any]) -> None:
    known = {"back": "HP:0003418", "low_back": "HP:0003419", "hip": "HP:0030838", "difficulty_walking": "HP:0002355"}
    for packet in packets.values():
        number = int(packet["subject"]["id"])
        symptoms = [name for (name,) in registry.rows("SELECT symptom FROM symptoms WHERE case_id = ?", [number])]
        levels = registry.rows("SELECT level FROM fractures WHERE case_id = ? AND type = 'compression'", [number])
        expected = [known[name] for name in symptoms if name in known] + ["HP:0002953"] * len(levels)
        found = [feature["type"]["id"] for feature in packet.get("phenotypicFeatures", [])]
        assert sorted(found) == sorted(expected)
        assert "HP:0000939" not in found  # a T-score makes nobody osteoporotic


def test_every_finding_names_its_cell_and_the_words_there(packets: dict[str, Any]) -> None:
    for packet in packets.values():
        for feature in packet.get("phenotypicFeatures", []):
            reference = feature["evidence"][0]["reference"]
            assert reference["id"].startswith("PLRO:2022-2/")
            assert "“" in reference["description"]


def test_measurements_are_the_cells_of_what_is_certain(registry: Registry, packets: dict[str, Any]) -> None:
    told = {
        (packet["subject"]["id"], one["assay"]["id"], one["value"]["quantity"]["value"])
        for packet in packets.values()
        for one in packet["measurements"]
    }
    calcium = registry.rows("SELECT case_id, calcium FROM visits WHERE calcium IS NOT NULL")
    assert {(number, value) for number, code, value in told if code == "LOINC:17861-6"} == {
        (str(number), value) for number, value in calcium
    }
    labels = {one["assay"]["label"] for packet in packets.values() for one in packet["measurements"]}
    assert not any("Mg" in label for label in labels)


def test_of_rows_from_files_the_row_is_the_evidence(tmp_path: Path) -> None:
    folder = brought_in(
        tmp_path / "own",
        "",
        {"cases.csv": "case_id,age\n1,31\n", "visits.csv": "case_id,month,vas,calcium\n1,0,9,8.9\n"},
        VersionMetadata("Ada", "typed in", synthetic=True),
    )
    with closing(open_registry(folder)) as own:
        packet = json.loads(unzipped(phenopackets(own))["patient-1.json"])
    assert len(packet["measurements"]) == 2
    assert all(one["description"].startswith("Baseline; visits.csv, row 2, ") for one in packet["measurements"])
    assert packet["metaData"]["externalReferences"][0]["description"] == "Synthetic data: none of these patients exist."
