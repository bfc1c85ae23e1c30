"""A GA4GH phenopacket (version 2) for each patient: what is surely a term of the Human Phenotype Ontology, and measurements.

A symptom or fracture is named only where the registry's own word and the term say the same; a T-score is a measurement and
makes nobody osteoporotic here, and a laboratory value no "hypo-" or "hyper-". Each has the cell that it was read from as its
evidence.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from plro_core.bundle import zipped
from plro_core.deposit.about import SYNTHETIC, about
from plro_core.store import Registry
from plro_core.text import visit_name
from plro_core.vocabulary import Variable

Part = dict[str, Any]
#: Table, key and column of a cell -> where it was read, and its words there.
Cells = Mapping[tuple[str, str, str], tuple[str, str]]

_README = """\
One phenopacket (GA4GH, version 2) for each patient.

- A finding stands here only where the registry's own word and the term of the Human Phenotype Ontology say the same. What is
  not here was not necessarily absent.
- The sex is female by the definition of the disease; no cell records it. No date is stored anywhere: when something was
  measured stands in its description.
- Evidence names the cell of the registry, and where that was read, with its words there.
{warning}"""

#: In place of a column: any cell of the row.
_ROW = ""

#: Word of the registry -> the term that says the same.
SYMPTOMS = {
    "back": ("HP:0003418", "Back pain"),
    "low_back": ("HP:0003419", "Low back pain"),
    "hip": ("HP:0030838", "Hip pain"),
    "difficulty_walking": ("HP:0002355", "Difficulty walking"),
}
_COMPRESSION = ("HP:0002953", "Vertebral compression fracture")
_SIDES = {"left": ("HP:0012835", "Left"), "right": ("HP:0012834", "Right"), "bilateral": ("HP:0012832", "Bilateral")}
_EVIDENCE = {"id": "ECO:0000033", "label": "author statement supported by traceable reference"}
_TAXON = {"id": "NCBITaxon:9606", "label": "Homo sapiens"}
_RESOURCES = (
    ("hp", "Human Phenotype Ontology", "http://purl.obolibrary.org/obo/hp.owl", "HP", "http://purl.obolibrary.org/obo/HP_"),
    ("eco", "Evidence and Conclusion Ontology", "http://purl.obolibrary.org/obo/eco.owl", "ECO", "http://purl.obolibrary.org/obo/ECO_"),
    ("loinc", "Logical Observation Identifiers Names and Codes", "https://loinc.org", "LOINC", "https://loinc.org/"),
    ("ucum", "Unified Code for Units of Measure", "https://ucum.org", "UCUM", "https://ucum.org/"),
    ("ncbitaxon", "NCBI organismal classification", "http://purl.obolibrary.org/obo/ncbitaxon.owl", "NCBITaxon", "http://purl.obolibrary.org/obo/NCBITaxon_"),
)  # fmt: skip
#: Units of the registry as UCUM writes them, if it writes them otherwise.
_UCUM = {"g/cm2": "g/cm2", "µg/L": "ug/L", "years": "a"}


def phenopackets(registry: Registry) -> bytes:
    """A zip with one JSON file a patient, and what is to be known of them."""
    warning = f"- {SYNTHETIC}\n" if registry.manifest.synthetic else ""
    files = {f"{name}.json": _json(packet) for name, packet in packets(registry)}
    return zipped(files | {"README.txt": _README.format(warning=warning).encode()})


def packets(registry: Registry) -> Iterator[tuple[str, Part]]:
    """Name and phenopacket of each patient, in the order of their numbers."""
    cells = _cells(registry)
    features, measured = _features(registry, cells), _measurements(registry, cells)
    data = _metadata(registry)
    for (case_id,) in registry.rows("SELECT case_id FROM cases ORDER BY case_id"):
        packet: Part = {
            "id": f"plro-{registry.version}-{case_id}",
            "subject": {"id": str(case_id), "sex": "FEMALE", "taxonomy": _TAXON},
            "phenotypicFeatures": features[case_id],
            "measurements": measured[case_id],
            "metaData": data,
        }
        yield f"patient-{case_id}", {name: part for name, part in packet.items() if part != []}


def _json(packet: Part) -> bytes:
    return json.dumps(packet, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _term(term: tuple[str, str]) -> Part:
    return {"id": term[0], "label": term[1]}


def _cells(registry: Registry) -> Cells:
    lines = registry.rows('SELECT "table", key, "column", source, verbatim FROM provenance ORDER BY source')
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for table, key, column, source, verbatim in lines:
        found.setdefault((table, key, column), (source, verbatim or ""))
        found.setdefault((table, key, _ROW), (source, ""))
    return found


def _metadata(registry: Registry) -> Part:
    told = about(registry)
    references = [{"id": f"DOI:{doi}", "description": citation} for _, citation, doi in told.papers if doi] + (
        [{"id": f"PLRO:{told.version}", "description": SYNTHETIC}] if told.synthetic else []
    )
    data: Part = {
        "created": registry.manifest.time if registry.manifest.time.endswith("Z") else f"{told.day}T00:00:00Z",
        "createdBy": told.author,
        "resources": [
            {"id": id, "name": name, "url": url, "version": "current", "namespacePrefix": prefix, "iriPrefix": iri}
            for id, name, url, prefix, iri in _RESOURCES
        ],
        "phenopacketSchemaVersion": "2.0",
    }
    return data | ({"externalReferences": references} if references else {})


# What was found


def _features(registry: Registry, cells: Cells) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = defaultdict(list)
    for case_id, symptom, side in registry.rows("SELECT case_id, symptom, side FROM symptoms ORDER BY ALL"):
        if symptom in SYMPTOMS:
            told = _feature(SYMPTOMS[symptom], registry, cells, ("symptoms", f"{case_id}/{symptom}", "symptom"))
            found[case_id].append(told | ({"modifiers": [_term(_SIDES[side])]} if side in _SIDES else {}))
    for case_id, level, kind in registry.rows("SELECT case_id, level, type FROM fractures ORDER BY ALL"):
        if kind == "compression":
            told = _feature(_COMPRESSION, registry, cells, ("fractures", f"{case_id}/{level}", "level"))
            found[case_id].append(told | {"description": f"level {level}"})
    return found


def _feature(term: tuple[str, str], registry: Registry, cells: Cells, cell: tuple[str, str, str]) -> Part:
    return {"type": _term(term), "evidence": [_evidence(registry, cells, cell)]}


def _evidence(registry: Registry, cells: Cells, cell: tuple[str, str, str]) -> Part:
    """The cell of the registry, and where it was read from, in its words there."""
    words = _read_from(cells, *cell)
    reference = {"id": f"PLRO:{registry.version}/{'/'.join(cell)}"} | ({"description": words} if words else {})
    return {"evidenceCode": _EVIDENCE, "reference": reference}


def _read_from(cells: Cells, table: str, key: str, column: str) -> str:
    """Where a cell was read, with its words there; of one that is not told itself, where its row was."""
    source, verbatim = cells.get((table, key, column)) or cells.get((table, key, _ROW), ("", ""))
    return f"{source}: “{verbatim}”" if verbatim else source


# What was measured


def _measurements(registry: Registry, cells: Cells) -> dict[int, list[Part]]:
    """Everything with a LOINC code whose meaning is certain, at baseline and at each visit."""
    found: dict[int, list[Part]] = defaultdict(list)
    words = registry.vocabulary
    once = [entry for entry in words.columns("cases") if _is_measured(entry)]
    visits = [entry for entry in words.columns("visits") if _is_measured(entry)]
    for case_id, *values in _rows(registry, "cases", ("case_id",), once):
        for entry, value in zip(once, values, strict=True):
            if value is not None:
                found[case_id].append(_measurement(registry, cells, entry, value, f"{case_id}", ""))
    for case_id, month, *values in _rows(registry, "visits", ("case_id", "month"), visits):
        for entry, value in zip(visits, values, strict=True):
            if value is not None:
                told = _measurement(registry, cells, entry, value, f"{case_id}/{month}", visit_name(month))
                found[case_id].append(told)
    return found


def _rows(
    registry: Registry, table: str, keys: tuple[str, ...], entries: Iterable[Variable]
) -> Iterable[tuple[Any, ...]]:
    names = ", ".join((*keys, *(f'"{entry.name}"' for entry in entries)))
    return registry.rows(f"SELECT {names} FROM {table} ORDER BY {', '.join(keys)}")


def _is_measured(entry: Variable) -> bool:
    return bool(entry.is_number and entry.loinc and not entry.uncertain)


def _measurement(registry: Registry, cells: Cells, entry: Variable, value: float, key: str, visit: str) -> Part:
    """One value; when it was taken is told in words, because the registry knows no dates."""
    unit = {"id": f"UCUM:{_UCUM.get(entry.unit, entry.unit) or '1'}", "label": entry.unit or entry.scale or "score"}
    quantity: Part = {"unit": unit, "value": value}
    if (known := entry.reference) and known.low is not None and known.high is not None:
        quantity["referenceRange"] = {"unit": unit, "low": known.low, "high": known.high}
    told: Part = {"assay": {"id": f"LOINC:{entry.loinc}", "label": entry.label}, "value": {"quantity": quantity}}
    parts = (visit, "unit assumed" if entry.assumed_unit else "", _read_from(cells, entry.table, key, entry.name))
    notes = [part for part in parts if part]
    return ({"description": "; ".join(notes)} if notes else {}) | told
