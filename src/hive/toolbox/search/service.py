"""Asks a search service that the operator configured for JSON.

Its address is the operator's word, so the guard of model-chosen URLs does not apply.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx

from framework.errors import ToolError
from hive.toolbox.body import read_body

_MAX_BYTES = 4_000_000
_REFUSALS = frozenset({401, 403})
_TOO_MANY = 429
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request; ``headers`` may hold a key and are never shown."""

    service: str
    url: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    refusal_advice: str


async def answer_of(question: Question, timeout_s: float) -> dict[str, object]:
    """Return the JSON object that the service answers with.

    Raises:
        ToolError: if it refuses, fails, is too slow or answers with something else.
    """
    try:
        async with asyncio.timeout(timeout_s):
            status, body = await _asked(question, timeout_s)
    except TimeoutError as error:
        raise ToolError(
            f"{question.service} did not answer within {timeout_s:g} s; try again later."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ToolError(
            f"{question.service} could not be reached ({type(error).__name__}); try again later."
        ) from error
    if status != _OK:
        raise _unusable(question, status)
    return _parsed(question, body)


async def _asked(question: Question, timeout_s: float) -> tuple[int, bytes]:
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", **question.headers}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=timeout_s, follow_redirects=False) as client,
        client.stream("GET", question.url, params=dict(question.parameters), headers=headers) as response,
    ):
        body, _ = await read_body(response, _MAX_BYTES)
        return response.status_code, body


def _unusable(question: Question, status: int) -> ToolError:
    if status in _REFUSALS:
        return ToolError(
            f"{question.service} refused the search (status {status}); {question.refusal_advice}."
        )
    if status == _TOO_MANY:
        return ToolError(f"{question.service} takes no more searches for now; wait, or go on without.")
    return ToolError(f"{question.service} answered with status {status}; try again later.")


def _parsed(question: Question, body: bytes) -> dict[str, object]:
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise ToolError(f"{question.service} answered with something else than results; try again later.")
    return cast("dict[str, object]", answer)
