"""From an error to what the person is told and the code the process ends with."""

from __future__ import annotations

from framework.errors import (
    BlobNotFoundError,
    CredentialError,
    ExpressionError,
    FrameworkError,
    InputError,
    JournalCorruptError,
    McpServerError,
    MissingCredentialError,
    ModelNotFoundError,
    NotJsonError,
    PackageError,
    PacketError,
    RunIdError,
    RunNotFoundError,
    RunPausedError,
    SettingsError,
    SpecError,
    UnknownToolError,
)
from hive.errors import (
    CannotServeError,
    ControlSetupError,
    HiveError,
    NoSuchCredentialError,
    NoSuchRunError,
    NotKnownError,
    PackageUnknownError,
    RunInterruptedError,
)

OK = 0
FAILED = 1
USAGE = 2
WAITING = 3
INTERRUPTED = 130

_USAGE_ERRORS = (
    BlobNotFoundError,
    CannotServeError,
    ControlSetupError,
    CredentialError,
    ExpressionError,
    InputError,
    JournalCorruptError,
    McpServerError,
    MissingCredentialError,
    ModelNotFoundError,
    NoSuchCredentialError,
    NoSuchRunError,
    NotKnownError,
    NotJsonError,
    PackageError,
    PackageUnknownError,
    PacketError,
    RunIdError,
    RunNotFoundError,
    SettingsError,
    SpecError,
    UnknownToolError,
)


def exit_code_of(error: BaseException) -> int:
    """Return the exit code of a command that ended with ``error``."""
    if isinstance(error, RunInterruptedError):
        return INTERRUPTED
    if isinstance(error, RunPausedError):
        return WAITING
    return USAGE if isinstance(error, _USAGE_ERRORS) else FAILED


def is_expected(error: BaseException) -> bool:
    """Whether the error's message is a sentence written for a person."""
    return isinstance(error, (FrameworkError, HiveError))
