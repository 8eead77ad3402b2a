from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import NodeError
from framework.llm.scripted import call
from framework.loop.doubts import ABANDON, DONE, NOT_DONE
from framework.loop.judges import JudgeVerdict
from framework.model import events as ev
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from framework.tools.context import ToolContext  # noqa: TC001  (the hints of a tool are read)
from framework.tools.data import register_data_tools
from framework.tools.function_tool import tool
from tests.support.one_node import Answers, OneNode

if TYPE_CHECKING:
    from pathlib import Path


class Post:
    """A tool that sends letters, and what became of them."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.keys: list[str] = []

    @property
    def tools(self) -> list[Any]:
        @tool(effect=Effect.ONCE)
        def send(text: str, context: ToolContext) -> str:
            """Send a letter."""
            self.sent.append(text)
            self.keys.append(context.idempotency_key)
            return f"sent as number {len(self.sent)}"

        return [send]


class Interrupted:
    """A tool that hangs until the run is cancelled the first time it is called."""

    def __init__(self, effect: Effect) -> None:
        self.started = asyncio.Event()
        self.keys: list[str] = []

        @tool(effect=effect)
        async def send(text: str, context: ToolContext) -> str:
            """Send a letter."""
            self.keys.append(context.idempotency_key)
            if len(self.keys) == 1:
                self.started.set()
                await asyncio.Event().wait()
            return "sent"

        self.tools = [send]

    async def interrupt(self, node: OneNode) -> dict[str, Any]:
        """Run until the tool hangs, cancel, and return what resumes the run."""
        executor = node.executor()
        task = asyncio.create_task(executor.execute(node.graph, None, {}, run_id="r"))
        await self.started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        node.run_id = "r"
        return {"run_id": "r"}


def failing_once_outputs_are_in() -> Any:
    """A judge that fails the first attempt."""

    class Judge:
        times = 0

        async def evaluate(self, context: object) -> Any:
            self.times += 1
            if self.times == 1:
                raise NodeError("lost", node_id="n")
            return JudgeVerdict("ACCEPT")

    return Judge()


async def test_a_returned_once_call_is_reused_when_the_node_is_tried_again():
    post = Post()
    script = [call("send", text="a"), "Sent."] * 2
    node = OneNode(script, tools=post.tools, max_retries=2, judge=failing_once_outputs_are_in())

    result = await node.run()

    assert result.success
    assert result.total_retries == 1
    assert post.sent == ["a"]
    assert "tool: sent as number 1" in node.said()


async def test_identical_calls_are_told_apart_by_their_order_when_they_are_reused():
    post = Post()
    first = [[call("send", text="a"), call("send", text="a")], "Sent."]
    second = [call("send", text="a"), [call("send", text="a"), call("send", text="a")], "Sent."]
    node = OneNode([*first, *second], tools=post.tools, max_retries=2, judge=failing_once_outputs_are_in())

    assert (await node.run()).success
    assert post.sent == ["a"] * 3
    assert [text for text in node.said() if text.startswith("tool")] == [
        "tool: sent as number 1",
        "tool: sent as number 2",
        "tool: sent as number 3",
    ]


async def test_a_call_that_may_be_repeated_is_made_again_when_the_node_is_tried_again():
    seen: list[str] = []

    @tool(effect=Effect.IDEMPOTENT)
    def put(text: str) -> str:
        """Put it."""
        seen.append(text)
        return "put"

    node = OneNode(
        [call("put", text="a"), "Ok."] * 2, tools=[put], max_retries=2, judge=failing_once_outputs_are_in()
    )

    assert (await node.run()).success
    assert seen == ["a", "a"]


async def test_every_call_has_a_key_of_its_own():
    post = Post()
    node = OneNode(
        [[call("send", text="a"), call("send", text="a"), call("send", text="b")], "Ok."], tools=post.tools
    )

    await node.run()

    assert len(set(post.keys)) == 3


async def test_the_order_of_arguments_does_not_change_a_calls_key():
    def put(a: int, b: int) -> str:
        return ""

    node = OneNode([call("put", a=1, b=2), call("put", b=2, a=1), "Ok."], tools=[put])

    await node.run()

    first, second = await node.events(ev.ToolIntended)
    assert first.arguments == second.arguments
    assert first.key != second.key


async def test_an_interrupted_call_that_may_be_repeated_is_made_again_with_the_same_key():
    hanging = Interrupted(Effect.IDEMPOTENT)
    node = OneNode([call("send", text="a"), "Ok."], tools=hanging.tools)
    state = await hanging.interrupt(node)

    result = await node.executor().execute(node.graph, None, session_state=state)

    assert result.success
    assert len(hanging.keys) == 2
    assert len(set(hanging.keys)) == 1
    assert len(await node.events(ev.ToolIntended)) == 1


@pytest.mark.parametrize(
    ("answer", "times"), [(NOT_DONE, 2), (ABANDON, 1), (f"{DONE}: receipt 17", 1), ("I saw it arrive.", 1)]
)
async def test_an_interrupted_once_call_is_never_silently_made_twice(answer: str, times: int):
    hanging = Interrupted(Effect.ONCE)
    node = OneNode([call("send", text="a"), "Ok."], tools=hanging.tools)
    state = await hanging.interrupt(node)

    paused = await node.executor().execute(node.graph, None, session_state=state)
    person = Answers(answer)
    result = await node.executor(person=person).execute(node.graph, None, session_state=paused.session_state)

    assert paused.paused_at == "n"
    assert result.success
    assert len(hanging.keys) == times
    assert len(set(hanging.keys)) == 1
    assert "nobody knows whether the call took effect" in person.texts[0]
    assert person.asked[0].options == ("done", "not done", "abandon")
    assert len(await node.events(ev.ToolInDoubt)) == 1
    words = {NOT_DONE: "sent", ABANDON: "gave it up", "done: receipt 17": "Its result: receipt 17"}
    assert words.get(answer, answer) in node.said()[-1]


async def test_a_sibling_that_returned_before_the_interrupt_is_not_called_again():
    hanging = Interrupted(Effect.IDEMPOTENT)
    looked: list[str] = []

    def look(at: str) -> str:
        looked.append(at)
        return "seen"

    node = OneNode([[call("look", at="x"), call("send", text="a")], "Ok."], tools=[look, *hanging.tools])
    returned = asyncio.Event()
    node.bus.subscribe(lambda event: returned.set(), ["tool_call_completed"])
    task = asyncio.create_task(node.executor().execute(node.graph, None, {}, run_id="r"))
    await returned.wait()
    await hanging.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    result = await node.executor().execute(node.graph, None, session_state={"run_id": "r"})

    assert result.success
    assert looked == ["x"]
    assert [text for text in node.said() if text.startswith("tool")] == ["tool: seen", "tool: sent"]


async def test_a_node_with_tools_and_nothing_that_answers_them_says_so():
    node = OneNode([[call("send", text="a"), call("send", text="b")]], tools=Post().tools)

    result = await node.run(tool_executor=None)

    assert "has tools and no tool_executor to call them; pass one" in str(result.error)


async def test_data_dir_comes_from_the_run_whatever_the_model_sends(tmp_path: Path):
    got: list[str] = []

    def where(data_dir: str) -> str:
        got.append(data_dir)
        return ""

    node = OneNode([call("where", data_dir="/etc"), call("where"), "Ok."], tools=[where], storage=tmp_path)

    assert (await node.run()).success
    assert "data_dir" not in node.request().tools[0].parameters["properties"]
    assert got == [str(tmp_path / "runs" / node.run_id / "data")] * 2


async def test_data_dir_is_withheld_from_tools_answered_by_a_function(tmp_path: Path):
    got: list[dict[str, Any]] = []

    def answer(use: ToolUse) -> ToolResult:
        got.append(use.input)
        return ToolResult(use.id, "ok")

    plain = Tool("plain")
    takes = Tool("takes", parameters={"type": "object", "properties": {"data_dir": {"type": "string"}}})
    script = [[call("plain", data_dir="/etc", a=1), call("takes", data_dir="/etc")], "Ok."]
    options = {"tools": [plain, takes], "tool_executor": answer}
    node = OneNode(script, executor=options, storage=tmp_path)
    node.node.tools.extend(["plain", "takes"])

    assert (await node.run()).success
    assert sorted(got, key=len) == [{"a": 1}, {"data_dir": str(tmp_path / "runs" / node.run_id / "data")}]


async def test_files_that_tools_write_are_journaled(tmp_path: Path):
    node = OneNode([], storage=tmp_path)
    register_data_tools(node.registry)
    node = with_tools(node, [call("save_data", filename="a.txt", data="één"), "Ok."])

    assert (await node.run()).success
    (event,) = await node.events(ev.FileWritten)
    assert (event.name, event.content.load(), event.encoding) == ("a.txt", "één", "utf-8")


def with_tools(node: OneNode, script: list[Any]) -> OneNode:
    node.node.tools.extend(node.registry.get_tools())
    node.provider._script = script
    return node


async def test_a_tool_in_a_thread_may_report_files_of_any_content_until_its_call_is_over(tmp_path: Path):
    is_over = threading.Event()
    threads: list[threading.Thread] = []

    def write(context: ToolContext) -> str:
        context.on_file_written("a.bin", b"\xff\x00")

        def late() -> None:
            is_over.wait(5)
            context.on_file_written("late.txt", b"late")

        threads.append(threading.Thread(target=late))
        threads[0].start()
        return "written"

    def answer(request: object) -> Any:
        if threads:
            is_over.set()
            threads[0].join(5)
            return "Ok."
        return call("write")

    node = OneNode(answer, tools=[write], storage=tmp_path)

    assert (await node.run()).success
    (event,) = await node.events(ev.FileWritten)
    assert (event.name, event.content.load(), event.encoding) == ("a.bin", "/wA=", "base64")
