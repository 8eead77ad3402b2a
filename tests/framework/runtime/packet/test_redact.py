"""No planted secret is in any packet, in whatever form it stood in the run."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.journal.memory import MemoryJournal
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.model import events as ev
from framework.runtime.packet import Packet, build_packet
from framework.runtime.packet.redact import PLACEHOLDER, Redactor
from tests.support.event_samples import (
    answer,
    asked,
    intended,
    node_started,
    output_set,
    returned,
    run_started,
    value,
)
from tests.support.failing_agents import run_clerk
from tests.support.journals import write_run
from tests.support.planted_secrets import IN_CONTEXT, KNOWN, SECRETS

if TYPE_CHECKING:
    from pathlib import Path

FACTS = ev.ErrorFacts(error="ValueError", message="")


def planted() -> dict[str, tuple[str, str]]:
    """Return every secret by name, and a text that holds it."""
    alone = {name: (f"see {secret} here", secret) for name, secret in SECRETS.items()}
    known = {"known": (f"say {KNOWN} twice", KNOWN)}
    return (
        alone | {name: (text.format(secret), secret) for name, (text, secret) in IN_CONTEXT.items()} | known
    )


def everywhere(text: str) -> list[tuple[str, ev.Event]]:
    """Return a failed run that has ``text`` in every place a run keeps texts."""
    raw = base64.b64encode(b"\xff\xfe" + text.encode() + b"\x80").decode()
    failed = ev.ErrorFacts(error="ValueError", message=f"failed: {text}")
    main: list[ev.Event] = [
        run_started("first", topic=text, deep={"list": [text, {"k": text}]}, **{f"key {text}": {text: 1}}),
        node_started("first", opening=f"Read {text}"),
        ev.ModelRequested(
            purpose="turn", model="m", head="", system=ev.Value.blob(f"System {text}"), tools=value([])
        ),
        answer(f"I say {text}", ev.ToolRequest(id="c1", name="fetch", arguments=value({"url": text}))),
    ]
    lane = "m.c1.000"
    tool: list[ev.Event] = [
        intended("c1"),
        ev.FileWritten(name="a.txt", content=value(f"{text} " * 50)),
        ev.FileWritten(name="b.bin", content=value(raw), encoding="base64"),
        ev.LogWritten(stream="stdout", text=value(text)),
        returned("c1", f"found {text}"),
    ]
    end: list[ev.Event] = [
        asked(),
        answer("done"),
        output_set(title=text, more="x" * 5000 + text),
        ev.JudgeRuled(action="RETRY", feedback=value(f"Not {text}")),
        ev.InputInjected(node_id="first", text=value(text)),
        ev.NodeFinished(node_id="first", succeeded=False, error=failed),
        ev.RunFinished(status="failed", error=failed),
    ]
    return [*(("m", e) for e in main), *((lane, e) for e in tool), *(("m", e) for e in end)]


async def packed(text: str) -> Packet:
    journal = MemoryJournal()
    await write_run(journal, "run", everywhere(text))
    return await build_packet(journal, "run", secrets=[KNOWN])


def forms(secret: str) -> list[str]:
    """Return how a secret could be read in a file."""
    lines = [line for line in secret.splitlines() if not line.startswith("-----")]
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")[:-2]
    return [*lines, json.dumps(secret)[1:-1], encoded, secret.encode().hex()]


def test_there_are_at_least_fifty() -> None:
    assert len(planted()) >= 50


@pytest.mark.parametrize("name", planted())
async def test_a_secret_in_every_place_of_a_run_is_in_no_packet(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    text, secret = planted()[name]
    with caplog.at_level(logging.DEBUG):
        packet = await packed(text)

    files = [
        base64.b64decode(json.loads(blob)).decode("latin-1")
        for blob in packet.blobs.values()
        if blob.startswith('"//4')
    ]
    inline = [
        base64.b64decode(line["body"]["content"]).decode("latin-1")
        for line in packet.journal
        if line["body"].get("encoding") == "base64" and isinstance(line["body"]["content"], str)
    ]
    whole = packet.model_dump_json() + "".join([*files, *inline]) + caplog.text
    assert files + inline
    assert [form for form in forms(secret) if form in whole] == []
    assert PLACEHOLDER.search(packet.failure.message)


async def test_a_secret_is_the_same_placeholder_wherever_it_stood() -> None:
    packet = await packed(f"{SECRETS['openai']}")

    assert len(set(PLACEHOLDER.findall(packet.model_dump_json()))) == 1
    assert packet.secrets == 1


async def test_two_packets_of_one_run_share_no_placeholder() -> None:
    text = SECRETS["github"]

    marks = [set(PLACEHOLDER.findall((await packed(text)).model_dump_json())) for _ in range(2)]

    assert not marks[0] & marks[1]


async def test_what_tools_and_functions_say_of_secrets_is_replaced(tmp_path: Path) -> None:
    key, script = SECRETS["anthropic"], ["So.", "Hm.", "Ah.", "Oh."]
    tools = [call("look_up", who=key)]
    runner, _ = await run_clerk(
        tmp_path, ScriptedProvider([*tools, *script]), inputs={"letter": {"password": "only-known-by-name"}}
    )

    packet = await build_packet(runner.journal, "run")

    told = packet.model_dump_json()
    assert key not in told
    assert "only-known-by-name" not in told
    assert packet.tool_calls[0].arguments == {"who": PLACEHOLDER.findall(told)[0]} or PLACEHOLDER.search(
        str(packet.tool_calls[0].arguments)
    )


def test_a_short_credential_that_is_known_is_replaced_everywhere() -> None:
    redactor = Redactor(["q7x!"])

    assert "q7x!" not in redactor.text("the code q7x! opens q7x!q7x!")


def test_e_mail_addresses_go_only_when_asked() -> None:
    text = "Ask ada.lovelace@example.org today."

    assert Redactor().text(text) == text
    assert "ada.lovelace" not in Redactor(with_emails=True).text(text)


@pytest.mark.parametrize(
    "text",
    [
        "The password is required.",
        "Set api_key in the settings.",
        "https://example.org:8080/a@b",
        "task-force and risk-aversion-programme",
        "a bearer of good news and token of love",
        "SKU 1234567890, total: 12.50",
    ],
)
def test_plain_words_are_left_alone(text: str) -> None:
    redactor = Redactor()
    redactor.learn(text)

    assert redactor.text(text) == text


@given(st.text(max_size=40), st.sampled_from(sorted(planted())), st.text(max_size=40))
def test_redacting_twice_changes_nothing(before: str, name: str, after: str) -> None:
    redactor = Redactor([KNOWN])
    text = f"{before} {planted()[name][0]} {after}"
    redactor.learn(text)

    once = redactor.text(text)

    assert redactor.text(once) == once
    assert planted()[name][1] not in once


def test_a_long_hostile_text_takes_no_time() -> None:
    texts = (
        "://",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "eyJ",
        "eyJ-",
        "sk-abc123-",
        "a:b@",
        "bearer ",
    )
    started = time.monotonic()
    for text in texts:
        redactor = Redactor()
        redactor.learn(text * (200_000 // len(text)))
        redactor.text(text * (200_000 // len(text)))
    assert time.monotonic() - started < 20  # It takes a second; what grows with the square takes minutes.
