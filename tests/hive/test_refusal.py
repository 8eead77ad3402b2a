"""What refuses says so in one shape, whoever gives the answer."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from hive.control.api.refusals import answer_to
from hive.errors import UnavailableError
from hive.refusal import Refusal, raw_refusal, refusal_messages

SENTENCE = "Too many wait \N{HONEYBEE}."


def test_a_server_answers_in_the_shape_of_an_app() -> None:
    headers, body = raw_refusal(HTTPStatus.SERVICE_UNAVAILABLE, SENTENCE)
    answer = answer_to(UnavailableError(SENTENCE))
    assert json.loads(body) == json.loads(bytes(answer.body)) == {"error": SENTENCE, "faults": []}
    assert dict(headers) == dict(answer.raw_headers) | {b"content-length": str(len(body)).encode()}
    assert Refusal.model_validate_json(body).error == SENTENCE


@pytest.mark.parametrize("status", [HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE])
@pytest.mark.parametrize("is_last", [True, False])
def test_it_says_when_to_come_again_and_whether_the_connection_ends(
    status: HTTPStatus, *, is_last: bool
) -> None:
    headers = dict(raw_refusal(status, SENTENCE, is_last=is_last)[0])
    assert headers.get(b"retry-after") == (b"5" if status == HTTPStatus.SERVICE_UNAVAILABLE else None)
    assert headers.get(b"connection") == (b"close" if is_last else None)


@pytest.mark.parametrize("prefix", ["", "websocket."])
def test_it_is_sent_as_two_messages(prefix: str) -> None:
    start, body = refusal_messages(HTTPStatus.SERVICE_UNAVAILABLE, SENTENCE, prefix=prefix)
    assert (start["type"], body["type"]) == (f"{prefix}http.response.start", f"{prefix}http.response.body")
    assert (start["status"], start["headers"], body["body"]) == (
        503,
        *raw_refusal(HTTPStatus.SERVICE_UNAVAILABLE, SENTENCE),
    )
