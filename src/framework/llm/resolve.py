"""From the name of a model to the provider that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.credentials import load_credentials
from framework.errors import CredentialError
from framework.llm.remote.provider import LiteLLMProvider
from framework.llm.remote.vendors import OLLAMA, OPENAI, split_name, vendor_with_key

if TYPE_CHECKING:
    from framework.llm.base import LLMProvider
    from framework.llm.remote.vendors import FindKey
    from framework.settings import Settings

LOCAL = "local/"
DEFAULT_LOCAL = "local/smollm2"


def default_model(settings: Settings, *, find_key: FindKey | None = None) -> str:
    """Return the model of runs that name none: the configured one, or what works here.

    A key of HIVE_API_KEY is taken for one of OpenAI; else the first vendor whose key is at hand decides.
    """
    if settings.model:
        return settings.model
    if settings.api_key:
        return OPENAI.default_model
    try:
        vendor = vendor_with_key(find_key or load_credentials(settings.home).get)
    except CredentialError:  # the run that needs a credential tells of it; a guess needs none
        vendor = None
    return vendor.default_model if vendor else DEFAULT_LOCAL


def provider_for(model: str, *, settings: Settings, find_key: FindKey | None = None) -> LLMProvider:
    """Return the provider of ``model``; an empty name means the default model.

    ``local/NAME`` and paths of ``.gguf`` files run in this process. With an
    address configured every other name goes there, as one of an
    OpenAI-compatible service; without, the name begins with its service.

    Args:
        model: the model's full name.
        settings: the configured model, key, address and folder of weights.
        find_key: gives a vendor's key by the name of its variable, when the settings hold none; by
            default from the environment and the store of credentials.

    Raises:
        ModelNotFoundError: if no provider knows such a name.
        MissingCredentialError: if the provider needs a key and there is none.
        ProviderError: if the extra that the provider needs is not installed.
    """
    name = model or default_model(settings, find_key=find_key)
    if name.startswith(LOCAL) or name.endswith(".gguf"):
        return _local(name, settings)
    vendor, _ = split_name(name)
    if settings.api_base:
        is_elsewhere = vendor not in {None, OPENAI, OLLAMA}
        full_name = f"{OPENAI.prefix}/{name}" if is_elsewhere else name
        return LiteLLMProvider(full_name, settings.api_key, settings.api_base)
    key = settings.api_key if vendor and vendor.variables else None
    return LiteLLMProvider(name, key, find_key=find_key or load_credentials(settings.home).get)


def _local(name: str, settings: Settings) -> LLMProvider:
    from framework.llm.local import LocalProvider  # noqa: PLC0415  (runs an optional dependency)

    return LocalProvider(name, root=settings.models)
