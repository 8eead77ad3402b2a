"""Every service by its own protocol over HTTP: what it is sent, and one answer."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import MissingCredentialError, ProviderError
from framework.llm import LiteLLMProvider, ModelRequest, Tool, ToolUse, collect
from framework.llm.remote.vendors import OPENAI, VENDORS, Vendor, require_library, split_name
from framework.model.message import Message, Role
from tests.support.model_protocols import OpenAI as OpenAIDialect
from tests.support.model_protocols import Said, whole
from tests.support.model_service import SSE, ModelService, reply, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sk-secret"
ASKED = ModelRequest(
    messages=[
        Message(Role.USER, "go"),
        Message(Role.ASSISTANT, "", (ToolUse("abcdefgh1", "search", {"q": "x"}),)),
        Message(Role.TOOL, "found", (), "abcdefgh1"),
    ],
    system="be brief",
    tools=[Tool("search", "d", {"type": "object", "properties": {"q": {"type": "string"}}})],
    max_tokens=9,
)


@pytest.fixture
async def service() -> AsyncIterator[ModelService]:
    async with serving() as running:
        yield running


def chunk(delta: dict[str, Any], **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": fields.pop("finish", None)}
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
        **fields,
    }


CALL = {
    "index": 0,
    "id": "abcdefgh2",
    "type": "function",
    "function": {"name": "search", "arguments": '{"q": "y"}'},
}


async def test_groq_is_asked_at_its_own_path(service: ModelService) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    service.streams(
        chunk({"role": "assistant", "content": "hi"}),
        chunk({"tool_calls": [CALL]}),
        chunk({}, finish="tool_calls", x_groq={"id": "1", "usage": usage}),
    )

    response = await collect(LiteLLMProvider("groq/m", KEY, service.root), ASKED)

    assert service.path == "/openai/v1/chat/completions"
    assert f"Bearer {KEY}" in service.headers
    assert [message["role"] for message in service.body["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
    ]
    assert (response.content, response.input_tokens, response.output_tokens) == ("hi", 7, 2)
    assert [call.input for call in response.tool_calls] == [{"q": "y"}]


async def test_mistral_is_asked_at_its_own_path(service: ModelService) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    service.streams(
        chunk({"role": "assistant", "content": "hi"}),
        chunk({"tool_calls": [CALL]}, finish="tool_calls", usage=usage),
    )

    response = await collect(LiteLLMProvider("mistral/m", KEY, service.root), ASKED)

    assert service.path.startswith("/v1/chat/completions")
    assert f"Bearer {KEY}" in service.headers
    assert service.body["max_tokens"] == 9
    assert (response.content, response.input_tokens, response.output_tokens) == ("hi", 7, 2)
    assert [call.input for call in response.tool_calls] == [{"q": "y"}]


def gemini(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "index": 0, **fields}
    usage = {
        "promptTokenCount": 7,
        "candidatesTokenCount": 2,
        "cachedContentTokenCount": 4,
        "totalTokenCount": 9,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m-1"}


@pytest.mark.parametrize("prefix", ["gemini", "google"])
async def test_gemini_is_asked_at_its_own_path(service: ModelService, prefix: str) -> None:
    calls = [{"functionCall": {"name": "search", "args": {"q": text}}} for text in "yz"]
    service.streams(gemini({"text": "hi"}), gemini(*calls, finishReason="STOP"), done=False)

    response = await collect(LiteLLMProvider(f"{prefix}/m", KEY, service.root), ASKED)

    assert service.path.startswith("/v1beta/models/m:streamGenerateContent")
    assert KEY not in service.path
    assert f"x-goog-api-key: {KEY}" in service.headers
    assert service.body["systemInstruction"]["parts"][0]["text"] == "be brief"
    assert response.content == "hi"
    assert (response.input_tokens, response.output_tokens, response.cached_tokens) == (7, 2, 4)
    assert [call.input for call in response.tool_calls] == [{"q": "y"}, {"q": "z"}]
    assert len({call.id for call in response.tool_calls}) == 2


async def test_a_key_that_gemini_refuses_is_told_as_such(service: ModelService) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT", "details": details}
    service.replies(400, {"error": error})

    with pytest.raises(
        MissingCredentialError, match=r"hive credentials set GEMINI_API_KEY.*API key not valid"
    ):
        await collect(LiteLLMProvider("gemini/m", KEY, service.root), ASKED)


async def test_ollama_needs_no_key(service: ModelService) -> None:
    service.answer = whole(OpenAIDialect(), Said(text=("hi",)))

    response = await collect(LiteLLMProvider("ollama/llama3.2:1b", None, service.base), ASKED)

    assert (service.path, service.body["model"], response.content) == (
        "/v1/chat/completions",
        "llama3.2:1b",
        "hi",
    )
    assert "authorization" not in service.headers.lower()


async def test_openai_itself_is_told_the_limit_by_its_newer_name(
    service: ModelService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VENDORS, "openai", replace(OPENAI, address=service.base))
    monkeypatch.setenv("OPENAI_ORG_ID", "org")
    service.answer = whole(OpenAIDialect(), Said(text=("hi",)))

    await collect(LiteLLMProvider("openai/gpt-4o-mini", find_key={"OPENAI_API_KEY": KEY}.get), ASKED)

    assert (service.body["max_completion_tokens"], service.body.get("max_tokens")) == (9, None)
    assert f"Bearer {KEY}" in service.headers
    assert "openai-organization: org" in service.headers.lower()


async def test_what_a_model_cannot_be_asked_is_told(service: ModelService) -> None:
    asked = replace(ASKED, response_schema={"type": "object", "properties": {}})

    with pytest.raises(ProviderError, match=r"'gemini-2\.0-flash' cannot be asked this: ") as caught:
        await collect(LiteLLMProvider("gemini/gemini-2.0-flash", KEY, service.root), asked)
    assert not caught.value.retryable
    assert service.asked == []


BUSY = {"error": {"message": "slow down", "type": "x", "code": 429, "status": "RESOURCE_EXHAUSTED"}}


@pytest.mark.parametrize("prefix", ["groq", "mistral", "gemini"])
async def test_a_busy_service_is_worth_a_retry_and_asked_once(service: ModelService, prefix: str) -> None:
    service.replies(429, BUSY, "Retry-After: 7\r\nContent-Type: application/json\r\n")

    with pytest.raises(ProviderError, match=r"HTTP 429\. It said: slow down") as caught:
        await collect(LiteLLMProvider(f"{prefix}/m", KEY, service.root), ASKED)

    assert (caught.value.retryable, caught.value.retry_after_s, len(service.asked)) == (True, 7.0, 1)


@pytest.mark.parametrize("prefix", ["groq", "mistral", "gemini"])
async def test_a_cut_or_malformed_stream_is_worth_a_retry(service: ModelService, prefix: str) -> None:
    piece = gemini({"text": "a"}) if prefix == "gemini" else chunk({"content": "a"})
    start = f"data: {json.dumps(piece)}\n\n"
    for end in ("", "data: {not json\n\n", "data: [1]\n\n"):
        service.answer = reply(200, start + end, SSE)
        with pytest.raises(ProviderError) as caught:
            await collect(LiteLLMProvider(f"{prefix}/m", KEY, service.root), ASKED)
        assert caught.value.retryable


@pytest.mark.parametrize("prefix", ["groq", "mistral", "gemini"])
async def test_a_silent_or_missing_service_is_worth_a_retry(service: ModelService, prefix: str) -> None:
    service.hangs = True
    with pytest.raises(ProviderError, match=r"within 0\.2 seconds") as caught:
        await collect(LiteLLMProvider(f"{prefix}/m", KEY, service.root, timeout_s=0.2), ASKED)
    assert (caught.value.retryable, caught.value.is_free) == (True, False)

    with pytest.raises(ProviderError, match="cannot be reached") as caught:
        await collect(LiteLLMProvider(f"{prefix}/m", KEY, "http://127.0.0.1:1"), ASKED)
    assert (caught.value.retryable, caught.value.is_free) == (True, True)


def test_a_name_begins_with_its_service() -> None:
    assert split_name("openai/gpt-4o") == (VENDORS["openai"], "gpt-4o")
    assert split_name("groq/openai/gpt-oss-20b") == (VENDORS["groq"], "openai/gpt-oss-20b")
    assert split_name("meta/llama") == (None, "meta/llama")
    assert split_name("openai/") == (None, "openai/")


@pytest.mark.parametrize("library", ["no_such_library", "no_such.library"])
def test_a_missing_extra_is_told_with_what_to_install(library: str) -> None:
    with pytest.raises(ProviderError, match=r"pip install 'hive-agents\[providers\]'"):
        require_library(Vendor(prefix="x", service="x", library=library, address=""))


def test_a_provider_without_its_extra_says_so_before_anything_runs() -> None:
    code = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name.partition('.')[0] == 'pydantic_ai':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from framework.llm import LiteLLMProvider\n"
        "LiteLLMProvider('anthropic/m', 'k')\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.strip().endswith(
        "Models named anthropic/NAME need the extra 'providers': pip install 'hive-agents[providers]'"
    )
