"""Asks a model once, and streams its answer. Loads the services' libraries."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from pydantic_ai.direct import model_request_stream

from framework.llm.remote.access import Access
from framework.llm.remote.answer import closing_events, event_of
from framework.llm.remote.clients import opened, service_of, tls_context
from framework.llm.remote.failures import told_as_ours
from framework.llm.remote.messages import conversation, parameters, settings
from framework.llm.remote.prices import cost_usd
from framework.llm.remote.watch import Watch

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from framework.llm.base import ModelRequest
    from framework.llm.stream import StreamEvent

LONGEST_ANSWER_S = 1800.0
"""Seconds after which an answer is given up, however lively it comes."""

# They tell a programmer of odd answers and settings; who runs an agent can do nothing about them.
warnings.filterwarnings("ignore", module=r"pydantic_ai\b")

__all__ = ["LONGEST_ANSWER_S", "Access", "answered", "service_of", "tls_context"]


async def answered(
    request: ModelRequest, name: str, access: Access, *, tls: ssl.SSLContext
) -> AsyncGenerator[StreamEvent]:
    """Stream the answer of the model that the service knows as ``name``.

    Raises:
        ProviderError: if there is none.
    """
    watch = Watch()
    async with (
        told_as_ours(access, name, watch),
        opened(access, name, watch=watch, tls=tls) as model,
        model_request_stream(
            model,
            conversation(request, model),
            model_settings=settings(request, model, longest_s=LONGEST_ANSWER_S),
            model_request_parameters=parameters(request, model),
            instrument=False,
        ) as stream,
    ):
        async for piece in stream:
            event = event_of(piece)
            if event is not None:
                yield event
        price = cost_usd(
            stream.usage, model=stream.model_name or name, vendor=access.vendor, address=access.address
        )
        for event in closing_events(stream, model=name, is_marked=watch.has_end, cost_usd=price):
            yield event
