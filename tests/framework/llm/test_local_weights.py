"""The local provider with real weights: what a small model can be held to, and what it costs around it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import ProviderError
from framework.llm.base import ModelRequest, collect
from framework.llm.local import LocalProvider
from framework.model.message import Message, Role
from framework.model.tool import Tool

if TYPE_CHECKING:
    from framework.llm.base import LLMResponse

pytestmark = pytest.mark.weights

CATEGORIES = ["billing", "bug", "account", "other"]
INSTRUCTION = "Classify the support ticket into one of billing, bug, account, other."
TICKETS = [
    ("Why was my card billed 49 dollars instead of 29?", "billing"),
    ("The upload freezes at 99 percent and then fails.", "bug"),
    ("I want to reset my password but the email never comes.", "account"),
    ("What are your opening hours at Christmas?", "other"),
    ("I need a refund, I paid for the wrong plan.", "billing"),
    ("The page shows error 500 after I press save.", "bug"),
]


def set_output(**values: dict[str, Any]) -> Tool:
    branches = [
        {
            "type": "object",
            "properties": {"key": {"const": key}, "value": value},
            "required": ["key", "value"],
        }
        for key, value in values.items()
    ]
    return Tool("set_output", "Set an output of this node.", {"anyOf": branches})


CATEGORY = set_output(category={"type": "string", "enum": CATEGORIES})


@pytest.fixture(scope="module")
def weights() -> Path:
    given = Path(os.environ["HIVE_TEST_WEIGHTS"])
    return given if given.is_file() else given / "smollm2.gguf"


@pytest.fixture(scope="module")
def provider(weights):
    return LocalProvider(str(weights), context_tokens=1024)


async def turn(provider: LocalProvider, text: str, tools: list[Tool], answers: int) -> list[LLMResponse]:
    """Play a turn the way a node's loop does: every call succeeds, until a reply or ``answers``."""
    messages = [Message(Role.USER, text)]
    given: list[LLMResponse] = []
    while len(given) < answers and (not given or given[-1].tool_calls):
        answer = await collect(provider, ModelRequest(messages=messages, system=INSTRUCTION, tools=tools))
        given.append(answer)
        messages.append(Message(Role.ASSISTANT, answer.content, answer.tool_calls))
        messages += [Message(Role.TOOL, "Output set.", tool_use_id=call.id) for call in answer.tool_calls]
    return given


async def test_every_ticket_gets_a_category_then_a_reply(provider):
    right = 0
    for text, category in TICKETS:
        call, reply = await turn(provider, text, [CATEGORY], 4)
        chosen = call.tool_calls[0].input
        assert chosen["key"] == "category"
        assert chosen["value"] in CATEGORIES
        assert reply.content
        assert not reply.tool_calls
        right += chosen["value"] == category

    print(f"\nright categories: {right} of {len(TICKETS)}")  # noqa: T201  (the figure this test measures)
    assert right >= 3


async def test_every_output_is_set_once_and_the_turn_ends(provider):
    tools = [
        set_output(
            category={"enum": CATEGORIES},
            urgent={"type": "boolean"},
            summary={"type": "string", "maxLength": 40},
        )
    ]

    *calls, reply = await turn(provider, TICKETS[1][0], tools, 6)

    assert sorted(answer.tool_calls[0].input["key"] for answer in calls) == ["category", "summary", "urgent"]
    assert reply.content


async def test_schemas_with_references_are_followed(provider):
    schema = {
        "$defs": {"Level": {"anyOf": [{"enum": ["low", "high"]}, {"type": "null"}]}},
        "type": "object",
        "properties": {
            "level": {"$ref": "#/$defs/Level"},
            "score": {"type": "integer", "minimum": 1, "maximum": 5},
            "tags": {
                "type": "array",
                "items": {"type": "string", "maxLength": 12},
                "minItems": 1,
                "maxItems": 2,
            },
            "untyped": {},
        },
        "required": ["level", "score", "tags", "untyped"],
    }
    request = ModelRequest(messages=[Message(Role.USER, TICKETS[1][0])], response_schema=schema)

    value = json.loads((await collect(provider, request)).content)

    assert value["level"] in {"low", "high", None}
    assert 1 <= value["score"] <= 5
    assert 1 <= len(value["tags"]) <= 2
    assert "untyped" in value


async def test_greedy_answers_repeat_and_stream(provider):
    request = ModelRequest(messages=[Message(Role.USER, "Why is the sky blue?")], max_tokens=12)
    pieces: list[object] = []

    first = await collect(provider, request, pieces.append)
    second = await collect(provider, request)

    assert first.content == second.content != ""
    assert len(pieces) > 4
    assert (first.output_tokens, first.stop_reason) == (12, "length")
    assert first.input_tokens > 0


async def test_a_conversation_beyond_the_context_is_refused(provider):
    request = ModelRequest(messages=[Message(Role.USER, "dog " * 2000)])

    with pytest.raises(ProviderError, match=r"has 20\d\d tokens and the local model reads at most 1024"):
        await collect(provider, request)


async def test_reading_a_long_prompt_can_be_cancelled(provider):
    long = ModelRequest(messages=[Message(Role.USER, "cat " * 900)])
    task = asyncio.create_task(collect(provider, long))
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    short = ModelRequest(messages=[Message(Role.USER, "Hi")], max_tokens=2)

    assert (await asyncio.wait_for(collect(provider, short), 10)).output_tokens == 2


PROGRAM = """
import asyncio, sys
from framework.llm.base import ModelRequest, collect
from framework.llm.local import LocalProvider
from framework.model.message import Message, Role

async def main():
    provider = LocalProvider(sys.argv[1], context_tokens=256)
    request = ModelRequest(messages=[Message(Role.USER, "Tell a long story.")], max_tokens=200)
    await collect(provider, ModelRequest(messages=request.messages, response_schema={"type": "boolean"}))
    async for _ in provider.stream(request):
        sys.exit(7)

asyncio.run(main())
"""


def test_a_process_prints_nothing_and_ends_cleanly_in_the_middle_of_an_answer(weights):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(weights)], capture_output=True, text=True, timeout=40, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")
