"""What a bundle says of itself to a person: what lies in it, how to read it, and under which terms."""

from dataclasses import replace

from plro_core.export.documents import markdown_text
from plro_core.problems import RegistryProblem
from plro_core.series.documents import HOME, Bound, Licence
from plro_core.store import SHIPPED, Manifest, Registry
from plro_core.tables.notes import reference_note
from plro_core.tables.ranges import flag_notes
from plro_core.text import patients

_README = """\
# {title}

Version {version} of a registry of pregnancy- and lactation-related osteoporosis ({patients}).
{warning}
- Source: {source}
- Author: {author}
- Made: {time}
- Note: {note}

| file | what it is |
|---|---|
| `data/*.csv` | the tables: UTF-8, RFC 4180 (commas, CRLF), missing cells empty, numbers with the digits that name them exactly |
| `parquet/*.parquet` | the same tables as the registry stores them, byte for byte |
| `manifest.json` | what the version says of itself, with rows and sha256 of each file |
| `variables.toml` | what the registry declares beyond the standard words, if it does |
| `datapackage.json` | the CSV files described after the Data Package standard, with a Table Schema each |
| `dictionary.md`, `dictionary.csv` | every column with its meaning, unit, ranges and levels |
| `redcap_dictionary.csv` | the same as a data dictionary that a REDCap project can take up |
| `LB.csv` | laboratory values in the shape of CDISC SDTM's domain LB |
| `checksums.txt` | sha256 of every other file: `sha256sum -c checksums.txt` |
| `LICENCE.txt` | terms of use |

{spreadsheets}

**`LB.csv` has the shape, not the terminology.** Test codes are the registry's own names. `LBNRIND` is computed from the
reference range in `LBORNRLO` and `LBORNRHI`, empty without one; `PRINTFL` is the flag that came with the value (H or L), and is
another thing. `LBSTRESN` is the stored number, unconverted. `VISITNUM` is the planned month; visits between the planned
ones are in the tables, not here. `UNITNOTE` says what is uncertain about a unit.
{analytes}
{notes}

**To publish it again**, `python -m plro_core import` takes the whole file. The tables are checked against their
checksums, against each other and against the schema.{own}{documents}{facts}
"""

_FOR_MACHINES = """\
**The CSV files are for machines.** Text stands in them exactly as stored, so that it can be read back: nothing keeps a
spreadsheet from taking a text that begins with `=` for a formula, or a code for a date. To look at the data in a
spreadsheet, use the dashboard's downloads."""

_GUARDED = """\
**The CSV files are guarded.** A text that a spreadsheet would take for a formula has a quote (`'`) before it, one that begins
with such a guarded text has one more; `import` knows that. The Parquet files hold the texts as they are stored. Nothing
keeps a spreadsheet from taking a code for a date."""

_OWN = """
Put `variables.toml` into the folder of the registry first: the tables hold words that it declares."""

_DOCUMENTS = """
Put the folder `series` into the folder of the registry too: it holds what documents print, say and claim of these patients.
Nothing of it is taken in unseen."""

_SYNTHETIC = "Synthetic data: none of these patients exist.\n\n"
_NONE_STATED = "No licence stated: ask the registry's owner.\n"


def readme(registry: Registry, has_own: bool, has_documents: bool = False, guarded: bool = False) -> str:
    """The page that a person reads first."""
    manifest, vocabulary = registry.manifest, registry.vocabulary
    notes = (*reference_note(registry, vocabulary.labs), *flag_notes(registry))
    told = {name: markdown_text(getattr(manifest, name)) for name in ("title", "version", "author", "time")}
    told |= {name: markdown_text(getattr(manifest, name)) or "not stated" for name in ("source", "note")}
    return _README.format(
        **told,
        spreadsheets=_GUARDED if guarded else _FOR_MACHINES,
        patients=patients(registry.patients),
        warning="\n**Synthetic data: none of these patients exist.**\n" if manifest.synthetic else "",
        analytes="\n".join(
            f"- {markdown_text(lab.label)}: {markdown_text(lab.note)}" for lab in vocabulary.labs if lab.note
        ),
        facts="".join(map(_facts, registry.documents)),
        notes="\n".join(f"- {markdown_text(note)}" for note in notes),
        own=_OWN if has_own else "",
        documents=_DOCUMENTS if has_documents else "",
    )


def _facts(bound: Bound) -> str:
    """What a document states of its patients as a whole."""
    lines = [
        f"- {markdown_text(fact.name)}: {markdown_text(fact.value)} (“{markdown_text(fact.words)}”, {markdown_text(fact.place)})"
        for fact in bound.document.facts
    ]
    whose = f"\n\n**{markdown_text(bound.document.short)} states of all its {patients(len(bound.patients))}**, in no table:\n"
    return f"{whose}{chr(10).join(lines)}\n" if lines else ""


def licence(registry: Registry) -> str:
    """The terms of use, as far as anybody stated them."""
    if stated := _stated(registry):
        return stated.text
    manifest = registry.manifest
    return (_SYNTHETIC if manifest.synthetic else "") + _NONE_STATED


def licences(registry: Registry) -> list[dict[str, str]]:
    """The same for a descriptor: empty if no terms are stated, or none that have a name."""
    stated = _stated(registry)
    if stated is None or not stated.name:
        return []
    return [{"name": stated.name, "title": stated.title or stated.name, "path": "LICENCE.txt"}]


def _stated(registry: Registry) -> Licence | None:
    """The terms that the document states which all patients are of.

    Those of the document that comes with the program are for the program's own versions: of another one that has its
    patients, terms are not ours to state.
    """
    document = registry.document
    if document is None or document.folder is None:
        return None
    own = document.folder.parent == registry.folder / HOME
    return document.licence if own or _is_published(registry.manifest) else None


def _is_published(manifest: Manifest) -> bool:
    """Whether a version is one that comes with the program; in another folder it need not follow the same one."""
    try:
        known = Manifest.read(SHIPPED / "versions" / manifest.version / "manifest.json")
        return replace(known, parent=None) == replace(manifest, parent=None)
    except RegistryProblem:
        return False
