"""One way out of a file that cannot be read any further."""

from plro_core.intake.model import Finding


class Refusal(Exception):
    """Raised while one file is read; carries the findings that refuse it. Never leaves the package."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__()
        self.findings = findings
