"""The commands of one agent: what ``python -m NAME`` does.

A package's ``__main__.py`` reads::

    from framework.entry import main

    raise SystemExit(main(__file__))
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shlex
import signal
import sys
import traceback
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, TextIO, cast

from framework.clock import SystemClock
from framework.errors import FrameworkError, InputError, InvalidGraphError, JournalError
from framework.events.bus import EventBus
from framework.graph.executor import new_run_id
from framework.graph.result import result_of
from framework.journal.reading import read_state
from framework.runner.agent_runner import AgentRunner
from framework.runner.checking import check_folder
from framework.runner.shell import Shell
from framework.terminal import ExitCode, PlainDisplay, TerminalPerson, exit_code
from framework.tools.log_formatter import RedactingFormatter
from framework.tools.machine_secrets import without_machine_secrets

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import FrameType

    from framework.graph.result import ExecutionResult
    from framework.llm.base import LLMProvider


_ENDS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def main(package_file: str, argv: Sequence[str] | None = None, *, llm: LLMProvider | None = None) -> int:
    """Run a command of the agent whose package holds ``package_file``, and return the exit code.

    Args:
        package_file: a file in the package's folder; ``__file__`` of its ``__main__.py``.
        argv: the arguments; those of the process by default.
        llm: answers for every node, instead of the providers of their models.
    """
    folder = Path(package_file).resolve().parent
    options = _parser(folder.name).parse_args(argv)
    out = sys.stdout
    try:
        # What the package's own code prints must not mix with the answer.
        with redirect_stdout(sys.stderr):
            return _COMMANDS[options.command](folder, options, out, llm)
    except FrameworkError as error:
        return report(error, with_traceback=options.debug)
    except _OutputLostError as error:
        _tell(f"error: {error}")
        return ExitCode.RUN_FAILED
    except KeyboardInterrupt:
        _tell("interrupted: no run was started.")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _let_go(out)  # Whoever read the output left.
        return ExitCode.OK


def report(error: FrameworkError, *, with_traceback: bool = False) -> int:
    """Print what keeps a command from its work on standard error, and return the exit code."""
    if with_traceback:
        _tell(without_machine_secrets("".join(traceback.format_exception(error))).rstrip())
    for line in _sentences(error):
        _tell(without_machine_secrets(f"error: {line}"))
    return ExitCode.RUN_FAILED if isinstance(error, JournalError) else ExitCode.UNUSABLE


class _OutputLostError(Exception):
    """What a command has to say could not be written; the message is a sentence."""


def _write(text: str, out: TextIO, where: str = "") -> None:
    """Write a line of the answer at once.

    Args:
        text: the line, or lines.
        out: where it goes.
        where: a sentence that says where else it is to be found.

    Raises:
        BrokenPipeError: if whoever read the output has left.
        _OutputLostError: if it cannot be written for another reason.
    """
    try:
        print(text, file=out, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go(out)
        sentence = f"The result could not be written to standard output: {error.strerror}."
        raise _OutputLostError(f"{sentence} {where}".rstrip()) from error


def _let_go(out: TextIO) -> None:
    """Send what is still buffered nowhere, so that it does not fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def read_input(text: str | None) -> dict[str, Any]:
    """Return the input of a run: a JSON object, or ``@`` and the path of a file that holds one.

    Raises:
        InputError: if it is neither.
    """
    if text is None:
        return {}
    source = "The input"
    if text.startswith("@"):
        source = f"The input file {text[1:]!r}"
        text = _file_text(text[1:])
    try:
        content: object = json.loads(text)
    except ValueError as error:
        raise InputError(
            f'{source} is no JSON: {error}; write an object, for example {{"topic": "bees"}}.'
        ) from error
    if not isinstance(content, dict):
        raise InputError(f'{source} must be a JSON object, for example {{"topic": "bees"}}.')
    return cast("dict[str, Any]", content)


def _file_text(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"The input file {path!r} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The input file {path!r} is no UTF-8 text; save it as UTF-8.") from error


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _sentences(error: FrameworkError) -> list[str]:
    if isinstance(error, InvalidGraphError):
        return [f"{found.message}\n  {found.where}: {found.fix}" for found in error.findings]
    return [str(error)]


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}", description=f"Run and inspect the agent {name}."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    debug = argparse.ArgumentParser(add_help=False)
    debug.add_argument("--debug", action="store_true", help="show log records, and tracebacks of errors")
    shared = argparse.ArgumentParser(add_help=False, parents=[debug])
    shared.add_argument("--model", help="the model of nodes that name none, for example openai/gpt-4o-mini")
    shared.add_argument("--storage", type=Path, metavar="FOLDER", help="where runs are kept")
    run = commands.add_parser("run", parents=[shared], help="run the agent")
    run.add_argument("--input", metavar="JSON", help="a JSON object, or @FILE")
    run.add_argument("--json", action="store_true", help="print the whole result as JSON")
    amount = run.add_mutually_exclusive_group()
    amount.add_argument("--quiet", action="store_true", help="print the result alone")
    amount.add_argument("--verbose", action="store_true", help="print more of what happens")
    info = commands.add_parser("info", parents=[shared], help="say what the agent is")
    info.add_argument("--json", action="store_true", help="print it as JSON")
    commands.add_parser("shell", parents=[shared], help="talk with the agent")
    commands.add_parser("validate", parents=[debug], help="check the agent without running it")
    return parser


def _run(folder: Path, options: argparse.Namespace, out: TextIO, llm: LLMProvider | None) -> int:
    if options.debug:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(RedactingFormatter(logging.BASIC_FORMAT))
        logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    input_data = read_input(options.input)
    bus = EventBus()
    display = None if options.quiet else PlainDisplay(is_verbose=options.verbose or options.debug)
    if display is not None:
        bus.subscribe(display)
    runner = AgentRunner.load(
        folder,
        model=options.model,
        storage_path=options.storage,
        llm=llm,
        event_bus=bus,
        person=TerminalPerson(display),
    )
    run_id = new_run_id(SystemClock())
    try:
        with closing(runner), _interruptible():
            result = asyncio.run(runner.run(input_data, run_id=run_id))
    except (
        KeyboardInterrupt,
        asyncio.CancelledError,
    ):  # The latter if something in the run cancelled its task.
        return _interrupted(runner, run_id, options, out)
    _print_result(result, out, options)
    return exit_code(result)


@contextmanager
def _interruptible() -> Generator[None]:
    """Let the end of a terminal or of a container interrupt the run as Ctrl-C does."""
    if current_thread() is not main_thread():
        yield
        return
    heard = [number for number in _ENDS if signal.getsignal(number) is signal.SIG_DFL]
    for number in heard:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    signal.raise_signal(signal.SIGINT)


def _interrupted(runner: AgentRunner, run_id: str, options: argparse.Namespace, out: TextIO) -> int:
    if run_id not in asyncio.run(runner.journal.run_ids()):
        raise KeyboardInterrupt
    _tell(
        f"interrupted: the run {run_id} is stored as paused; "
        f"carry it on with: hive run --resume {run_id}{_storage_words(options)}"
    )
    if options.json:
        _print_json(asdict(result_of(asyncio.run(read_state(runner.journal, run_id)))), out)
    return ExitCode.INTERRUPTED


def _storage_words(options: argparse.Namespace) -> str:
    return f" --storage {shlex.quote(str(options.storage))}" if options.storage is not None else ""


def _print_result(result: ExecutionResult, out: TextIO, options: argparse.Namespace) -> None:
    if result.paused_at is not None:
        _tell(f"waiting: the run {result.run_id} waits at {result.where}.")
    elif not result.success:
        _tell(f"error: {result.error} (run {result.run_id})")
    where = f"The run keeps it: hive runs show {result.run_id}{_storage_words(options)}"
    if options.json:
        _print_json(asdict(result), out, where)
    elif result.success and result.paused_at is None:
        _print_json(result.output, out, where)


def _print_json(value: object, out: TextIO, where: str = "") -> None:
    _write(json.dumps(value, indent=2, ensure_ascii=False), out, where)


def _info(folder: Path, options: argparse.Namespace, out: TextIO, llm: LLMProvider | None) -> int:
    runner = AgentRunner.load(folder, model=options.model, storage_path=options.storage, llm=llm)
    with closing(runner):
        info = runner.info()
    if options.json:
        _print_json(info, out)
        return ExitCode.OK
    lines = [
        f"{info['title']} {info['declared_version']} ({info['name']}, {info['version'][:12]})",
        info["description"],
        f"Goal: {info['goal']['name'] or info['goal']['id']}",
        f"Inputs: {', '.join(info['inputs']) or 'none'}",
        f"Tools: {', '.join(info['required_tools']) or 'none'}",
        f"Model: {info['model'] or 'none needed'}",
        "Nodes:",
        *(f"  {node['id']}  {node['node_type']}  {node['description']}".rstrip() for node in info["nodes"]),
        "Edges:",
        *(f"  {edge['source']} -> {edge['target']}  {edge['condition']}" for edge in info["edges"]),
    ]
    _write("\n".join(line for line in lines if line), out)
    return ExitCode.OK


def _validate(folder: Path, options: argparse.Namespace, out: TextIO, llm: LLMProvider | None) -> int:
    del options
    findings = check_folder(folder, llm=llm).findings
    errors = sum(finding.is_error for finding in findings)
    summary = f"{errors} errors, {len(findings) - errors} warnings" if findings else "The agent is sound."
    _write("\n".join(map(str, [*findings, summary])), out)
    return ExitCode.UNUSABLE if errors else ExitCode.OK


def _shell(folder: Path, options: argparse.Namespace, out: TextIO, llm: LLMProvider | None) -> int:
    bus = EventBus()
    runner = AgentRunner.load(
        folder, model=options.model, storage_path=options.storage, llm=llm, event_bus=bus
    )
    return asyncio.run(Shell(runner, bus, stream=out).run())


_COMMANDS = {"run": _run, "info": _info, "shell": _shell, "validate": _validate}
