"""From the name of a model to the provider that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.errors import MissingCredentialError, ModelNotFoundError

if TYPE_CHECKING:
    from framework.llm.base import LLMProvider
    from framework.settings import Settings

LOCAL = "local/"
OPENAI = "openai/"
DEFAULT_LOCAL = "local/smollm2"
DEFAULT_OPENAI = "openai/gpt-4o-mini"


def default_model(settings: Settings) -> str:
    """Return the model of runs that name none: the configured one, or what works here."""
    if settings.model:
        return settings.model
    return DEFAULT_OPENAI if settings.api_key else DEFAULT_LOCAL


def provider_for(model: str, *, settings: Settings) -> LLMProvider:
    """Return the provider of ``model``; an empty name means the default model.

    ``local/NAME`` and paths of ``.gguf`` files run in this process. With an
    address configured every other name goes there; without, ``openai/NAME``
    goes to OpenAI.

    Raises:
        ModelNotFoundError: if no provider knows such a name.
        MissingCredentialError: if the provider needs a key and none is configured.
    """
    name = model or default_model(settings)
    if name.startswith(LOCAL) or name.endswith(".gguf"):
        return _local(name, settings)
    if settings.api_base is None and not name.startswith(OPENAI):
        raise ModelNotFoundError(
            f"No provider knows the model {name!r}. Known forms are: local/NAME, local/PATH.gguf, "
            "openai/NAME, and any name when HIVE_API_BASE gives the address of an OpenAI-compatible service."
        )
    if settings.api_base is None and settings.api_key is None:
        raise MissingCredentialError(
            f"The model {name!r} needs a key: set HIVE_API_KEY or OPENAI_API_KEY, "
            f"or choose {DEFAULT_LOCAL!r}."
        )
    return _openai_compatible(name, settings)


def _local(name: str, settings: Settings) -> LLMProvider:
    from framework.llm.local import LocalProvider  # noqa: PLC0415  (runs an optional dependency)

    return LocalProvider(name, root=settings.models)


def _openai_compatible(name: str, settings: Settings) -> LLMProvider:
    from framework.llm.openai_compatible import (  # noqa: PLC0415  (the HTTP client loads only when used)
        OPENAI_BASE,
        OpenAICompatibleProvider,
    )

    return OpenAICompatibleProvider(
        name.removeprefix(OPENAI), api_key=settings.api_key, api_base=settings.api_base or OPENAI_BASE
    )
