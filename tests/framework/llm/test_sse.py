"""Events are found in the bytes wherever the network cut them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import ProviderError
from framework.llm import sse
from framework.llm.sse import event_data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def cut(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def events(content: bytes, size: int = 1000) -> list[str]:
    return [data async for data in event_data(cut(content, size))]


async def test_events_end_at_an_empty_line():
    assert await events(b"data: a\n\ndata: b\n\n") == ["a", "b"]


async def test_comments_and_other_fields_are_left_out():
    assert await events(b": ping\n\nevent: x\nid: 3\ndata:a\n\n") == ["a"]


async def test_data_lines_of_one_event_are_joined():
    assert await events(b"data: a\r\ndata: b\r\n\r\n") == ["a\nb"]


async def test_the_last_event_needs_no_empty_line():
    assert await events(b"data: a\n\ndata: b") == ["a", "b"]


@given(size=st.integers(1, 40))
async def test_where_the_bytes_are_cut_does_not_matter(size):
    content = 'data: {"x": "\u00e9\U0001f600"}\n\n: p\n\ndata: [DONE]\n\n'.encode()

    assert await events(content, size) == ['{"x": "\u00e9\U0001f600"}', "[DONE]"]


async def test_an_endless_answer_is_cut_off(monkeypatch):
    monkeypatch.setattr(sse, "STREAM_LIMIT", 100)

    with pytest.raises(ProviderError, match="was cut off"):
        await events(b"x" * 200, 50)
