"""Secrets that are shown once and stored as their SHA-256 alone: API keys, refresh tokens, links."""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from hive.control.domain.ids import KeyId, SessionId

_KEY = re.compile(r"hive_([0-9a-f]{16})_([0-9a-f]{64})")
_REFRESH = re.compile(r"refresh_([0-9a-f]{32})_([0-9a-f]{64})")
_ONCE = re.compile(r"[0-9a-f]{64}")
_KEY_ID_BYTES = 8
_SECRET_BYTES = 32


class NewKey(NamedTuple):
    """An API key as it is shown once."""

    key_id: KeyId
    text: str
    digest: bytes


class NewToken(NamedTuple):
    """A token as it is shown once."""

    text: str
    digest: bytes


class Presented(NamedTuple):
    """What a caller presents: the public half, and the digest of the whole."""

    public: str
    digest: bytes


def new_key() -> NewKey:
    """Return an API key of 256 random bits."""
    key_id = secrets.token_hex(_KEY_ID_BYTES)
    text = f"hive_{key_id}_{secrets.token_hex(_SECRET_BYTES)}"
    return NewKey(KeyId(key_id), text, _digest(text))


def new_refresh_token(session_id: SessionId) -> NewToken:
    """Return a refresh token of a session."""
    text = f"refresh_{session_id.hex}_{secrets.token_hex(_SECRET_BYTES)}"
    return NewToken(text, _digest(text))


def new_once_token() -> NewToken:
    """Return a token for one use: a link, an invitation."""
    text = secrets.token_hex(_SECRET_BYTES)
    return NewToken(text, _digest(text))


def read_key(text: str) -> Presented | None:
    """Return the id and digest of an API key, None if ``text`` is none."""
    return _read(_KEY, text)


def read_refresh_token(text: str) -> tuple[SessionId, bytes] | None:
    """Return the session and digest of a refresh token, None if ``text`` is none."""
    found = _read(_REFRESH, text)
    return None if found is None else (SessionId(UUID(found.public)), found.digest)


def read_once_token(text: str) -> bytes | None:
    """Return the digest of a token for one use, None if ``text`` is none."""
    return _digest(text) if _ONCE.fullmatch(text) else None


def is_same(digest: bytes, stored: bytes) -> bool:
    """Whether two digests are the same, in a time that tells nothing."""
    return hmac.compare_digest(digest, stored)


def _read(form: re.Pattern[str], text: str) -> Presented | None:
    found = form.fullmatch(text)
    return None if found is None else Presented(found[1], _digest(text))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
