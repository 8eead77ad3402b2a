from __future__ import annotations

import asyncio

import pytest

from framework.errors import NodeError, SpecError
from framework.events.bus import EventType
from framework.graph.executor import GraphExecutor
from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.loop.event_loop_node import EventLoopNode
from framework.loop.judges import JudgeContext, JudgeVerdict
from framework.model import events as ev
from framework.model.goal import Goal
from framework.runtime.core import Runtime
from tests.support.one_node import Answers, OneNode


def set_output(key: str, value: object):
    return call("set_output", key=key, value=value)


class Rulings:
    """A judge with a list of verdicts, which keeps what it saw."""

    def __init__(self, *verdicts: JudgeVerdict) -> None:
        self._verdicts = list(verdicts)
        self.seen: list[JudgeContext] = []

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        self.seen.append(context)
        return self._verdicts.pop(0)


async def test_a_turn_ends_with_an_answer_without_calls_and_complete_outputs_are_accepted():
    node = OneNode([set_output("a", 1), "Done."], output_keys=["a"])

    result = await node.run()

    assert result.success
    assert result.output == {"a": 1}
    assert len(node.provider.requests) == 2


async def test_missing_outputs_are_named_and_the_model_goes_on():
    node = OneNode(["Hm.", [set_output("a", "x"), set_output("b", "y")], "Done."], output_keys=["a", "b"])

    result = await node.run()

    assert result.output == {"a": "x", "b": "y"}
    assert "not set yet: a, b" in node.said(1)[-1]


async def test_a_null_does_not_count_as_a_required_output():
    node = OneNode([set_output("a", None), "Done.", set_output("a", 2), "Now."], output_keys=["a"])

    assert (await node.run()).output == {"a": 2}


async def test_of_outputs_that_are_all_nullable_one_must_be_set():
    script = ["Nothing to do.", set_output("b", "x"), "Done."]
    node = OneNode(script, output_keys=["a", "b"], nullable_output_keys=["a", "b"])

    result = await node.run()

    assert result.output == {"b": "x"}
    assert "at least one" in node.said(1)[-1]


async def test_a_node_without_outputs_is_done_with_its_first_answer():
    result = await OneNode(["Hello."]).run()

    assert result.success
    assert result.output == {}


async def test_outputs_reach_the_memory_only_when_the_judge_accepts():
    node = OneNode(
        [set_output("a", 1), "Done."], output_keys=["a"], judge=Rulings(JudgeVerdict("ESCALATE", "no"))
    )

    result = await node.run()

    assert not result.success
    assert "escalated: no" in str(result.error)
    assert result.output == {}


async def test_a_retry_without_words_still_gives_the_model_something_to_answer():
    node = OneNode(["One.", "Two."], judge=Rulings(JudgeVerdict("RETRY"), JudgeVerdict("ACCEPT")))

    assert (await node.run()).success
    assert node.request().messages[-1].role == "user"


@pytest.mark.parametrize("error", [KeyError("score"), asyncio.CancelledError("score"), SystemExit("score")])
async def test_a_judge_that_raises_fails_the_node_with_the_reason(error: BaseException):
    class Broken:
        async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
            raise error

    node = OneNode(["Hi."] * 3, judge=Broken(), max_retries=3)
    result = await node.run()

    reason = f"failed ({type(error).__name__}: {error}); mend the judge."
    assert f"The judge Broken of node 'n' {reason}" in str(result.error)
    assert (result.total_retries, len(node.provider.requests)) == (0, 1)


@pytest.mark.parametrize("verdict", [None, "ACCEPT", {"action": "ACCEPT"}])
async def test_what_is_no_verdict_fails_the_node_without_asking_the_model_again(verdict: object):
    node = OneNode(["Hi."] * 3, judge=Rulings(verdict), max_retries=3)  # pyright: ignore[reportArgumentType]  (the fault under test)
    result = await node.run()

    given = type(verdict).__name__
    assert f"The judge Rulings of node 'n' gave a {given}, and no JudgeVerdict" in str(result.error)
    assert (result.total_retries, len(node.provider.requests)) == (0, 1)


async def test_a_judge_that_wants_another_attempt_raises_a_node_error():
    class Unsure:
        def __init__(self) -> None:
            self.asked = 0

        async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
            self.asked += 1
            if self.asked == 1:
                raise NodeError("The archive is away.", node_id="n")
            return JudgeVerdict("ACCEPT")

    result = await OneNode(["Hi."] * 2, judge=Unsure(), max_retries=2).run()

    assert (result.success, result.total_retries) == (True, 1)


def test_a_judge_of_the_executor_that_cannot_judge_is_refused():
    with pytest.raises(SpecError, match=r"The judge str has no method evaluate.* is given for node 'n'"):
        GraphExecutor(Runtime(), judges={"n": "strict"})  # pyright: ignore[reportArgumentType]  (the fault under test)


def test_a_ruling_that_does_not_exist_cannot_be_made():
    with pytest.raises(ValueError, match="cannot rule 'MAYBE'"):
        JudgeVerdict("MAYBE")  # pyright: ignore[reportArgumentType]  (the fault under test)


async def test_the_judge_given_to_the_node_itself_rules_too():
    judge = Rulings(JudgeVerdict("ACCEPT"))
    node = OneNode(["Hi."], executor={"node_registry": {"n": EventLoopNode(judge)}})

    assert (await node.run()).success
    assert len(judge.seen) == 1


async def test_a_judge_sees_the_whole_turn():
    def look(topic: str) -> str:
        return "seen"

    judge = Rulings(JudgeVerdict("ACCEPT"))
    goal = Goal(id="goal", description="Look.")
    script = [[call("look", topic="x"), set_output("a", 1)], "Done."]
    node = OneNode(script, tools=[look], output_keys=["a"], judge=judge, goal=goal)

    await node.run()

    seen = judge.seen[0]
    assert seen.assistant_text == "Done."
    assert [item["name"] for item in seen.tool_calls] == ["look", "set_output"]
    assert dict(seen.outputs) == {"a": 1}
    assert (seen.iteration, list(seen.output_keys), list(seen.missing_keys)) == (1, ["a"], [])
    assert "assistant: Done." in seen.conversation_summary
    assert seen.goal == goal


async def test_turns_are_bounded():
    node = OneNode(
        lambda request: f"Thought {len(request.messages)}.", output_keys=["a"], loop={"max_iterations": 4}
    )

    result = await node.run()

    assert "used up its 4 turns" in str(result.error)
    assert "missing: a" in str(result.error)
    assert len(node.provider.requests) == 4


async def test_answers_of_one_turn_are_bounded():
    def look(at: int) -> str:
        return str(at)

    node = OneNode(
        lambda request: call("look", at=len(request.messages)), tools=[look], loop={"max_iterations": 3}
    )

    result = await node.run()

    assert "made 3 model calls in one turn" in str(result.error)
    assert len(node.provider.requests) == 3


async def test_a_node_that_stalls_or_escalates_or_runs_out_is_not_retried():
    for script in (["Same."] * 9, [call("escalate", reason="no data")], [f"{i}" for i in range(9)]):
        node = OneNode(
            script, output_keys=["a"], max_retries=3, loop={"max_iterations": 4}, tools=[print_nothing]
        )
        result = await node.run()
        assert not result.success
        assert result.total_retries == 0


def print_nothing(text: str) -> str:
    return ""


@pytest.mark.parametrize(
    ("script", "reason", "turn"),
    [
        (["Same."] * 3, "exactly the same 3 times", 3),
        ([""] * 3, "exactly the same 3 times", 3),
        ([call("print_nothing", text="x")] * 3, "exactly the same 3 times", 1),
        (["A", "B", "A", "B"], "alternates", 4),
    ],
)
async def test_a_model_that_repeats_itself_stalls(script: list[object], reason: str, turn: int):
    node = OneNode(script, output_keys=["a"], tools=[print_nothing])

    result = await node.run()

    assert f"stalled in turn {turn}:" in str(result.error)
    assert reason in str(result.error)
    assert len(node.provider.requests) == len(script)


async def test_a_persons_reply_begins_the_count_of_repetitions_anew():
    script = ["Yes?"] * 5 + [set_output("a", 1), "Yes?"]
    node = OneNode(script, output_keys=["a"], client_facing=True)

    result = await node.run(person=Answers("one", "two", "three", "four", "five", "six"))

    assert result.success


async def test_at_the_boundary_a_person_is_heard_before_the_judge_rules():
    person = Answers("https://x")
    script = [LLMResponse(content="Which one?"), set_output("url", "https://x"), "Thanks."]
    node = OneNode(script, output_keys=["url"], client_facing=True)

    result = await node.run(person=person)

    assert result.paused_at == "n"
    assert person.texts == ["Which one?", "Thanks."]
    assert node.said(1)[-1] == "user: https://x"


async def test_at_the_boundary_a_turn_with_a_real_call_does_not_wait():
    node = OneNode([[call("print_nothing", text="x"), set_output("a", 1)], "Done."],
                   output_keys=["a"], client_facing=True, tools=[print_nothing])  # fmt: skip

    result = await node.run(person=Answers())

    assert result.output == {"a": 1}


async def test_the_person_reads_everything_the_model_said_in_the_turn():
    answer = LLMResponse(content="My plan: x.", tool_calls=(set_output("a", 1),))
    person = Answers("good")
    node = OneNode([answer, "Is that right?"], output_keys=["a"], client_facing=True)

    await node.run(person=person)

    assert person.texts == ["My plan: x.\n\nIs that right?"]


async def test_a_person_is_never_shown_an_empty_question():
    person = Answers("ok")

    await OneNode([""], client_facing=True, name="Intake").run(person=person)

    assert person.texts == ["Intake waits for your reply."]


async def test_turns_by_text_wait_for_text_alone_and_judge_set_outputs_at_once():
    person = Answers("blue")
    script = ["Which colour?", set_output("a", "blue"), "Noted."]
    node = OneNode(script, output_keys=["a"], client_facing=True, loop={"client_turns": "text"})

    result = await node.run(person=person)

    assert result.output == {"a": "blue"}
    assert person.texts == ["Which colour?"]


async def test_turns_by_asking_wait_for_ask_user_only():
    person = Answers("blue")
    script = ["Let me see.", call("ask_user", question="Colour?"), set_output("a", "blue"), "Noted."]
    node = OneNode(script, output_keys=["a"], client_facing=True, loop={"client_turns": "ask"})

    result = await node.run(person=person)

    assert result.output == {"a": "blue"}
    assert person.texts == ["Colour?"]


async def test_what_a_client_facing_node_says_is_streamed_to_the_client():
    heard: list[object] = []
    node = OneNode(["Hello."], client_facing=True)
    node.bus.subscribe(lambda event: heard.append(event.data["content"]), [EventType.CLIENT_OUTPUT_DELTA])

    await node.run(person=Answers("hi"))

    assert heard == ["Hello."]


async def test_injected_input_is_seen_at_the_next_turn_and_journaled():
    node = OneNode(["One.", set_output("a", 1), "Done."], output_keys=["a"])
    executor = node.executor()

    def inject(event: object) -> None:
        if len(node.provider.requests) == 1:
            executor.inject_input("n", "Be quick.")

    node.bus.subscribe(inject, [EventType.JUDGE_VERDICT])
    result = await executor.execute(node.graph, None, {})
    node.run_id = result.run_id

    assert result.success
    assert "user: Be quick." in node.said(1)
    assert [event.text.load() for event in await node.events(ev.InputInjected)] == ["Be quick."]


async def test_a_node_object_takes_events_of_its_own():
    worker = EventLoopNode()
    await worker.inject_event("Use metric units.")
    node = OneNode(["Done."], executor={"node_registry": {"n": worker}})

    await node.run()

    assert node.said()[-1] == "user: Use metric units."


async def test_an_injected_message_answers_the_turn_that_waits_for_a_person():
    node = OneNode(["Which one?"], client_facing=True)
    executor = node.executor()
    paused = await executor.execute(node.graph, None, {})
    executor.inject_input("n", "that one")

    result = await executor.execute(node.graph, None, session_state=paused.session_state)

    assert result.success
    assert paused.paused_at == "n"
    assert len(node.provider.requests) == 1


async def test_without_a_person_the_run_pauses_and_goes_on_later_without_repeating_anything():
    calls: list[str] = []

    def look(at: str) -> str:
        calls.append(at)
        return "found"

    script = [
        call("look", at="x"),
        call("ask_user", question="Take it?"),
        [set_output("a", 1), call("look", at="y")],
        "Bye.",
    ]
    node = OneNode(script, tools=[look], output_keys=["a"], client_facing=True)
    paused = await node.run()

    person = Answers("yes")
    result = await node.resume(paused, person=person)

    assert paused.paused_at == "n"
    assert result.output == {"a": 1}
    assert person.texts == ["Take it?"]
    assert calls == ["x", "y"]
    assert len(await node.events(ev.QuestionAsked)) == 1
    assert len(node.provider.requests) == 4


async def test_a_run_paused_twice_still_asks_the_same_question():
    node = OneNode(["Which one?"], client_facing=True)
    paused = await node.run()
    again = await node.resume(paused)

    result = await node.resume(again, person=Answers("this"))

    assert result.success
    assert len(await node.events(ev.QuestionAsked)) == 1


async def test_escalating_fails_the_node_with_the_models_reason():
    node = OneNode(
        [[call("print_nothing", text="x"), call("escalate", reason="no access")]], tools=[print_nothing]
    )

    result = await node.run()

    assert "escalated: no access" in str(result.error)
    assert [event.status for event in await node.events(ev.ToolReturned)] == ["ok", "ok"]


async def test_escalating_without_a_reason_says_so():
    result = await OneNode([call("escalate")], tools=[print_nothing]).run()

    assert "no reason given" in str(result.error)


async def test_a_cancelled_node_leaves_no_task_behind():
    started = asyncio.Event()

    async def hang(at: int) -> str:
        started.set()
        await asyncio.Event().wait()
        return ""

    node = OneNode([[call("hang", at=1), call("hang", at=2)]], tools=[hang])
    before = asyncio.all_tasks()
    task = asyncio.create_task(node.run())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert asyncio.all_tasks() <= before
