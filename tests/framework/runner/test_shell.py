"""The shell: a person, or a script in a pipe, talks with an agent."""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from framework.events.bus import EventBus
from framework.journal.files import FileJournal
from framework.llm.scripted import ScriptedProvider, call
from framework.runner import AgentRunner
from framework.runner.shell import Shell
from tests.support.cli_packages import (
    CHARGER,
    FAILING,
    GREETER,
    PAIR,
    SCRIPTED_MAIN,
    TALKER,
    TRIGGERED,
    WAITER,
    write_package,
)
from tests.support.runtimes import until

if TYPE_CHECKING:
    from pathlib import Path

    from framework.llm.scripted import Answer

ASKS = call("ask_user", question="Which colour?", options=["red", "blue"])
SETS = call("set_output", key="topic", value="bees")


class Talk:
    """A shell whose lines the test types, one by one."""

    def __init__(self, package: Path, script: list[Answer] | None = None) -> None:
        self.bus = EventBus()
        self.provider = ScriptedProvider(script or [])
        self.runner = AgentRunner.load(
            package, storage_path=package.parent / "runs", llm=self.provider, event_bus=self.bus
        )
        self.out = io.StringIO()
        self._reader, self.writer = os.pipe()

    def type(self, *lines: str) -> None:
        os.write(self.writer, "".join(f"{line}\n" for line in lines).encode())

    async def run(self) -> int:
        with os.fdopen(self._reader) as source:
            return await Shell(self.runner, self.bus, source=source, stream=self.out).run()

    async def to_the_end(self, *lines: str) -> tuple[int, str]:
        self.type(*lines)
        os.close(self.writer)
        return await self.run(), self.out.getvalue()

    async def shows(self, text: str) -> None:
        await until(lambda: text in self.out.getvalue())


@pytest.fixture
def write(tmp_path: Path):
    return lambda body: write_package(tmp_path, "agent", body)


async def test_plain_text_is_the_only_input_and_the_output_is_told(write) -> None:
    code, told = await Talk(write(GREETER)).to_the_end("Ada", "Bob")
    assert code == 0
    assert "greeting = Hello Ada\ngreeting = Hello Bob\n" in told


async def test_several_inputs_are_asked_for_key_by_key(write) -> None:
    code, told = await Talk(write(PAIR)).to_the_end("salt", "pepper")
    assert code == 0
    assert "second?\njoined = salt and pepper\n" in told


async def test_an_input_may_be_a_whole_object(write) -> None:
    _, told = await Talk(write(PAIR)).to_the_end('{"first": "a", "second": "b"}', '{"first": 1}')
    assert "joined = a and b" in told
    assert "error: " in told.split("joined")[1]
    assert "'second'" in told


async def test_the_first_words_reach_the_node_that_talks_and_answers_go_back(write) -> None:
    talk = Talk(write(TALKER), ["Hello. What about?", ASKS, SETS, "Done."])
    code, told = await talk.to_the_end("Hi there", "about bees", "2", "thanks")
    assert code == 0
    first, second, third = talk.provider.requests[:3]
    assert first.messages[-1].content == "Hi there"
    assert second.messages[-1].content == "about bees"
    assert third.messages[-1].content == "blue"
    assert told.count("Hello. What about?") == 1
    assert "Which colour?\n  1. red\n  2. blue\n" in told
    assert "topic = bees" in told


async def test_the_end_of_the_input_leaves_a_run_that_waits(write) -> None:
    code, told = await Talk(write(TALKER), ["Hello?"]).to_the_end("Hi")
    assert code == 3
    assert "is paused at node 'talk' and can be carried on" in told


async def test_status_graph_and_help_say_what_there_is(write) -> None:
    lines = ["/status", "Hi", "/status", "/graph", "/help", "/nonsense", "/cancel", "/cancel", "/status"]
    code, told = await Talk(write(TALKER), ["Hello?"]).to_the_end(*lines)
    assert code == 0
    assert ": waiting, at node 'talk', 1 steps, asks question 1 (m:talk.1.1)\n" in told
    assert "\n > talk\n" in told
    assert "/answer [QUESTION] TEXT" in told
    assert "There is no command /nonsense" in told
    assert "The run was cancelled.\nNo run is under way.\nNo run is under way.\n" in told


async def test_a_question_may_be_answered_by_its_id(write) -> None:
    talk = Talk(write(TALKER), ["Hello?", SETS, "Done."])
    code, told = await talk.to_the_end("Hi", "/answer", "/answer m:talk.1.1 about bees", "/answer fine")
    assert code == 0
    assert "An answer needs a text" in told
    assert talk.provider.requests[1].messages[-1].content == "about bees"


async def test_of_several_questions_one_may_be_answered_by_its_number(write) -> None:
    talk = Talk(write(CHARGER))
    shell = asyncio.create_task(talk.run())
    talk.type("Go")
    await until(lambda: talk.out.getvalue().count("interrupted") == 2)
    talk.type("/status", "/answer 2 done 2")
    await until(lambda: "asks question 1 (" in talk.out.getvalue())

    talk.type("/status", "/answer done 1")
    os.close(talk.writer)

    assert await shell == 0
    told = talk.out.getvalue()
    first, second = told.split("asks question 1 (")[1:]
    assert ("asks question 2 (" in first, "asks question 2 (" in second) == (True, False)
    assert {"text = Hello 1 and 2", "text = Hello 2 and 1"} & set(told.splitlines())


async def test_a_run_that_fails_is_told_and_decides_the_exit_code(write) -> None:
    code, told = await Talk(write(FAILING)).to_the_end("Ada")
    assert code == 1
    assert "error: " in told
    assert "\x1b" not in told


async def test_the_shell_starts_no_timers(write) -> None:
    talk = Talk(write(TRIGGERED))
    await talk.to_the_end("Ada")
    assert [spec.id for spec in talk.runner.runtime.get_entry_points()] == ["default"]


async def test_ctrl_c_ends_the_run_and_not_the_shell(write, tmp_path: Path) -> None:
    talk, flag = Talk(write(WAITER)), tmp_path / "flag"
    shell = asyncio.create_task(talk.run())
    talk.type(str(flag))
    await until(flag.exists)
    os.kill(os.getpid(), signal.SIGINT)
    await talk.shows("The run was cancelled.")
    os.kill(os.getpid(), signal.SIGINT)
    await talk.shows("/quit or Ctrl-D leaves")
    talk.type("/quit")
    assert await shell == 0
    os.close(talk.writer)


async def test_a_request_to_terminate_leaves_the_run_paused(write, tmp_path: Path) -> None:
    talk, flag = Talk(write(WAITER)), tmp_path / "flag"
    shell = asyncio.create_task(talk.run())
    talk.type(str(flag))
    await until(flag.exists)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await shell == 130
    assert "is paused at node 'work'" in talk.out.getvalue()
    os.close(talk.writer)


def test_at_a_terminal_ctrl_c_ends_the_run_and_ctrl_d_leaves(write, tmp_path: Path) -> None:
    package, flag = write(WAITER), tmp_path / "flag"
    (package / "__main__.py").write_text(
        "from framework.entry import main\nraise SystemExit(main(__file__))\n"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agent", "shell", "--storage", "runs"],
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  (no other thread is here)
    )
    os.close(theirs)
    told = read_until(ours, b"flag> ")
    os.write(ours, f"{flag}\n".encode())
    while not flag.exists():
        time.sleep(0.01)
    os.write(ours, b"\x03")
    told += read_until(ours, b"The run was cancelled.")
    os.write(ours, b"\x04")
    assert process.wait(timeout=10) == 0, told
    os.close(ours)


def read_until(fd: int, text: bytes) -> bytes:
    found = b""
    while text not in found:
        found += os.read(fd, 4096)
    return found


def test_python_m_name_shell_talks_from_a_pipe(write, tmp_path: Path) -> None:
    package = write(TALKER)
    (package / "__main__.py").write_text(SCRIPTED_MAIN)
    done = subprocess.run(
        [sys.executable, "-m", "agent", "shell", "--storage", "runs"],
        cwd=tmp_path,
        input="Hi\nbees\nred\nbye\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hello. What about?" in done.stdout
    assert done.stdout.endswith("topic = bees\n")
    assert len(asyncio.run(FileJournal(tmp_path / "runs").run_ids())) == 1
