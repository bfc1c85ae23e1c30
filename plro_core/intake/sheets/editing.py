"""The mapping of all sheets that were handed over, on its way: proposed or kept, with what is asked of each, and changed by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from plro_core.intake.model import Dialect, File, Sheet
from plro_core.intake.opening import open_files
from plro_core.intake.recognition import recognise
from plro_core.intake.redcap.mapping import MappingProblem
from plro_core.intake.sheets import layout
from plro_core.intake.sheets.contents import Contents, dates
from plro_core.intake.sheets.mapping import SheetMapping, SheetsMapping
from plro_core.intake.sheets.proposal import answered, opened, propose, rest_left_out
from plro_core.intake.sheets.questions import KEPT, YES, Proposal, Question
from plro_core.schema import arrow_schema
from plro_core.vocabulary import Vocabulary

#: What no mapping can say.
_NOT_MEANT = ("duplicate_column",)
#: File and sheet.
Name = tuple[str, str]
#: Files as they were handed over, with what a person said of how their text is read.
Dialects = Mapping[str, Dialect]


@dataclass(frozen=True)
class Editing:
    """The proposals of some sheets."""

    proposals: tuple[Proposal, ...]

    @property
    def vocabulary(self) -> Vocabulary:
        return self.proposals[0].vocabulary

    @cached_property
    def questions(self) -> tuple[tuple[int, Question], ...]:
        """What is open, each with the number of its sheet; first whose patients they are."""
        return tuple((at, one) for at, proposal in enumerate(self.proposals) for one in proposal.questions)

    @property
    def mapping(self) -> SheetsMapping:
        """What is said so far.

        Raises:
            MappingProblem: it cannot be, in one sentence.
        """
        waiting = next(
            (one.mapping for one in self.proposals if not (one.mapping.patient.column or one.mapping.left_out)), None
        )
        if waiting:
            name = waiting.sheet or waiting.file
            raise MappingProblem(f"No column of “{name}” tells the patient yet; expected one, or the sheet left out.")
        return SheetsMapping(tuple(one.mapping for one in self.proposals), vocabulary=self.vocabulary)

    @property
    def helps(self) -> bool:
        """Whether a mapping says more of these sheets than the template: a person is asked, or patients are no numbers."""
        ids = (word for one in self.proposals for word in one.contents.words(one.mapping.patient.column))
        return bool(self.questions) or not all(word.isdecimal() for word in ids)

    def reads_all(self, only: frozenset[Name]) -> bool:
        """Whether each of some sheets is read, or left out, by a mapping all of whose columns it has."""
        ones = [one.mapping for one in self.proposals if one.mapping.read <= set(one.contents.heads)]
        names = {(one.file, one.sheet) for one in ones} | {(one.file, "") for one in ones}
        return len(ones) == len(self.proposals) and only <= names

    def answered(self, at: int, question: Question, choice: str) -> "Editing":
        """As it is once a question of a sheet was answered; as it was if nobody asks that any more."""
        if question not in self.proposals[at].questions:
            return self
        if question.kind == "centre" and choice == YES:
            return self._of_centres({proposal.mapping.file for proposal in self.proposals if proposal.shared})
        return self.with_proposal(at, answered(self.proposals[at], question, choice, self.vocabulary))

    def with_proposal(self, at: int, proposal: Proposal) -> "Editing":
        """As it is with another proposal for a sheet."""
        return _together(tuple(proposal if number == at else one for number, one in enumerate(self.proposals)))

    def rest_left_out(self) -> "Editing":
        """As it is without the columns and tests that are still asked about."""
        return _together(tuple(map(rest_left_out, self.proposals)))

    def _of_centres(self, files: set[str]) -> "Editing":
        """Each of some files counts its own patients: they are told by its name and their number, and numbered here."""
        changed = []
        for one in self.proposals:
            patient = replace(one.mapping.patient, centre=PurePosixPath(one.mapping.file).stem, numbered=True)
            mapping = replace(one.mapping, patient=patient) if one.mapping.file in files else one.mapping
            changed.append(replace(one, mapping=mapping))
        return _together(tuple(changed))


def begun(
    files: Sequence[File], vocabulary: Vocabulary, dialects: Dialects, only: frozenset[Name], alone: bool
) -> Editing | None:
    """Proposals for some sheets; ``None`` if there are none. ``alone`` says that nothing else tells who the patients are."""
    if not files:
        return None
    chosen, others = [], set[str]()
    for sheet in opened(files, vocabulary, dialects, {}):
        if {(sheet.file, sheet.name), (sheet.file, "")} & only:
            chosen.append(sheet)
        else:
            others |= set(dates(Contents(sheet)))
    elsewhere = tuple(sorted(others))
    found = tuple(replace(propose(sheet, vocabulary), alone=alone, elsewhere=elsewhere) for sheet in chosen)
    return _together(found) if found else None


def resumed(
    files: Sequence[File], vocabulary: Vocabulary, dialects: Dialects, mapping: SheetsMapping
) -> Editing | None:
    """The sheets that a mapping reads, which people looked through when they kept it; ``None`` if it reads none of them."""
    found, _ = open_files(files, vocabulary, dialects, mapping=mapping)
    present = {(sheet.file, sheet.name) for file in found.files for sheet in file.sheets}
    known = [
        (sheet, one)
        for file in found.files
        for sheet in file.sheets
        if (one := layout.of_sheet(sheet, mapping, present))
    ]
    settled = frozenset(
        {(KEPT, ""), ("unit", ""), ("baseline", ""), ("order", ""), ("ids", ""), ("new", ""), ("centre", "")}
    )
    proposals = tuple(
        Proposal(replace(one, file=sheet.file, sheet=sheet.name), Contents(_headed(sheet, one)), vocabulary, settled)
        for sheet, one in known
    )
    return _together(proposals) if proposals else None


def _headed(sheet: Sheet, one: SheetMapping) -> Sheet:
    return layout.table(sheet, replace(one, footers=()))


def reheaded(editing: Editing, at: int, files: Sequence[File], dialects: Dialects, row: int) -> Editing:
    """As it is once somebody said in which row the head of a sheet stands: all else of that sheet is proposed anew.

    Raises:
        MappingProblem: the file cannot be read from that row.
    """
    one = editing.proposals[at]
    name = (one.mapping.file, one.mapping.sheet)
    sheets = opened(files, editing.vocabulary, dialects, {name: row})
    sheet = next((sheet for sheet in sheets if (sheet.file, sheet.name) == name), None)
    if sheet is None:
        raise MappingProblem(f"“{name[1] or name[0]}” cannot be read from row {row}; expected the row of its head.")
    read = layout.table(sheet, SheetMapping(head_row=row))
    return editing.with_proposal(
        at, replace(propose(read, editing.vocabulary, is_headed=True), alone=one.alone, elsewhere=one.elsewhere)
    )


def unlike_template(files: Sequence[File], vocabulary: Vocabulary, dialects: Dialects) -> tuple[frozenset[Name], bool]:
    """The sheets that are not laid out like the template (a file that cannot be opened as it is, without a sheet), and
    whether one that is tells who the patients are.
    """
    found, unopened = open_files(files, vocabulary, dialects)
    recognised, unknown = recognise(found, vocabulary, None, arrow_schema("cases", vocabulary).empty_table())
    findings = (*unopened.shown(files), *unknown.shown(files))
    wrong = [one for one in findings if one.file and one.severity == "error" and one.rule not in _NOT_MEANT]
    given = {entry.table.name for file in recognised.files for entry in file.given}
    return frozenset((one.file, one.sheet) for one in wrong), "cases" in given


def _together(proposals: tuple[Proposal, ...]) -> Editing:
    """Proposals that know of each other: whose dates another sheet may count from, and who counts the same patients."""
    days = [(one.mapping.file, one.mapping.sheet, name) for one in proposals for name in dates(one.contents)]
    known = []
    for at, one in enumerate(proposals):
        here = (one.mapping.file, one.mapping.sheet)
        others = {name for *place, name in days if tuple(place) != here}
        origins = tuple(sorted({*others, *one.elsewhere} - set(one.contents.heads)))
        alone = one.alone and not any(_gives_patients(other.mapping) for other in proposals)
        known.append(replace(one, origins=origins, shared=_shared(at, proposals), is_alone=alone))
    return Editing(tuple(known))


def _gives_patients(one: SheetMapping) -> bool:
    return any(target.table == "cases" for target in one.targets.values())


def _shared(at: int, proposals: Sequence[Proposal]) -> str:
    """Another file with a patient of the same number, of whom both say the same things; empty if there is none."""
    one = proposals[at]
    for other in proposals:
        if other.mapping.file == one.mapping.file or other.mapping.patient.centre or one.mapping.patient.centre:
            continue
        said = {target.variable for target in one.mapping.targets.values() if target.table == "cases"}
        also = {target.variable for target in other.mapping.targets.values() if target.table == "cases"}
        mine, theirs = (set(each.contents.words(each.mapping.patient.column)) for each in (one, other))
        if said & also and mine & theirs:
            return other.mapping.file
    return ""
