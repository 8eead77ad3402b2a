"""Durable ingest over HTTP beside a raw COPY of the same rows, and what an idle server process takes."""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
import time
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import psycopg

from benchmarks.measure import Row
from hive.control.stores.embedded import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Measurements
    from tests.support.up_process import UpProcess

_BATCH = 500
_CONNECTIONS = 8
_EVENTS = 20_000
_ROUNDS = 9
_BLOCK = 1 << 17
_LEAST_SHARE = 0.3
_MOST_MB = 150
_IMPORTS = "import fastapi, psycopg_pool, redis.asyncio, uvicorn"
_RAW = """
CREATE TABLE raw_events (LIKE metric_events INCLUDING ALL) PARTITION BY RANGE (timestamp);
DO $$
DECLARE part record;
BEGIN
    FOR part IN SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bound
                  FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                 WHERE inhparent = 'metric_events'::regclass
    LOOP
        EXECUTE format('CREATE TABLE raw_%s PARTITION OF raw_events %s', part.relname, part.bound);
    END LOOP;
END $$
"""
_COUNTS = (
    "SELECT (SELECT count(*) FROM metric_events), (SELECT count(*) FROM raw_events), "
    "(SELECT sum(request_count) FROM metric_hours)"
)


async def rows() -> list[Row]:
    """Return every row of this part."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.support.postgres import running_server  # noqa: PLC0415 - found on the path set above
    from tests.support.up_process import (  # noqa: PLC0415 - found on the path set above
        UpProcess,
        control_environment,
        database_urls,
    )

    with running_server(is_fast=False) as dsn, control_environment() as environment:
        prepare(dsn)
        served = UpProcess({**environment, **database_urls(dsn)})
        try:
            idle_mb = _resident_mb(served.process.pid)
            with psycopg.connect(dsn, dbname="hive", autocommit=True) as superuser:
                pairs = [await _round(served, superuser, number) for number in range(_ROUNDS + 1)]
                await _check(served, superuser, _ROUNDS + 1)
            loaded_mb = _resident_mb(served.process.pid)
        finally:
            served.stop()
    # The first round warms up: the database has no statistics of its tables before it.
    measured = sorted(pairs[1:], key=lambda pair: pair[0] / pair[1])
    return [_speed(*measured[len(measured) // 2]), _size(idle_mb, loaded_mb)]


def _speed(ours: float, raw: float) -> Row:
    return Row(
        name=f"ingest over HTTP, durable, {_EVENTS} events, beside COPY",
        ours=ours,
        baseline=raw,
        unit="s",
        limit=round(1 / _LEAST_SHARE, 2),
        note=f"{raw / ours:.2f} x of COPY's speed; {_EVENTS / ours:.0f} and {_EVENTS / raw:.0f} events/s",
    )


def _size(idle_mb: float, loaded_mb: float) -> Row:
    return Row(
        name="idle server process beside its bare libraries, RSS",
        ours=idle_mb,
        baseline=_bare_mb(),
        unit="MB",
        absolute_limit=_MOST_MB,
        note=f"{loaded_mb:.0f} MB after the load above",
    )


async def _round(served: UpProcess, superuser: psycopg.Connection[Any], number: int) -> tuple[float, float]:
    """Store events by HTTP, then the rows they became by COPY, and return the seconds of both."""
    requests = list(_requests(served, number))
    started = time.perf_counter()
    await _send(served.address, requests)
    ours = time.perf_counter() - started
    if number == 0:
        superuser.execute(_RAW)
        superuser.execute("ANALYZE")
    query = f"COPY (SELECT * FROM metric_events WHERE sdk_instance_id = 'round-{number}') TO STDOUT"
    with superuser.cursor() as cursor:
        with cursor.copy(query) as reading:
            lines = b"".join(bytes(block) for block in reading)
        started = time.perf_counter()
        with cursor.copy("COPY raw_events FROM STDIN") as writing:
            for start in range(0, len(lines), _BLOCK):
                writing.write(lines[start : start + _BLOCK])
        return ours, time.perf_counter() - started


async def _check(served: UpProcess, superuser: psycopg.Connection[Any], rounds: int) -> None:
    """Make sure that everything was stored once, also what comes again."""
    requests = list(_requests(served, rounds))[:1]
    for duplicates in (0, _BATCH):
        (answer,) = await _send(served.address, requests)
        assert answer == {"success": True, "processed": _BATCH, "duplicates": duplicates, "rejected": []}
    found = superuser.execute(_COUNTS).fetchone()
    sent = rounds * _EVENTS
    assert found == (sent + _BATCH, sent, sent + _BATCH), found


async def _send(address: str, requests: list[bytes]) -> list[dict[str, Any]]:
    """Send requests over several connections, each its next one after an answer, and return the answers."""
    place, waiting = urlsplit(address), iter(requests)
    answers: list[dict[str, Any]] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        with closing(writer):
            for request in waiting:
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                size = re.search(r"content-length: (\d+)", head)
                assert head.startswith("HTTP/1.1 200") and size is not None, head
                answers.append(orjson.loads(await reader.readexactly(int(size[1]))))

    async with asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(connection())
    return answers


def _requests(served: UpProcess, number: int) -> Iterator[bytes]:
    now = datetime.now(UTC)
    for _ in range(_EVENTS // _BATCH):
        events = [_event(now - timedelta(seconds=random.random() * 3600), number) for _ in range(_BATCH)]
        body = orjson.dumps({"events": events})
        head = (
            f"POST /v1/control/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


def _event(moment: datetime, number: int) -> dict[str, Any]:
    """Return a metric as SDKs send it: about 1 KB, nothing in it that was sent before."""
    data = {
        "trace_id": str(uuid.uuid4()), "span_id": str(uuid.uuid4()), "parent_span_id": None,
        "request_id": str(uuid.uuid4()), "call_sequence": None, "provider": "openai", "model": "gpt-4o-mini",
        "stream": False, "timestamp": moment, "latency_ms": 812.5, "status_code": None, "error": None,
        "input_tokens": 1000, "output_tokens": 500, "total_tokens": 1500, "cached_tokens": 100,
        "reasoning_tokens": 0, "rate_limit_remaining_requests": None, "rate_limit_remaining_tokens": None,
        "agent_stack": ["scout"], "agent_name": "scout", "call_site_file": "/app/agents/scout.py",
        "call_site_line": 120, "call_site_column": 8, "call_site_function": "research",
        "call_stack": ["/app/agents/scout.py:120:research", "/app/main.py:14:main"], "tool_call_count": 1,
        "tool_names": "search", "service_tier": None, "metadata": {"tags": ["a", "b"], "customer_id": "c-17"},
    }  # fmt: skip
    return {
        "event_type": "metric",
        "timestamp": moment,
        "sdk_instance_id": f"round-{number}",
        "agent_name": "scout",
        "data": data,
    }


def _bare_mb() -> float:
    """Return what a process takes that has imported the libraries and does nothing."""
    code = f"{_IMPORTS}; print(flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bare:
        assert bare.stdout is not None
        bare.stdout.readline()
        resident = _resident_mb(bare.pid)
        bare.kill()
    return resident


def _resident_mb(pid: int) -> float:
    facts = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", facts)
    assert found is not None
    return int(found[1]) / 1024


MEASUREMENTS: Measurements = {"ingest": rows}
"""What this part measures, by name."""
