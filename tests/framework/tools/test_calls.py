from __future__ import annotations

import asyncio
import logging
import sys
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.errors import ToolError, UnknownToolError
from framework.model.tool import ToolResult, ToolUse
from framework.tools import calls
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext, current_tool_context

USE = ToolUse("call_1", "probe", {"secret": "s3cr3t"})
CONTEXT = ToolContext(run_id="r1", node_id="n1")


async def call(executor: Any, *, use: ToolUse = USE, timeout_s: float = 5) -> ToolResult:
    return await call_tool(executor, use, timeout_s=timeout_s, context=CONTEXT)


def giving(value: Any) -> Any:
    async def execute(use: ToolUse) -> Any:
        return value

    return execute


def raising(error: BaseException) -> Any:
    async def execute(use: ToolUse) -> Any:
        raise error

    return execute


def raising_in_thread(error: BaseException) -> Any:
    def execute(use: ToolUse) -> Any:
        raise error

    return execute


async def test_a_coroutine_function_runs_in_the_event_loop() -> None:
    async def execute(use: ToolUse) -> Any:
        return threading.current_thread().name

    assert await call(execute) == ToolResult("call_1", threading.current_thread().name)


async def test_a_plain_function_runs_in_a_daemon_thread() -> None:
    def execute(use: ToolUse) -> Any:
        thread = threading.current_thread()
        return [thread is threading.main_thread(), thread.daemon]

    assert (await call(execute)).content == "[false,true]"


async def test_a_plain_function_that_gives_an_awaitable_is_awaited() -> None:
    def late(use: ToolUse) -> Any:
        return giving("late")(use)

    assert (await call(late)).content == "late"


async def test_partials_and_callable_objects_are_told_apart() -> None:
    class Executor:
        async def __call__(self, use: ToolUse) -> str:
            asyncio.get_running_loop()
            return "object"

    async def execute(word: str, use: ToolUse) -> str:
        asyncio.get_running_loop()
        return word

    assert (await call(Executor())).content == "object"
    assert (await call(partial(execute, "partial"))).content == "partial"


async def test_a_tool_sees_the_context_in_thread_and_loop() -> None:
    word = ContextVar("word", default="unset")
    word.set("mine")

    def execute(use: ToolUse) -> Any:
        return [current_tool_context().run_id, word.get()]

    async def execute_in_loop(use: ToolUse) -> Any:
        return execute(use)

    assert (await call(execute)).content == '["r1","mine"]'
    assert (await call(execute_in_loop)).content == '["r1","mine"]'
    with pytest.raises(ToolError, match="No tool call is being served"):
        current_tool_context()


@dataclass
class Pair:
    left: int
    right: tuple[int, ...]


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("text", "text"),
        ("", ""),
        (None, "ok"),
        ({"a": [1, 2.5, None, True]}, '{"a":[1,2.5,null,true]}'),
        (Pair(1, (2, 3)), '{"left":1,"right":[2,3]}'),
        (7, "7"),
        ("\ud800 lone", "? lone"),
        (ToolResult("other id", "kept"), "kept"),
    ],
)
async def test_results_become_text(value: Any, content: str) -> None:
    assert await call(giving(value)) == ToolResult("call_1", content)


async def test_an_error_result_of_an_executor_stays_one() -> None:
    assert await call(giving(ToolResult("x", "no", is_error=True))) == ToolResult(
        "call_1", "no", is_error=True
    )


@pytest.mark.parametrize("value", [b"raw", bytearray(b"raw"), memoryview(b"raw")])
async def test_bytes_are_refused(value: Any) -> None:
    result = await call(giving(value))
    assert result.is_error
    assert "ran but returned bytes" in result.content


@pytest.mark.parametrize("value", [float("nan"), {1: 2}, object(), 2**70, [b"x"], {1, 2}])
async def test_what_json_cannot_express_is_a_result_saying_the_tool_ran(value: Any) -> None:
    result = await call(giving(value))
    assert result.is_error
    assert result.content.startswith("The tool 'probe' ran but its result cannot be shown.")


async def test_a_huge_text_is_cut_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_RESULT_CHARS", 10)
    content = (await call(giving("x" * 25))).content
    assert content == "x" * 10 + "\n[The result had 25 characters; only the first 10 were kept.]"


@pytest.mark.parametrize("make", [raising, raising_in_thread])
async def test_an_exception_becomes_a_sentence_with_class_and_message(make: Any) -> None:
    result = await call(make(ValueError("no such page")))
    assert result == ToolResult("call_1", "The tool 'probe' failed: ValueError: no such page", is_error=True)


@pytest.mark.parametrize("make", [raising, raising_in_thread])
async def test_a_tool_error_is_shown_as_it_is(make: Any) -> None:
    assert (await call(make(ToolError("Send a number.")))).content == "Send a number."


async def test_an_unknown_tool_is_answered_with_the_names_there_are() -> None:
    result = await call(raising(UnknownToolError("probe", ["b", "a"])))
    assert result.is_error
    assert result.content == "The tool 'probe' is not available. Available tools are: a, b"


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("never printed")


class OwnBaseError(BaseException):
    pass


@pytest.mark.parametrize("make", [raising, raising_in_thread])
@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        StopIteration("x"),
        StopAsyncIteration("x"),
        asyncio.CancelledError("by the tool itself"),
        TimeoutError("the page is slow"),
        UnprintableError(),
        OwnBaseError("odd"),
        RecursionError("deep"),
        ExceptionGroup("several", [ValueError("one"), ExceptionGroup("inner", [KeyError("two")])]),
    ],
)
async def test_nothing_a_tool_raises_leaves_the_call(make: Any, error: BaseException) -> None:
    result = await call(make(error))
    assert result.is_error
    assert "probe" in result.content or "The function ended with" in result.content
    assert "did not finish" not in result.content


async def test_the_members_of_an_exception_group_are_named() -> None:
    group = ExceptionGroup("several", [ValueError("one"), ExceptionGroup("inner", [KeyError("two")])])
    assert "ValueError: one; KeyError: 'two'" in (await call(raising(group))).content


async def test_a_long_message_is_cut() -> None:
    assert len((await call(raising(ValueError("x" * 1_000_000)))).content) < 3000


async def test_the_traceback_is_logged_without_arguments(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="framework.tools"):
        result = await call(raising(ValueError("broken")))
    (record,) = caplog.records
    assert (record.getMessage(), record.exc_info is not None) == ("tool_failed", True)
    assert vars(record)["tool"] == "probe"
    assert "s3cr3t" not in caplog.text + str(vars(record))
    assert "Traceback" not in result.content


async def test_arguments_that_could_not_be_read_are_answered_without_a_call() -> None:
    use = ToolUse("call_1", "probe", {}, input_error="It ends in the middle.")
    result = await call(raising(AssertionError("called")), use=use)
    assert result.is_error
    assert "could not be read: It ends in the middle. Send them again" in result.content


async def test_a_coroutine_past_its_time_out_is_cancelled() -> None:
    ended = asyncio.Event()

    async def execute(use: ToolUse) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    result = await call(execute, timeout_s=0.01)
    assert result.is_error
    assert "did not finish within 0.01 s" in result.content
    assert ended.is_set()


async def test_a_tool_that_answers_its_cancellation_with_an_error_still_timed_out() -> None:
    async def execute(use: ToolUse) -> Any:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("interrupted") from None

    assert "did not finish" in (await call(execute, timeout_s=0.01)).content


async def test_a_hanging_plain_function_is_given_up_and_others_go_on() -> None:
    release = threading.Event()

    def hang(use: ToolUse) -> Any:
        release.wait(30)

    hung = await asyncio.gather(*(call(hang, timeout_s=0.02) for _ in range(5)))
    assert all("did not finish" in result.content for result in hung)
    assert (await call(lambda use: "alive")).content == "alive"
    release.set()


async def test_cancellation_from_outside_passes_through() -> None:
    started = asyncio.Event()

    async def execute(use: ToolUse) -> Any:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(call(execute))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_task_cancelled_while_a_plain_function_runs_is_cancelled() -> None:
    loop, started, release = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def hang(use: ToolUse) -> Any:
        loop.call_soon_threadsafe(started.set)
        release.wait(30)

    task = asyncio.create_task(call(hang))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()


async def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        await call(raising(KeyboardInterrupt()))


@settings(max_examples=40)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(), st.lists
    )
)
def test_any_value_gives_a_result(value: Any) -> None:
    result = asyncio.run(call(giving(value)))
    assert result.tool_use_id == "call_1"
    assert isinstance(result.content.encode(), bytes)


def test_a_hanging_thread_does_not_keep_the_process(tmp_path: Any) -> None:
    import subprocess

    script = tmp_path / "hang.py"
    script.write_text(
        "import asyncio, threading\n"
        "from framework.model.tool import ToolUse\n"
        "from framework.tools import ToolContext, call_tool\n"
        "def hang(use): threading.Event().wait()\n"
        "async def main():\n"
        "    result = await call_tool(hang, ToolUse('1', 'h', {}), timeout_s=0.01, context=ToolContext())\n"
        "    print(result.is_error)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "True"
