# ruff: noqa: T201  (what is printed is what these tests are about)

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from framework.journal.reading import read_entries
from framework.llm.scripted import call
from framework.loop.captured_output import MAX_CAPTURED_CHARS
from framework.model import events as ev
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    import pytest


def function_node(function: Any, **spec: Any) -> OneNode:
    return OneNode([], node_type="function", function=function, **spec)


async def written(node: OneNode) -> list[tuple[str, str]]:
    return [(event.stream, event.text.load()) for event in await node.events(ev.LogWritten)]


async def test_what_a_function_prints_is_journaled_and_still_shown(capsys: pytest.CaptureFixture[str]):
    def work() -> None:
        print("one")
        print("two", file=sys.stderr)
        print("three", flush=True)

    node = function_node(work)

    assert (await node.run()).success
    assert await written(node) == [("stdout", "one\nthree\n"), ("stderr", "two\n")]
    assert capsys.readouterr() == ("one\nthree\n", "two\n")


async def test_the_streams_are_themselves_again_afterwards():
    before = sys.stdout, sys.stderr

    await function_node(lambda: print("x")).run()

    assert (sys.stdout, sys.stderr) == before


async def test_what_is_printed_before_a_failure_is_journaled():
    def work() -> None:
        print("trying")
        raise ValueError("no")

    node = function_node(work)

    assert not (await node.run()).success
    assert await written(node) == [("stdout", "trying\n")]


async def test_calls_that_run_at_the_same_time_do_not_mix():
    gate, blocking = asyncio.Barrier(2), threading.Barrier(2)

    async def say(word: str) -> str:
        print(word)
        await gate.wait()
        print(word)
        return ""

    def shout(word: str) -> str:
        print(word)
        blocking.wait(5)
        print(word)
        return ""

    answer = [call(name, word=f"{name} {n}") for name in ("say", "shout") for n in "ab"]
    node = OneNode([answer, "Done."], tools=[say, shout])

    assert (await node.run()).success
    texts = [text for _, text in await written(node)]
    assert sorted(texts) == [f"{word}\n{word}\n" for word in ("say a", "say b", "shout a", "shout b")]


async def test_a_flood_is_cut_and_says_so():
    def flood() -> None:
        for _ in range(30):
            sys.stdout.write("x" * 1000)

    node = function_node(flood)

    await node.run()

    ((_, text),) = await written(node)
    assert text == "x" * MAX_CAPTURED_CHARS + "\n[10000 more characters were not kept.]"


async def test_text_that_json_cannot_hold_does_not_fail_the_node():
    shown = io.StringIO()
    node = function_node(lambda: print("a\udcffb"))

    with contextlib.redirect_stdout(shown):
        assert (await node.run()).success

    assert await written(node) == [("stdout", "a?b\n")]


async def test_a_function_finds_the_stream_it_knows():
    def look() -> dict[str, Any]:
        out = sys.stdout
        return {"a": [out.encoding, out.errors, out.isatty(), out.writable(), out.fileno() >= 0]}

    shown = io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="latin-1")
    with shown, contextlib.redirect_stdout(shown):
        result = await function_node(look, output_keys=["a"]).run()

    assert result.output == {"a": ["latin-1", "strict", False, True, True]}


async def test_a_process_without_streams_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", None)

    assert (await function_node(lambda: print("x")).run()).success


async def test_a_redirection_inside_a_function_is_respected():
    def work() -> str:
        caught = io.StringIO()
        with contextlib.redirect_stdout(caught):
            print("inside")
        print("outside")
        return caught.getvalue()

    node = function_node(work, output_keys=["a"])

    assert (await node.run()).output == {"a": "inside\n"}
    assert await written(node) == [("stdout", "outside\n")]


async def test_what_an_abandoned_thread_prints_is_shown_only(capsys: pytest.CaptureFixture[str]):
    may_print, has_printed = threading.Event(), threading.Event()

    def slow() -> str:
        may_print.wait(5)
        print("late")
        has_printed.set()
        return ""

    node = OneNode([call("slow"), "Done."], tools=[slow], loop={"tool_timeout_s": 0.01})

    assert (await node.run()).success
    may_print.set()
    assert has_printed.wait(5)
    assert await written(node) == []
    assert capsys.readouterr().out == "late\n"


async def test_output_does_not_change_what_a_run_is():
    async def digest(text: str) -> str:
        node = function_node(lambda: print(text))
        await node.run()
        return (await read_entries(node.runtime.journal, node.run_id))[-1].digest

    assert await digest("a") == await digest("b")


async def test_a_secret_is_shown_no_more_than_it_is_journaled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SHOP_TOKEN", "very-secret-token")
    lengths: list[int] = []

    def work() -> None:
        print("with", os.environ["SHOP_TOKEN"])
        lengths.append(sys.stderr.write("Authorization: Bearer abcdefgh12345678"))
        for character in " 12 %\r":
            sys.stderr.write(character)

    node = function_node(work)

    assert (await node.run()).success
    shown = capsys.readouterr()
    assert shown == ("with [secret]\n", "Authorization: Bearer [secret] 12 %\r")
    assert await written(node) == [("stdout", shown.out), ("stderr", shown.err)]
    assert lengths == [len("Authorization: Bearer abcdefgh12345678")]
