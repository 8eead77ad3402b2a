"""Halves of requests are not waited for without a bound, and keep no whole one out."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from hive.listening import ServerOptions, address_of, listen, serve_until
from hive.lobby import MOST_GATHERED, Connection, Lobby, Waits, network_of
from hive.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n"
HALF_HEAD = HEAD[:30]
HALF_BODY = HEAD + b"12345"
WHOLE = HEAD + b"1234567890"
TOO_LATE, TOO_MANY = b"HTTP/1.1 408 Request Timeout", b"HTTP/1.1 503 Service Unavailable"
PATIENCE_S = 5.0


class Reading:
    """An app that reads the whole of a body before it answers, and remembers how each ended."""

    def __init__(self) -> None:
        self.inside = 0
        self.ended: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del scope
        self.inside += 1
        while (message := await receive()).get("more_body"):
            pass
        self.inside -= 1
        self.ended.append(message["type"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


class Site:
    """A server, and how many bytes it is sent by whom."""

    def __init__(self, url: str, lobby: Lobby, stack: AsyncExitStack) -> None:
        self.url = url
        self.lobby = lobby
        self.port = httpx.URL(url).port
        self._stack = stack

    async def send(self, sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection that sends this much."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._stack.callback(writer.close)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    async def status(self) -> int:
        """Send a request as a whole, and return the status of its answer."""
        async with httpx.AsyncClient() as client:
            return (await client.post(self.url, content=b"whole")).status_code


@asynccontextmanager
async def serving(app: Any, waits: Waits, most_requests: int = 100) -> AsyncIterator[Site]:
    ending = asyncio.Event()
    options = ServerOptions(most_requests=most_requests, last_requests_s=1, lobby=Lobby(waits))
    with listen("127.0.0.1", 0) as listening:
        served = asyncio.create_task(serve_until(ending, app, listening, options))
        async with AsyncExitStack() as stack:
            yield Site(address_of("127.0.0.1", listening), options.lobby, stack)
        ending.set()
        await asyncio.wait_for(served, 10)


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the server closes."""
    return await asyncio.wait_for(reader.read(), PATIENCE_S)


@pytest.mark.parametrize(
    ("before", "sent", "answer"),
    [
        (b"", b"", b""),
        (b"", HALF_HEAD, TOO_LATE),
        (b"", HALF_BODY, TOO_LATE),
        (WHOLE, HALF_HEAD, TOO_LATE),
        (WHOLE, HALF_BODY, TOO_LATE),
    ],
    ids=["nothing", "half a head", "half a body", "then half a head", "then half a body"],
)
async def test_what_does_not_come_in_time_is_refused(before: bytes, sent: bytes, answer: bytes) -> None:
    app = Reading()
    async with serving(app, Waits(head_s=0.1, body_s=0.1)) as site:
        reader, writer = await site.send(before)
        if before:
            assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE_S)
        writer.write(sent)
        came = await rest(reader)
        assert came.partition(b"\r\n")[0].strip() == answer
        if answer:
            assert set(json.loads(came.partition(b"\r\n\r\n")[2])) == {"error", "faults"}
    assert app.ended == ["http.request"] * bool(before)


@pytest.mark.parametrize("before", [b"", WHOLE])
async def test_what_is_no_http_is_refused_in_the_shape_of_all_that_refuse(before: bytes) -> None:
    async with serving(Reading(), Waits()) as site:
        reader, writer = await site.send(before)
        if before:
            assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE_S)
        writer.write(b"what is this\r\n\r\n")
        head, _, body = (await rest(reader)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request")
        assert Refusal.model_validate_json(body).error == "What came is no HTTP request."
        assert len(site.lobby) == 0


async def test_a_head_that_is_too_long_is_told_so() -> None:
    async with serving(Reading(), Waits()) as site:
        reader, _ = await site.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 20_000)
        head, _, body = (await rest(reader)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large")
        assert Refusal.model_validate_json(body).error == "The head of the request is too long."


async def test_what_is_no_http_spoils_no_answer_that_is_on_its_way() -> None:
    goes_on = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await goes_on.wait()
        await send({"type": "http.response.body", "body": b"ok"})

    async with serving(app, Waits()) as site:
        reader, writer = await site.send(WHOLE)
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        writer.write(b"what is this\r\n\r\n")
        await writer.drain()
        goes_on.set()
        assert b"HTTP/1.1" not in (await asyncio.wait_for(reader.readexactly(2), PATIENCE_S))


async def test_a_body_that_trickles_has_no_more_time_than_one_that_stops() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"1")
            await asyncio.sleep(0.02)

    async with serving(Reading(), Waits(head_s=20, body_s=0.3)) as site:
        reader, writer = await site.send(HEAD.replace(b"10", b"100000"))
        trickling = asyncio.create_task(trickle(writer))
        assert (await rest(reader)).startswith(TOO_LATE)
        trickling.cancel()


async def test_a_body_may_take_longer_than_a_head() -> None:
    async with serving(Reading(), Waits(head_s=0.1, body_s=20)) as site:
        reader, writer = await site.send(HALF_BODY)
        await asyncio.sleep(0.3)
        writer.write(b"67890")
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE_S)


@pytest.mark.parametrize("half", [b"", HALF_HEAD, HALF_BODY])
async def test_halves_keep_no_whole_request_out(half: bytes) -> None:
    app = Reading()
    async with serving(app, Waits(most=3), most_requests=4) as site:
        halves = [await site.send(half) for _ in range(12)]
        assert [await site.status() for _ in range(3)] == [200, 200, 200]
        first = await rest(halves[0][0])
        assert first.startswith(TOO_MANY)
        assert b"retry-after" in first
        assert len(app.ended) == 3  # The halves took nobody's time.
        assert site.lobby.refused[HTTPStatus.SERVICE_UNAVAILABLE] >= 9


async def test_one_connection_too_many_is_refused() -> None:
    async with serving(Reading(), Waits(most_open=2)) as site:
        first = [await site.send(HALF_BODY) for _ in range(2)]
        assert (await rest((await site.send(b""))[0])).startswith(TOO_MANY)
        for _, writer in first:
            writer.write(b"67890")
        for reader, _ in first:
            assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE_S)


async def test_a_whole_request_is_not_waited_for_however_long_it_takes() -> None:
    opened = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await opened.wait()
        await Reading()(scope, receive, send)

    async with serving(slow, Waits(head_s=0.1, body_s=0.1, most=1)) as site:
        reader, _ = await site.send(WHOLE)
        await asyncio.sleep(0.3)
        opened.set()
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE_S)


async def test_a_long_body_is_passed_on_as_it_comes() -> None:
    sizes: asyncio.Queue[int] = asyncio.Queue()

    async def measuring(scope: Any, receive: Any, send: Any) -> None:
        del scope
        size, is_more = 0, True
        while is_more:
            message = await receive()
            size += len(message["body"])
            is_more = message["more_body"]
            sizes.put_nowait(size)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async with serving(measuring, Waits()) as site:
        head = HEAD.replace(b"10", str(2 * MOST_GATHERED).encode())
        reader, writer = await site.send(head + bytes(MOST_GATHERED + 1))
        seen = await asyncio.wait_for(sizes.get(), PATIENCE_S)
        assert seen == MOST_GATHERED + 1
        writer.write(bytes(MOST_GATHERED - 1))
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"ok"), PATIENCE_S)
        while not sizes.empty():
            seen = sizes.get_nowait()
        assert seen == 2 * MOST_GATHERED


async def test_what_never_came_as_a_whole_is_asked_to_come_again_when_the_server_ends() -> None:
    async with AsyncExitStack() as kept:
        async with serving(Reading(), Waits()) as site:
            reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
            kept.callback(writer.close)
            writer.write(HALF_BODY)
            async with asyncio.timeout(PATIENCE_S):
                while not any(each.cycle for here in site.lobby._here.values() for each in here):  # noqa: ASYNC110  (nobody is told)
                    await asyncio.sleep(0.01)
        assert (await rest(reader)).startswith(TOO_MANY)


class Unread(asyncio.Transport):
    """A transport whose client never reads."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.is_closed = False
        self.aborted = asyncio.Event()

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def write(self, data: object) -> None:
        """Take it, and pass nothing on."""

    def abort(self) -> None:
        self.aborted.set()


@pytest.mark.parametrize("end", ["refused", "idle"])
async def test_a_client_that_reads_no_answer_keeps_no_connection(
    end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive.lobby.LINGER_S", 0.01)
    transport = Unread()
    config = uvicorn.Config(Reading(), log_config=None, lifespan="off")
    connection = Connection(config=config, server_state=ServerState(), app_state={}, lobby=Lobby())
    connection.connection_made(transport)
    if end == "idle":
        connection.timeout_keep_alive_handler()
    else:
        connection.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
    assert transport.is_closed
    await asyncio.wait_for(transport.aborted.wait(), PATIENCE_S)
    connection.connection_lost(None)


class Guest:
    """A connection, as the lobby knows it."""

    def __init__(self, network: str, lobby: Lobby) -> None:
        self.network = network
        self.is_refused = False
        self._lobby = lobby
        lobby.enter(self)  # type: ignore[arg-type]  (all that it asks of a connection)

    def refuse(self, status: int) -> None:
        self.is_refused = status == 503
        self._lobby.leave(self)  # type: ignore[arg-type]  (see above)


def test_the_address_with_the_most_gives_way() -> None:
    lobby = Lobby(Waits(most=4))
    alone = Guest("192.0.2.1", lobby)
    many = [Guest("192.0.2.2", lobby) for _ in range(10)]
    assert (alone.is_refused, len(lobby)) == (False, 4)
    assert [each.is_refused for each in many] == [True] * 7 + [False] * 3
    lobby.leave(alone)  # type: ignore[arg-type]  (see above)
    lobby.leave(alone)  # type: ignore[arg-type]  (see above)
    assert len(lobby) == 3


@pytest.mark.parametrize(
    ("host", "network"),
    [("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"), ("testclient", "testclient")],
)
def test_an_address_counts_with_its_network(host: str, network: str) -> None:
    assert network_of(host) == network
