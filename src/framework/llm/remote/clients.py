"""A model that can be asked, over a connection that is closed afterwards.

Nothing is kept between answers: a connection belongs to the event loop it was
opened in, and a provider may be used from several. What the services' own
libraries find in the environment never leaves: keys other than the given one,
and marks of an account elsewhere, are taken out of each request.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from pydantic_ai.models import Model

    from framework.llm.remote.access import Access
    from framework.llm.remote.vendors import Vendor
    from framework.llm.remote.watch import Watch

CONNECT_TIMEOUT_S = 10.0
_KEY_HEADERS = ("authorization", "x-api-key", "x-goog-api-key")
_ACCOUNT_HEADERS = ("openai-organization", "openai-project")


def service_of(vendor: Vendor) -> Any:
    """Return the module that speaks to the vendor's service, loading it when needed."""
    return import_module(f"framework.llm.remote.services.{vendor.service}")


def tls_context() -> ssl.SSLContext:
    """Return what secures connections; making it takes longer than using it, so it is kept."""
    return httpx2.create_ssl_context()


@asynccontextmanager
async def opened(
    access: Access, name: str, *, watch: Watch, tls: ssl.SSLContext
) -> AsyncGenerator[Model[Any]]:
    """Give the model ``name`` of the service, and close the connection at the end."""
    service = service_of(access.vendor)
    client = service.HTTP.AsyncClient(
        timeout=service.HTTP.Timeout(access.timeout_s, connect=min(CONNECT_TIMEOUT_S, access.timeout_s)),
        verify=tls,
        # The bytes are watched as they come, so they must come as they are.
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [_only_own_headers(access)], "response": [watch.watch]},
    )
    async with client:
        yield service.model(access, name, client)


def _only_own_headers(access: Access) -> Callable[[Any], Awaitable[None]]:
    async def take_out(request: Any) -> None:
        for header in _KEY_HEADERS:
            if not access.key or access.key not in request.headers.get(header, ""):
                request.headers.pop(header, None)
        if not access.is_vendors_own:
            for header in _ACCOUNT_HEADERS:
                request.headers.pop(header, None)

    return take_out
