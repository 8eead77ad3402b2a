from __future__ import annotations

from framework.llm.scripted import call
from framework.loop.pairing import NOT_ANSWERED, paired
from framework.model.edge import EdgeCondition, EdgeSpec
from framework.model.message import Message, Role
from framework.model.node import NodeSpec
from framework.model.tool import ToolUse
from tests.support.one_node import OneNode

ASKS = Message(Role.ASSISTANT, "", (ToolUse("a", "f", {}), ToolUse("b", "f", {})))


def result(call_id: str) -> Message:
    return Message(Role.TOOL, "x", tool_use_id=call_id)


def test_a_conversation_whose_calls_are_answered_stays_as_it_is():
    messages = (Message(Role.USER, "go"), ASKS, result("a"), result("b"), Message(Role.ASSISTANT, "done"))

    assert paired(messages) == messages


def test_a_call_without_a_result_gets_one_right_after_it():
    messages = paired((ASKS, Message(Role.USER, "next")))

    assert [message.role for message in messages] == ["assistant", "tool", "tool", "user"]
    assert [message.tool_use_id for message in messages[1:3]] == ["a", "b"]
    assert messages[1].content == NOT_ANSWERED


async def test_a_node_that_goes_on_after_a_failed_one_gives_providers_a_whole_conversation():
    class Rude:
        async def ask(self, question: object) -> str:
            raise ConnectionError("gone")

    first = NodeSpec(id="n", client_facing=True, max_retries=1)
    second = NodeSpec(id="w")
    edge = EdgeSpec(id="e", source="n", target="w", condition=EdgeCondition.ON_FAILURE)
    graph = {"nodes": [first, second], "edges": [edge], "terminal_nodes": ["n", "w"]}
    node = OneNode([call("ask_user", question="Hm?"), "Sorry."], graph=graph)

    assert (await node.run(person=Rude())).success
    roles = [message.role for message in node.request().messages]
    assert roles == ["user", "assistant", "tool", "user"]
