"""The cipher of the store, and the key it needs: of the environment, or of a file for its owner alone."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, cast

from framework.durable_file import PRIVATE, create_file
from framework.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.fernet import Fernet

KEY_VARIABLE = "HIVE_CREDENTIALS_KEY"

_OTHERS = 0o077


class Cipher:
    """Turns a credential into a token and back; a token opens only under the name it was made for."""

    __slots__ = ("_fernet", "_origin")

    def __init__(self, fernet: Fernet, origin: str) -> None:
        """Use ``fernet``, whose key came from ``origin``."""
        self._fernet = fernet
        self._origin = origin

    def sealed(self, name: str, value: str) -> str:
        """Return the token of a credential."""
        return self._fernet.encrypt(json.dumps({"name": name, "value": value}).encode()).decode()

    def opened(self, name: str, token: str) -> str:
        """Return the value in a token.

        Raises:
            CredentialError: if the key is another one, or the token is damaged or of another name.
        """
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  (loads only when something is stored)

        try:
            content = cast("dict[str, str]", json.loads(self._fernet.decrypt(token)))
        except InvalidToken:
            raise CredentialError(
                f"The stored credential {name!r} does not open with the key of {self._origin}: the key is "
                f"another one, or the credential is damaged. Restore the key, or set {name!r} again after "
                f"`hive credentials remove {name}`."
            ) from None
        if content["name"] != name:
            raise CredentialError(
                f"What is stored as {name!r} is another credential, so the file was changed by hand; "
                f"set {name!r} again."
            )
        return content["value"]


def load_cipher(key_file: Path, environ: Mapping[str, str]) -> Cipher:
    """Return the cipher of the key in the environment, or else in ``key_file``.

    Raises:
        CredentialError: if there is no key, it is malformed, or others than its owner can read its file.
    """
    said = environ.get(KEY_VARIABLE, "").strip()
    if said:
        return _cipher(said.encode(), f"${KEY_VARIABLE}")
    try:
        return _cipher(_read_private(key_file), repr(str(key_file)))
    except FileNotFoundError:
        raise CredentialError(
            f"Credentials are stored, but the key that opens them is not at {str(key_file)!r}; restore it, "
            f"or set {KEY_VARIABLE}, or remove the credentials and set them again."
        ) from None
    except OSError as error:
        raise CredentialError(f"The key {str(key_file)!r} cannot be read: {error.strerror}.") from None


def create_cipher(key_file: Path, environ: Mapping[str, str]) -> Cipher:
    """Return the cipher as ``load_cipher`` does, after making the key file where no key is.

    Raises:
        CredentialError: if the key cannot be used or made.
    """
    if not environ.get(KEY_VARIABLE, "").strip() and not key_file.exists():
        from cryptography.fernet import Fernet  # noqa: PLC0415  (loads only when something is stored)

        try:
            create_file(key_file, Fernet.generate_key() + b"\n")
        except OSError as error:
            raise CredentialError(f"The key {str(key_file)!r} cannot be made: {error.strerror}.") from None
    return load_cipher(key_file, environ)


def _cipher(key: bytes, origin: str) -> Cipher:
    from cryptography.fernet import Fernet  # noqa: PLC0415  (loads only when something is stored)

    try:
        return Cipher(Fernet(key.strip()), origin)
    except ValueError:
        raise CredentialError(
            f"The key of {origin} is not a key of the store (44 characters of URL-safe base64); restore it."
        ) from None


def _read_private(path: Path) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        if os.fstat(fd).st_mode & _OTHERS:
            raise CredentialError(
                f"Others than its owner have access to the key {str(path)!r}; "
                f"take it from them: chmod {PRIVATE:o} {path}"
            )
        return file.read(1024)
