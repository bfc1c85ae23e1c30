"""The words that every registry has: its tables, and every clinical variable in them."""

from collections.abc import Iterable

from plro_core.text import number
from plro_core.vocabulary.model import Jump, Kind, Level, Range, RegistryTable, Variable
from plro_core.vocabulary.ranges import published, with_published
from plro_core.vocabulary.thresholds import SEVERITY, WHO_LOWER, WHO_UPPER, sources

TABLES = (
    RegistryTable("cases", "Cases", "one patient", ("case_id",)),
    RegistryTable("visits", "Visits", "one visit of one patient", ("case_id", "month")),
    RegistryTable("symptoms", "Symptoms", "one symptom of one patient at presentation", ("case_id", "symptom")),
    RegistryTable(
        "treatments",
        "Treatments",
        "one intervention given to one patient",
        ("case_id", "kind", "agent"),
        apart=("start",),
    ),
    RegistryTable("fractures", "Fractures", "one fracture of one patient", ("case_id", "level")),
    RegistryTable("imaging", "Imaging", "one imaging finding of one patient", ("case_id", "site", "finding")),
    RegistryTable(
        "printed",
        "Cells of documents",
        "one cell of a document's table",
        ("document", "row", "column"),
        apart=("series",),
    ),
    RegistryTable("claims", "Claims", "one statement of a document", ("id",)),
    RegistryTable(
        "relations",
        "Relations of claims",
        "one relation between two statements of a document",
        ("first", "second"),
        optional=True,
    ),
    RegistryTable("provenance", "Provenance", "the origin of one stored cell", ("table", "key", "column", "source")),
)

#: How sure it is that a cell is what its source states.
STATUS_LEVELS = (
    Level("printed", "as stated"),
    Level("parsed", "parsed from text"),
    Level("inferred", "inferred"),
    Level("assumed", "assumed"),
    Level("conflict", "in conflict"),
)

#: How one statement of a document stands to another.
RELATION_LEVELS = (
    Level("contradicts", "contradicts"),
    Level("follows", "follows from"),
    Level("repeats", "says the same as"),
    Level("completes", "says more than"),
    Level("qualifies", "makes uncertain"),
    Level("shares", "is true of the same patients as"),
)

#: Tables that tell of sources and statements rather than of patients.
NOT_CLINICAL = ("printed", "claims", "relations", "provenance")

#: The sections of the filter panel, in order; those that a registry adds follow.
SECTIONS = (
    "Risk factors",
    "Treatment",
    "Symptoms and fractures",
    "Age, time and pain",
    "Bone density",
    "Which visits",
)
YES_NO = (Level("yes", "yes"), Level("no", "no"))
MONTHS = (0, 1, 3, 6)


def month_levels(months: Iterable[int]) -> tuple[Level, ...]:
    """The visits at these months as levels."""
    return tuple(Level(str(month), "baseline" if month == 0 else f"month {month}") for month in months)


#: Of the spine, only those from T1 on are standard levels of a fracture.
CERVICAL = tuple(f"C{number}" for number in range(1, 8))
THORACIC = tuple(f"T{number}" for number in range(1, 13))
LUMBAR = tuple(f"L{number}" for number in range(1, 6))
VERTEBRAE = THORACIC + LUMBAR

T_SCORE_NOTE = (
    f"T-score as reported; the WHO lines at {number(WHO_UPPER.bound, 1)} and {number(WHO_LOWER.bound, 1)} are for orientation only. ISCD recommends Z-scores before "
    "menopause. L1-L4 and L2-L4 overlap: they are never averaged and never count as two pieces of evidence."
)
_SERUM_MAGNESIUM = published()["serum_magnesium"][0]
MG_NOTE = (
    '"Mg" as the source heads it; analyte uncertain. Values near 4 mg/dL are not serum magnesium '
    f"({_SERUM_MAGNESIUM.words}, {_SERUM_MAGNESIUM.by}). "
    "So no reference band, no computed flag and no SI conversion; serum magnesium is a variable of its own."
)
VITAMIN_D_NOTE = "25-hydroxyvitamin D. LOINC 1989-3 is 25(OH)D3; 62292-8 would be total D2 + D3."


def yes_no(
    group: str,
    name: str,
    label: str,
    noun: str,
    note: str = "",
    panel: str = "",
    place: int = 0,
    confounder: int = 0,
) -> Variable:
    return Variable(
        name,
        label,
        "cases",
        "boolean",
        group,
        levels=YES_NO,
        noun=noun,
        note=note,
        filterable=True,
        summarised=True,
        panel=panel,
        place=place,
        confounder=confounder,
        trait="yes" if confounder else "",
    )


def _t_score(
    name: str, label: str, loinc: str, short: str, measures: tuple[str, ...] = (), confounder: int = 0
) -> Variable:
    return Variable(
        name,
        label,
        "cases",
        "number",
        "Bone density",
        loinc=loinc,
        plausible=Range(-8.0, 6.0, "wide guard against typing errors"),
        decimals=1,
        note=T_SCORE_NOTE,
        filterable=True,
        summarised=True,
        short=short,
        score="T",
        measures=measures,
        panel="Bone density",
        confounder=confounder,
    )


CASES = (
    Variable(
        "case_id",
        "Patient",
        "cases",
        "identifier",
        "Identifiers",
        required=True,
        plausible=Range(1, 999_999_999),
        note="The number that the source gives the patient.",
    ),
    Variable(
        "age",
        "Age",
        "cases",
        "integer",
        "Demographics",
        unit="years",
        plausible=Range(12, 60, "reproductive age, widened"),
        note="At diagnosis.",
        filterable=True,
        summarised=True,
        panel="Age, time and pain",
        place=0,
    ),
    Variable(
        "weeks_postpartum",
        "Time of diagnosis",
        "cases",
        "integer",
        "Demographics",
        unit="weeks postpartum",
        plausible=Range(0, 104, "two years from delivery"),
        noun="diagnosis",
        joint=" at",
        note="From delivery to diagnosis; when symptoms began is another time.",
        filterable=True,
        summarised=True,
        panel="Age, time and pain",
        place=1,
    ),
    yes_no(
        "Risk factors",
        "smoking",
        "Smoking",
        "smoking",
        "History of smoking.",
        panel="Risk factors",
        confounder=1,
    ),
    yes_no(
        "Risk factors",
        "twin_pregnancy",
        "Twin pregnancy",
        "twin pregnancy",
        panel="Risk factors",
        place=1,
    ),
    Variable(
        "weight_gain_kg",
        "Weight gain in pregnancy",
        "cases",
        "number",
        "Risk factors",
        unit="kg",
        plausible=Range(-30, 80, "wide guard against typing errors"),
        decimals=0,
        filterable=True,
        summarised=True,
        panel="Risk factors",
        place=2,
    ),
    Variable(
        "breastfeeding",
        "Breastfeeding after diagnosis",
        "cases",
        "category",
        "Treatment",
        levels=(
            Level("stopped", "stopped", ("discontinued", "ceased", "weaned")),
            Level("continued", "continued", ("kept on",)),
        ),
        noun="breastfeeding",
        filterable=True,
        summarised=True,
        panel="Treatment",
        place=0,
    ),
    yes_no(
        "Treatment",
        "bisphosphonate",
        "Bisphosphonate",
        "bisphosphonate",
        panel="Treatment",
        place=1,
        confounder=5,
    ),
    yes_no(
        "Treatment",
        "vertebroplasty",
        "Vertebroplasty",
        "vertebroplasty",
        panel="Treatment",
        place=2,
    ),
    yes_no(
        "Treatment",
        "brace",
        "Spinal brace",
        "spinal brace",
        panel="Treatment",
        place=3,
    ),
    _t_score("t_l1_l4", "L1-L4 T-score", "38267-1", "L1–L4", LUMBAR[:4], confounder=2),
    _t_score("t_l2_l4", "L2-L4 T-score", "38267-1", "L2–L4", LUMBAR[1:4]),
    _t_score("t_femoral_neck", "Femoral neck T-score", "38263-0", "Femoral neck"),
    Variable(
        "pain_control_months",
        "Stated time to pain control",
        "cases",
        "number",
        "Pain",
        unit="months",
        plausible=Range(0, 60),
        decimals=1,
        note="As the source states it; what counts as pain control is for the source to say.",
        summarised=True,
        outcome=True,
    ),
    Variable(
        "case_definition",
        "Documented fracture",
        "cases",
        "category",
        "Fractures",
        levels=(
            Level("vertebral_fracture", "vertebral fracture"),
            Level("other_fracture", "fracture elsewhere"),
            Level("none_documented", "none documented"),
        ),
        noun="documented fracture",
        joint=":",
        note="The strict definition of PLRO asks for a non-traumatic fracture, mostly vertebral, in late pregnancy or soon "
        "after delivery (Scioscia 2023). Not documented is not absent.",
        filterable=True,
        summarised=True,
        confounder=3,
        trait="vertebral_fracture",
        panel="Symptoms and fractures",
        place=1,
    ),
)

VAS = Variable(
    "vas",
    "Pain (VAS)",
    "visits",
    "integer",
    "Pain",
    scale="0-10",
    other_units=(("mm", 10.0),),
    loinc="38214-3",
    plausible=Range(0, 10, "the scale itself"),
    noun="VAS",
    jump=Jump("points", 7, fall=8),
    severity=tuple((int(step.bound), step.meaning) for step in SEVERITY),
    severity_source=sources(*SEVERITY),
    short="VAS",
    note="Visual analogue scale, 0 no pain to 10 worst pain.",
    filterable=True,
    summarised=True,
    panel="Age, time and pain",
    place=2,
    confounder=4,
)


def _placental() -> str:
    """What must be said of alkaline phosphatase after a delivery, with the range of late pregnancy."""
    late = next(known for known in published()["alp"] if known.name == "abbassi_third_trimester")
    return (
        f"Placental alkaline phosphatase lasts for weeks after delivery (third trimester {late.words}; {late.version}), so a "
        "value above the range need not come from bone."
    )


_LABS = (
    Variable(
        "calcium",
        "Calcium",
        "visits",
        "number",
        "Laboratory",
        unit="mg/dL",
        loinc="17861-6",
        plausible=Range(3, 20, "wide guard against typing errors"),
        decimals=1,
        note="Total serum calcium; not corrected for albumin.",
        filterable=True,
        jump=Jump("ratio", 1.5),
        summarised=True,
        si_unit="mmol/L",
        si_factor=0.2495,
    ),
    Variable(
        "magnesium",
        '"Mg" (analyte uncertain)',
        "visits",
        "number",
        "Laboratory",
        unit="mg/dL",
        plausible=Range(0.3, 15, "wide guard against typing errors"),
        decimals=1,
        noun='"Mg"',
        short='"Mg"',
        uncertain=True,
        note=MG_NOTE,
        filterable=True,
        jump=Jump("ratio", 2.0),
        summarised=True,
    ),
    Variable(
        "vitamin_d",
        "25(OH) vitamin D",
        "visits",
        "number",
        "Laboratory",
        unit="ng/mL",
        loinc="1989-3",
        plausible=Range(1, 200, "wide guard against typing errors"),
        decimals=1,
        noun="25(OH) vitamin D",
        short="Vit. D",
        note=VITAMIN_D_NOTE,
        mixed_decimals=True,
        filterable=True,
        jump=Jump("ratio", 5.0),
        summarised=True,
        si_unit="nmol/L",
        si_factor=2.496,
    ),
    Variable(
        "alp",
        "Alkaline phosphatase",
        "visits",
        "number",
        "Laboratory",
        unit="U/L",
        loinc="6768-6",
        plausible=Range(5, 2000, "wide guard against typing errors"),
        caveat=_placental(),
        short="ALP",
        filterable=True,
        jump=Jump("ratio", 4.0),
        summarised=True,
        si_unit="ukat/L",
        si_factor=1 / 60,
    ),
    Variable(
        "pth",
        "Parathyroid hormone",
        "visits",
        "number",
        "Laboratory",
        unit="pg/mL",
        loinc="2731-8",
        plausible=Range(0.5, 3000, "wide guard against typing errors"),
        decimals=1,
        note="Intact PTH.",
        short="PTH",
        mixed_decimals=True,
        filterable=True,
        jump=Jump("ratio", 5.0),
        summarised=True,
        si_unit="pmol/L",
        si_factor=0.1061,
    ),
)

#: Laboratory values, each with the reference ranges that are known for it.
LABS = tuple(map(with_published, _LABS))


def reported_flag(lab: Variable, optional: bool = False) -> Variable:
    """The flag that a laboratory reports with a value: never merged with a computed flag."""
    return Variable(
        f"{lab.name}_flag",
        f"{lab.label}, reported flag",
        "visits",
        "category",
        "Laboratory",
        levels=(Level("H", "high"), Level("L", "low")),
        note="The flag as reported; missing where none is reported. A flag computed from the reference range is another thing.",
        optional=optional,
    )


def column(table: str, name: str, label: str, kind: Kind = "text", **rest: object) -> Variable:
    group = next(entry.label for entry in TABLES if entry.name == table)
    return Variable(name, label, table, kind, group, **rest)  # type: ignore[arg-type]


_WHOSE = "The name of the document that prints it; missing where only one document prints a table of this title."


def patient_column(table: str) -> Variable:
    return column(table, "case_id", "Patient", "identifier", required=True, plausible=Range(1, 999_999_999))


VISITS = (
    patient_column("visits"),
    Variable(
        "month",
        "Visit",
        "visits",
        "integer",
        "Identifiers",
        unit="months from baseline",
        levels=month_levels(MONTHS),
        required=True,
        plausible=Range(0, 600),
        joint=" at",
        panel="Which visits",
        filterable=True,
        note="Baseline is month 0.",
    ),
    VAS,
    *(column for lab in LABS for column in (lab, reported_flag(lab))),
)

SYMPTOM_LEVELS = (
    Level("back", "back pain"),
    Level("low_back", "low back pain"),
    Level("hip", "hip pain"),
    Level("ankle", "ankle pain"),
    Level("inguinal", "inguinal pain"),
    Level("difficulty_walking", "difficulty in walking"),
    Level("limited_ankle_motion", "limited ankle motion"),
)
SIDE_LEVELS = (Level("left", "left"), Level("right", "right"), Level("bilateral", "bilateral"))
FRACTURE_LEVELS = (*(Level(code, code) for code in VERTEBRAE), Level("talus", "talus"))

FACTS = (
    patient_column("symptoms"),
    Variable(
        "symptom",
        "Symptom site",
        "symptoms",
        "category",
        "Symptoms",
        levels=SYMPTOM_LEVELS,
        noun="symptom",
        joint=":",
        panel="Symptoms and fractures",
        required=True,
        many=True,
        filterable=True,
        summarised=True,
        note="A patient may have several.",
    ),
    column("symptoms", "side", "Side", "category", levels=SIDE_LEVELS),
    patient_column("treatments"),
    column(
        "treatments",
        "kind",
        "Kind of intervention",
        "category",
        required=True,
        levels=(
            Level("breastfeeding", "breastfeeding advice"),
            Level("supplement", "supplement"),
            Level("analgesic", "analgesic"),
            Level("bone_active", "bone-active drug"),
            Level("procedure", "procedure"),
            Level("orthosis", "orthosis"),
            Level("activity", "rest and exercise"),
            Level("referral", "referral"),
        ),
        trait="bone_active",
    ),
    column("treatments", "agent", "Intervention", required=True),
    column("treatments", "atc", "ATC code"),
    column("treatments", "dose", "Dose", "number", decimals=0, plausible=Range(0, 1_000_000)),
    column("treatments", "unit", "Unit of dose"),
    column("treatments", "route", "Route"),
    column("treatments", "frequency", "Frequency"),
    column("treatments", "start", "Start", "number", unit="weeks from diagnosis", plausible=Range(-60, 5000)),
    column("treatments", "stop", "Stop", "number", unit="weeks from diagnosis", plausible=Range(-60, 5000)),
    column("treatments", "dose_status", "Status of the dose", "category", optional=True, levels=STATUS_LEVELS),
    column(
        "treatments",
        "dose_elsewhere",
        "Dose stated elsewhere",
        optional=True,
        note="What another place of the source states of the same dose.",
    ),
    patient_column("fractures"),
    Variable(
        "level",
        "Fracture level",
        "fractures",
        "category",
        "Fractures",
        levels=FRACTURE_LEVELS,
        noun="fracture",
        joint=" at",
        panel="Symptoms and fractures",
        place=2,
        required=True,
        many=True,
        filterable=True,
        note="T1 to L5, or the bone where the fracture is not vertebral.",
    ),
    column(
        "fractures",
        "type",
        "Type of fracture",
        "category",
        levels=(Level("compression", "compression fracture"), Level("stress", "stress fracture")),
    ),
    column("fractures", "acuity", "Acuity", "category", levels=(Level("acute", "acute"),)),
    patient_column("imaging"),
    column("imaging", "modality", "Modality"),
    column("imaging", "site", "Site", required=True),
    column("imaging", "finding", "Finding", required=True),
    column("imaging", "side", "Side", "category", levels=SIDE_LEVELS),
    column("imaging", "figure", "Figure"),
    column("printed", "document", "Table of the document", required=True),
    column("printed", "row", "Row", "integer", required=True, plausible=Range(1, 1_000_000)),
    column("printed", "column", "Column", required=True),
    column(
        "printed",
        "text",
        "Text in the document",
        note="Character for character, without mark-up; missing where the cell is blank.",
    ),
    column("printed", "series", "Document", optional=True, note=_WHOSE),
    column("claims", "id", "Claim", required=True),
    column("claims", "topic", "Topic", required=True),
    column("claims", "statement", "Statement", required=True, note="In our words."),
    column("claims", "location", "Place in the document", required=True),
    column(
        "claims", "verbatim", "Words of the document", required=True, note="A short anchor by which the place is found."
    ),
    column("claims", "printed", "Value in the document"),
    column("claims", "check", "Kind of check", required=True),
    column("claims", "parameters", "What the check is applied to"),
    column("claims", "note", "Note"),
    column("relations", "first", "Claim", required=True),
    column("relations", "relation", "Relation", "category", required=True, levels=RELATION_LEVELS),
    column("relations", "second", "Other claim", required=True),
    column("relations", "note", "Note"),
    column("provenance", "table", "Table", required=True),
    column(
        "provenance",
        "key",
        "Row key",
        required=True,
        note="The row's key values joined by a slash, such as 8/3.",
    ),
    column("provenance", "column", "Column", required=True),
    column("provenance", "source", "Place in the source", required=True),
    column("provenance", "verbatim", "Words of the source"),
    column(
        "provenance",
        "status",
        "Status",
        "category",
        required=True,
        levels=STATUS_LEVELS,
    ),
    column("provenance", "note", "Note"),
    column("provenance", "series", "Document", optional=True, note=_WHOSE),
)
