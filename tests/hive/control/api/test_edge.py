"""What happens to every request: bounded, measured, hardened, and refused in one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request

from hive.control.api.edge import LARGEST_BODY, LARGEST_UNPROVED, Edge
from hive.control.api.figures import Figures
from hive.control.api.parts import host_of
from hive.control.app.application import control_app
from tests.support.control import asking, bearer, make_key, register, running_parts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from hive.control.api.parts import Parts
    from hive.control.stores.embedded import Addresses


async def too_much() -> AsyncIterator[bytes]:
    for _ in range(LARGEST_BODY // (1 << 20) + 1):
        yield bytes(1 << 20)


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_larger_than_taken_is_refused(client: httpx.AsyncClient, declared: bool) -> None:
    headers = {"content-type": "application/json"}
    content: Any = bytes(LARGEST_BODY + 1) if declared else too_much()
    answer = await client.post("/v1/auth/login", content=content, headers=headers)
    assert (answer.status_code, "larger than" in answer.json()["error"]) == (413, True)


async def filled(size: int) -> AsyncIterator[bytes]:
    yield b'{"events": ['
    for _ in range(size // 1024):
        yield b" " * 1024
    yield b"]}"


@pytest.mark.parametrize("declared", [True, False])
async def test_little_is_held_before_a_caller_proved_who_it_is(
    client: httpx.AsyncClient, declared: bool
) -> None:
    key = (await make_key(client, await register(client)))["key"]
    body = b"".join([part async for part in filled(2 * LARGEST_UNPROVED)])
    for path, headers, status in (
        ("/v1/auth/login", {}, 413),
        ("/v1/control/events", {}, 401),
        ("/v1/control/events", bearer(f"{key}0"), 401),
        ("/v1/control/events", bearer(key), 200),
    ):
        content: Any = body if declared else filled(2 * LARGEST_UNPROVED)
        answer = await client.post(
            path, content=content, headers={"content-type": "application/json", **headers}
        )
        assert (path, answer.status_code) == (path, status)


async def test_all_bodies_together_are_bounded(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = bearer((await make_key(client, await register(client)))["key"])
    monkeypatch.setattr("hive.control.api.edge.MOST_HELD", 100_000)
    # One that is refused gives its room back, so that the next has it.
    for _ in range(3):
        answer = await client.post("/v1/control/events", content=filled(150_000), headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    answer = await client.post("/v1/control/events", content=filled(90_000), headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("length", ["-1", "many", "1e3"])
async def test_a_length_that_is_none_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post("/v1/auth/login", content=b"{}", headers={"content-length": length})
    assert answer.status_code == 413


async def test_answers_are_hardened(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/health/live")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"{", "application/json"), (b"", "application/json"), (b"[1]", "application/json"),
     (b"a=1", "text/plain"), (b'"\xff"', "application/json"), (b"[" * 5000, "application/json")],
)  # fmt: skip
async def test_what_is_no_json_is_refused_in_the_one_shape(
    client: httpx.AsyncClient, content: bytes, kind: str
) -> None:
    answer = await client.post("/v1/auth/login", content=content, headers={"content-type": kind})
    assert answer.status_code == 422
    assert set(answer.json()) == {"error", "faults"}


async def test_a_refused_method_names_all_that_are_taken(client: httpx.AsyncClient) -> None:
    answer = await client.put("/v1/auth/keys", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_requests_are_counted_by_route_and_not_by_id(client: httpx.AsyncClient) -> None:
    ada = await register(client)
    for number in range(3):
        await client.delete(f"/v1/auth/keys/{number:016x}", headers=ada.headers)
    figures = (await client.get("/metrics")).text
    told = 'hive_http_requests_total{method="DELETE",route="/v1/auth/keys/{key_id}",status="404"} 3.0'
    assert told in figures
    assert "hive_http_requests_open 1.0" in figures


async def test_methods_that_nobody_knows_make_no_new_figures(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.request(f"M{number}", "/health/live")
    figures = (await client.get("/metrics")).text
    assert 'hive_http_requests_total{method="other",route="/health/live",status="405"} 3.0' in figures
    assert "M1" not in figures


@pytest.mark.parametrize(
    ("client_host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_limits_count_addresses_of_ipv6_by_their_network(client_host: str, counted: str) -> None:
    assert host_of(Request({"type": "http", "client": (client_host, 1)})) == counted


async def test_a_fault_of_ours_is_answered_without_telling_what_it_is() -> None:
    sent: list[Any] = []

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        raise ValueError("hush")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    figures = Figures()
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(ValueError, match="hush"):
        await Edge(broken, figures)(scope, receive, send)
    assert b'status="500"' in figures.text()


@pytest.mark.parametrize(
    ("size", "is_whole", "answered", "counted"),
    [(LARGEST_BODY + 1, True, [413], b'status="413"'), (5, False, [], b'status="499"')],
    ids=["too large", "client gone"],
)
async def test_a_route_that_reads_a_body_by_itself_finds_its_end(
    size: int, is_whole: bool, answered: list[int], counted: bytes
) -> None:
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": bytes(size), "more_body": not is_whole}]

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()

    async def receive() -> dict[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    figures = Figures()
    await Edge(reads, figures)({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send)
    assert [message["status"] for message in sent if message["type"] == "http.response.start"] == answered
    assert counted in figures.text()


async def test_without_the_database_requests_are_refused_for_now(control_database: Addresses) -> None:
    async with running_parts(control_database.app) as parts, asking(parts) as client:
        await parts.database.close()
        body = {"email": "a@example.org", "password": "x"}
        answer = await client.post("/v1/auth/login", json=body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_health_is_told_without_a_body(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/health/ready"):
        assert (await client.head(path)).status_code == (await client.get(path)).status_code == 200


async def test_pages_elsewhere_may_send_every_header_that_names_a_caller_or_a_place(parts: Parts) -> None:
    app = control_app(parts, allowed_origins=["https://ours.example"])
    wanted = ("Authorization", "Content-Type", "If-Match", "Last-Event-ID", "X-API-Key")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        for header in wanted:
            asked = {
                "Origin": "https://ours.example",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": header,
            }
            answer = await client.options("/v1/logs/stream", headers=asked)
            assert (header, answer.status_code) == (header, 200)
            assert header.lower() in answer.headers["access-control-allow-headers"].lower()


async def test_only_listed_pages_and_hosts_may_ask(parts: Parts) -> None:
    app = control_app(parts, allowed_hosts=["127.0.0.1"], allowed_origins=["https://ours.example"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        ours = await client.get("/health/live", headers={"Origin": "https://ours.example"})
        theirs = await client.get("/health/live", headers={"Origin": "https://theirs.example"})
        other = await client.get("/health/live", headers={"Host": "theirs.example"})
    assert ours.headers["access-control-allow-origin"] == "https://ours.example"
    assert "access-control-allow-origin" not in theirs.headers
    assert other.status_code == 400
    assert set(other.json()) == {"error", "faults"}


@pytest.mark.parametrize(
    ("names", "host", "passes"),
    [
        (["*"], "anything", True),
        (["127.0.0.1", "[::1]", "::1"], "127.0.0.1:8700", True),
        (["127.0.0.1", "[::1]", "::1"], "[::1]:8700", True),
        (["127.0.0.1"], "", False),
        (["hive.example"], "HIVE.example:443", True),
        (["hive.example"], "hive.example.evil.example", False),
        (["*.example"], "a.b.example:1", True),
        (["*.example"], "example", False),
        (["*.example"], "evilexample", False),
    ],
)
async def test_a_request_must_ask_for_a_name_of_this_server(
    parts: Parts, names: list[str], host: str, *, passes: bool
) -> None:
    transport = httpx.ASGITransport(control_app(parts, allowed_hosts=names))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/health/live", headers={"Host": host})
    assert answer.status_code == (200 if passes else 400)
