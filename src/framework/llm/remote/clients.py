"""From an address and a key to a model that can be asked, over a connection that is closed afterwards.

Nothing is kept between answers: a connection belongs to the event loop it was
opened in, and a provider may be used from several. The services' own libraries
look for keys, addresses and headers in the environment; what they find there
never leaves, because everything is given to them and the rest is taken out of
each request.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
from pydantic_ai.settings import ModelSettings

from framework.llm.remote.vendors import OPENAI, Vendor

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from pydantic_ai.models import Model

    from framework.llm.remote.watch import Watch

CONNECT_TIMEOUT_S = 10.0
_NO_KEY = "none"
_KEY_HEADERS = ("authorization", "x-api-key", "x-goog-api-key")
_ACCOUNT_HEADERS = ("openai-organization", "openai-project")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a service is reached; ``timeout_s`` are the seconds it may stay silent."""

    vendor: Vendor
    address: str
    key: str
    timeout_s: float


def tls_context() -> ssl.SSLContext:
    """Return what secures connections; making it takes longer than using it, so it is kept."""
    return httpx2.create_ssl_context()


@asynccontextmanager
async def opened(
    access: Access, name: str, *, watch: Watch, tls: ssl.SSLContext
) -> AsyncGenerator[Model[Any]]:
    """Give the model ``name`` of the service, and close the connection at the end."""
    options: dict[str, Any] = {
        "verify": tls,
        # The bytes are watched as they come, so they must come as they are.
        "headers": {"Accept-Encoding": "identity"},
        "event_hooks": {"request": [_only_own_headers(access)], "response": [watch.watch]},
    }
    phases = {"timeout": access.timeout_s, "connect": min(CONNECT_TIMEOUT_S, access.timeout_s)}
    if access.vendor.prefix == "groq":
        async with httpx.AsyncClient(timeout=httpx.Timeout(**phases), **options) as older:
            yield _groq(access, name, older)
        return
    async with httpx2.AsyncClient(timeout=httpx2.Timeout(**phases), **options) as client:
        yield _MAKERS[access.vendor.prefix](access, name, client)


def _only_own_headers(access: Access) -> Callable[[Any], Awaitable[None]]:
    """Return a hook that takes keys other than ours, and marks of an account elsewhere, out of a request."""

    async def take_out(request: Any) -> None:
        for header in _KEY_HEADERS:
            if not access.key or access.key not in request.headers.get(header, ""):
                request.headers.pop(header, None)
        if access.address != OPENAI.address:
            for header in _ACCOUNT_HEADERS:
                request.headers.pop(header, None)

    return take_out


# The library of each service is loaded when a model of it is first asked: it may not be installed.


def _openai(access: Access, name: str, http: httpx2.AsyncClient) -> Model[Any]:
    from openai import AsyncOpenAI  # noqa: PLC0415  (an optional dependency)
    from pydantic_ai.profiles.openai import OpenAIModelProfile  # noqa: PLC0415  (needs an optional dependency)
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415  (needs an optional dependency)
    from pydantic_ai.providers.openai_compatible import (  # noqa: PLC0415  (needs an optional dependency)
        OpenAICompatibleProvider,
    )

    from framework.llm.remote.chat_calls import ChatModel  # noqa: PLC0415  (needs an optional dependency)

    client = AsyncOpenAI(
        api_key=access.key or _NO_KEY,
        base_url=access.address,
        http_client=http,
        timeout=http.timeout,
        max_retries=0,
    )
    if access.address == OPENAI.address:
        return ChatModel(name, provider=OpenAIProvider(openai_client=client))
    # OpenAI's newer models know only the longer name of the limit of tokens, other services only the shorter.
    profile = OpenAIModelProfile(
        openai_chat_supports_max_completion_tokens=False, supports_json_schema_output=True
    )
    return ChatModel(
        name, provider=OpenAICompatibleProvider("service", openai_client=client, profile=profile)
    )


def _anthropic(access: Access, name: str, http: httpx2.AsyncClient) -> Model[Any]:
    from anthropic import AsyncAnthropic  # noqa: PLC0415  (an optional dependency)
    from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415  (needs an optional dependency)
    from pydantic_ai.providers.anthropic import (  # noqa: PLC0415  (needs an optional dependency)
        AnthropicProvider,
    )

    client = AsyncAnthropic(
        api_key=access.key or _NO_KEY,
        base_url=access.address,
        http_client=http,
        timeout=http.timeout,
        max_retries=0,
    )
    return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))


def _gemini(access: Access, name: str, http: httpx2.AsyncClient) -> Model[Any]:
    from pydantic_ai.models.google import GoogleModel  # noqa: PLC0415  (needs an optional dependency)
    from pydantic_ai.providers.google import GoogleProvider  # noqa: PLC0415  (needs an optional dependency)

    provider = GoogleProvider(api_key=access.key or _NO_KEY, base_url=access.address, http_client=http)
    return GoogleModel(name, provider=provider)


def _groq(access: Access, name: str, http: httpx.AsyncClient) -> Model[Any]:
    from groq import AsyncGroq  # noqa: PLC0415  (an optional dependency)
    from pydantic_ai.models.groq import GroqModel  # noqa: PLC0415  (needs an optional dependency)
    from pydantic_ai.providers.groq import GroqProvider  # noqa: PLC0415  (needs an optional dependency)

    client = AsyncGroq(
        api_key=access.key or _NO_KEY,
        base_url=access.address,
        http_client=http,
        timeout=http.timeout,
        max_retries=0,
    )
    return GroqModel(name, provider=GroqProvider(groq_client=client))


def _mistral(access: Access, name: str, http: httpx2.AsyncClient) -> Model[Any]:
    from pydantic_ai.models.mistral import MistralModel  # noqa: PLC0415  (needs an optional dependency)
    from pydantic_ai.providers.mistral import MistralProvider  # noqa: PLC0415  (needs an optional dependency)

    provider = MistralProvider(api_key=access.key or _NO_KEY, base_url=access.address, http_client=http)
    # This library knows the time-out of a request alone, not that of the connection.
    return MistralModel(name, provider=provider, settings=ModelSettings(timeout=access.timeout_s))


_MAKERS: dict[str, Callable[[Access, str, httpx2.AsyncClient], Model[Any]]] = {
    "openai": _openai,
    "ollama": _openai,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "mistral": _mistral,
}
