"""Why a run failed, in one of three words, by a rule that anybody can look up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.runtime.packet.signs import Sign


class Category(StrEnum):
    """What kind of failure it is, and so who mends it."""

    INFRASTRUCTURE = "infrastructure"
    LOGIC = "logic"
    REASONING = "reasoning"


_INFRASTRUCTURE, _LOGIC, _REASONING = Category.INFRASTRUCTURE, Category.LOGIC, Category.REASONING

ERROR_CATEGORIES: dict[str, Category] = {
    # Of the framework's tree.
    "FrameworkError": _LOGIC,
    "SpecError": _LOGIC,
    "InvalidGraphError": _LOGIC,
    "ExpressionError": _LOGIC,
    "ExpressionSyntaxError": _LOGIC,
    "ExpressionEvaluationError": _LOGIC,
    "InputError": _LOGIC,
    "PackageError": _LOGIC,
    "SettingsError": _INFRASTRUCTURE,
    "CredentialError": _INFRASTRUCTURE,
    "NotJsonError": _LOGIC,
    "JournalError": _INFRASTRUCTURE,
    "JournalConflictError": _INFRASTRUCTURE,
    "JournalLockedError": _INFRASTRUCTURE,
    "JournalCorruptError": _INFRASTRUCTURE,
    "JournalWriteError": _INFRASTRUCTURE,
    "RunExistsError": _INFRASTRUCTURE,
    "RunNotFoundError": _INFRASTRUCTURE,
    "RunIdError": _LOGIC,
    "JournalReadOnlyError": _INFRASTRUCTURE,
    "BlobNotFoundError": _INFRASTRUCTURE,
    "ReplayDivergedError": _LOGIC,
    "ReplayEndedError": _LOGIC,
    "PacketError": _LOGIC,
    "ProviderError": _INFRASTRUCTURE,
    "ModelNotFoundError": _INFRASTRUCTURE,
    "MissingCredentialError": _INFRASTRUCTURE,
    "BudgetExceededError": _INFRASTRUCTURE,
    "ToolError": _LOGIC,
    "UnknownToolError": _LOGIC,
    "CallInDoubtError": _INFRASTRUCTURE,
    "McpServerError": _INFRASTRUCTURE,
    "McpCallLostError": _INFRASTRUCTURE,
    "NodeError": _LOGIC,
    "StallError": _REASONING,
    "EscalatedError": _REASONING,
    "IterationsExhaustedError": _REASONING,
    "ConversationTooLargeError": _LOGIC,
    "OutputContractError": _LOGIC,
    "NodeTimeoutError": _INFRASTRUCTURE,
    "NodeAbandonedError": _INFRASTRUCTURE,
    "RunTimeoutError": _INFRASTRUCTURE,
    "StepLimitError": _LOGIC,
    "OfflineError": _INFRASTRUCTURE,
    "RunPausedError": _INFRASTRUCTURE,
    "RuntimeStoppedError": _INFRASTRUCTURE,
    "QueueFullError": _INFRASTRUCTURE,
    "WebhookRefusedError": _INFRASTRUCTURE,
    # Ends that no exception stands for.
    "BranchCancelled": _INFRASTRUCTURE,
    "BranchTimeout": _INFRASTRUCTURE,
    "Cancelled": _INFRASTRUCTURE,
    "ConstraintViolated": _REASONING,
    "DeadEnd": _LOGIC,
    "GoalMissed": _REASONING,
    "RunRejected": _REASONING,
    # Of Python and its usual libraries, as functions of nodes raise them.
    "BlockingIOError": _INFRASTRUCTURE,
    "BrokenPipeError": _INFRASTRUCTURE,
    "ConnectError": _INFRASTRUCTURE,
    "ConnectTimeout": _INFRASTRUCTURE,
    "ConnectionAbortedError": _INFRASTRUCTURE,
    "ConnectionError": _INFRASTRUCTURE,
    "ConnectionRefusedError": _INFRASTRUCTURE,
    "ConnectionResetError": _INFRASTRUCTURE,
    "HTTPError": _INFRASTRUCTURE,
    "HTTPStatusError": _INFRASTRUCTURE,
    "IncompleteRead": _INFRASTRUCTURE,
    "InterruptedError": _INFRASTRUCTURE,
    "MemoryError": _INFRASTRUCTURE,
    "OSError": _INFRASTRUCTURE,
    "PermissionError": _INFRASTRUCTURE,
    "PoolTimeout": _INFRASTRUCTURE,
    "ReadError": _INFRASTRUCTURE,
    "ReadTimeout": _INFRASTRUCTURE,
    "RemoteDisconnected": _INFRASTRUCTURE,
    "RemoteProtocolError": _INFRASTRUCTURE,
    "SSLError": _INFRASTRUCTURE,
    "TimeoutError": _INFRASTRUCTURE,
    "URLError": _INFRASTRUCTURE,
    "WriteTimeout": _INFRASTRUCTURE,
    "gaierror": _INFRASTRUCTURE,
}
"""The category of every error class by name; ``category_of`` knows of others."""

_OUTAGE = re.compile(r"Time(?:d)?out|RateLimit|TooManyRequests|Throttl|Unavailable|Connection|Disconnected")
"""Parts of the names by which libraries call what is no fault of the agent."""

SIGN_CATEGORIES: dict[str, Category] = {
    "bad_arguments": _LOGIC,
    "missing_outputs": _LOGIC,
    "schema": _LOGIC,
    "claimed_return": _REASONING,
    "unknown_call": _REASONING,
    "unknown_tool": _REASONING,
    "goal_missed": _REASONING,
    "constraint_violated": _REASONING,
    "rejected": _REASONING,
}
"""The category of every sign, the weightiest last; see ``signs``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The category of a failure, and the rule that says so: an error class, or a sign."""

    category: Category
    rule: str


def category_of(error: str) -> Category:
    """Return the category of an error class by its name.

    A class of another library is of the infrastructure if its name says so; any other is
    logic, an error of the agent's own code.
    """
    known = ERROR_CATEGORIES.get(error)
    if known is not None:
        return known
    return Category.INFRASTRUCTURE if _OUTAGE.search(error) else Category.LOGIC


def classify(error: str, signs: Sequence[Sign]) -> Classification:
    """Return the category of a run that ended with an error of this class and shows these signs.

    A person's rejection comes first. An error of the infrastructure is one whatever the run
    shows besides; of the others the weightiest sign decides, and without one the error's class.
    """
    rejected = any(sign.kind == "rejected" for sign in signs)
    by_class = category_of(error)
    if not rejected and by_class is Category.INFRASTRUCTURE:
        return Classification(category=by_class, rule=error)
    weights = {kind: place for place, kind in enumerate(SIGN_CATEGORIES)}
    decisive = [sign for sign in signs if _decides(sign.kind, error)]
    if not decisive:
        return Classification(category=by_class, rule=error)
    weightiest = max(decisive, key=lambda sign: weights[sign.kind])
    return Classification(category=SIGN_CATEGORIES[weightiest.kind], rule=weightiest.kind)


def _decides(kind: str, error: str) -> bool:
    """Whether a sign may overrule the class of an error: a missed goal explains no crash."""
    if kind in {"goal_missed", "constraint_violated"}:
        return error in {"GoalMissed", "ConstraintViolated"}
    return True
