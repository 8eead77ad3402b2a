"""The secrets of an installation: made once, for their owner's eyes alone, never a default."""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from framework.durable_file import create_file, locked, replace_file
from hive.control.auth.tokens import NEW_KEY, KeyRing
from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "control-secrets.json"
_KEY_BYTES = 32
_KEPT = 2


class Secrets(BaseModel):
    """What the file holds.

    Attributes:
        current: id of the key that signs.
        signing_keys: the keys by their ids, in URL-safe base64.
        database_password: of the application's role, where it is made by us.
    """

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True)

    current: str
    signing_keys: dict[str, str]
    database_password: str

    def ring(self) -> KeyRing:
        """Return the keys that sign access tokens."""
        return KeyRing(
            current=self.current, keys={kid: _decoded(key) for kid, key in self.signing_keys.items()}
        )


def load_secrets(home: Path) -> Secrets:
    """Return the secrets of a home folder, making them the first time.

    Raises:
        ControlSetupError: if the file cannot be used.
    """
    path = home / _NAME
    try:
        with locked(home / f".{_NAME}.lock"):
            if not path.exists():
                kid = _new_id()
                fresh = Secrets(
                    current=kid, signing_keys={kid: new_key()}, database_password=secrets.token_urlsafe(32)
                )
                create_file(path, fresh.model_dump_json().encode())
            return _read(path)
    except OSError as error:
        raise ControlSetupError(f"The secrets in {str(path)!r} cannot be read or made ({error}).") from error


def rotate_signing_key(home: Path) -> str:
    """Let a new key sign from the next start on, and return its id; tokens of the one before still count.

    Raises:
        ControlSetupError: if the file cannot be used.
    """
    load_secrets(home)
    kid = _new_id()
    try:
        with locked(home / f".{_NAME}.lock"):
            known = _read(home / _NAME)
            kept = dict(list(known.signing_keys.items())[1 - _KEPT :])
            kept[kid] = new_key()
            turned = known.model_copy(update={"current": kid, "signing_keys": kept})
            replace_file(home / _NAME, turned.model_dump_json().encode())
    except OSError as error:
        raise ControlSetupError(
            f"The secrets in {str(home / _NAME)!r} cannot be written ({error})."
        ) from error
    return kid


def ring_of(text: str) -> KeyRing:
    """Return the keys written as ``ID:KEY,ID:KEY`` in ``HIVE_SIGNING_KEYS``, of which the first signs.

    Raises:
        ControlSetupError: if they cannot be read, or one is too short.
    """
    try:
        return _read_ring(text)
    except ControlSetupError as error:
        raise ControlSetupError(f"HIVE_SIGNING_KEYS cannot be used. {error}") from None


def _read_ring(text: str) -> KeyRing:
    pairs = [each.strip().partition(":") for each in text.split(",")]
    keys = {kid: _decoded(key) for kid, _, key in pairs}
    if len(keys) < len(pairs) or "" in keys:
        raise ControlSetupError(
            "Of the keys that sign tokens each needs an id of its own; write ID:KEY,ID:KEY."
        )
    return KeyRing(current=pairs[0][0], keys=keys)


def new_key() -> str:
    """Return a new key in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _new_id() -> str:
    return secrets.token_hex(4)


def _read(path: Path) -> Secrets:
    if path.stat().st_mode & 0o077:
        raise ControlSetupError(f"Others may read the secrets in {str(path)!r}; run: chmod 600 {path}")
    try:
        return Secrets.model_validate_json(path.read_bytes())
    except ValidationError:
        raise ControlSetupError(
            f"The secrets in {str(path)!r} cannot be read: the file is damaged; restore it."
        ) from None


def _decoded(key: str) -> bytes:
    padded = key + "=" * (-len(key) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ControlSetupError(f"A key that signs tokens is not in URL-safe base64; {NEW_KEY}") from None
