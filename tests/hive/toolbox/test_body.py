from __future__ import annotations

import gzip
import tracemalloc
import zlib

import httpx
import pytest

from framework.errors import ToolError
from hive.toolbox.body import read_body


def answer(content: bytes, encoding: str = "") -> httpx.Response:
    class Stream(httpx.AsyncByteStream):
        async def __aiter__(self):
            for start in range(0, len(content), 65_536):
                yield content[start : start + 65_536]

    return httpx.Response(200, headers={"content-encoding": encoding} if encoding else {}, stream=Stream())


@pytest.mark.parametrize("size", [0, 1, 999, 1000])
@pytest.mark.parametrize(
    ("encoding", "pack"), [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_a_body_within_the_limit_is_whole(size: int, encoding: str, pack: type[bytes]) -> None:
    assert await read_body(answer(pack(b"x" * size), encoding), 1000) == (b"x" * size, False)


@pytest.mark.parametrize(("encoding", "pack"), [("", bytes), ("gzip", gzip.compress)])
async def test_a_body_beyond_the_limit_is_cut(encoding: str, pack: type[bytes]) -> None:
    assert await read_body(answer(pack(b"x" * 1001), encoding), 1000) == (b"x" * 1000, True)


async def test_a_bomb_is_never_held_unpacked() -> None:
    bomb = answer(gzip.compress(bytes(50_000_000)), "gzip")
    tracemalloc.start()
    try:
        body, is_cut = await read_body(bomb, 100_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (len(body), is_cut) == (100_000, True)
    assert peak < 1_000_000


async def test_what_follows_the_end_of_the_packing_is_left() -> None:
    assert await read_body(answer(gzip.compress(b"page") + b"more", "gzip"), 1000) == (b"page", False)


async def test_a_packing_that_breaks_off_gives_what_came() -> None:
    packed = gzip.compress(b"page " * 50)
    body, is_cut = await read_body(answer(packed[:-9], "gzip"), 1000)
    assert (b"page " * 50).startswith(body)
    assert not is_cut


async def test_an_unknown_packing_is_named() -> None:
    with pytest.raises(ToolError, match="packed as 'br'"):
        await read_body(answer(b"x", "br"), 1000)
