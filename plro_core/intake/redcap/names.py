"""How things are named in REDCap and in the registry, and the shape of the tables that hold patients."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

from plro_core.intake.model import Raw
from plro_core.vocabulary import RegistryTable, Variable, Vocabulary

PATIENT = "case_id"
MONTH = "month"
SOURCE_ID = "source_id"

#: What REDCap writes beside the fields of a project: a field of that name could not be told from its own columns.
_REDCAPS_OWN = re.compile(r"redcap_.*|.*_complete|.*___.*")
_WRITTEN_BACK = re.compile(r"(?<=\d)[.,]0\Z")
_ARM_END = re.compile(r"_(arm_\d+)[a-z]?\Z")
_ARM_LABEL = re.compile(r"\(arm \d+:\s*([^()]+?)\s*\)\Z", re.IGNORECASE)
_ARM = re.compile(r"(.*?)\s*\(arm (\d+)\b.*\)", re.IGNORECASE | re.DOTALL)


def slug(text: str) -> str:
    """Small letters, digits and single underscores: how two names are compared."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def written(raw: Raw) -> str:
    """A cell as text, whether its file held text, a number, a truth value or a date; empty where it held nothing."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return str(int(raw))
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).strip()


def plain_code(text: str) -> str:
    """A code as REDCap writes it: a program that reads whole numbers with gaps writes 1 back as ``1.0``."""
    return _WRITTEN_BACK.sub("", text)


def arm_of(event: str) -> str:
    """The arm in an event's unique name, such as ``arm_2``."""
    found = _ARM_END.search(event)
    return found[1] if found else ""


def arms_of(events: Iterable[str]) -> dict[str, str]:
    """The arms that events are of (``arm_2``), each with what it is called where the events are labels."""
    found: dict[str, str] = {}
    for event in events:
        arm, label = arm_of(event) or arm_of(event_name(event)), _ARM_LABEL.search(event)
        found[arm] = label[1] if label else found.get(arm, "")
    return found


def box_name(field: str, code: str) -> str:
    """The column that REDCap exports for one choice of a checkbox field; other signs than letters become underscores."""
    return f"{field}___{re.sub(r'[^a-z0-9]', '_', code.lower())}"


def event_name(label: str) -> str:
    """REDCap's unique name of an event from its label: ``Month 1 (Arm 2: Brace)`` is ``month_1_arm_2``."""
    arm = _ARM.fullmatch(label.strip())
    words, number = (arm[1], arm[2]) if arm else (label, "1")
    plain = re.sub(r"[^a-z0-9_ ]", "", words.strip().lower())
    return f"{plain[:18].strip().replace(' ', '_').strip('_')}_arm_{number}"


def patient_tables(words: Vocabulary) -> tuple[RegistryTable, ...]:
    """The tables whose rows belong to patients."""
    return tuple(table for table in words.tables if PATIENT in column_names(words, table.name))


def table_named(words: Vocabulary, name: str) -> RegistryTable | None:
    """The table of that name, if its rows belong to patients."""
    return next((t for t in words.tables if t.name == name and PATIENT in column_names(words, name)), None)


def column_names(words: Vocabulary, table: str) -> tuple[str, ...]:
    return tuple(entry.name for entry in words.columns(table))


def column_named(words: Vocabulary, table: str, name: str) -> Variable | None:
    return next((entry for entry in words.columns(table) if entry.name == name), None)


def one_per_patient(table: RegistryTable) -> bool:
    return table.key == (PATIENT,)


def one_per_visit(table: RegistryTable) -> bool:
    return table.key == (PATIENT, MONTH)


def has_month(words: Vocabulary, table: str) -> bool:
    return MONTH in column_names(words, table)


def is_fact(table: RegistryTable) -> bool:
    """Whether a patient may have several rows of this table at one time."""
    return not (one_per_patient(table) or one_per_visit(table))


def content(words: Vocabulary, table: str) -> tuple[Variable, ...]:
    """The variables of a table that are recorded: neither the patient nor the visit, which the row itself tells."""
    return tuple(entry for entry in words.columns(table) if entry.name not in (PATIENT, MONTH))


def field_name(words: Vocabulary, entry: Variable) -> str:
    """The REDCap field that holds a variable in this registry's own project: unique across all tables.

    A name alone never begins like a table's, so that it is not the one of another variable with its table before it. A
    variable that is called like one of REDCap's own columns gets another name, which ends in a checksum of its own.
    """
    if _REDCAPS_OWN.fullmatch(entry.name):
        checksum = sha256(entry.name.encode()).hexdigest()[:6]
        return f"{entry.table}_{re.sub('_{3,}', '_', entry.name)}_{checksum}"
    table, tables = table_named(words, entry.table), patient_tables(words)
    shared = sum(entry.name in column_names(words, other.name) for other in tables) > 1
    like_a_table = any(entry.name.startswith(f"{other.name}_") for other in tables)
    return f"{entry.table}_{entry.name}" if shared or like_a_table or (table and is_fact(table)) else entry.name


def own_names(words: Vocabulary) -> frozenset[str]:
    """What the columns of the registry are called: where a file has one of these it is no sign of REDCap."""
    return frozenset(entry.name for entry in words.variables)


def allowed(entry: Variable) -> tuple[str, ...]:
    """What a cell of a variable with levels may say in the registry's own templates; empty where anything goes."""
    if entry.kind == "boolean":
        return ("yes", "no")
    return tuple(level.code for level in entry.levels) if entry.kind == "category" else ()
