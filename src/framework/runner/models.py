"""The models of one agent: each request goes to the provider of the model it names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from framework.llm.resolve import LOCAL, provider_for
from framework.llm.weights import SUFFIX, locate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from framework.llm.base import LLMProvider, ModelRequest
    from framework.llm.remote.vendors import FindKey
    from framework.llm.stream import StreamEvent
    from framework.settings import Settings


class ModelRouter:
    """A provider made of the providers of several models.

    Attributes:
        model: answers the requests that name none.
    """

    def __init__(
        self,
        model: str,
        *,
        settings: Settings,
        temperature: float | None = None,
        find_key: FindKey | None = None,
    ) -> None:
        """Send requests to ``model`` unless they name another.

        Args:
            model: the default model's full name, for example ``local/smollm2``.
            settings: keys, address and the folder of weights.
            temperature: of requests that say nothing about it.
            find_key: gives a vendor's key by the name of its variable, when the settings hold none; by
                default from the environment and the store of credentials.
        """
        self.model = model
        self._settings = settings
        self._temperature = temperature
        self._find_key = find_key
        self._providers: dict[str, LLMProvider] = {}

    def prepare(self, models: Iterable[str]) -> None:
        """Find the providers of ``models`` now, so that what is missing shows before a run begins.

        Raises:
            ModelNotFoundError: if no provider knows a model, or its weights are not installed.
            MissingCredentialError: if a provider needs a key and none is configured.
        """
        for name in models:
            self._provider(name)

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer of the model that the request names.

        Raises:
            ProviderError: when its provider cannot answer.
        """
        provider = self._provider(request.model or self.model)
        temperature = self._temperature if request.temperature is None else request.temperature
        async for event in provider.stream(replace(request, model="", temperature=temperature)):
            yield event

    def _provider(self, name: str) -> LLMProvider:
        if name not in self._providers:
            provider = provider_for(name, settings=self._settings, find_key=self._find_key)
            if name.startswith(LOCAL) or name.endswith(SUFFIX):
                locate(name.removeprefix(LOCAL), root=self._settings.models)
            self._providers[name] = provider
        return self._providers[name]
