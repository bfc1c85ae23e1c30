"""A foreign REDCap project, written by hand: its data dictionary, exports of it, and the mapping that people agreed on."""

DICTIONARY = """\
"Variable / Field Name","Form Name","Section Header","Field Type","Field Label","Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number","Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)","Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?","Field Annotation"
record_id,enrolment,,text,"Record ID",,,,,,,,,,,,,
surname,enrolment,,text,"Surname",,,,,,y,,,,,,,
dob,enrolment,,text,"Date of birth",,,date_dmy,,,y,,,,,,,
enrolled,enrolment,,text,"Date of enrolment",,,date_ymd,,,,,,,,,,
age,enrolment,,text,"<b>Age</b> at diagnosis",,"years",integer,12,60,,,y,,,,,
smoker,enrolment,,radio,"Smoking","1, Yes | 2, No, never | 3, Stopped before pregnancy",,,,,,,,,,,,
twins,enrolment,,yesno,"Twin pregnancy",,,,,,,,,,,,,
dxa_spine,enrolment,,text,"L1-L4 T-score",,,number_comma_decimal,-8,6,,,,,,,,
sympt,enrolment,,checkbox,"Symptoms","1, Back pain | 2, Low back pain | 3, Hip pain | -99, Asked, not known",,,,,,,,,,,,
ops,enrolment,,checkbox,"Operations","1, Vertebroplasty | 2, Other",,,,,,,,,,,,
vas,visit,,text,"Pain today","","0-10",integer,0,10,,,,,,,,
ca,visit,,text,"Calcium",,"mg/dL",number_comma_decimal,,,,,,,,,,
vitd,visit,,text,"25-OH vitamin D",,"nmol/L",number_comma_decimal,,,,,,,,,,
comments,visit,,notes,"Comments",,,,,,,,,,,,,
bmi,visit,,calc,"BMI","round([weight]/([height]^2),1)",,,,,,,,,,,,
drug,medication,,text,"Intervention",,,,,,,,,,,,,
drug_kind,medication,,dropdown,"Kind of intervention","a, Supplement | b, Analgesic | c, Bone-active drug",,,,,,,,,,,,
drug_dose,medication,,text,"Dose",,,number_comma_decimal,,,,,,,,,,
fx_level,fracture,,text,"Fracture level",,,,,,,,,,,,,
"""

#: A raw export: decimal comma, two centres, repeating instruments, missing codes, events at months 0, 1, 3 and 6.
RAW = """\
record_id;redcap_event_name;redcap_repeat_instrument;redcap_repeat_instance;redcap_data_access_group;redcap_survey_identifier;surname;dob;enrolled;age;smoker;twins;dxa_spine;sympt___1;sympt___2;sympt___3;sympt____99;ops___1;ops___2;enrolment_complete;visit_timestamp;vas;ca;vitd;comments;bmi;visit_complete;drug;drug_kind;drug_dose;medication_complete;fx_level;fracture_complete
12;baseline_arm_1;;;izmir;;;;2021-03-02;31;1;0;-2,9;1;1;0;0;1;0;2;2021-03-02 10:11;9;8,9;;tired;24,1;2;;;;;;
12;baseline_arm_1;medication;1;izmir;;;;;;;;;;;;;;;;;;;;;;;vitamin D;a;1000;2;;
12;baseline_arm_1;medication;2;izmir;;;;;;;;;;;;;;;;;;;;;;;ibuprofen;b;NI;2;;
12;baseline_arm_1;fracture;1;izmir;;;;;;;;;;;;;;;;;;;;;;;;;;;T12;2
12;1st_month_arm_1;;;izmir;;;;;;;;;0;0;0;0;0;0;;;5;8,65;;;;2;;;;;;
12;month_3_arm_1;;;izmir;;;;;;;;;0;0;0;0;0;0;;;-99;9;;;;2;;;;;;
12;6_months_arm_1;;;izmir;;;;;;;;;0;0;0;0;0;0;;;0;;;;;1;;;;;;
7;baseline_arm_1;;;bursa;;;;2021-04-01;27;3;1;-99;0;0;0;1;0;0;2;;7;11,4;;;;2;;;;;;
7;unscheduled_arm_1;;;bursa;;;;;;;;;0;0;0;0;0;0;;;3;;;;;2;;;;;;
"""

MAPPING = """\
{
  "plro_redcap": 1,
  "record_id": "record_id",
  "events": {
    "baseline_arm_1": {"case": true, "month": 0},
    "1st_month_arm_1": {"month": 1},
    "month_3_arm_1": {"month": 3},
    "6_months_arm_1": {"month": 6},
    "unscheduled_arm_1": {}
  },
  "fields": {
    "age": {"table": "cases", "variable": "age"},
    "smoker": {"table": "cases", "variable": "smoking", "codes": {"1": "yes", "2": "no", "3": "yes"}},
    "twins": {"table": "cases", "variable": "twin_pregnancy", "codes": {"1": "yes", "0": "no"}},
    "dxa_spine": {"table": "cases", "variable": "t_l1_l4"},
    "sympt___1": {"table": "symptoms", "checked": {"symptom": "back"}},
    "sympt___2": {"table": "symptoms", "checked": {"symptom": "low_back"}},
    "sympt___3": {"table": "symptoms", "checked": {"symptom": "hip"}},
    "ops___1": {"table": "cases", "checked": {"vertebroplasty": "yes"}, "unchecked": {"vertebroplasty": "no"}},
    "vas": {"table": "visits", "variable": "vas"},
    "ca": {"table": "visits", "variable": "calcium"},
    "drug": {"table": "treatments", "variable": "agent"},
    "drug_kind": {
      "table": "treatments",
      "variable": "kind",
      "codes": {"a": "supplement", "b": "analgesic", "c": "bone_active"}
    },
    "drug_dose": {"table": "treatments", "variable": "dose"},
    "fx_level": {"table": "fractures", "variable": "level"}
  },
  "instruments": {"medication": "treatments", "fracture": "fractures"},
  "missing": ["NI", "-99"],
  "ignored": ["redcap_data_access_group", "enrolled", "ops___2", "vitd", "comments", "bmi"]
}
"""

#: What the raw export holds: table -> rows of cells in the form of the registry's own templates.
EXPECTED: dict[str, list[dict[str, str]]] = {
    "cases": [
        {
            "case_id": "12",
            "age": "31",
            "smoking": "yes",
            "twin_pregnancy": "no",
            "t_l1_l4": "-2,9",
            "vertebroplasty": "yes",
        },
        {"case_id": "7", "age": "27", "smoking": "yes", "twin_pregnancy": "yes", "vertebroplasty": "no"},
    ],
    "visits": [
        {"case_id": "12", "month": "0", "vas": "9", "calcium": "8,9"},
        {"case_id": "12", "month": "1", "vas": "5", "calcium": "8,65"},
        {"case_id": "12", "month": "3", "calcium": "9"},
        {"case_id": "12", "month": "6", "vas": "0"},
        {"case_id": "7", "month": "0", "vas": "7", "calcium": "11,4"},
    ],
    "symptoms": [{"case_id": "12", "symptom": "back"}, {"case_id": "12", "symptom": "low_back"}],
    "treatments": [
        {"case_id": "12", "agent": "vitamin D", "kind": "supplement", "dose": "1000"},
        {"case_id": "12", "agent": "ibuprofen", "kind": "analgesic"},
    ],
    "fractures": [{"case_id": "12", "level": "T12"}],
}

#: The same patients with labels instead of codes and names, as REDCap's "labels" export writes them.
LABELLED = """\
Record ID,Event Name,Repeat Instrument,Repeat Instance,Data Access Group,Age at diagnosis,Smoking,Twin pregnancy,L1-L4 T-score,Symptoms (choice=Back pain),Symptoms (choice=Low back pain),Symptoms (choice=Hip pain),"Symptoms (choice=Asked, not known)",Operations (choice=Vertebroplasty),Complete?,Pain today,Calcium,Complete?,Intervention,Kind of intervention,Dose,Complete?,Fracture level,Complete?
12,Baseline,,,Izmir,31,Yes,No,"-2,9",Checked,Checked,Unchecked,Unchecked,Checked,Complete,9,"8,9",Complete,,,,,,
12,Baseline,Medication,1,Izmir,,,,,,,,,,,,,,vitamin D,Supplement,1000,Complete,,
12,Baseline,Medication,2,Izmir,,,,,,,,,,,,,,ibuprofen,Analgesic,NI,Complete,,
12,Baseline,Fracture,1,Izmir,,,,,,,,,,,,,,,,,,T12,Complete
12,1st month,,,Izmir,,,,,Unchecked,Unchecked,Unchecked,Unchecked,Unchecked,,5,"8,65",Complete,,,,,,
12,Month 3,,,Izmir,,,,,Unchecked,Unchecked,Unchecked,Unchecked,Unchecked,,-99,9,Complete,,,,,,
12,6 months,,,Izmir,,,,,Unchecked,Unchecked,Unchecked,Unchecked,Unchecked,,0,,Unverified,,,,,,
7,Baseline,,,Bursa,27,Stopped before pregnancy,Yes,-99,Unchecked,Unchecked,Unchecked,Checked,Unchecked,Complete,7,"11,4",Complete,,,,,,
7,Unscheduled,,,Bursa,,,,,Unchecked,Unchecked,Unchecked,Unchecked,Unchecked,,3,,Complete,,,,,,
"""
