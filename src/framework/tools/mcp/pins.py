"""Pins: what an agent's tools looked like when they were first used, or last approved.

A server may change a tool between two runs, or in the middle of one. A tool
whose name, description or input schema is not what was pinned, or of which the
server says other effects, is refused until a person approves it. The first run
trusts what it finds.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framework.durable_file import locked, replace_file
from framework.errors import ToolError, UnknownToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from framework.model.tool import Effect, Risk

FORMAT = 2
"""The version of the file's format; in the first a pin had neither effect nor risk."""

PIN_FILE = "mcp_pins.json"


class ToolPin(BaseModel):
    """What a tool hashes to; ``sha256`` covers its name and all that is told apart below.

    Attributes:
        effect: what its server says of calling it twice; None in a pin of the first format.
        risk: whether a person is asked before a call; None in a pin of the first format.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    server: str
    tool: str
    sha256: str
    description_sha256: str
    parameters_sha256: str
    effect: str | None = None
    risk: str | None = None


class _Pins(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    version: int = FORMAT
    tools: dict[str, ToolPin] = Field(default_factory=dict)


def pin_of(
    server: str, tool: str, description: str, parameters: Mapping[str, Any], *, effect: Effect, risk: Risk
) -> ToolPin:
    """Return the pin of a tool."""
    whole = {
        "name": tool,
        "description": description,
        "input_schema": parameters,
        "effect": effect,
        "risk": risk,
    }
    return ToolPin(
        server=server,
        tool=tool,
        sha256=_digest(whole),
        description_sha256=_digest(description),
        parameters_sha256=_digest(parameters),
        effect=effect,
        risk=risk,
    )


def difference(pinned: ToolPin, now: ToolPin | None) -> str | None:
    """Return what changed about a pinned tool, in words; None if it is the same."""
    if now is None:
        return "its server no longer offers it"
    if (now.server, now.tool) != (pinned.server, pinned.tool):
        return f"it was the tool {pinned.tool!r} of {pinned.server!r} and is {now.tool!r} of {now.server!r}"
    if now.sha256 == pinned.sha256:
        return None
    changed = [
        words
        for words, before, after in (
            ("its description", pinned.description_sha256, now.description_sha256),
            ("its input schema", pinned.parameters_sha256, now.parameters_sha256),
            ("what it says about its effects", (pinned.effect, pinned.risk), (now.effect, now.risk)),
        )
        if before != after
    ]
    return f"{' and '.join(filter(None, (', '.join(changed[:-1]), changed[-1])))} changed"


def refusal(name: str, changed: str) -> str:
    """Return why a call to a changed tool is refused, and how a person approves it."""
    return (
        f"The tool {name!r} was not called: since it was approved, {changed}. Go on without it; "
        f"a person approves it with `hive tools approve PATH {name}`, and an agent that is running takes "
        "that up when it is started again."
    )


class PinFile:
    """The pins of one agent, kept in a file by the names its tools go by."""

    def __init__(self, path: Path) -> None:
        """Keep the pins in ``path``, which need not exist."""
        self.path = path

    def read(self) -> dict[str, ToolPin]:
        """Return the pins; none if there is no file.

        Raises:
            ToolError: if the file cannot be read, or a newer version wrote it.
        """
        return self._stored().tools

    def trust_new(self, found: Mapping[str, ToolPin]) -> dict[str, ToolPin]:
        """Pin the tools that were never seen before, and return all pins.

        Raises:
            ToolError: if the file cannot be read or written.
        """
        pins = self.read()
        if found.keys() <= pins.keys():
            return pins
        return self._change(lambda stored: dict(found) | stored)

    def approve(self, found: Mapping[str, ToolPin], names: Iterable[str]) -> None:
        """Pin the named tools as they are found now.

        Raises:
            UnknownToolError: if a name is not found.
            ToolError: if the file cannot be read or written.
        """
        chosen = list(names)
        unknown = [name for name in chosen if name not in found]
        if unknown:
            raise UnknownToolError(unknown[0], tuple(found))
        self._change(lambda stored: stored | {name: found[name] for name in chosen})

    def _stored(self) -> _Pins:
        try:
            found = _Pins.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return _Pins()
        except (OSError, ValidationError) as error:
            raise ToolError(
                f"The approved tools in {str(self.path)!r} cannot be read; mend the file, or remove it "
                "and look at what the tools do before the next run trusts them."
            ) from error
        if found.version > FORMAT:
            raise ToolError(
                f"{str(self.path)!r} has the version {found.version} and this program reads up to {FORMAT}; "
                "update it."
            )
        return found

    def _change(self, change: Callable[[dict[str, ToolPin]], dict[str, ToolPin]]) -> dict[str, ToolPin]:
        try:
            with locked(self.path.with_suffix(".lock")):
                stored = self._stored()
                tools = dict(sorted(change(stored.tools).items()))
                changed = stored.model_copy(update={"version": FORMAT, "tools": tools})
                content = changed.model_dump_json(indent=2, exclude_none=True)
                replace_file(self.path, f"{content}\n".encode())
        except OSError as error:
            raise ToolError(f"{str(self.path)!r} cannot be written: {error.strerror or error}.") from error
        return tools


def _digest(value: object) -> str:
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
