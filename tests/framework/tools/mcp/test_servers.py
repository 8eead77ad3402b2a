"""Real servers, well-behaved and not, behind a registry."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import traceback
from typing import TYPE_CHECKING

import pytest

from framework.errors import CallInDoubtError, McpServerError
from framework.model.tool import Effect, Risk, ToolUse
from framework.tools.programs import OwnedPrograms
from framework.tools.registry import ToolRegistry
from tests.support.mcp_servers import alive, call, odd, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def registry() -> Iterator[ToolRegistry]:
    made = ToolRegistry()
    yield made
    made.cleanup()


async def test_the_tools_of_a_server_are_listed_and_called(registry: ToolRegistry) -> None:
    count = registry.register_mcp_server(odd())

    assert count == len(registry.get_tools()) > 5
    assert registry.has_tool("echo")
    assert (await call(registry, "echo", text="hello")).content == "hello"


def test_annotations_say_what_calling_twice_does(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    tools = registry.get_tools()

    assert (tools["echo"].effect, tools["change"].effect, tools["hang"].effect) == (
        Effect.NONE,
        Effect.IDEMPOTENT,
        Effect.ONCE,
    )


async def test_a_call_that_hangs_ends_at_its_own_time_out_and_is_cancelled_on_the_server(
    registry: ToolRegistry,
) -> None:
    registry.register_mcp_server(odd(timeout_s=30, tool_timeouts={"hang": 0.2}))

    started = time.monotonic()
    hung, echoed = await asyncio.gather(call(registry, "hang"), call(registry, "echo", text="meanwhile"))

    assert "did not finish within 0.2 s" in hung.content
    assert echoed.content == "meanwhile"
    assert time.monotonic() - started < 3
    assert len(json.loads((await call(registry, "was_cancelled")).content)) == 1


async def test_a_drip_of_progress_does_not_extend_the_time_out(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd(tool_timeouts={"drip": 0.3}))

    dripped = await call(registry, "drip")

    assert "did not finish within 0.3 s" in dripped.content


async def test_a_server_that_dies_fails_the_call_and_is_started_for_the_next(
    registry: ToolRegistry, tmp_path: Path
) -> None:
    registry.register_mcp_server(odd())
    log = tmp_path / "calls"

    died = await call(registry, "die", log=str(log))
    after = await call(registry, "echo", text="back")

    assert died.is_error
    assert "ended with exit code 3; it may or may not have taken effect" in died.content
    assert after.content == "back"
    assert log.read_text() == "called\n"


async def test_a_call_during_which_the_server_dies_is_in_doubt(
    registry: ToolRegistry, tmp_path: Path
) -> None:
    registry.register_mcp_server(odd())
    use = ToolUse("1", "die", {"log": str(tmp_path / "calls")})

    with pytest.raises(CallInDoubtError, match="may or may not have taken effect"):
        await registry.get_executor()(use)


async def test_only_tools_whose_server_says_they_destroy_are_of_high_risk(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    tools = registry.get_tools()

    assert [name for name, tool in tools.items() if tool.risk is Risk.HIGH] == ["refuse"]
    assert tools["refuse"].effect is Effect.ONCE


async def test_an_answer_of_100_megabytes_fails_its_call_alone(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    huge, echoed = await asyncio.gather(
        call(registry, "huge", timeout_s=20), call(registry, "echo", text="small")
    )

    assert huge.is_error
    assert "ask for less" in huge.content
    assert echoed.content == "small"
    assert (await call(registry, "echo", text="still there")).content == "still there"


async def test_lines_that_are_no_messages_are_ignored(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    assert (await call(registry, "garbage")).content == "after garbage"


async def test_an_answer_that_is_no_result_fails_the_call(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    answer = await call(registry, "no_result")

    assert answer.is_error
    assert "not what the protocol asks for" in answer.content


async def test_what_is_no_text_is_described(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    assert (await call(registry, "mixed")).content.splitlines() == [
        "one",
        "[image of type image/png, 3 bytes, not shown]",
        "[link to the resource 'r' at file:///r, 9 bytes]",
        "[the resource file:///t of type text/plain]",
        "two",
    ]
    assert (await call(registry, "structured")).content == '{"n":1}'


def test_a_server_that_says_nothing_is_given_up(registry: ToolRegistry, tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    with pytest.raises(McpServerError, match=r"'odd' could not be started with .* within 0.3 s"):
        registry.register_mcp_server(odd("--silent", f"--pids={pids}", connect_timeout_s=0.3))

    registry.cleanup()
    assert alive(pids) == []


def test_a_server_that_cannot_start_is_quoted_without_its_secrets(registry: ToolRegistry) -> None:
    registry.mcp.credentials = {"KEY": "sesame-1234"}.get

    with pytest.raises(McpServerError) as caught:
        registry.register_mcp_server(odd("--broken", env={"TOKEN": "${KEY}"}))

    assert "ended with exit code 4" in str(caught.value)
    assert "cannot log in with [credential KEY]\nbye" in str(caught.value)
    assert caught.value.server == "odd"


def test_a_command_that_does_not_exist_is_named(registry: ToolRegistry) -> None:
    with pytest.raises(McpServerError, match="there is no 'no-such-command'"):
        registry.register_mcp_server({"name": "gone", "command": "no-such-command"})


def test_a_server_that_fails_is_not_registered(registry: ToolRegistry) -> None:
    with pytest.raises(McpServerError):
        registry.register_mcp_server({**odd(), "command": "no-such-command"})

    assert registry.register_mcp_server(odd()) > 5


def test_a_file_with_a_server_that_fails_leaves_nothing(registry: ToolRegistry, tmp_path: Path) -> None:
    file, pids = tmp_path / "mcp_servers.json", tmp_path / "pids"
    servers = {"odd": odd(f"--pids={pids}"), "gone": {"command": "no-such-command"}}
    file.write_text(json.dumps(servers))

    with pytest.raises(McpServerError, match="'gone'"):
        registry.load_mcp_config(file)

    assert (registry.mcp.configs, registry.get_tools(), alive(pids)) == ((), {}, [])


def test_a_missing_credential_is_named(registry: ToolRegistry) -> None:
    registry.mcp.credentials = {}.get

    with pytest.raises(McpServerError, match="'odd' needs the credential 'KEY' and it is not set"):
        registry.register_mcp_server(odd(env={"TOKEN": "${KEY}"}))


async def test_errors_of_a_tool_do_not_show_credentials(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd(env={"TOKEN": "sesame-1234"}))

    failed, refused = await call(registry, "fail"), await call(registry, "refuse")

    assert (failed.is_error, failed.content) == (True, "refused for [credential TOKEN]")
    assert refused.is_error
    assert "no, [credential TOKEN]" in refused.content


async def test_not_even_the_traceback_of_an_error_shows_credentials(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd(env={"TOKEN": "sesame-1234"}))

    with pytest.raises(McpServerError) as caught:
        await registry.get_executor()(ToolUse("1", "refuse", {}))

    assert "sesame" not in "".join(traceback.format_exception(caught.value))


async def test_neither_results_nor_descriptions_show_credentials(registry: ToolRegistry) -> None:
    registry.mcp.credentials = {"KEY": 'sesame"\\1234'}.get
    registry.register_mcp_server(odd("--tells", env={"TOKEN": "${KEY}", "OTHER": "written-out"}))

    environment = (await call(registry, "environment")).content

    assert "[credential KEY]" in environment
    assert "[credential OTHER]" in environment
    assert registry.get_tools()["fail"].description == "It uses [credential KEY]."


def test_a_risk_that_the_server_names_is_the_tools_risk(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    tools = registry.get_tools()

    assert (tools["refuse"].risk, tools["leave"].risk) == (Risk.HIGH, Risk.LOW)


async def test_a_server_gets_a_small_environment_and_its_folder(
    registry: ToolRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNRELATED_KEY", "x")
    (tmp_path / "below").mkdir()
    registry.register_mcp_server(odd(env={"MINE": "1"}, cwd="below"), folder=tmp_path)

    seen = json.loads((await call(registry, "environment")).content)

    assert seen["cwd"] == str(tmp_path / "below")
    assert seen["env"]["MINE"] == "1"
    assert "UNRELATED_KEY" not in seen["env"]


def test_nothing_runs_after_cleanup_however_stubborn(registry: ToolRegistry, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    for name in ("one", "two"):
        registry.register_mcp_server(odd(f"--pids={pids}", "--stubborn", name=name))
    assert len(alive(pids)) == 2

    registry.cleanup()

    assert alive(pids) == []


def test_servers_are_connected_to_all_at_once(registry: ToolRegistry, tmp_path: Path) -> None:
    file = tmp_path / "mcp_servers.json"
    silent = odd("--silent", connect_timeout_s=0.4)
    file.write_text(json.dumps({f"s{number}": {**silent, "name": "x"} for number in range(4)}))

    started = time.monotonic()
    with pytest.raises(McpServerError) as caught:
        registry.load_mcp_config(file)

    assert time.monotonic() - started < 8
    assert all(f"'s{number}'" in str(caught.value) for number in range(4))


def test_a_clash_of_names_is_prefixed(registry: ToolRegistry) -> None:
    registry.register_function(lambda: "mine", name="hang", description="Mine.")
    registry.register_mcp_server(odd(name="first", tools=["echo", "hang"]))
    registry.register_mcp_server(odd(name="second", tools=["echo"]))

    assert list(registry.get_tools()) == ["hang", "echo", "first__hang", "second__echo"]


@pytest.mark.parametrize("flags", [(), ("--announces",)])
async def test_a_tool_that_changes_after_it_was_pinned_is_refused(
    registry: ToolRegistry, flags: tuple[str, ...]
) -> None:
    registry.register_mcp_server(odd(*flags))
    pins = registry.pins()
    assert (await call(registry, "echo", pins, text="hi")).content == "hi"

    await call(registry, "change", pins)
    refused = await call(registry, "echo", pins, text="hi")

    assert refused.is_error
    assert "since it was approved, its description changed" in refused.content
    assert "hive tools approve PATH echo" in refused.content
    assert (await call(registry, "structured", pins)).content == '{"n":1}'


@pytest.mark.parametrize("flags", [(), ("--announces",)])
async def test_new_tools_appear_when_the_list_is_read_again(
    registry: ToolRegistry, flags: tuple[str, ...]
) -> None:
    registry.register_mcp_server(odd(*flags))
    await call(registry, "add")
    assert not registry.has_tool("added")

    await registry.connect_async()

    assert registry.has_tool("added")


async def test_a_changed_tool_does_not_show_its_new_description(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())
    pins = registry.pins()
    await call(registry, "change")

    await registry.connect_async()

    assert "send it to me" not in registry.get_tools(pins)["echo"].description
    assert "refused until a person approves it" in registry.get_tools(pins)["echo"].description


async def test_a_server_that_does_not_come_back_is_not_started_again_at_once(
    registry: ToolRegistry, tmp_path: Path
) -> None:
    script = tmp_path / "server.py"
    script.write_text(f"import runpy\nrunpy.run_path({str(odd()['args'][0])!r}, run_name='__main__')")
    registry.register_mcp_server({**odd(), "args": [str(script)]})
    script.unlink()
    await call(registry, "die", log=str(tmp_path / "log"))

    first, second = [await call(registry, "echo") for _ in range(2)]

    assert "could not be started" in first.content
    assert "It is tried again in" in second.content


async def test_a_malformed_answer_fails_its_call_at_once(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    answer = await call(registry, "malformed")

    assert "not what the protocol asks for" in answer.content


async def test_a_schema_of_the_server_is_not_run_against_its_answers(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    assert (await call(registry, "pattern")).content == "quick"


async def test_a_server_that_only_asks_is_let_go(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    asked = await call(registry, "ask_on")

    assert "asked 1000 questions without reading the answers" in asked.content


async def test_what_a_server_started_ends_with_it(registry: ToolRegistry, tmp_path: Path) -> None:
    registry.register_mcp_server(odd())
    log = tmp_path / "children"
    await call(registry, "spawn", log=str(log))
    assert len(alive(log)) == 1

    registry.cleanup()

    assert wait_for(lambda: alive(log) == [])  # it is killed, and somebody else's to reap


async def test_a_server_that_ended_between_two_calls_is_started_again(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    for _ in range(3):
        assert (await call(registry, "leave")).content == "bye"


async def test_a_server_of_the_newest_protocol_alone_is_understood(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd("--modern"))

    assert (await call(registry, "echo", text="new")).content == "new"


async def test_a_call_after_cleanup_starts_the_server_anew(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())
    registry.cleanup()

    assert (await call(registry, "echo", text="again")).content == "again"


async def test_one_registry_serves_several_event_loops(registry: ToolRegistry) -> None:
    registry.register_mcp_server(odd())

    def elsewhere() -> str:
        return asyncio.run(call(registry, "echo", text="there")).content

    here, there = await asyncio.gather(call(registry, "echo", text="here"), asyncio.to_thread(elsewhere))

    assert (here.content, there) == ("here", "there")


async def test_a_server_that_a_call_started_outlives_that_call(
    registry: ToolRegistry, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"

    async def work() -> None:
        async with OwnedPrograms():
            await asyncio.to_thread(registry.register_mcp_server, odd(f"--pids={pids}"))
            await asyncio.to_thread(
                subprocess.run, ["true"]
            )  # A program of its own, so that there is one to end.
            started.set()
            await call(registry, "hang")

    started = asyncio.Event()
    task = asyncio.create_task(work())
    await started.wait()
    before = alive(pids)
    task.cancel()
    await asyncio.wait({task})

    assert (task.cancelled(), alive(pids), len(before)) == (True, before, 1)
    assert (await call(registry, "echo", text="still here")).content == "still here"
