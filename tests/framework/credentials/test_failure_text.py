from __future__ import annotations

import base64
import json
import logging
from typing import TYPE_CHECKING

import pytest

from framework.credentials import CredentialStore, TrackedCredentials, load_credentials
from framework.credentials.failure_text import SECRET, without_secrets
from framework.tools import RedactingFormatter
from tests.support.planted_secrets import IN_CONTEXT, KNOWN, SECRETS

if TYPE_CHECKING:
    from pathlib import Path

OWN_KEY = f"hive_{'0a' * 8}_{'1b' * 32}"


@pytest.mark.parametrize("secret", [*SECRETS.values(), OWN_KEY])
def test_what_looks_like_a_secret_is_taken_out(secret: str) -> None:
    assert secret not in without_secrets(f"see {secret} here")


@pytest.mark.parametrize("secret", SECRETS.values())
def test_what_follows_an_escaped_line_end_is_taken_out_too(secret: str) -> None:
    told = without_secrets(repr(f"see\n{secret}\nhere"))

    assert repr(secret)[1:-1] not in told


@pytest.mark.parametrize("name", IN_CONTEXT)
def test_what_stands_where_a_secret_stands_is_taken_out(name: str) -> None:
    text, secret = IN_CONTEXT[name]

    told = without_secrets(text.format(secret))

    assert secret not in told
    assert told.startswith(text.format(SECRET)[:20])


@pytest.mark.parametrize("form", [str, repr, json.dumps, lambda s: base64.b64encode(s.encode()).decode()])
def test_the_value_of_a_variable_named_like_a_secret_is_taken_out(
    form: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", KNOWN)
    assert callable(form)

    told = without_secrets(f"refused: {form(KNOWN)}")

    assert form(KNOWN).strip("\"'=") not in told
    assert SECRET in told


def test_the_value_of_another_variable_and_a_short_one_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_NAME", KNOWN)
    monkeypatch.setenv("SHOP_TOKEN", "true")

    assert without_secrets(f"it is true: {KNOWN}") == f"it is true: {KNOWN}"


@pytest.mark.parametrize(
    "text",
    [
        "Node 'n' did not return x; return it, or list it in nullable_output_keys.",
        "The password is required; set OPENAI_API_KEY, or run: hive credentials set OPENAI_API_KEY",
        "https://example.org:8080/a@b is no address",
        "error: [credential API_KEY] was refused",
    ],
)
def test_a_plain_sentence_stays_as_it_is(text: str) -> None:
    assert without_secrets(text) == text


def test_taking_out_twice_changes_nothing_more() -> None:
    text = " ".join([*SECRETS.values(), *(text.format(secret) for text, secret in IN_CONTEXT.values())])

    assert without_secrets(without_secrets(text)) == without_secrets(text)


def test_a_stored_credential_that_was_given_to_nobody_is_taken_out(tmp_path: Path) -> None:
    CredentialStore(tmp_path).set("SHOP", KNOWN)
    credentials = TrackedCredentials(load_credentials(tmp_path))

    assert credentials.failure_text(f"no {KNOWN}") == f"no {SECRET}"
    assert credentials.redacted(f"no {KNOWN}") == f"no {KNOWN}"
    credentials.get("SHOP")
    assert credentials.failure_text(f"no {KNOWN}") == "no [credential SHOP]"


def test_a_store_that_cannot_be_read_hides_no_failure(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{")

    assert TrackedCredentials(load_credentials(tmp_path)).failure_text("it broke") == "it broke"


def test_a_log_holds_no_secret_outside_a_tool_either() -> None:
    record = logging.LogRecord("x", logging.DEBUG, "f", 1, "sent %s", (f"Bearer {'q' * 30}",), None)

    assert RedactingFormatter("%(message)s").format(record) == f"sent Bearer {SECRET}"


@pytest.mark.parametrize(
    "hint",
    [
        "Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
        "Write it as redis://:PASSWORD@HOST:6379/0.",
        "Write it as https://USERNAME:PASS@example.org/.",
        "Write it as postgresql://<user>:<password>@<host>/<database>.",
    ],
)
def test_what_a_hint_leaves_to_fill_in_is_no_secret(hint: str) -> None:
    assert without_secrets(hint) == hint


@pytest.mark.parametrize(
    "secret",
    [
        "PASSWORD1",
        "password",
        "PASSWORDS",
        "PASS-WORD",
        "MYSECRET",
        "HUNTER",
        "USER",
        "xPASSWORD",
        "PASSWORD:x",
    ],
)
def test_a_password_that_looks_like_one_to_fill_in_is_a_secret(secret: str) -> None:
    told = without_secrets(f"postgresql://USER:{secret}@HOST/DATABASE")

    assert told == "postgresql://USER:[secret]@HOST/DATABASE"


@pytest.mark.parametrize("user", ["hive", "user", "ADMIN", "USERS"])
def test_the_word_password_is_a_secret_of_a_real_user(user: str) -> None:
    assert without_secrets(f"postgresql://{user}:PASSWORD@db/x") == f"postgresql://{user}:[secret]@db/x"


def test_a_known_secret_is_taken_out_though_it_is_a_word_to_fill_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "PASSWORD")

    assert without_secrets("postgresql://USER:PASSWORD@HOST/x") == "postgresql://USER:[secret]@HOST/x"
