from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.packages.checks import check_package
from framework.packages.loader import load_package
from framework.runner import AgentRunner
from framework.terminal import ExitCode
from hive.cli.running import RunOrder, run_package
from tests.support.one_node import Answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from framework.graph import ExecutionResult
    from framework.llm import ModelRequest
    from framework.llm.scripted import Answer
    from framework.llm.stream import StreamEvent

FOLDER = Path(__file__).parent.parent
FIRST = "The lift in house B is out of order until Friday. Please take the stairs."
SECOND = "Dear all, the lift in house B is out of order until Friday. Please take the stairs."
FACTS = {"facts": "Lift in house B broken, repaired on Friday.", "audience": "tenants"}


def set_output(**values: object) -> list[Any]:
    return [call("set_output", key=key, value=value) for key, value in values.items()]


def draft(text: str) -> list[Answer]:
    return [set_output(draft=text), "Done."]


def shown(text: str) -> Any:
    question = f"{text}\n\nShall this be sent?"
    return call("ask_user", question=question, options=["Approve", "Change", "Reject"])


def decide(text: str, **outputs: str) -> list[Answer]:
    return [shown(text), set_output(**outputs), "Noted."]


SENDING: list[Answer] = [call("send_announcement"), set_output(receipt="Sent."), "Done."]


class Desk:
    """The agent with a scripted model and a person, and the outbox between them and the world."""

    def __init__(self, folder: Path, *script: Answer) -> None:
        self.outbox = folder / "outbox.jsonl"
        self.provider = ScriptedProvider(list(script))
        self._storage = folder / "runs"

    async def run(self, person: Answers | None, run_id: str | None = None) -> ExecutionResult:
        return await self._runner(person).run({**FACTS, "outbox": str(self.outbox)}, run_id=run_id)

    async def carry_on(self, run_id: str, person: Answers | None = None) -> ExecutionResult:
        return await self._runner(person).run(session_state={"run_id": run_id})

    def _runner(self, person: Answers | None) -> AgentRunner:
        return AgentRunner.load(FOLDER, llm=self.provider, storage_path=self._storage, person=person)

    @property
    def sent(self) -> list[str]:
        if not self.outbox.exists():
            return []
        return [json.loads(line)["text"] for line in self.outbox.read_text(encoding="utf-8").splitlines()]


class Silenced(ScriptedProvider):
    """A model that says what is written down, and then nothing for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(answers)
        self.is_silent = asyncio.Event()
        self._left = len(answers)

    async def stream(self, request: ModelRequest) -> AsyncIterator[StreamEvent]:
        self._left -= 1
        if self._left < 0:
            self.is_silent.set()
            await asyncio.Event().wait()
        async for event in super().stream(request):
            yield event


def test_the_package_is_sound_and_its_description_fresh() -> None:
    assert check_package(load_package(FOLDER)) == []
    assert (FOLDER / "agent.json").is_file()


async def test_an_approved_draft_is_sent_once_and_unchanged(tmp_path: Path) -> None:
    desk = Desk(tmp_path, *draft(FIRST), *decide(FIRST, decision="approve"), *SENDING)
    person = Answers("Approve")

    result = await desk.run(person)

    assert result.success, result.error
    assert desk.sent == [FIRST]
    assert FIRST in person.texts[0]
    assert list(person.asked[0].options) == ["Approve", "Change", "Reject"]
    assert result.output["outcome"] == "sent"
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0
    assert all(item["kept"] for item in result.evaluation["constraints"])


async def test_a_change_goes_back_to_the_writer_with_the_remark_and_is_shown_again(tmp_path: Path) -> None:
    remark = "Begin with Dear all."
    change = [
        shown(FIRST),
        call("ask_user", question="What shall be changed?"),
        set_output(decision="change", change=remark),
        "Noted.",
    ]
    desk = Desk(
        tmp_path, *draft(FIRST), *change, *draft(SECOND), *decide(SECOND, decision="approve"), *SENDING
    )

    result = await desk.run(Answers("Change", remark, "Approve"))

    assert result.success, result.error
    assert desk.sent == [SECOND]
    told = desk.provider.requests[6].messages[-1].content
    assert f"previous: {FIRST}" in told
    assert f"remark: {remark}" in told
    assert result.path[1:5] == ["write_draft", "ask_approval", "write_draft", "ask_approval"]


async def test_nothing_is_sent_when_the_person_rejects(tmp_path: Path) -> None:
    desk = Desk(tmp_path, *draft(FIRST), *decide(FIRST, decision="reject"))

    result = await desk.run(Answers("Reject"))

    assert result.success, result.error
    assert result.path[-1] == "shelve"
    assert result.output["outcome"] == "rejected"
    assert desk.sent == []
    assert result.evaluation is not None
    assert result.evaluation["score"] == 1.0


async def test_a_run_without_a_person_waits_and_is_carried_on_without_a_second_draft(tmp_path: Path) -> None:
    desk = Desk(tmp_path, *draft(FIRST), *decide(FIRST, decision="approve"), *SENDING)

    paused = await desk.run(None)
    again = await desk.carry_on(paused.run_id)

    assert paused.paused_at == again.paused_at == "ask_approval"
    assert desk.sent == []
    result = await desk.carry_on(again.run_id, Answers("Approve"))
    assert result.success, result.error
    assert desk.sent == [FIRST]
    assert len(desk.provider.requests) == 8


async def test_a_run_cut_off_after_sending_does_not_send_again(tmp_path: Path) -> None:
    first = Desk(tmp_path)
    first.provider = Silenced([*draft(FIRST), *decide(FIRST, decision="approve"), call("send_announcement")])
    running = asyncio.create_task(first.run(Answers("Approve"), run_id="cut"))
    await asyncio.wait_for(first.provider.is_silent.wait(), timeout=10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    second = Desk(tmp_path, *SENDING[1:])

    result = await second.carry_on("cut")

    assert result.success, result.error
    assert second.sent == [FIRST]
    assert len(second.provider.requests) == 2


async def test_a_model_cannot_decide_for_the_person(tmp_path: Path) -> None:
    alone = [set_output(decision="approve"), "I approved it."]
    against = [shown(FIRST), set_output(decision="approve"), "Approved."]
    corrected = [set_output(decision="reject"), "Noted."]
    desk = Desk(tmp_path, *draft(FIRST), *alone, *against, *corrected)

    result = await desk.run(Answers("Reject"))

    assert result.success, result.error
    assert result.output["outcome"] == "rejected"
    assert desk.sent == []
    told = [message.content for message in desk.provider.requests[-1].messages]
    assert any("Nobody was asked yet" in text for text in told)
    assert any("set decision to 'reject'" in text for text in told)


async def test_an_approval_of_another_text_than_the_draft_does_not_count(tmp_path: Path) -> None:
    unlike = [shown("All is well."), set_output(decision="approve"), "Approved."]
    shown_whole = [shown(FIRST.replace(" ", "\n")), "Approved."]
    desk = Desk(tmp_path, *draft(FIRST), *unlike, *shown_whole, *SENDING)
    person = Answers("Approve", "Approve")

    result = await desk.run(person)

    assert result.success, result.error
    assert len(person.asked) == 2
    assert desk.sent == [FIRST]


@pytest.mark.parametrize("answer", ["yes", "Hm, why Friday?"])
async def test_an_unclear_answer_is_no_approval(answer: str, tmp_path: Path) -> None:
    hasty = [shown(FIRST), set_output(decision="approve"), "Approved."]
    desk = Desk(tmp_path, *draft(FIRST), *hasty, *decide(FIRST, decision="reject"))

    result = await desk.run(Answers(answer, "Reject"))

    assert result.success, result.error
    assert desk.sent == []
    assert any(f"{answer!r}" in message.content for message in desk.provider.requests[-1].messages)


async def test_a_model_that_sends_twice_or_not_at_all_leaves_one_message(tmp_path: Path) -> None:
    sending = [
        set_output(receipt="Sent."),
        "Done.",
        [call("send_announcement"), call("send_announcement")],
        set_output(receipt="Sent."),
        "Done.",
    ]
    desk = Desk(tmp_path, *draft(FIRST), *decide(FIRST, decision="approve"), *sending)

    result = await desk.run(Answers("Approve"))

    assert result.success, result.error
    assert desk.sent == [FIRST]
    assert result.output["sent"] == 1


@pytest.mark.parametrize(
    ("facts", "outbox", "complaint"),
    [(" ", "o.jsonl", "nothing to announce"), ("x" * 8_001, "o.jsonl", "shorten"), ("x", "/", "no file")],
)
async def test_a_bad_input_fails_before_a_model_is_asked(
    facts: str, outbox: str, complaint: str, tmp_path: Path
) -> None:
    runner = AgentRunner.load(FOLDER, llm=ScriptedProvider([]), storage_path=tmp_path)

    result = await runner.run({"facts": facts, "outbox": outbox})

    assert not result.success
    assert complaint in str(result.error)


def test_the_command_ends_with_the_code_of_waiting_when_nobody_is_at_the_terminal(tmp_path: Path) -> None:
    inputs = {**FACTS, "outbox": str(tmp_path / "outbox.jsonl")}
    order = RunOrder(path=FOLDER, input_data=inputs, storage=tmp_path / "runs")

    code = run_package(order, llm=ScriptedProvider([*draft(FIRST), shown(FIRST)]))

    assert code == ExitCode.WAITING
    assert not (tmp_path / "outbox.jsonl").exists()
