"""A package's stored runs are walked again offline, and forked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from framework.errors import InputError, OfflineError
from framework.journal.reading import read_entries, read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.loop.budget.policy import BudgetPolicy, ModelPrice
from framework.model.events import EdgeTaken
from framework.runner import AgentRunner
from framework.runner.offline import offline
from tests.support.mcp_servers import odd
from tests.support.printed_packages import FUNCTION_AGENT, MODEL_AGENT, write_package

if TYPE_CHECKING:
    from pathlib import Path

PRICES = {"scripted/one": ModelPrice(input_per_million=Decimal(1), output_per_million=Decimal(1))}
ANSWERS = (
    call("web_search", query="bees"),
    call("set_output", key="search_results", value="they hum"),
    "Done.",
)
DIALS = """\
import socket


def classify_letter(letter: str) -> str:
    if letter == "dial":
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    return "bill"


def file_letter(label: str) -> dict:
    return {"drawer": label}
"""


async def recorded(tmp_path: Path, **files: str) -> AgentRunner:
    """Return the runner of a package with one run of a model that calls a tool."""
    folder = write_package(tmp_path, "librarian", MODEL_AGENT | files)
    llm = ScriptedProvider(ANSWERS, model="scripted/one")
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store", llm=llm)
    assert (await runner.run({"query": "bees"}, run_id="run")).success
    return AgentRunner.load(folder, storage_path=tmp_path / "store")


async def test_a_run_replays_without_its_model(tmp_path: Path) -> None:
    runner = await recorded(tmp_path)

    report = await runner.replay("run")

    assert report.matches, str(report.difference)
    assert report.digest == (await read_state(runner.journal, "run")).main.digest.hex()


async def test_a_changed_prompt_is_the_first_difference(tmp_path: Path) -> None:
    await recorded(tmp_path)
    changed = MODEL_AGENT["agent.py"].replace("You are a librarian.", "You are a poet.")
    folder = write_package(tmp_path / "new", "librarian", MODEL_AGENT, agent=changed)

    report = await AgentRunner.load(folder, storage_path=tmp_path / "store").replay("run")

    assert report.difference is not None
    assert "You are a poet." in str(report.difference)


async def test_a_model_named_for_the_run_is_no_difference(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT)
    llm = ScriptedProvider(ANSWERS, model="scripted/one")
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store", llm=llm, model="scripted/other")
    await runner.run({"query": "bees"}, run_id="run")

    report = await AgentRunner.load(folder, storage_path=tmp_path / "store").replay("run")

    assert report.matches, str(report.difference)


async def test_a_replay_starts_no_server(tmp_path: Path) -> None:
    started = tmp_path / "started"
    server = odd(command="touch", args=[str(started)])

    runner = await recorded(tmp_path, **{"mcp_servers.json": json.dumps({"odd": server})})

    assert (await runner.replay("run")).matches
    assert not started.exists()


async def test_a_function_that_dials_is_refused_during_a_replay(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, functions=DIALS)
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store")
    await runner.run({"letter": "dial"}, run_id="run")

    report = await runner.replay("run")

    assert "Nothing is reached during a replay" in str(report.difference)


async def test_connections_are_refused_only_where_and_while_offline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with offline(), pytest.raises(OfflineError, match="refused"):
            socket.create_connection(server.getsockname(), timeout=1)
        with offline(), pytest.raises(OfflineError):
            await asyncio.to_thread(socket.getaddrinfo, "localhost", 80)
        socket.create_connection(server.getsockname(), timeout=1).close()


def test_other_threads_are_refused_only_when_asked_everywhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reached: list[bool] = []

        def dial() -> None:
            try:
                socket.create_connection(server.getsockname(), timeout=1).close()
            except OfflineError:
                reached.append(False)
            else:
                reached.append(True)

        for everywhere in (False, True):
            with offline(everywhere=everywhere):
                thread = threading.Thread(target=dial)
                thread.start()
                thread.join()
        assert reached == [True, False]


async def test_a_fork_goes_on_with_changed_memory_and_leaves_the_original(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store")
    await runner.run({"letter": "please pay"}, run_id="run")
    before = await runner.journal.read("run")
    at = next(e.seq for e in await read_entries(runner.journal, "run") if isinstance(e.event, EdgeTaken))

    forked = await runner.fork("run", at, {"label": "poem"})
    result = await runner.run(session_state={"run_id": forked.run_id})

    assert result.output["drawer"] == "drawer of poems"
    assert await runner.journal.read("run") == before
    assert (await runner.replay(forked.run_id)).matches


async def test_a_fork_beyond_the_end_says_what_there_is(tmp_path: Path) -> None:
    runner = await recorded(tmp_path)

    with pytest.raises(InputError, match="choose one from 1 to"):
        await runner.fork("run", 999)


async def test_a_run_under_a_budget_replays(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT)
    llm = ScriptedProvider(ANSWERS, model="scripted/one")
    limits = BudgetPolicy(prices=PRICES).with_run_limit(Decimal("0.01"))
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store", llm=llm, budget=limits)
    await runner.run({"query": "bees"}, run_id="run")

    report = await AgentRunner.load(folder, storage_path=tmp_path / "store").replay("run")

    assert report.matches, str(report.difference)


async def test_a_fork_is_replayed_with_a_changed_package_from_where_it_was_forked(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store")
    await runner.run({"letter": "please pay"}, run_id="run")
    at = next(e.seq for e in await read_entries(runner.journal, "run") if isinstance(e.event, EdgeTaken))
    forked = await runner.fork("run", at, {"label": "poem"})
    await runner.run(session_state={"run_id": forked.run_id})

    nodes = FUNCTION_AGENT["nodes/__init__.py"].replace("Name the drawer", "Name a drawer")
    functions = FUNCTION_AGENT["functions.py"].replace("drawer of", "box of")
    files = FUNCTION_AGENT | {"nodes/__init__.py": nodes, "functions.py": functions}
    changed = AgentRunner.load(
        write_package(tmp_path / "new", "triage", files), storage_path=tmp_path / "store"
    )
    report = await changed.replay(forked.run_id)

    assert "box of poems" in str(report.difference)


async def test_a_fork_at_a_node_that_is_gone_is_refused(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store")
    await runner.run({"letter": "please pay"}, run_id="run")
    at = next(e.seq for e in await read_entries(runner.journal, "run") if isinstance(e.event, EdgeTaken))
    forked = await runner.fork("run", at)
    gone = {name: text.replace("file-letter", "put-away") for name, text in FUNCTION_AGENT.items()}
    gone["functions.py"] = gone["functions.py"].replace("file_letter", "put_away")

    changed = AgentRunner.load(
        write_package(tmp_path / "new", "triage", gone), storage_path=tmp_path / "store"
    )
    with pytest.raises(InputError, match="'file-letter', which the graph does not have now"):
        await changed.replay(forked.run_id)
