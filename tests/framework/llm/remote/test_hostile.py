"""Whatever a service streams, the answer is an answer or one of our errors."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.errors import ProviderError
from framework.llm import LiteLLMProvider, LLMResponse, ModelRequest, collect
from framework.model.message import Message, Role
from tests.support.model_protocols import DIALECTS, Call, Dialect, Said, stream
from tests.support.model_service import serving

HELLO = ModelRequest(messages=[Message(Role.USER, "hello")])
SAID = Said(text=("a",), thoughts=("t",), calls=(Call("1", "f", ("{}",)),), read=3, written=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value inside ``value``, itself included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, inner in items for path in paths(inner, (*here, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def damaged(draw: st.DrawFn, dialect: Dialect) -> list[str]:
    """Return the events of an answer with one value in one of them replaced."""
    events = dialect.events(SAID)
    index = draw(st.sampled_from([n for n, event in enumerate(events) if "[DONE]" not in event]))
    head, _, data = events[index].rstrip().rpartition("data: ")
    content = json.loads(data)
    changed = replaced(content, draw(st.sampled_from(paths(content))), draw(JSON))
    events[index] = f"{head}data: {json.dumps(changed)}\n\n"
    return events


async def ask(dialect: Dialect, events: list[str]) -> LLMResponse | ProviderError:
    async with serving() as service:
        service.answer = stream(*events)
        base = service.base if dialect.vendor == "openai" else service.root
        try:
            return await collect(LiteLLMProvider(f"{dialect.vendor}/m", "k", base, timeout_s=2.0), HELLO)
        except ProviderError as error:
            return error


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.vendor)
@pytest.mark.filterwarnings("ignore:Failed to extract usage", "ignore::UserWarning")
def test_a_damaged_stream_is_an_answer_or_an_error_of_ours(dialect: Dialect) -> None:
    @settings(max_examples=15)
    @given(damaged(dialect))
    def holds(events: list[str]) -> None:
        outcome = asyncio.run(ask(dialect, events))

        if isinstance(outcome, LLMResponse):
            assert isinstance(outcome.content, str)
            assert all(
                isinstance(call.name, str) and isinstance(call.input, dict) for call in outcome.tool_calls
            )
            assert isinstance(outcome.input_tokens, int)
            assert isinstance(outcome.model, str)

    holds()
