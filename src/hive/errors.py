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
