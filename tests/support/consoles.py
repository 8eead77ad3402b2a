"""Console blocks of the documentation: run as a shell would, and held against what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.pages import ROOT

if TYPE_CHECKING:
    from tests.support.pages import Block, Page

_PROMPT = "$ "
_ANYTHING = "..."
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line after the prompt, and the lines the page shows under it."""

    line: str
    shown: Sequence[str]


def commands(text: str) -> list[Command]:
    """Return the commands of a console block."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith(_PROMPT):
            found.append((line.removeprefix(_PROMPT), []))
        elif not found:
            raise ValueError(f"A console block begins with a prompt, not with {line!r}.")
        else:
            found[-1][1].append(line)
    return [Command(line=line, shown=shown) for line, shown in found]


def agrees(shown: Sequence[str], said: str) -> bool:
    """Whether the output is what the page shows; ``...`` stands for anything, alone for any lines."""
    if not shown:
        return True
    parts = [r"(?:.*\n)*?" if line.strip() == _ANYTHING else f"{_pattern(line)}\n" for line in shown]
    lines = "".join(f"{line.rstrip()}\n" for line in said.splitlines())
    return re.fullmatch("".join(parts), lines) is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split(_ANYTHING))


def follow(page: Page, folder: Path) -> list[str]:
    """Write the files of a page, run its commands in order, and return what went otherwise than shown."""
    complaints: list[str] = []
    for block in page.blocks():
        if block.title:
            _write(folder / block.title, block)
        elif block.language == "console":
            complaints += _run_block(commands(block.text), folder)
    return complaints


def _write(path: Path, block: Block) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def _run_block(block: Sequence[Command], folder: Path) -> list[str]:
    complaints: list[str] = []
    code = 0
    following = [*(each.line for each in block[1:]), ""]
    for command, after in zip(block, following, strict=True):
        done = subprocess.run(
            ["/bin/sh", "-c", f"(exit {code}); {command.line}"],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=50,
            check=False,
        )
        code = done.returncode
        is_told = after == "echo $?"
        if not agrees(command.shown, done.stdout) or (code and not is_told):
            complaints.append(f"$ {command.line}\n(exit code {code})\n{done.stdout}")
    return complaints


def _environment(folder: Path) -> dict[str, str]:
    """Return what a command sees: this tree, this interpreter, nothing of the tester."""
    known = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **known,
        "HOME": str(folder),
        "HIVE_HOME": str(folder / ".hive"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), known.get("PATH", "")]),
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "COLUMNS": "110",
    }
