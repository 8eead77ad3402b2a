from __future__ import annotations

import asyncio

import pytest

from framework.credentials import MemoryCredentials, TrackedCredentials
from framework.errors import ToolError
from framework.model.tool import ToolUse
from framework.tools import ToolContext, call_tool, calls, current_tool_context

CREDENTIALS = TrackedCredentials(
    MemoryCredentials({"KEY": "value of it", "SHORT": "abc", "UNNAMED": "other"})
)
CONTEXT = ToolContext(tool="search", credential_names=("KEY", "ABSENT", "SHORT"), credentials=CREDENTIALS)


def test_a_named_credential_is_given() -> None:
    assert CONTEXT.credential("KEY") == "value of it"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("UNNAMED", r"'search' asked for a credential it did not name; add it .* 'UNNAMED'"),
        ("ABSENT", "'search' needs the credential 'ABSENT'.*hive credentials set ABSENT"),
        ("SHORT", "'SHORT' has fewer than 4 characters"),
    ],
)
def test_a_credential_that_cannot_be_given_is_a_refusal_with_advice(name: str, sentence: str) -> None:
    with pytest.raises(ToolError, match=sentence):
        CONTEXT.credential(name)


def test_a_context_has_no_credentials_unless_told() -> None:
    with pytest.raises(ToolError, match="did not name"):
        ToolContext().credential("KEY")


def test_its_representation_says_no_value() -> None:
    CONTEXT.credential("KEY")

    assert "value of it" not in repr(CONTEXT)


def test_a_credential_at_the_cut_of_a_huge_result_leaves_no_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_RESULT_CHARS", 20)

    async def execute(use: ToolUse) -> str:
        return "x" * 16 + current_tool_context().credential("KEY")

    result = asyncio.run(call_tool(execute, ToolUse("1", "search", {}), timeout_s=5, context=CONTEXT))

    assert result.content.startswith("x" * 16 + "[cre\n")
