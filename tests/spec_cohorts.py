"""The rules of cohorts and of what is said of their values, as small tables: what goes in, and what comes out.

Each row of an expected table is a test (``test_rules.py``) and a line of ``docs/rules.md``. An empty cell is a value that
was not recorded; an en dash is a number that is not computed.
"""

from dataclasses import dataclass

#: Four patients and what is recorded of them.
CASES = """
| case_id | smoking | weight_gain_kg | breastfeeding | t_l1_l4 |
|       1 | yes     |             26 | stopped       |    -2.5 |
|       2 | no      |                | continued     |    -3.0 |
|       3 | no      |             12 | stopped       |    -1.0 |
|       4 |         |                | stopped       |         |
"""

#: Patient 3 missed month 1 and patient 4 every visit but the first; calcium was not measured at each visit.
VISITS = """
| case_id | month | vas | calcium |
|       1 |     0 |   9 |     8.9 |
|       1 |     1 |   3 |     8.3 |
|       2 |     0 |   8 |         |
|       2 |     1 |     |    10.3 |
|       3 |     0 |   7 |     9.0 |
|       4 |     0 |   6 |     8.4 |
"""

#: Nothing is recorded of patient 4.
SYMPTOMS = """
| case_id | symptom |
|       1 | back    |
|       1 | hip     |
|       2 | hip     |
|       3 | back    |
"""


@dataclass(frozen=True)
class Section:
    """Rules that belong together: a heading, a sentence, and a table whose last columns are expected."""

    title: str
    text: str
    table: str


COHORTS = (
    Section(
        "Levels and ranges",
        "Several values are joined by commas; a range includes its ends, and either end may be left open.",
        """
| written               | patients   | visits |
|                       | 1, 2, 3, 4 |      6 |
| smoking=yes           | 1          |      2 |
| smoking=yes,no        | 1, 2, 3    |      5 |
| breastfeeding=stopped | 1, 3, 4    |      4 |
| weight_gain_kg=12-26  | 1, 3       |      3 |
| weight_gain_kg=20-*   | 1          |      2 |
| weight_gain_kg=*-12   | 3          |      1 |
| weight_gain_kg=12     | 3          |      1 |
| t_l1_l4=-3--2.5       | 1, 2       |      4 |
""",
    ),
    Section(
        "Missing data",
        "A missing value passes no criterion, unless the criterion keeps it with `~`. `~` alone asks for those in whom "
        "nothing is recorded, `!` alone for those in whom something is.",
        """
| written                | patients | visits |
| smoking=~              | 4        |      1 |
| smoking=!              | 1, 2, 3  |      5 |
| smoking=yes,~          | 1, 4     |      3 |
| weight_gain_kg=~       | 2, 4     |      3 |
| weight_gain_kg=20-30,~ | 1, 2, 4  |      5 |
""",
    ),
    Section(
        "Negation",
        "`!` asks for a recorded value that is none of these. A missing value is not a “no”.",
        """
| written                 | patients | visits |
| smoking=!yes            | 2, 3     |      3 |
| smoking=!yes,~          | 2, 3, 4  |      4 |
| smoking=!yes,no         |          |      0 |
| weight_gain_kg=!20-30   | 3        |      1 |
| breastfeeding=!stopped  | 2        |      2 |
""",
    ),
    Section(
        "Several values in one patient",
        "A patient may have several symptoms: one of the asked ones is enough, and negation asks for none of them.",
        """
| written            | patients | visits |
| symptom=back       | 1, 3     |      3 |
| symptom=back,hip   | 1, 2, 3  |      5 |
| symptom=!hip       | 3        |      1 |
| symptom=!hip,~     | 3, 4     |      2 |
| symptom=~          | 4        |      1 |
| symptom=!          | 1, 2, 3  |      5 |
""",
    ),
    Section(
        "A value at a visit: who",
        "The month after the dot names the visit; 0 is baseline. A visit that did not take place has no value, so it "
        "counts as missing. All visits of the patients found are looked at.",
        """
| written           | patients   | visits |
| vas.0=7-10        | 1, 2, 3    |      5 |
| vas.1=0-3         | 1          |      2 |
| vas.1=~           | 2, 3, 4    |      4 |
| vas.1=!0-3        |            |      0 |
| vas.1=!0-3,~      | 2, 3, 4    |      4 |
| calcium.1=10.3-*  | 2          |      2 |
""",
    ),
    Section(
        "Which visits",
        "A visit variable without a month chooses visits and leaves the patients as they are.",
        """
| written                  | patients   | visits |
| month=0                  | 1, 2, 3, 4 |      4 |
| month=!0                 | 1, 2, 3, 4 |      2 |
| vas=7-10                 | 1, 2, 3, 4 |      3 |
| vas=~                    | 1, 2, 3, 4 |      1 |
| calcium=!                | 1, 2, 3, 4 |      5 |
| smoking=no&month=0       | 2, 3       |      2 |
| vas.0=7-10&vas=0-3       | 1, 2, 3    |      1 |
""",
    ),
    Section(
        "Patients chosen by hand",
        "`patients` names patients by number, `!` everybody but them; what else is asked must hold, too.",
        """
| written                  | patients | visits |
| patients=1,4             | 1, 4     |      3 |
| patients=!3              | 1, 2, 4  |      5 |
| patients=!1,3,4          | 2        |      2 |
| patients=1,3&smoking=no  | 3        |      1 |
| smoking=no&patients=!3   | 2        |      2 |
| patients=9               |          |      0 |
| patients=!9              | 1, 2, 3, 4 |    6 |
""",
    ),
    Section(
        "All criteria must hold",
        "Criteria on several variables are joined by `&`; the order does not matter.",
        """
| written                              | patients | visits |
| smoking=no&breastfeeding=stopped     | 3        |      1 |
| breastfeeding=stopped&smoking=no     | 3        |      1 |
| symptom=hip&weight_gain_kg=~         | 2        |      2 |
| smoking=~&symptom=back               |          |      0 |
""",
    ),
)

REFUSED = Section(
    "What is refused",
    "Anything unknown or malformed is refused with a sentence that names the part; nothing is guessed.",
    """
| written            | refused with                                                                             |
| smoker=yes         | “smoker” is not a variable that patients can be filtered by (did you mean “smoking”?); see the Dictionary page.    |
| smoking=Yes        | “smoking=Yes”: “Yes” is not a value of smoking; expected yes or no.                      |
| smoking=           | “smoking=” has no value; expected yes or no.                                             |
| smoking=!~         | “smoking=!~” excludes nobody; “!” alone means recorded, “~” alone not recorded.          |
| age=31-25          | “age=31-25”: the range runs backwards; expected the lower end first.                     |
| vas.1=0-11         | “vas.1=0-11”: 11 is impossible for pain (VAS); expected 0 to 10.                         |
| vas.2=1            | “vas.2”: there is no visit at month “2”; expected 0, 1, 3 or 6.                          |
| smoking.1=yes      | “smoking.1”: smoking is not recorded at visits; expected “smoking” without a month.      |
| patients=1-4       | “patients=1-4”: “1-4” is not a patient's number; expected numbers of patients such as 1,4,7. |
| patients=~         | “patients=~”: “~” is not a patient's number; expected numbers of patients such as 1,4,7. |
| patients=!         | “patients=!” has no value; expected numbers of patients such as 1,4,7.                   |
| case_id=8          | “case_id” is not a variable that patients can be filtered by; see the Dictionary page.   |
| age=25&age=31      | “age” is given twice; expected once, with its levels joined by commas.                   |
""",
)

COUNTED = Section(
    "What is counted, and what is missing",
    "n counts recorded values. For a variable of the patient, missing is the cohort's other patients; for a visit, the "
    "visits in view that took place without this value. A visit that did not take place is not counted at all.",
    """
| written     | variable       | month | n | missing |
|             | smoking        |       | 3 |       1 |
|             | weight_gain_kg |       | 2 |       2 |
|             | symptom        |       | 3 |       1 |
|             | vas            |     0 | 4 |       0 |
|             | vas            |     1 | 1 |       1 |
|             | calcium        |     0 | 3 |       1 |
|             | calcium        |     6 | 0 |       0 |
| smoking=yes | weight_gain_kg |       | 1 |       0 |
| smoking=yes | calcium        |     1 | 1 |       0 |
| vas=7-10    | calcium        |     0 | 2 |       1 |
| month=1     | vas            |     0 | 0 |       0 |
| smoking=~   | weight_gain_kg |       | 0 |       1 |
""",
)

SUMMARIES = Section(
    "Median, quartiles, mean and SD",
    "Quartiles are of type 7 (linear interpolation between order statistics), the SD is that of a sample. No "
    "median, no quartiles and no SD below n = 3, and nothing is made up where nothing is recorded: `?` is a missing value.",
    """
| values                           | n  | missing | median |    Q1 |   Q3 | mean |     SD |
|                                  | 0  |       0 | –      | –     | –    | –    | –      |
| ? ?                              | 0  |       2 | –      | –     | –    | –    | –      |
| 7                                | 1  |       0 | –      | –     | –    | 7    | –      |
| 7 ?                              | 1  |       1 | –      | –     | –    | 7    | –      |
| 1 2                              | 2  |       0 | –      | –     | –    | 1.5  | –      |
| 1 2 6                            | 3  |       0 | 2      | 1.5   | 4    | 3    | 2.6458 |
| 1 2 3 4                          | 4  |       0 | 2.5    | 1.75  | 3.25 | 2.5  | 1.2910 |
| 5 5 5                            | 3  |       0 | 5      | 5     | 5    | 5    | 0      |
| -2.5 -1 ? -3                     | 3  |       1 | -2.5   | -2.75 | -1.75 | -2.1667 | 1.0408 |
| 31 33 27 29 24 31 29 34 31 30    | 10 |       0 | 30.5   | 29    | 31   | 29.9 | 2.8848 |
""",
)

FLAGS = Section(
    "The printed arrow and the computed flag",
    "The arrow that the paper prints and the flag computed from the reference range are two things and never merged. The "
    "ends of a range are inside it. “Mg” has no range: no flag is computed, and its arrow neither agrees nor disagrees. A "
    "value with neither flag is not listed.",
    """
| analyte    | value | printed arrow | computed flag | the two   |
| calcium    |   8.4 |               | none          |           |
| calcium    |   8.3 |               | low           | disagree  |
| calcium    |   8.3 | L             | low           | agree     |
| calcium    |  10.2 |               | none          |           |
| calcium    |  10.3 |               | high          | disagree  |
| calcium    |  11.4 | H             | high          | agree     |
| calcium    |   9.0 | H             | none          | disagree  |
| calcium    |   8.0 | H             | low           | disagree  |
| alp        |   126 | H             | high          | agree     |
| alp        |   104 |               | none          |           |
| alp        |   105 |               | high          | disagree  |
| pth        |   6.2 | L             | low           | agree     |
| pth        |    65 |               | none          |           |
| vitamin_d  |  22.2 | L             | none          | disagree  |
| vitamin_d  |  19.9 |               | low           | disagree  |
| magnesium  |   5.3 | H             | not computed  | no range  |
| magnesium  |   3.6 |               | not computed  |           |
""",
)


def rows(table: str) -> list[list[str]]:
    """The cells of an ASCII table, heading first."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.strip().splitlines()]


def records(table: str) -> list[dict[str, str]]:
    """The rows below the heading, each as cells by heading."""
    heading, *below = rows(table)
    return [dict(zip(heading, row, strict=True)) for row in below]
