"""What went wrong with a request, as one of our errors.

The original is not chained: it repeats what was sent and received, which may
hold the key.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx
import httpx2
import orjson
from pydantic_ai import exceptions as theirs

from framework.credentials.failure_text import without_secrets
from framework.errors import MissingCredentialError, ModelNotFoundError, ProviderError
from framework.llm.remote.vendors import how_to_give_a_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from framework.llm.remote.access import Access
    from framework.llm.remote.watch import Watch

DETAIL_LIMIT = 300

_BODY_LIMIT = 4096
_UNAUTHORIZED = frozenset({401, 403})
_RETRYABLE = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500
_NOT_FOUND = 404
_REFUSED_KEY = "API_KEY_INVALID"
"""How Gemini calls a refused key, which it answers with HTTP 400."""

_TELLING_PART = 4
"""Characters of a key that tell something of it."""

_TAG = re.compile(r"<[^<>]*>")
_TRANSPORT = (httpx.HTTPError, httpx.StreamError, httpx2.HTTPError, httpx2.StreamError)
_MALFORMED = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What the libraries raise over an answer of a shape they did not expect."""


@asynccontextmanager
async def told_as_ours(access: Access, name: str, watch: Watch) -> AsyncGenerator[None]:
    """Raise whatever goes wrong inside as a ``ProviderError``.

    Raises:
        MissingCredentialError: if the service refuses the key.
        ModelNotFoundError: if the service does not know the model.
        ProviderError: for everything else; ``retryable`` says whether to try again.
    """
    try:
        yield
    except ProviderError:
        raise
    except (theirs.AgentRunError, theirs.UserError, *_TRANSPORT, *_MALFORMED) as error:
        raise (watch.failure or _Telling(access, name, watch).told(error)) from None


class _Telling:
    """Puts errors of one request into words."""

    def __init__(self, access: Access, name: str, watch: Watch) -> None:
        self._access = access
        self._name = name
        self._watch = watch

    def told(self, error: Exception) -> ProviderError:
        match error:
            case theirs.ModelHTTPError():
                return self._refused(error)
            case theirs.ModelAPIError() if error.in_stream:
                return self._broken_off(error)
            case theirs.UserError():
                told = f"{self._name!r} cannot be asked this: {self._shown(str(error))}"
                return ProviderError(told, is_free=True)
            case _:
                told = self._transport(error) or self._malformed(error)
                return ProviderError(told, retryable=True, is_free=_never_connected(error))

    def _transport(self, error: Exception) -> str | None:
        service = f"model's service at {self._access.address!r}"
        match error:
            case theirs.ModelTimeoutError() | httpx.TimeoutException() | httpx2.TimeoutException():
                limit = f"{self._access.timeout_s:g} seconds"
            case theirs.ModelRequestTimeout():
                limit = f"{error.timeout:g} seconds, all in all"
            case _ if _never_connected(error):
                return f"The {service} cannot be reached; check the network and the address."
            case theirs.ModelConnectionError() | httpx.HTTPError() | httpx2.HTTPError():
                return f"The connection to the {service} broke off; try again."
            case _:
                return None
        return f"The {service} did not answer within {limit}; try again."

    def _refused(self, error: theirs.ModelHTTPError) -> ProviderError:
        status, detail = error.status_code, self._words(error.body)
        said = f" It said: {detail}" if detail else ""
        if status in _UNAUTHORIZED or _REFUSED_KEY in str(error.body):
            advice = how_to_give_a_key(self._access.vendor)
            return MissingCredentialError(
                f"The model's service refused the key (HTTP {status}); {advice}; "
                f"the key must be one that may use {self._name!r}.{said}",
                status=status,
            )
        if status == _NOT_FOUND or isinstance(error, theirs.ModelNotFoundError):
            return ModelNotFoundError(
                f"The model's service at {self._access.address!r} does not know {self._name!r} "
                f"(HTTP {status}); check the model's name and the address.{said}",
                status=status,
            )
        is_transient = status in _RETRYABLE or status >= _SERVER_ERROR
        retryable = is_transient and not isinstance(error, theirs.ModelQuotaExceededError)
        return ProviderError(
            f"The model's service answered {self._name!r} with HTTP {status}.{said}",
            retryable=retryable,
            status=status,
            retry_after_s=error.retry_after if retryable else None,
        )

    def _broken_off(self, error: theirs.ModelAPIError) -> ProviderError:
        final = (theirs.ModelQuotaExceededError, theirs.ModelRequestRejectedError)
        detail = self._words(error.body) or self._shown(str(error))
        return ProviderError(
            f"The model's service broke off its answer as {self._name!r}. It said: {detail or 'nothing'}",
            retryable=not isinstance(error, final),
        )

    def _malformed(self, error: Exception) -> str:
        detail = f"({type(error).__name__}: {self._shown(str(error))})"
        if self._watch.start and not self._watch.is_stream:
            detail = f"It said: {self._words(self._watch.start.decode('utf-8', 'replace'))}"
        return (
            f"The model's service sent an answer as {self._name!r} that cannot be read; try again. {detail}"
        )

    def _words(self, body: object) -> str:
        """Return the words of the service in the body of an error, as a person may see them."""
        return self._shown(_detail(self._without_key(body) if isinstance(body, str) else body))

    def _shown(self, text: str) -> str:
        """Return ``text`` short, on one line, without the key or another secret."""
        return " ".join(without_secrets(self._without_key(text)).split())[:DETAIL_LIMIT]

    def _without_key(self, text: str) -> str:
        """Return ``text`` without the key, and without the start of one where the text was cut."""
        key = self._access.key
        if not key:
            return text
        bare = text.replace(key, "***")
        cut = next((size for size in range(len(key) - 1, 0, -1) if bare.endswith(key[:size])), 0)
        return bare[: len(bare) - cut] if cut >= _TELLING_PART else bare


def _never_connected(error: Exception) -> bool:
    if isinstance(error, theirs.ModelConnectionError):
        return error.phase in {"pool", "connect"}
    return isinstance(error, httpx.ConnectError | httpx2.ConnectError)


def _detail(body: object) -> str:
    """Return the words of the service, wherever they stand in the body of its error."""
    if isinstance(body, str):
        try:
            parsed: object = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _TAG.sub(" ", body[:_BODY_LIMIT])
        return "" if isinstance(parsed, str) else _detail(parsed)
    if not isinstance(body, dict):
        return ""
    facts = cast("Mapping[str, Any]", body)
    inner = facts.get("error")
    if isinstance(inner, dict | str) and inner:
        return inner if isinstance(inner, str) else _detail(cast("object", inner))
    return str(facts.get("message") or facts.get("detail") or "")
