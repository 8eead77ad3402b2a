"""A packet holds what failed, what was said, and a journal that can be walked again."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import orjson
import pytest

from framework.clock import ManualClock
from framework.errors import PacketError
from framework.graph.executor import GraphExecutor
from framework.journal.entry import decode_line
from framework.journal.memory import MemoryJournal
from framework.journal.reading import fold_entries, read_entries
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.model.events import (
    ConversationCompacted,
    FileFound,
    ModelAnswered,
    ModelRequested,
    RunFinished,
)
from framework.runtime.core import Runtime
from framework.runtime.packet import FORMAT, Packet, build_packet, read_packet, write_packet
from framework.runtime.packet.rechain import redacted_journal
from framework.runtime.packet.redact import Redactor
from framework.runtime.replay import Recording, replay
from framework.tools.written_file import file_found, file_grown, file_written, files_after
from tests.framework.runtime.replay.test_replay import replaying
from tests.support.event_samples import (
    FAILED,
    answer,
    asked,
    node_failed,
    node_started,
    ruled,
    run_started,
    value,
)
from tests.support.failing_agents import run_clerk
from tests.support.journals import write_run
from tests.support.planted_secrets import SECRETS
from tests.support.resumable_runs import AGENTS
from tests.support.run_samples import RUNS, SUMMARY, every_kind_run, on
from tests.support.walked_graphs import failing, giving, graph, node, ways

GOLDEN = Path(__file__).parents[3] / "golden" / "packet-v1"
BROKEN = (call("look_up", who="Ada"), call("set_output", key="label", value="broken"), "Done.")


async def broken(tmp_path: Path) -> Packet:
    runner, _ = await run_clerk(tmp_path, ScriptedProvider(BROKEN))
    return await build_packet(runner.journal, "run")


async def test_a_packet_says_what_failed_and_where(tmp_path: Path) -> None:
    packet = await broken(tmp_path)

    assert (packet.failure.error, packet.failure.node_id) == ("KeyError", "settle")
    assert packet.memory == {"letter": "please pay", "label": "broken"}
    assert packet.failure.seq in packet.slice
    assert packet.format == FORMAT


async def test_a_packet_holds_prompts_answers_and_calls_of_the_visit_that_failed(tmp_path: Path) -> None:
    script = ScriptedProvider([call("look_up", who="Ada"), "So.", "Hm.", "Ah.", "Oh."])
    runner, _ = await run_clerk(tmp_path, script)

    packet = await build_packet(runner.journal, "run")

    assert [exchange.answer for exchange in packet.exchanges][1:3] == ["So.", "Hm."]
    assert packet.blobs[packet.exchanges[0].system["$blob"]].startswith('"Read please pay.')
    assert packet.tool_calls[0].arguments == {"who": "Ada"}
    assert packet.tool_calls[0].result == "Ada lives in the High Street"
    assert "So." in [message["content"] for message in packet.conversation]


async def test_an_exchange_says_how_many_messages_of_the_conversation_it_was_sent(tmp_path: Path) -> None:
    script = ScriptedProvider([call("look_up", who="Ada"), "So.", "Hm.", "Ah.", "Oh."])
    runner, _ = await run_clerk(tmp_path, script)

    packet = await build_packet(runner.journal, "run")

    sent = [exchange.messages for exchange in packet.exchanges]
    assert sent == [len(request.messages) for request in script.requests]
    assert packet.conversation[sent[1] - 1]["content"] == "Ada lives in the High Street"


async def test_after_a_compaction_an_exchange_was_sent_what_was_left_and_a_judge_nothing_of_it() -> None:
    nothing = value([])
    judge = ModelRequested(
        purpose="judge", model="m", head="", system=nothing, tools=nothing, prompt=value("Is it short?")
    )
    shown = ModelAnswered(purpose="judge", model="m", text=value("No."))
    compaction = ConversationCompacted(head="ff" * 32, level="summary", messages=value(SUMMARY))
    journal = MemoryJournal()
    run = [
        *on("m", run_started("first"), node_started("first", opening="Begin."), asked(), answer("long")),
        *on("m", judge, shown, ruled("RETRY", "Shorter."), asked(), answer("long"), ruled("RETRY", "No.")),
        *on("m", compaction, asked(), answer("longer"), node_failed("first")),
        *on("m", RunFinished(status="failed", error=FAILED)),
    ]
    await write_run(journal, "run", run)

    packet = await build_packet(journal, "run")

    assert [exchange.messages for exchange in packet.exchanges] == [1, 0, 3, len(SUMMARY)]
    assert len(packet.conversation) == len(SUMMARY) + 1


async def test_a_packet_reads_back_as_it_was_written(tmp_path: Path) -> None:
    packet = await broken(tmp_path)
    path = tmp_path / "x.packet.json"

    write_packet(packet, path)

    assert read_packet(path) == packet
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_run_too_large_is_described_without_its_journal(tmp_path: Path) -> None:
    runner, _ = await run_clerk(tmp_path, ScriptedProvider(["So.", "Hm.", "Ah.", "Oh."]))

    packet = await build_packet(runner.journal, "run", largest_bytes=1000)

    assert "over the limit of 1,000" in packet.left_out
    assert packet.journal == []
    assert all(exchange.system["$blob"] in packet.blobs for exchange in packet.exchanges)
    assert packet.failure.error == "IterationsExhaustedError"
    assert packet.exchanges


async def test_a_run_that_did_not_fail_has_no_packet(tmp_path: Path) -> None:
    script = ScriptedProvider([call("set_output", key="label", value="bill"), "Done."])
    runner, result = await run_clerk(tmp_path, script)

    assert result.success
    with pytest.raises(PacketError, match="no failure to pack"):
        await build_packet(runner.journal, "run")


async def test_a_run_under_way_has_no_packet() -> None:
    journal = MemoryJournal()
    await write_run(journal, "run", RUNS["waiting"]())

    with pytest.raises(PacketError, match="has not ended"):
        await build_packet(journal, "run")


@pytest.mark.parametrize("name", [*RUNS, "every-kind"])
async def test_a_journal_written_anew_folds_to_the_same_state(name: str) -> None:
    journal = MemoryJournal()
    await write_run(journal, "run", ({**RUNS, "every-kind": every_kind_run}[name])())
    entries = await read_entries(journal, "run")

    clean = await redacted_journal("run", entries, Redactor())

    state, again = fold_entries("run", entries), fold_entries("run", clean.entries)
    assert again.main.memory == state.main.memory
    assert again.main.path == state.main.path
    assert (again.status, again.files, again.last_seq) == (state.status, state.files, state.last_seq)


async def test_a_secret_that_a_file_grew_by_in_two_pieces_is_found() -> None:
    key = SECRETS["github"]
    text = f"Here is {key}!".encode()
    half = len(text) - 12
    grown = [file_found("log.txt", text[:half]), file_grown("log.txt", text, half, "digest")]
    journal = MemoryJournal()
    plain = RUNS["plain"]()
    await write_run(journal, "run", [*plain[:2], *(("m", event) for event in grown), *plain[2:]])

    clean = await redacted_journal("run", await read_entries(journal, "run"), Redactor())

    (pieces,) = files_after(entry.event for entry in clean.entries).values()
    assert re.fullmatch(rb"Here is \[secret \w{8}\]!", pieces.content())
    assert key.encode() not in b"".join([*clean.lines, *clean.blobs.values()])
    assert key[-8:].encode() not in b"".join(clean.lines)


def growth(name: str, contents: list[bytes]) -> list[FileFound]:
    """Return what a run tells of a file that has these contents one after the other, each longer."""
    first, *others = contents
    sizes = map(len, contents)
    grown = [file_grown(name, new, size, "digest") for new, size in zip(others, sizes, strict=False)]
    return [file_found(name, first), *grown]


async def test_a_file_that_grows_at_every_visit_is_packed_once(tmp_path: Path) -> None:
    key = SECRETS["github"]
    line = b"%05d and what else there is to say of it\n" * 10
    lines = [line % tuple(range(at, at + 10)) for at in range(100)]
    contents = [f"{key}\n".encode() + b"".join(lines[: at + 1]) for at in range(100)]
    started, *rest = RUNS["plain"]()
    journal = MemoryJournal()
    events = [started, *(("m", event) for event in growth("log.txt", contents)), *rest]
    await write_run(journal, "run", events)

    clean = await redacted_journal("run", await read_entries(journal, "run"), Redactor())

    stored = sum(map(len, clean.lines)) + sum(map(len, clean.blobs.values()))
    assert stored < 2 * len(contents[-1]) + 400 * len(events)
    (pieces,) = files_after(entry.event for entry in clean.entries).values()
    head, _, tail = pieces.content().partition(b"\n")
    assert head.startswith(b"[secret ")
    assert tail == b"".join(lines)
    again = await redacted_journal("run", clean.entries, Redactor())
    assert sum(map(len, again.lines)) == sum(map(len, clean.lines))


async def test_a_file_that_is_written_anew_or_goes_is_packed_as_it_was() -> None:
    events = [
        *growth("log.txt", [b"one", b"one two"]),
        file_found("log.txt", b"three"),
        *growth("log.txt", [b"three", b"three four"])[1:],
        FileFound(name="log.txt"),
        file_found("log.txt", b"three four five"),
        file_written("log.txt", b"six"),
        file_found("log.txt", b"six seven"),
        FileFound(name="big", left_out="it is too large"),
    ]
    started, *rest = RUNS["plain"]()
    journal = MemoryJournal()
    await write_run(journal, "run", [started, *(("m", event) for event in events), *rest])
    entries = await read_entries(journal, "run")

    clean = await redacted_journal("run", entries, Redactor())

    for at in range(1, len(entries) + 1):
        was, now = (files_after(e.event for e in found[:at]) for found in (entries, clean.entries))
        assert {n: p.content() for n, p in now.items()} == {n: p.content() for n, p in was.items()}
    assert fold_entries("run", clean.entries).left_out == {"big": "it is too large"}


async def test_what_is_no_packet_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for content, match in (
        (b"\xff{", "is no packet"),
        (b"[]", "is no packet"),
        (b'{"format": 99, "journal": []}', "upgrade it"),
        (b'{"format": 1, "journal": 3}', "see run_id"),
    ):
        path.write_bytes(content)
        with pytest.raises(PacketError, match=match):
            read_packet(path)
    with pytest.raises(PacketError, match="cannot be read"):
        read_packet(tmp_path / "none")


def test_packets_of_format_1_read_as_ever() -> None:
    packet = read_packet(GOLDEN / "broken.packet.json")

    assert (packet.failure.error, packet.failure.node_id, packet.failure.category) == (
        "KeyError",
        "settle",
        "logic",
    )
    assert [decode_line(orjson.dumps(line)).seq for line in packet.journal][:3] == [1, 2, 3]
    assert packet.secrets == 1


def test_what_a_newer_program_added_is_kept(tmp_path: Path) -> None:
    packet = read_packet(GOLDEN / "broken.packet.json")
    newer = packet.model_copy(update={"colour": "red"})

    write_packet(newer, tmp_path / "x.json")

    assert read_packet(tmp_path / "x.json").model_dump()["colour"] == "red"


async def test_the_branch_that_failed_is_where_the_run_failed() -> None:
    nodes = [node("start", writes=["a"]), node("left"), node("right", reads=["a"]), node("end")]
    functions = {"start": giving(a=1), "left": giving(), "right": failing("x"), "end": giving()}
    journal = MemoryJournal()
    executor = GraphExecutor(Runtime(journal=journal))
    for name, function in functions.items():
        executor.register_function(name, function)
    fan = graph(nodes, ways("start-left start-right left-end right-end"))
    await executor.execute(fan, run_id="run")

    packet = await build_packet(journal, "run")

    assert (packet.failure.node_id, packet.failure.lane) == ("right", "m.b1.001")
    assert packet.memory == {"a": 1}


@pytest.mark.parametrize("name", AGENTS)
async def test_a_journal_written_anew_replays_word_for_word(name: str, tmp_path: Path) -> None:
    agent, journal = AGENTS[name](), MemoryJournal()
    await agent.executor(journal, ManualClock()).execute(agent.graph, agent.goal, agent.inputs, run_id="run")
    clean = await redacted_journal("run", await read_entries(journal, "run"), Redactor())

    recording = Recording("run", clean.entries, clean.lines, clean.blobs)
    report = await replay(recording, agent.graph, partial(replaying, agent), folder=tmp_path)

    assert report.matches, str(report.difference)
    assert [entry.digest for entry in clean.entries] == [
        entry.digest for entry in await read_entries(journal, "run")
    ]
