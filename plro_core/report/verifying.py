"""Whether a report that was written as a file still says what its data give: made again, and compared."""

from plro_core.problems import DataProblem, PlainProblem, RegistryProblem
from plro_core.report.assembled import Assembled
from plro_core.report.checking import changes
from plro_core.report.files import write
from plro_core.report.model import Report, ReportProblem
from plro_core.store import Registry
from plro_core.text import counted, printable
from plro_core.verify.reading import REPORT, Given, read
from plro_core.verify.remaking import Find
from plro_core.verify.verdict import Current, Verdict, differences, listed_table


def verify_report(content: bytes, file: Given, find: Find, current: Current) -> Verdict:
    """What is said of a report's file; where it is right for its version and another is published, what has changed since.

    Raises:
        DataProblem: it carries what this program does not write.
    """
    told = file.origin or {}
    names = [told.get(name) for name in ("content", "version", "registry")]
    if not all(isinstance(name, str) for name in names):
        raise DataProblem("carries an origin that this program does not write.")
    try:
        report = Report.from_value(told[REPORT])
        registry = find(*(str(name) for name in names))
        fresh = write(Assembled(report, registry, find), file.form)
    except RegistryProblem as problem:
        return Verdict("not here", str(problem))
    except ReportProblem as problem:
        return Verdict("differs", f"What it says that it shows cannot be asked of its version: {problem}")
    except PlainProblem as problem:  # no Chromium for its pictures
        return Verdict("not here", str(problem))
    return _compared(content, file, fresh, Assembled(report, registry, find), current(registry))


def _compared(content: bytes, file: Given, fresh: bytes, made: Assembled, now: Registry) -> Verdict:
    about = f"version {printable(made.registry.version)}: the report “{printable(made.report.title, 200)}”"
    anew = read(fresh)
    if file.picture != anew.picture:
        perhaps = (
            "; another release of Chromium may draw its pictures otherwise"
            if any(one.chart for *_, one in made.drawn)
            else ""
        )
        return Verdict("differs", f"It does not show what is made anew from {about}{perhaps}.")
    found = differences(file.cells, anew.cells)
    if found:
        words = f"{counted(len(found), 'difference')} from what is made anew from {about}, first {printable(found[0][0], 200)}."
        return Verdict("differs", words, listed_table(found, "In the file", "Made anew"))
    if now.content != made.registry.content:
        later = changes(Assembled(made.written, now, made.find))
        many = f"{counted(len(later), 'thing')} would be otherwise" if later else "nothing would be otherwise"
        return Verdict("other version", f"It is as {about}; published now is {now.version}, of which {many}.")
    exactly = "Byte for byte" if content == fresh else "In every word"
    return Verdict("same", f"{exactly} what is made anew from {about}.")
