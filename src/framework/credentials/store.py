"""The store: credentials encrypted in one file of the home folder."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from framework.credentials.base import check_name, check_value
from framework.credentials.cipher import Cipher, create_cipher, load_cipher
from framework.durable_file import locked, replace_file
from framework.errors import CredentialError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VERSION = 1

STORE_FILE = "credentials.json"
KEY_FILE = "credentials.key"
_LOCK_FILE = "credentials.lock"

_KEPT = ConfigDict(extra="allow")


class _Entry(BaseModel):
    model_config = _KEPT

    token: str
    created_at: AwareDatetime


class _Content(BaseModel):
    model_config = _KEPT

    version: int = VERSION
    credentials: dict[str, _Entry] = Field(default_factory=dict[str, _Entry])


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredential:
    """What may be told of a stored credential: never its value."""

    name: str
    created_at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class CredentialStore:
    """Credentials in ``credentials.json`` of a folder, under the key in ``credentials.key`` beside it.

    Any number of processes may use one store; each change reads, changes and
    replaces the file under a lock.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environ: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        """Use the store in ``folder``, which need not exist until something is set.

        Args:
            folder: the home folder.
            environ: may hold the key as ``HIVE_CREDENTIALS_KEY``; that of the process by default.
            now: tells the time, with its zone.
        """
        self.path = folder / STORE_FILE
        self._key_file = folder / KEY_FILE
        self._lock_file = folder / _LOCK_FILE
        self._environ = os.environ if environ is None else environ
        self._now = now

    def get(self, name: str) -> str | None:
        """Return the value of ``name``; None if it is not stored.

        Raises:
            CredentialError: if the name is malformed, or the store or its key cannot be read.
        """
        entry = self._read().credentials.get(check_name(name))
        return None if entry is None else self._opened(name, entry)

    def set(self, name: str, value: str) -> None:
        """Store ``value`` as ``name``, in the place of what was stored so.

        Raises:
            CredentialError: if the name or the value cannot be used, or the store cannot be written.
        """
        check_value(check_name(name), value)

        def put(content: _Content) -> None:
            others = {key: entry for key, entry in content.credentials.items() if key != name}
            cipher = self._cipher_of(others)
            entry = _Entry(token=cipher.sealed(name, value), created_at=self._now())
            content.credentials[name] = entry

        self._change(put)

    def remove(self, name: str) -> bool:
        """Forget ``name``; return whether it was stored. It needs no key.

        Raises:
            CredentialError: if the name is malformed, or the store cannot be read or written.
        """
        check_name(name)
        if name not in self._read().credentials:
            return False
        self._change(lambda content: content.credentials.pop(name, None))
        return True

    def list(self) -> tuple[StoredCredential, ...]:
        """Return what is stored, by name, without any value. It needs no key.

        Raises:
            CredentialError: if the store cannot be read.
        """
        entries = sorted(self._read().credentials.items())
        return tuple(StoredCredential(name=name, created_at=entry.created_at) for name, entry in entries)

    def check(self) -> int:
        """Open every stored credential and return how many there are.

        Raises:
            CredentialError: if one does not open, or the store cannot be read.
        """
        entries = self._read().credentials
        for name, entry in entries.items():
            self._opened(name, entry)
        return len(entries)

    def opened(self) -> dict[str, str]:
        """Return the stored values that open, by name; one that does not open is known to nobody here.

        Raises:
            CredentialError: if the store cannot be read.
        """
        found: dict[str, str] = {}
        for name, entry in self._read().credentials.items():
            with suppress(CredentialError):
                found[name] = self._opened(name, entry)
        return found

    def _opened(self, name: str, entry: _Entry) -> str:
        return load_cipher(self._key_file, self._environ).opened(name, entry.token)

    def _cipher_of(self, others: Mapping[str, _Entry]) -> Cipher:
        """Return the cipher that opens what is stored; one key for all, so that none is locked in."""
        if not others:
            return create_cipher(self._key_file, self._environ)
        cipher = load_cipher(self._key_file, self._environ)
        name, entry = next(iter(others.items()))
        cipher.opened(name, entry.token)
        return cipher

    def _change(self, change: Callable[[_Content], Any]) -> None:
        try:
            with locked(self._lock_file):
                content = self._read()
                change(content)
                record = content.model_dump(mode="json")
                replace_file(self.path, json.dumps(record, indent=2).encode() + b"\n")
        except OSError as error:
            raise CredentialError(
                f"The store {str(self.path)!r} cannot be written: {error.strerror}."
            ) from error

    def _read(self) -> _Content:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return _Content()
        except OSError as error:
            raise CredentialError(
                f"The store {str(self.path)!r} cannot be read: {error.strerror}."
            ) from error
        return self._parsed(text)

    def _parsed(self, text: bytes) -> _Content:
        try:
            content = _Content.model_validate_json(text)
        except ValidationError:
            raise CredentialError(
                f"The store {str(self.path)!r} is damaged; restore it from a copy, or remove it and set "
                "its credentials again."
            ) from None
        if content.version > VERSION:
            raise CredentialError(
                f"The store {str(self.path)!r} was written by a newer version of Hive (format "
                f"{content.version}, and this one reads {VERSION}); update Hive."
            )
        return content
