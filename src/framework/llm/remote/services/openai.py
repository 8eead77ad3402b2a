"""OpenAI, and every service that speaks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2 as HTTP  # noqa: N812  (a constant of every module here)
from openai import AsyncOpenAI
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from framework.llm.remote.access import NO_KEY
from framework.llm.remote.services.chat_calls import ChatModel
from framework.llm.remote.vendors import OPENAI

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from framework.llm.remote.access import Access

__all__ = ["HTTP", "model"]

# OpenAI's newer models know only the longer name of the limit of tokens, other services only the shorter.
_OTHERS = OpenAIModelProfile(
    openai_chat_supports_max_completion_tokens=False, supports_json_schema_output=True
)


def model(access: Access, name: str, http: HTTP.AsyncClient) -> Model[Any]:
    """Return the model ``name``."""
    client = AsyncOpenAI(
        api_key=access.key or NO_KEY,
        base_url=access.address,
        http_client=http,
        timeout=http.timeout,
        max_retries=0,
    )
    if access.vendor.prefix == OPENAI.prefix and access.is_vendors_own:
        return ChatModel(name, provider=OpenAIProvider(openai_client=client))
    return ChatModel(
        name, provider=OpenAICompatibleProvider("service", openai_client=client, profile=_OTHERS)
    )
