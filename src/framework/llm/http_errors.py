"""What a failed HTTP answer of a model's service means, as one of our errors."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

import orjson

from framework.errors import MissingCredentialError, ModelNotFoundError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

DETAIL_LIMIT = 300

_UNAUTHORIZED = frozenset({401, 403})
_RETRYABLE = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500
_NOT_FOUND = 404
_NO_MONEY_LEFT = "insufficient_quota"


def status_error(
    status: int, headers: Mapping[str, str], body: bytes, *, model: str, now: datetime
) -> ProviderError:
    """Return the error that an answer with the HTTP status ``status`` stands for."""
    detail, code = _detail(body)
    said = f" It said: {detail}" if detail else ""
    if status in _UNAUTHORIZED:
        return MissingCredentialError(
            f"The model's service refused the key (HTTP {status}); set HIVE_API_KEY or OPENAI_API_KEY "
            f"to a key that may use {model!r}.{said}",
            status=status,
        )
    if status == _NOT_FOUND or code == "model_not_found":
        return ModelNotFoundError(
            f"The model's service does not know {model!r} (HTTP {status}); check the model's name and the "
            f"address in HIVE_API_BASE.{said}",
            status=status,
        )
    retryable = (status in _RETRYABLE or status >= _SERVER_ERROR) and code != _NO_MONEY_LEFT
    return ProviderError(
        f"The model's service answered {model!r} with HTTP {status}.{said}",
        retryable=retryable,
        status=status,
        retry_after_s=retry_after(headers, now) if retryable else None,
    )


def stream_error(error: object, *, model: str) -> ProviderError:
    """Return the error that an error object in the middle of a stream stands for."""
    facts = cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": error}
    detail, code = _described(facts)
    number: object = facts.get("code")
    status = number if isinstance(number, int) else None
    retryable = status is None or status in _RETRYABLE or status >= _SERVER_ERROR
    return ProviderError(
        f"The model's service broke off its answer as {model!r}. It said: {detail or 'nothing'}",
        retryable=retryable and code != _NO_MONEY_LEFT,
        status=status,
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds the service asked to wait, given in seconds or as a date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text, now)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return math.nan
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _detail(body: bytes) -> tuple[str, str]:
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _shortened(body.decode("utf-8", errors="replace")), ""
    content = cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
    error: object = content.get("error", content)
    return _described(cast("dict[str, Any]", error) if isinstance(error, dict) else {"message": error})


def _described(facts: Mapping[str, Any]) -> tuple[str, str]:
    code = facts.get("code") or facts.get("type") or ""
    return _shortened(str(facts.get("message") or facts.get("detail") or "")), str(code)


def _shortened(text: str) -> str:
    return " ".join(text.split())[:DETAIL_LIMIT]
