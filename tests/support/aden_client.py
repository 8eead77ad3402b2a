"""The published client ``aden-py`` at work, in a thread with a loop of its own: it blocks now and then."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tests.support.model_service import ModelService

COMPLETION = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
}
CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
CHUNKS = [
    {**CHUNK, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hel"}}]},
    {**CHUNK, "choices": [{"index": 0, "delta": {"content": "lo."}, "finish_reason": "stop"}]},
    {**CHUNK, "choices": [], "usage": COMPLETION["usage"]},
]


class Agent:
    """A process that calls a model through the client."""

    def __init__(self, service: ModelService) -> None:
        self._service = service

    def call(self, prompt: str = "Hi", model: str = "gpt-4o") -> str:
        """Call the model as sync code does."""
        import openai

        with openai.OpenAI(api_key="k", base_url=self._service.base, max_retries=0) as client:
            answer = client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}]
            )
        return answer.choices[0].message.content or ""

    async def call_async(self) -> str:
        """Call the model as async code does."""
        import openai

        async with openai.AsyncOpenAI(api_key="k", base_url=self._service.base, max_retries=0) as client:
            answer = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "Hi"}]
            )
        return answer.choices[0].message.content or ""

    def stream(self) -> str:
        """Call the model and read its answer as it comes."""
        import openai

        with openai.OpenAI(api_key="k", base_url=self._service.base, max_retries=0) as client:
            chunks = client.chat.completions.create(
                model="gpt-4o",
                messages=[{"role": "user", "content": "Hi"}],
                stream=True,
                stream_options={"include_usage": True},
            )
            return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


@asynccontextmanager
async def instrumented(url: str, key: str, **options: Any) -> AsyncIterator[Any]:
    """Instrument the model's library, and give the control agent of the client."""
    aden = importlib.import_module("aden")
    made = await aden.instrument_async(
        aden.MeterOptions(emit_metric=lambda _: None, api_key=key, server_url=url, **options)
    )
    try:
        yield made.control_agent
    finally:
        # It sends what waits over HTTP; what is handed to a socket right before its end never leaves.
        await asyncio.to_thread(made.control_agent._stop_sync_flush_thread)
        await aden.uninstrument_async()


async def in_thread(work: Callable[[], Awaitable[Any]]) -> Any:
    """Run async work in a thread, with a loop of its own."""

    async def run() -> Any:
        return await work()

    return await asyncio.to_thread(lambda: asyncio.run(run()))
