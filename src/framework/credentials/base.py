"""What gives credentials by name, and what a name and a value must be."""

from __future__ import annotations

import re
from typing import Protocol, runtime_checkable

from framework.errors import CredentialError

MIN_CHARS = 4
"""A shorter value would be found in every text, and could not be told from it."""

MAX_BYTES = 64 * 1024

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,127}")


class Credentials(Protocol):
    """Gives credentials by name."""

    def get(self, name: str) -> str | None:
        """Return the value of the credential ``name``; None if there is none.

        Raises:
            CredentialError: if the name is malformed, or what is stored cannot be read.
        """
        ...


@runtime_checkable
class OpenCredentials(Protocol):
    """Can tell all values it keeps, so that they can be kept out of texts."""

    def opened(self) -> dict[str, str]:
        """Return the values that can be read, by name.

        Raises:
            CredentialError: if what is stored cannot be read.
        """
        ...


def check_name(name: str) -> str:
    """Return ``name`` if it can name a credential.

    The error does not repeat it: whoever mistakes a value for a name must not find it in a log.

    Raises:
        CredentialError: if it cannot.
    """
    if not _NAME.fullmatch(name):
        raise CredentialError(
            "A credential's name is a capital letter, then capital letters, digits and underscores "
            "(at most 128), such as BRAVE_API_KEY; what was given is not."
        )
    return name


def is_tellable(value: str) -> bool:
    """Whether ``value`` is long enough, without the white space around it, to be told from other text."""
    return len(value.strip()) >= MIN_CHARS


def check_value(name: str, value: str) -> str:
    """Return ``value`` if it can be the value of the credential ``name``.

    Raises:
        CredentialError: if it is too short to be kept out of texts, too long, or no text.
    """
    if not is_tellable(value):
        raise CredentialError(
            f"The value of {name!r} has fewer than {MIN_CHARS} characters, so it could not be kept out of "
            "what is journaled; give the whole credential."
        )
    if len(value.encode("utf-8", "replace")) > MAX_BYTES:
        raise CredentialError(f"The value of {name!r} is longer than {MAX_BYTES} bytes; give a shorter one.")
    if not value.isascii() and value.encode("utf-8", "replace").decode() != value:
        raise CredentialError(f"The value of {name!r} is not valid text; give it as UTF-8.")
    return value
