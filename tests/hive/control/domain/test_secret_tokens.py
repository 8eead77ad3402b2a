"""Secrets shown once: 256 random bits each, read exactly, kept as digests."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from hive.control.domain.ids import new_session_id
from hive.control.domain.secret_tokens import (
    is_same,
    new_key,
    new_once_token,
    new_refresh_token,
    read_key,
    read_once_token,
    read_refresh_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_key_is_read_back_with_its_id_and_digest() -> None:
    key = new_key()
    assert read_key(key.text) == (key.key_id, key.digest)
    assert key.digest == sha256(key.text.encode()).digest()
    assert len(key.text.split("_")[2]) == 64


def test_a_refresh_token_is_read_back_with_its_session() -> None:
    session_id = new_session_id()
    token = new_refresh_token(session_id)
    assert read_refresh_token(token.text) == (session_id, token.digest)


def test_a_token_for_one_use_is_read_back() -> None:
    token = new_once_token()
    assert read_once_token(token.text) == token.digest


def test_no_two_are_alike() -> None:
    assert len({new_key().text for _ in range(100)} | {new_once_token().text for _ in range(100)}) == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: "",
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: t.upper(),
        lambda t: " " + t,
        lambda t: t + "\n",
    ],
)
def test_what_is_not_exactly_one_is_none(spoil: Callable[[str], str]) -> None:
    assert read_key(spoil(new_key().text)) is None
    assert read_once_token(spoil(new_once_token().text)) is None
    assert read_refresh_token(spoil(new_refresh_token(new_session_id()).text)) is None


def test_digests_are_compared() -> None:
    assert is_same(b"a" * 32, b"a" * 32)
    assert not is_same(b"a" * 32, b"b" * 32)
