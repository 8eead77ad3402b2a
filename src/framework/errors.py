"""Every error the framework raises, as one tree.

The message of an error is a sentence that says what happened and what to do;
the facts a program needs are attributes. Everything derives from
``FrameworkError``, so a caller can catch the whole family at its boundary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class FrameworkError(Exception):
    """Base of all errors raised by the framework."""


# What a person wrote.


class SpecError(FrameworkError):
    """A goal, node, edge or graph cannot be used as it is written."""


class GraphFinding(Protocol):
    """What an invalid graph reports: the place, the broken rule and what to change."""

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        ...

    @property
    def rule(self) -> str:
        """Stable id of the rule."""
        ...

    @property
    def where(self) -> str:
        """The graph, a node or an edge."""
        ...

    @property
    def message(self) -> str:
        """What is wrong."""
        ...

    @property
    def fix(self) -> str:
        """What to change."""
        ...


class InvalidGraphError(SpecError):
    """A graph failed validation; ``findings`` holds every finding."""

    def __init__(self, graph_id: str, findings: Sequence[GraphFinding]) -> None:
        """Summarise ``findings`` of the graph ``graph_id``."""
        self.graph_id = graph_id
        self.findings = tuple(findings)
        lines = "\n".join(f"  - {finding}" for finding in self.findings)
        super().__init__(f"Graph {graph_id!r} is invalid ({len(self.findings)} to mend):\n{lines}")


class ExpressionError(FrameworkError):
    """Base of the errors of the expression language."""


class ExpressionSyntaxError(ExpressionError):
    """The text of an expression does not parse or uses what the language lacks."""


class ExpressionEvaluationError(ExpressionError):
    """A well-formed expression has no value for these inputs, or passed a limit."""


class InputError(FrameworkError):
    """The input of a run is malformed or lacks a required key; ``missing`` holds the keys it lacks."""

    def __init__(self, message: str, *, missing: Sequence[str] = ()) -> None:
        """Keep the names of the keys that were not given."""
        super().__init__(message)
        self.missing = tuple(missing)


class PackageError(FrameworkError):
    """An agent package is missing, incomplete or does not load.

    Attributes:
        parts: the faults that the message tells, where it tells more than one.
    """

    def __init__(self, message: str, *, parts: Sequence[PackageError] = ()) -> None:
        super().__init__(message)
        self.parts = tuple(parts)


class SettingsError(FrameworkError):
    """A setting (environment or file) has a value that cannot be used."""


class CredentialError(FrameworkError):
    """A credential is missing, malformed, or stored where it cannot be read; never says a value."""


class NotJsonError(FrameworkError):
    """A value that should travel as JSON cannot be expressed in it."""


# The journal.


class JournalError(FrameworkError):
    """Base of the errors of reading and writing journals."""


class JournalConflictError(JournalError):
    """Another writer appended first; this writer must stop."""


class JournalLockedError(JournalError):
    """Another process is writing this run."""


class JournalCorruptError(JournalError):
    """A stored journal does not read back as what was written."""


class JournalWriteError(JournalError):
    """The journal could not be written (disk full, permission, device error)."""


class RunExistsError(JournalError):
    """A run with this id is already stored."""


class RunNotFoundError(JournalError):
    """No run with this id is stored."""


class RunIdError(JournalError):
    """The text cannot be a run's id where its journal is stored."""


class JournalReadOnlyError(JournalError):
    """Something that only shows a journal was asked to change it."""


class BlobNotFoundError(JournalError):
    """The journal refers to content that is not stored."""


# Models.


class ProviderError(FrameworkError):
    """A model provider could not answer.

    Attributes:
        retryable: whether the same request may succeed later.
        status: the HTTP status, when there was one.
        retry_after_s: seconds the provider asked to wait, when it did.
        is_free: whether the request surely costs nothing, as it was refused or never arrived.
    """

    _is_never_asked: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = False,
        status: int | None = None,
        retry_after_s: float | None = None,
        is_free: bool = False,
    ) -> None:
        """Keep the facts a retry decision needs; what was refused with a ``status`` is free."""
        super().__init__(message)
        self.is_free = is_free or status is not None or self._is_never_asked
        self.retryable = retryable
        self.status = status
        self.retry_after_s = retry_after_s


class ModelNotFoundError(ProviderError):
    """No provider knows the model, or its weights are not installed."""

    _is_never_asked = True


class MissingCredentialError(ProviderError):
    """The provider needs a key that is not configured."""

    _is_never_asked = True


class BudgetExceededError(ProviderError):
    """A model may not be asked, because a budget would be passed."""

    _is_never_asked = True


# Tools.


class ToolError(FrameworkError):
    """A tool could not be registered or called; a model sees the message as the result."""


class UnknownToolError(ToolError):
    """A declared tool is not available; ``tool`` and ``available`` say which."""

    def __init__(self, tool: str, available: Sequence[str]) -> None:
        """Name the missing tool and list the available ones."""
        self.tool = tool
        self.available = tuple(available)
        names = ", ".join(sorted(self.available)) or "none"
        super().__init__(f"The tool '{tool}' is not available. Available tools are: {names}")


class CallInDoubtError(ToolError):
    """A tool cannot know whether its call took effect; raise it from a tool that lost its connection, say."""


class McpServerError(ToolError):
    """An MCP server is described wrongly, cannot be started or reached, or did not answer as it should.

    Attributes:
        server: its name in the configuration, None when the whole configuration is meant.
    """

    def __init__(self, message: str, *, server: str | None = None) -> None:
        """Keep the server that is at fault."""
        super().__init__(message)
        self.server = server


class McpCallLostError(McpServerError, CallInDoubtError):
    """The connection to an MCP server was lost while it served a call."""


# Running.


class NodeError(FrameworkError):
    """A node failed; ``retryable`` says whether another attempt may help."""

    def __init__(self, message: str, *, node_id: str, retryable: bool = True) -> None:
        """Keep the node that failed."""
        super().__init__(message)
        self.node_id = node_id
        self.retryable = retryable


class StallError(NodeError):
    """The model repeats itself and makes no progress."""


class EscalatedError(NodeError):
    """A judge or the model escalated instead of finishing."""


class IterationsExhaustedError(NodeError):
    """The judge never accepted within the allowed iterations."""


class ConversationTooLargeError(NodeError):
    """The conversation cannot be compacted below its limit."""


class OutputContractError(NodeError):
    """A node produced something other than its declared outputs."""


class NodeTimeoutError(NodeError):
    """One attempt of a node took longer than its ``timeout_s``."""


class NodeAbandonedError(NodeError):
    """A person gave up a node of which nobody knows whether it took effect."""


class RunTimeoutError(FrameworkError):
    """A run took longer than its graph's ``timeout_s``."""


class StepLimitError(FrameworkError):
    """A run used up ``max_steps``."""


class OfflineError(FrameworkError):
    """Something wanted to reach the network while a run is replayed."""


class PacketError(FrameworkError):
    """A failure packet cannot be made, read or replayed."""


class RunPausedError(FrameworkError):
    """The run stops here until a person answers; ``node_id`` is where."""

    def __init__(self, message: str, *, node_id: str) -> None:
        """Keep the node at which the run waits."""
        super().__init__(message)
        self.node_id = node_id


# Many runs.


class RuntimeStoppedError(FrameworkError):
    """A run was asked for while the runtime is not started."""


class QueueFullError(FrameworkError):
    """As many runs or messages wait as may; ask again later."""


class WebhookRefusedError(FrameworkError):
    """A delivery to a webhook was refused; ``status`` is the HTTP status that says so."""

    def __init__(self, message: str, *, status: int) -> None:
        """Keep the HTTP status of the refusal."""
        super().__init__(message)
        self.status = status
