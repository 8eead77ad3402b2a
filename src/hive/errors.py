"""Every error of the platform, as one tree; the messages are sentences for a person."""

from __future__ import annotations


class HiveError(Exception):
    """Base of all errors raised by the platform."""


class NoSuchRunError(HiveError):
    """No stored run, or more than one, goes by the given name."""


class PackageUnknownError(HiveError):
    """A stored run does not say of which package it is, or that package is gone."""


class NoSuchCredentialError(HiveError):
    """No credential of the given name is stored."""


class RunInterruptedError(HiveError):
    """A person, or the end of the terminal, stopped the command; the message says what became of the run."""


class ResultNotWrittenError(HiveError):
    """What a command has to say could not be written to where it was sent."""


class CannotServeError(HiveError):
    """An agent cannot be served: it lists nothing to serve, or not where that was asked for."""


class ControlError(HiveError):
    """Base of what the control plane refuses, or cannot do now."""


class NotSignedInError(ControlError):
    """Nobody is named by the request, or what names somebody does not count."""


class NotAllowedError(ControlError):
    """The caller's role or scopes do not allow it."""


class NotKnownError(ControlError):
    """There is nothing by that name for this caller."""


class ConflictError(ControlError):
    """It contradicts what is stored."""


class RefusedInputError(ControlError):
    """What a person sent cannot be taken."""


class TooManyRequestsError(ControlError):
    """The caller asks too often.

    Attributes:
        retry_after_s: seconds after which it may ask again.
    """

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnavailableError(ControlError):
    """A part the control plane stands on is out of reach; trying again later helps."""


class ControlSetupError(ControlError):
    """The control plane cannot be started or administered as it is set up."""
