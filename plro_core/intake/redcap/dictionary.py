"""A REDCap data dictionary as it is downloaded from a project: one row a field, 18 columns."""

import re
from dataclasses import dataclass

from plro_core.intake.model import Finding, Place, Sheet
from plro_core.intake.redcap.names import slug, written
from plro_core.vocabulary import Variable

HEADINGS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)

#: The same columns as REDCap's programming interface names them.
_API = (
    "field_name",
    "form_name",
    "section_header",
    "field_type",
    "field_label",
    "select_choices_or_calculations",
    "field_note",
    "text_validation_type_or_show_slider_number",
    "text_validation_min",
    "text_validation_max",
    "identifier",
    "branching_logic",
    "required_field",
    "custom_alignment",
    "question_number",
    "matrix_group_name",
    "matrix_ranking",
    "field_annotation",
)

_PARTS = {slug(heading): part for heading, part in zip(HEADINGS, _API, strict=True)} | {part: part for part in _API}
_NEEDED = {"field_name", "form_name", "field_type", "field_label"}

#: What the lists of a project's arms, events, forms in events and repeating forms have.
_OF_SETUP = (
    {"arm_num", "name"},
    {"event_name", "arm_num"},
    {"arm_num", "unique_event_name", "form"},
    {"event_name", "form_name"},
)

TYPES = (
    "text",
    "notes",
    "radio",
    "dropdown",
    "checkbox",
    "yesno",
    "truefalse",
    "calc",
    "slider",
    "file",
    "descriptive",
    "sql",
)
WITH_CHOICES = ("radio", "dropdown", "checkbox")

_FIXED_CHOICES = {
    "yesno": (("1", "Yes"), ("0", "No")),
    "truefalse": (("1", "True"), ("0", "False")),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MARKUP = re.compile(r"</?[A-Za-z][^>]*>")
_AMOUNT = r"(?:[mµμunpk]|mc)?(?:g|mol|kat|IU|U|Eq)"
_UNIT = re.compile(rf"(?<![\w/]){_AMOUNT}/(?:[mdµμ]?L|kg|g|day|d|24 ?h|cm2|cm²)(?![\w/])", re.IGNORECASE)
_UNIT_WORD = re.compile(r"(?<![\w/])(years?|months?|weeks?|days?|kg|g|lbs?|pounds|cm|mm|IU)(?![\w/])")
_SCALE = re.compile(r"\d+\s*(?:-|–|to)\s*\d+")
_STATED = re.compile(r"\bunits?\s*[:=]\s*([^\s,;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Field:
    """One field of a REDCap project. ``choices`` are (code, label) in the order of the form; ``place`` is its name's cell."""

    name: str
    form: str
    type: str
    label: str
    choices: tuple[tuple[str, str], ...]
    note: str
    validation: str
    low: str
    high: str
    identifier: bool
    annotation: str
    place: Place

    @property
    def is_date(self) -> bool:
        return self.validation.startswith(("date", "time"))

    @property
    def decimal(self) -> str:
        """The decimal sign of its numbers; empty where the field does not tell one."""
        if self.type == "text" and self.validation.startswith("number"):
            return "," if "comma" in self.validation else "."
        return "." if self.type in ("calc", "slider") else ""

    @property
    def unit(self) -> str:
        """The unit that the field's note, annotation or label (in brackets) tells; empty where none does."""
        in_brackets = " ".join(re.findall(r"[(\[]([^)\]]*)[)\]]", self.label))
        for text in (self.note, self.annotation, in_brackets):
            stated = _STATED.search(text)
            if stated:
                return stated[1]
            found = _UNIT.search(text) or _UNIT_WORD.search(text)
            if found:
                return found[0]
        return ""

    def contradicts_unit(self, entry: Variable) -> bool:
        """Whether the field's unit is told, and is not the variable's: nothing is ever converted."""
        ours = entry.unit or entry.scale
        words = {_folded_unit(word) for word in (ours, *ours.split())}
        return bool(self.unit and ours and _folded_unit(self.unit) not in words)


def is_dictionary(sheet: Sheet) -> bool:
    """Whether a sheet is a REDCap data dictionary, by its headings."""
    return {_PARTS.get(slug(head)) for head in sheet.head} >= _NEEDED


def is_setup(sheet: Sheet) -> bool:
    """Whether a sheet is one of the lists by which REDCap sets a project up: its arms, its events, the forms in them."""
    heads = {head.strip() for head in sheet.head}
    return any(heads >= needed for needed in _OF_SETUP)


def read_dictionary(sheet: Sheet) -> tuple[dict[str, Field], list[Finding]]:
    """The fields of a data dictionary by name, in its order, and what in it cannot be read."""
    columns = {_PARTS[slug(head)]: index for index, head in enumerate(sheet.head) if slug(head) in _PARTS}
    fields: dict[str, Field] = {}
    findings: list[Finding] = []
    if lacking := sorted(_NEEDED - set(columns)):
        text = f"not a data dictionary: it has no column {', '.join(lacking)}."
        return {}, [Finding(sheet.file, sheet.name, rule="dictionary", message=text)]
    for number, cells in sheet.rows:
        parts = {part: written(cells[index]) for part, index in columns.items()}
        if not any(parts.values()):
            continue
        field = _field(parts, sheet.placed(number, cells, columns["field_name"]).place)
        found = _problems(field, parts)
        if field.name in fields:
            found.append(_finding(field, f"the field is given twice; the first is in {fields[field.name].place.cell}."))
        elif field.name:
            fields[field.name] = field
        findings += found
    return fields, findings


def plain(text: str) -> str:
    """A label without mark-up and doubled spaces: forms may be written in HTML."""
    return " ".join(_MARKUP.sub(" ", text).split())


def is_unit(text: str) -> bool:
    """Whether words such as those in a label's brackets are a unit, or the two ends of a scale."""
    plain = text.strip()
    told = (_UNIT.fullmatch(plain), _UNIT_WORD.fullmatch(plain), _STATED.fullmatch(plain), _SCALE.fullmatch(plain))
    return not plain or any(told)


def _folded_unit(unit: str) -> str:
    """A unit for comparison: one micro sign, no spaces, small letters, no plural, ``IU/L`` as ``U/L``."""
    folded = unit.lower().replace(" ", "").replace("μ", "µ").replace("mcg", "µg").replace("iu/", "u/")
    return folded.removesuffix("s")


def _field(parts: dict[str, str], place: Place) -> Field:
    kind = parts["field_type"].lower()
    choices = _choices(parts.get("select_choices_or_calculations", "")) if kind in WITH_CHOICES else ()
    return Field(
        name=parts["field_name"],
        form=parts["form_name"],
        type=kind,
        label=plain(parts["field_label"]),
        choices=_FIXED_CHOICES.get(kind, choices),
        note=plain(parts.get("field_note", "")),
        validation=parts.get("text_validation_type_or_show_slider_number", "").lower(),
        low=parts.get("text_validation_min", ""),
        high=parts.get("text_validation_max", ""),
        identifier=parts.get("identifier", "").lower() in ("y", "yes", "1"),
        annotation=parts.get("field_annotation", ""),
        place=place,
    )


def _choices(text: str) -> tuple[tuple[str, str], ...]:
    """``1, Yes | 2, No`` as pairs; the label may hold commas of its own."""
    pairs = (part.partition(",") for part in re.split(r"[|\n]", text) if part.strip())
    return tuple((code.strip(), plain(label)) for code, comma, label in pairs if comma and code.strip())


def _problems(field: Field, parts: dict[str, str]) -> list[Finding]:
    found = []
    if not _NAME.fullmatch(field.name):
        found.append(_finding(field, "expected a field name of small letters, digits and underscores."))
    if field.type not in TYPES:
        text = f"the field type “{field.type}” is not known; expected one of {', '.join(TYPES)}."
        found.append(_finding(field, text, warning=True))
    if field.type in WITH_CHOICES:
        found += _choice_problems(field, parts.get("select_choices_or_calculations", ""))
    if field.validation.startswith(("integer", "number")):
        found += [
            _finding(field, f"“{end}” is not a number; expected the least or greatest value.", warning=True)
            for end in (field.low, field.high)
            if end and not _is_limit(end)
        ]
    return found


def _choice_problems(field: Field, text: str) -> list[Finding]:
    parts = [part for part in re.split(r"[|\n]", text) if part.strip()]
    codes = [code for code, _ in field.choices]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    found = []
    if not parts or len(parts) > len(codes):
        found.append(_finding(field, "the choices cannot be read; expected them as “1, Label | 2, Label”."))
    if twice:
        found.append(_finding(field, f"the choices give {', '.join(twice)} twice; expected each code once."))
    return found


def _is_limit(text: str) -> bool:
    """A number, or a reference to another field such as ``[age]``."""
    return bool(re.fullmatch(r"-?\d+([.,]\d+)?|\[.+\]", text))


def _finding(field: Field, text: str, warning: bool = False) -> Finding:
    return Finding.at(field.place, field.name, "dictionary", text, "warning" if warning else "error")
