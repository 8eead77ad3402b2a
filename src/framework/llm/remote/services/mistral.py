"""Mistral."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2 as HTTP  # noqa: N812  (a constant of every module here)
from pydantic_ai.models.mistral import MistralModel
from pydantic_ai.providers.mistral import MistralProvider
from pydantic_ai.settings import ModelSettings

from framework.llm.remote.access import NO_KEY

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from framework.llm.remote.access import Access

__all__ = ["HTTP", "model"]


def model(access: Access, name: str, http: HTTP.AsyncClient) -> Model[Any]:
    """Return the model ``name``."""
    provider = MistralProvider(api_key=access.key or NO_KEY, base_url=access.address, http_client=http)
    # This library knows the time-out of a request alone, not that of the connection.
    return MistralModel(name, provider=provider, settings=ModelSettings(timeout=access.timeout_s))
