"""The entry of ``hive``: commands by name, and the one place where errors become words and exit codes.

Exit codes: 0 done, 1 the run or command failed, 2 usage or an invalid package, graph, input, model
or key, 3 the run waits for a person, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import click

from hive.cli.debugging import Debugging
from hive.cli.faults import FAILED, INTERRUPTED, OK, USAGE, exit_code_of, is_expected
from hive.cli.groups import LazyGroup, Place
from hive.cli.text import printable
from hive.errors import RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_COMMANDS: dict[str, Place] = {
    "run": ("hive.cli.commands.run:run", "Run an agent package"),
    "info": ("hive.cli.commands.info:info", "Show what an agent package is made of"),
    "validate": ("hive.cli.commands.validate:validate", "Check a package, and bound what a run can cost"),
    "list": ("hive.cli.commands.packages:list_packages", "List the agent packages of a folder"),
    "tools": ("hive.cli.commands.tools:tools", "List and approve the tools of an agent's MCP servers"),
    "shell": ("hive.cli.commands.shell:shell", "Talk with an agent"),
    "serve": ("hive.cli.commands.serve:serve", "Run an agent's webhooks and timers"),
    "up": ("hive.cli.commands.up:up", "Start the control plane"),
    "admin": ("hive.cli.commands.admin:admin", "Administer the control plane"),
    "models": ("hive.cli.commands.models:models", "List and pull the weights of local models"),
    "credentials": ("hive.cli.commands.credentials:credentials", "Keep keys and passwords, encrypted"),
    "packet": ("hive.cli.commands.packet:packet", "Reproduce failures that came in a file"),
    "runs": ("hive.cli.commands.runs:runs", "List stored runs and show what happened in one"),
}
_DISTRIBUTION = "hive-agents"
STDERR = 2

hive = LazyGroup(
    "hive",
    _COMMANDS,
    help_text="Goal-driven agents whose runs are journals.\n\nAn agent is a folder with an agent.py; "
    "its runs are stored under $HIVE_HOME (~/.hive).",
)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: FBT001  (click calls it so)
    del param
    if value:
        click.echo(f"hive {_version()}")
        ctx.exit(OK)


hive.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Show the version and exit.",
    )
)


def main() -> None:
    """Run the command that the process was called with, and exit."""
    _open_closed_stderr()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  (a text stream of the interpreter)
    _heed_signals()
    code = call(sys.argv[1:])
    code = _flush(code)
    if code == INTERRUPTED:
        # A thread of a node or a tool cannot be interrupted; the journal is complete, so nobody waits for it.
        os._exit(code)
    sys.exit(code)


def _open_closed_stderr() -> None:
    """Let what is told on standard error go nowhere where a shell closed it (``2>&-``)."""
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]  (the interpreter sets it to None)
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    if nowhere != STDERR:
        os.dup2(nowhere, STDERR)
        os.close(nowhere)
    sys.stderr = os.fdopen(STDERR, "w", encoding="utf-8", errors="backslashreplace")


def _heed_signals() -> None:
    """Let every signal that asks for an end interrupt the run.

    A shell starts background commands deaf to Ctrl-C, on which the others rest
    here, so hearing is restored; ``nohup`` stays deaf to the end of its terminal.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let the end of a terminal or of a container interrupt a run as Ctrl-C does."""
    del number, frame
    signal.raise_signal(signal.SIGINT)


def call(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error ends here as a sentence on stderr."""
    debugging = Debugging()
    try:
        code = hive.main(
            list(arguments),
            prog_name="hive",
            standalone_mode=False,
            obj=debugging,
            help_option_names=["-h", "--help"],
        )
    except click.exceptions.Abort:
        _tell("Interrupted.")
        return INTERRUPTED
    except click.ClickException as error:
        _tell_usage(error)
        return USAGE
    except BrokenPipeError:
        return FAILED
    except Exception as error:  # noqa: BLE001  (the boundary of the process: whatever happens becomes a sentence)
        return _tell_error(error, is_debugging=debugging.is_on)
    return code if isinstance(code, int) else OK


def _tell_usage(error: click.ClickException) -> None:
    from framework.tools.machine_secrets import without_machine_secrets as safe  # noqa: PLC0415  (dear, and only needed here)

    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        _tell(error.format_message())
        return
    hint = f" See: {context.command_path} -h" if context else ""
    _tell(safe(f"Error: {error.format_message()}{hint}"))


def _tell_error(error: Exception, *, is_debugging: bool) -> int:
    from framework.tools.machine_secrets import without_machine_secrets as safe  # noqa: PLC0415  (dear, and only needed here)

    if is_debugging:
        _tell(safe("".join(traceback.format_exception(error)).rstrip()))
    if isinstance(error, RunInterruptedError):
        _tell(str(error))
    elif is_expected(error):
        _tell(safe(f"Error: {error}"))
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _tell(f"Error: The output could not be written: {error.strerror}.")
    else:
        advice = "" if is_debugging else " Run it again with --debug to see where."
        _tell(safe(f"Error: Hive met a fault of its own ({type(error).__name__}: {error}).{advice}"))
    return exit_code_of(error)


def _tell(text: str) -> None:
    try:
        click.echo(printable(text), err=True)
    except OSError:
        return  # Nobody can be told; the exit code still says it.


def _flush(code: int) -> int:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            code = code or FAILED
    return code


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  (dear, and only needed here)

    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed)"
