"""Anthropic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2 as HTTP  # noqa: N812  (a constant of every module here)
from anthropic import AsyncAnthropic
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from framework.llm.remote.access import NO_KEY

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from framework.llm.remote.access import Access

__all__ = ["HTTP", "model"]


def model(access: Access, name: str, http: HTTP.AsyncClient) -> Model[Any]:
    """Return the model ``name``."""
    client = AsyncAnthropic(
        api_key=access.key or NO_KEY,
        base_url=access.address,
        http_client=http,
        timeout=http.timeout,
        max_retries=0,
    )
    return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=client))
