"""The fold: how each event changes the state of a run.

Live execution and reading back use this one function, so a run's state is
what its journal says and nothing else.
"""

from framework.journal.fold.apply import apply
from framework.journal.fold.models import TURN, message_from_json, request_key
from framework.journal.fold.values import RESUME_INPUT, content_digest
from framework.journal.fold.ways import BRANCH_CANCELLED, BRANCH_TIMEOUT

__all__ = [
    "BRANCH_CANCELLED",
    "BRANCH_TIMEOUT",
    "RESUME_INPUT",
    "TURN",
    "apply",
    "content_digest",
    "message_from_json",
    "request_key",
]
