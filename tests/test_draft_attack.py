"""Sentences as authors write them: none that is right is told to differ, and none that is wrong to agree.

Each begins with what must be said of its statements, in order: “+” agrees, “-” differs, “?” cannot be told.
"""

from collections.abc import Iterator

import pytest

from plro_core.drafts import check_draft
from plro_core.drafts.model import Sentence
from plro_core.store import SHIPPED, Registry, open_registry
from tests.foreign_registries import twelve

pytestmark = pytest.mark.usefixtures("read_here")

OF_TEN = """\
++ The mean age of the ten women was 29.9 ± 2.9 years.
+ Mean age was 29,9 ± 2,9 years.
+ The patients' mean age was 29·9 years (SD 2·88).
+ The mean age was 29.9 years (95% CI 27.8–32.0).
+ The mean age was 29.9 years (95 % confidence interval: 27.8 to 32.0).
+ The average age was 29.9 (±2.9) years.
+ Median (min–max) age was 30.5 (24–34) years.
+ VAS score was median 7.5 (min 7, max 9) at baseline.
+ Median VAS was 7.5 [7.0; 9.0] at baseline.
+ VAS (median [range]) at 6 months was 0 [0–1].
++ VAS score before treatment was 7.9±1.0 and decreased to 0.4±0.5 at the 6th month.
?+ VAS was 7.9 ± 1.0 and decreased to 0.4 ± 0.5 at the 6th month.
++ The mean pain score dropped from 7.9 (SD 1.0) at baseline to 3.3 (SD 1.8) after one month.
+ Pain decreased from 7.9 to 0.4 within 6 months.
++++ Mean VAS values were 7.9, 3.3, 2.0 and 0.4 at baseline and at 1, 3 and 6 months, respectively.
+++ The mean reduction in VAS was 4.6 points at 1 month, 5.9 at 3 months and 7.5 at 6 months.
++ VAS was reduced by 58% at month 1 and by 95% at month 6.
++ The mean VAS decreased by 4,6 points (from 7,9 to 3,3) at 1 month.
+ Mean lumbar T-score (L1–L4) was –3.0 ± 0.4.
++ The lowest L1-L4 T-score was −3.7, the highest −2.5.
+ The mean T-score of the femoral neck was − 2.2.
+ T-scores at L1–L4 were ≤ −2.5 in all 10 patients (100%).
+ Forty per cent of the women smoked.
++ There were 4 smokers and 6 non-smokers.
++ Of 4 smokers, 2 (50%) continued breastfeeding.
+ Half of the smokers continued breastfeeding (2/4).
+ 4 (%40) patients smoked.
+ Bisphosphonate therapy was initiated in 40% (4/10).
+ Bisphosphonates were not given to six patients.
+ Neither smoking nor twin pregnancy was seen in five patients.
+ Two patients (20%) – both smokers – continued breastfeeding.
+- Eight patients (80%) wore a spinal brace, of whom four received bisphosphonates.
++ Mean age did not differ between smokers (29.8 years) and non-smokers (30.0 years).
+ Bisphosphonate users had a median VAS of 0 at month 6.
+ In the bisphosphonate-treated patients, mean age was 29.5 years.
- Bisphosphonate users had a mean age of 29.9 years.
- None of the patients had a twin pregnancy.
+ The VAS improved in all 10 patients.
- The VAS improved in 9 of 10 patients.
+ VAS did not fall by at least 50 % in 5 of 10 patients at month 1.
- VAS did not fall by at least 50 % in 6 of 10 patients at month 1.
+ Complete pain relief was achieved in six patients by the sixth month.
+ Four patients were not pain-free at month 6.
+ The VAS score was 0 in 6 of 10 patients at month 6.
? Low calcium intake was reported by all 10 patients.
? In all 10 patients, the diet was poor.
? The mean 25-hydroxyvitamin D was 31.0 ng/mL.
? The mean time to pain control was 2.4 months.
? Pain relief came after the vertebroplasty (VAS score: 1).
? VAS decreased by 0.5 points per month.
? The mean annual increase in calcium was 0.3 mg/dL.
+++ At presentation, VAS averaged 7.9 (SD: 1.0; range: 7–9).
++ Mean VAS improved significantly from 7.9 ± 1.0 to 3.3 ± 1.8 at 1 month (p = 0.002).
? All but two patients (80%) stopped breastfeeding.
++? T-scores of L1–L4 were lower in the two patients who continued breastfeeding (mean −3.6) than in the others (mean −2.8).
+ In 9/10 patients (90%), the L1–L4 T-score was below −2.5.
++ By 6 months, 6 women (60%) had no pain and 4 (40%) had a VAS of 1.
+ No patient had a VAS above 3 at 3 months.
- No patient had a VAS above 2 at 3 months.
+ Reduction of pain by ≥ 50% at month 1 was seen in 5/10 (50%; 95% CI 19–81%).
? The mean PTH level (31.8 pg/mL) was within normal limits at baseline.
- Eight of nine patients with a brace stopped breastfeeding.
++ The mean age at delivery was 29.9 years, and 10% had twins.
? Two of the series smoked.
?? At least a 5 % weight gain was seen in 3 patients.
?++ The median VAS was 3.5, then 2 at month 3 and 0 at month 6.
+ Median age (IQR) was 30.5 (29–31) years.
- Median age (IQR) was 30.5 (26–31) years.
+ Median age (range) was 30.5 (24–34) years.
- The median age was 30.5 (IQR 26–31) years.
- The mean age was 29.9 ± 4.9 years.
"""

OF_TWELVE = """\
++ Twelve women (mean age 30.5 ± 3.6 years) from two centres were included.
+ The body mass index averaged 26.0 ± 3,6 kg/m².
+ Four of 11 patients (36.4%) smoked.
+ Four of the 12 patients (33%) smoked.
++ Smoking status was known in 11 patients, 4 of whom smoked.
++++ The mean VAS was 6.9 at baseline (n = 11) and 2.1 at 6 months (n = 9).
+ VAS had fallen by a mean of 4.8 points (SD 2.1) at 6 months.
+ Five of the 8 patients with both values had a ≥50 % fall in VAS at month 6.
+ At 12 months, six of nine patients were free of pain.
+ P1NP increased from 47.2 to 51.2 ng/mL after one month.
+ The median increase in P1NP at month 1 was 8.0 ng/mL.
+ P1NP increased in 8 of 9 patients at month 1.
- P1NP increased in 9 of 9 patients at month 1.
+ In the North centre, the mean age was 30.0 years.
- In the North centre, the mean age was 30.5 years.
+ 5 (%45,5) patients received bisphosphonates.
- Three patients had a femoral neck T-score below −2.2.
+ Only 3 patients had a femoral neck T-score of −2.2 or below.
+ Between month 1 and month 6 VAS fell by a mean of 3.1 points.
+++ Mean age was 30.5 (range 25 to 36), mean BMI 26.0 (20.5 to 31.5) and mean VAS 6.9 (5 to 9).
++ Mean calcium and phosphate were 9.2 and 2.9 mg/dL at baseline, respectively.
+? The mean calcium did not change (9.2 vs 9.2 mg/dL).
- Patients with fractures had a mean age of 30.5 years.
+ Patients with fractures had a mean age of 29.4 years.
+ Seven patients had fractures.
? Seven of 12 patients had a vertebral fracture.
- Eight of 12 patients had a vertebral fracture.
? Controls had a mean age of 30.5 years.
? The mean age of the control group was 31.2 years.
? In the literature, the mean age is 35.7 years.
?? Qian reported a mean age of 35.7 years in 338 patients.
? The normal range of calcium is 8.4–10.2 mg/dL.
? Serum calcium was 9.4 mg/dL at baseline.
"""

SIGNS = {"agrees": "+", "differs": "-", "unknown": "?"}


def cases(text: str) -> list[tuple[str, str]]:
    return [(signs, sentence) for signs, _, sentence in (line.partition(" ") for line in text.splitlines())]


def verdicts(registry: Registry, sentence: str) -> str:
    checked = check_draft(registry, [Sentence("line 1", sentence)]).checked
    return "".join(SIGNS[one.found.status] for one in checked)


@pytest.fixture(scope="module")
def of_ten() -> Iterator[Registry]:
    opened = open_registry(SHIPPED)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def of_twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    opened = open_registry(twelve(tmp_path_factory.mktemp("foreign") / "clinic"))
    yield opened
    opened.close()


@pytest.mark.parametrize(("signs", "sentence"), cases(OF_TEN))
def test_a_sentence_about_the_ten_has_its_verdicts(of_ten: Registry, signs: str, sentence: str) -> None:
    assert verdicts(of_ten, sentence) == signs


@pytest.mark.parametrize(("signs", "sentence"), cases(OF_TWELVE))
def test_a_sentence_about_patients_of_nobodys_paper_has_its_verdicts(
    of_twelve: Registry, signs: str, sentence: str
) -> None:
    assert verdicts(of_twelve, sentence) == signs
