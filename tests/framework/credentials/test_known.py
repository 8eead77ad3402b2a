"""The secrets of a machine are those of its store and of its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.credentials.known import known_secrets
from framework.credentials.store import CredentialStore

if TYPE_CHECKING:
    from pathlib import Path


def test_the_store_and_the_variables_named_like_secrets_are_known(tmp_path: Path) -> None:
    CredentialStore(tmp_path, environ={}).set("BRAVE_API_KEY", "stored-value")
    variables = {"MY_TOKEN": "from-the-environment", "HOME": "/home/ada-lovelace", "DEBUG_TOKEN": "true"}

    found = known_secrets(tmp_path, variables)

    assert found == {"BRAVE_API_KEY": "stored-value", "MY_TOKEN": "from-the-environment"}


def test_what_cannot_be_opened_is_left_out(tmp_path: Path) -> None:
    CredentialStore(tmp_path, environ={}).set("BRAVE_API_KEY", "stored-value")
    CredentialStore(tmp_path, environ={}).set("OTHER_KEY", "other-value")
    key = next(path for path in tmp_path.rglob("*key*") if path.is_file() and path.suffix != ".json")
    key.unlink()

    assert known_secrets(tmp_path, {}) == {}


def test_no_store_is_no_secret(tmp_path: Path) -> None:
    assert known_secrets(tmp_path / "none", {}) == {}
