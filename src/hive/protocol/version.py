"""The version of the wire."""

PROTOCOL_VERSION = 1
"""Rises when a reader of the version before could misunderstand; new optional fields do not raise it."""
