"""A manuscript held against the registry before it is submitted: its numbers found, matched, and judged.

Nothing of a draft is stored or logged; what its reader says of it is a small file that stays with him.
"""

from plro_core.drafts.answers import Answer, Answers, key_of, questions, read_answers, written_answers
from plro_core.drafts.checking import check_draft
from plro_core.drafts.contradicting import Contradicted, contradicted
from plro_core.drafts.model import STATUS_WORDS, STATUSES, Checked, Draft, Status
from plro_core.drafts.reading import MOST_BYTES, read_draft
from plro_core.drafts.telling import checked_draft, content_of, draft_table, draft_title
from plro_core.drafts.wording import reading_words

__all__ = [
    "MOST_BYTES",
    "STATUSES",
    "STATUS_WORDS",
    "Answer",
    "Answers",
    "Checked",
    "Contradicted",
    "Draft",
    "Status",
    "check_draft",
    "checked_draft",
    "content_of",
    "contradicted",
    "draft_table",
    "draft_title",
    "key_of",
    "questions",
    "read_answers",
    "read_draft",
    "reading_words",
    "written_answers",
]
