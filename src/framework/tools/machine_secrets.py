"""Texts of failures and logs outside any run, without the secrets that this machine knows."""

from __future__ import annotations

from framework.credentials.chain import load_credentials
from framework.credentials.failure_text import without_secrets
from framework.errors import CredentialError, SettingsError
from framework.settings import home


def without_machine_secrets(text: str) -> str:
    """Return ``text`` as ``without_secrets`` gives it, and without the stored credentials."""
    return without_secrets(text, _stored())


def _stored() -> tuple[str, ...]:
    try:
        return tuple(load_credentials(home()).opened().values())
    except (CredentialError, SettingsError):
        return ()  # What cannot be read was given to nobody.
