"""An HTTP status says what is wrong, and whether asking again may help."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from framework.errors import MissingCredentialError, ModelNotFoundError, ProviderError
from framework.llm.http_errors import DETAIL_LIMIT, retry_after, status_error, stream_error

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def error(status: int, body: str = "", headers: dict[str, str] | None = None) -> ProviderError:
    return status_error(status, headers or {}, body.encode(), model="m", now=NOW)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_the_variables(status):
    refused = error(status)

    assert isinstance(refused, MissingCredentialError)
    assert "HIVE_API_KEY or OPENAI_API_KEY" in str(refused)
    assert (refused.status, refused.retryable) == (status, False)


def test_an_unknown_model_is_named():
    assert isinstance(error(404), ModelNotFoundError)
    assert isinstance(error(400, '{"error": {"code": "model_not_found"}}'), ModelNotFoundError)
    assert "'m'" in str(error(404))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529])
def test_transient_failures_are_worth_a_retry(status):
    assert error(status, headers={"retry-after": "3"}).retryable
    assert error(status, headers={"retry-after": "3"}).retry_after_s == 3.0


@pytest.mark.parametrize("status", [302, 400, 413, 422])
def test_other_failures_are_not(status):
    refused = error(status, '{"error": {"message": "too\\n long"}}', {"retry-after": "3"})

    assert (refused.retryable, refused.retry_after_s) == (False, None)
    assert str(refused) == f"The model's service answered 'm' with HTTP {status}. It said: too long"


def test_an_empty_account_is_not_worth_a_retry():
    assert not error(429, '{"error": {"code": "insufficient_quota"}}').retryable


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "plain"}', "plain"),
        ('{"detail": "fast"}', "fast"),
        ('{"message": "top"}', "top"),
        ("<h1>no</h1>", "<h1>no</h1>"),
        ("[1]", ""),
    ],
)
def test_the_services_words_are_found_in_any_shape(body, said):
    assert str(error(400, body)).removeprefix("The model's service answered 'm' with HTTP 400.").strip() == (
        f"It said: {said}" if said else ""
    )


def test_long_words_are_shortened():
    assert len(str(error(400, "x" * 9999))) < DETAIL_LIMIT + 100


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2.5", 2.5),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 00:01:00 -0000", 60.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("inf", None),
        ("", None),
    ],
)
def test_the_wait_is_given_in_seconds_or_as_a_date(text, seconds):
    assert retry_after({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("given", "retryable", "status"),
    [
        ({"message": "busy"}, True, None),
        ({"message": "busy", "code": 503}, True, 503),
        ({"message": "bad", "code": 400}, False, 400),
        ({"message": "empty", "code": "insufficient_quota"}, False, None),
        ("text", True, None),
    ],
)
def test_an_error_inside_a_stream_is_told_like_a_status(given, retryable, status):
    broken = stream_error(given, model="m")

    assert (broken.retryable, broken.status) == (retryable, status)
    assert "broke off its answer as 'm'" in str(broken)
