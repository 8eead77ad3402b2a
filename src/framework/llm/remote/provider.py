"""One provider for the models behind a key or an address.

Transient failures are marked ``retryable`` and raised; trying again is the
caller's business. The key is sent to the service and shown nowhere else: not
in errors, even when the service repeats it, nor in the provider's ``repr``.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from framework.credentials import has_user, load_credentials
from framework.errors import MissingCredentialError, ModelNotFoundError, ProviderError
from framework.llm.remote.vendors import (
    KNOWN_FORMS,
    OPENAI,
    checked_key,
    how_to_give_a_key,
    key_of,
    require_library,
    split_name,
)
from framework.settings import has_port, home

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from framework.llm.base import ModelRequest
    from framework.llm.remote.vendors import FindKey, Vendor
    from framework.llm.stream import StreamEvent

SILENCE_S = 120.0
"""Seconds without a byte after which a service is given up."""


class LiteLLMProvider:
    """Streams answers of the models of one service.

    Its name is the one that agent packages import; the names of models follow
    the same convention, ``provider/model``.

    Attributes:
        model: the model's full name, as it was given.
    """

    def __init__(
        self,
        model: str,
        api_key: str | None = None,
        api_base: str | None = None,
        *,
        timeout_s: float = SILENCE_S,
        find_key: FindKey | None = None,
    ) -> None:
        """Speak to the service that the beginning of ``model`` names.

        Args:
            model: ``openai/NAME``, ``anthropic/NAME``, ``gemini/NAME``, ``groq/NAME``, ``mistral/NAME``,
                ``ollama/NAME``; with ``api_base`` any other name is one of an OpenAI-compatible service.
            api_key: the service's key; by default the vendor's own, which is never sent to
                another address.
            api_base: the service's address, when it is not the vendor's own.
            timeout_s: seconds without a byte after which the service is given up.
            find_key: gives a vendor's key by the name of its variable; by default from the
                environment and the store of credentials.

        Raises:
            ModelNotFoundError: if the name begins with no known service and no address is given.
            MissingCredentialError: if the service needs a key and there is none, or it cannot be sent.
            ProviderError: if the address or the installation cannot be used.
        """
        vendor, _ = split_name(model)
        if vendor is None and not api_base:
            raise ModelNotFoundError(
                f"No provider knows the model {model!r}. Known forms are: {KNOWN_FORMS}, and any name "
                "when HIVE_API_BASE gives the address of an OpenAI-compatible service."
            )
        self.model = model
        self._vendor = vendor or OPENAI
        self._address = _checked_address(api_base) if api_base else self._vendor.address
        vendors_key = None if api_key or api_base else key_of(self._vendor, find_key or _stored_key)
        self._key = checked_key(api_key or vendors_key)
        if self._vendor.variables and not self._key and not api_base:
            raise MissingCredentialError(
                f"The model {model!r} needs a key: {how_to_give_a_key(self._vendor)}."
            )
        require_library(self._vendor)
        self._timeout_s = timeout_s
        self._tls: Any = None

    def __repr__(self) -> str:
        return f"LiteLLMProvider({self.model!r}, api_base={self._address!r})"

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        """Stream the answer.

        Raises:
            MissingCredentialError: if the service refuses the key.
            ModelNotFoundError: if the service does not know the model.
            ProviderError: for everything else; ``retryable`` says whether to try again.
        """
        name = self._name(request.model or self.model)
        # The libraries take long enough to load to hold up everything else that runs.
        asking = await asyncio.to_thread(_load, self._vendor)
        if self._tls is None:
            self._tls = asking.tls_context()
        access = asking.Access(
            vendor=self._vendor, address=self._address, key=self._key, timeout_s=self._timeout_s
        )
        async with aclosing(asking.answered(request, name, access, tls=self._tls)) as events:
            async for event in events:
                yield event

    def _name(self, model: str) -> str:
        """Return the model's name as the service knows it."""
        vendor, rest = split_name(model)
        if vendor is self._vendor:
            return rest
        if vendor is not None and self._address == self._vendor.address:
            raise ModelNotFoundError(
                f"{self!r} speaks to {self._vendor.prefix} alone and cannot answer as {model!r}; "
                f"give it models named {self._vendor.prefix}/NAME."
            )
        return model


def _load(vendor: Vendor) -> Any:
    asking = import_module("framework.llm.remote.asking")
    asking.service_of(vendor)
    return asking


def _stored_key(name: str) -> str | None:
    return load_credentials(home()).get(name)


def _checked_address(address: str) -> str:
    if has_user(address):
        raise ProviderError(
            "The address of the model's service holds a user name or a password, which would be shown; "
            "write it without, and give the key as the service's key."
        )
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ProviderError(f"{address!r} is not the address of a service; write it as https://HOST/v1.")
    if not has_port(parts):
        raise ProviderError(f"The port of {address!r} cannot be used; it must be a number from 1 to 65535.")
    return address.rstrip("/")
