"""Gemini."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2 as HTTP  # noqa: N812  (a constant of every module here)
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from framework.llm.remote.access import NO_KEY

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from framework.llm.remote.access import Access

__all__ = ["HTTP", "model"]


def model(access: Access, name: str, http: HTTP.AsyncClient) -> Model[Any]:
    """Return the model ``name``."""
    provider = GoogleProvider(api_key=access.key or NO_KEY, base_url=access.address, http_client=http)
    return GoogleModel(name, provider=provider)
