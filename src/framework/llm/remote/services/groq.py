"""Groq."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx as HTTP  # noqa: N812  (a constant of every module here)
from groq import AsyncGroq
from pydantic_ai.models.groq import GroqModel
from pydantic_ai.providers.groq import GroqProvider

from framework.llm.remote.access import NO_KEY

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from framework.llm.remote.access import Access

__all__ = ["HTTP", "model"]


def model(access: Access, name: str, http: HTTP.AsyncClient) -> Model[Any]:
    """Return the model ``name``."""
    client = AsyncGroq(
        api_key=access.key or NO_KEY,
        base_url=access.address,
        http_client=http,
        timeout=http.timeout,
        max_retries=0,
    )
    return GroqModel(name, provider=GroqProvider(groq_client=client))
