"""Secrets: made once, private, rotated, and never a default."""

from __future__ import annotations

import json
import secrets
import threading
from typing import TYPE_CHECKING

import pytest

from hive.control.app.secrets_file import load_secrets, new_key, ring_of, rotate_signing_key
from hive.errors import ControlSetupError

if TYPE_CHECKING:
    from pathlib import Path


def test_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    made = load_secrets(tmp_path / "home")
    assert load_secrets(tmp_path / "home") == made
    assert (tmp_path / "home" / "control-secrets.json").stat().st_mode & 0o777 == 0o600
    assert load_secrets(tmp_path / "other").ring() != made.ring()


def test_of_many_at_once_one_makes_them(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(load_secrets(tmp_path).current)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_rotated_key_signs_and_the_one_before_verifies(tmp_path: Path) -> None:
    before = load_secrets(tmp_path)
    kid = rotate_signing_key(tmp_path)
    after = load_secrets(tmp_path)
    assert (after.current, set(after.signing_keys)) == (kid, {before.current, kid})
    assert after.database_password == before.database_password
    rotate_signing_key(tmp_path)
    assert before.current not in load_secrets(tmp_path).signing_keys


def test_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    (tmp_path / "control-secrets.json").chmod(0o644)
    with pytest.raises(ControlSetupError, match="chmod 600"):
        load_secrets(tmp_path)


def test_a_broken_file_is_refused_without_showing_it(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    file = tmp_path / "control-secrets.json"
    file.write_text(json.dumps({"current": "hush", "signing_keys": 5}))
    with pytest.raises(ControlSetupError, match="cannot be read: the file is damaged; restore it") as caught:
        load_secrets(tmp_path)
    assert "hush" not in str(caught.value)


def test_keys_of_the_environment_are_read_and_the_first_signs() -> None:
    ring = ring_of(f"b:{new_key()}, a:{new_key()}")
    assert (ring.current, sorted(ring.keys)) == ("b", ["a", "b"])


def test_a_key_counts_with_its_padding_and_without() -> None:
    bare = secrets.token_urlsafe(32)
    assert ring_of(f"a:{bare}") == ring_of(f"a:{bare}=")


SOME = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.mark.parametrize(
    "text", ["", "a", "a:", "a:secret", "a:!!!!", "a:c2hvcnQ=", f":{SOME}", f"a:{SOME},a:{SOME}"]
)
def test_keys_that_are_no_secrets_are_refused(text: str) -> None:
    with pytest.raises(ControlSetupError, match=r"^HIVE_SIGNING_KEYS cannot be used\. ") as caught:
        ring_of(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "!!!!", "c2hvcnQ=", SOME[:-3]])
def test_how_a_key_is_made_is_told_for_every_wrong_one(key: str) -> None:
    with pytest.raises(ControlSetupError, match=r"make one with: openssl rand -base64 32 \| tr \+/ -_$"):
        ring_of(f"a:{key}")
