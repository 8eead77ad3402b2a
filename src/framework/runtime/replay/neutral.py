"""Events without what differs from machine to machine: the folder of the run's files, hashes over it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from framework.model.events import BranchOutcome, ConversationCompacted, ModelRequested, ToolIntended
from framework.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.model.events import Event

_DERIVED: dict[type, dict[str, str]] = {
    ModelRequested: {"head": ""},
    ConversationCompacted: {"head": ""},
    BranchOutcome: {"digest": ""},
    ToolIntended: {"key": ""},
}
"""Hashes over content that is compared by itself."""


def neutral(value: Any, rewritten: Callable[[str], str]) -> Any:
    """Return an event, or a part of one, with every text rewritten and no hash over texts."""
    if isinstance(value, Value):
        raw = value.raw.decode()
        text = rewritten(raw)
        return value if text == raw else Value(text.encode())
    if isinstance(value, str):
        return rewritten(value)
    if isinstance(value, dict):
        return {key: neutral(item, rewritten) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, tuple):
        return tuple(neutral(item, rewritten) for item in cast("tuple[Any, ...]", value))
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: neutral(getattr(value, field.name), rewritten) for field in fields(value)}
        return replace(value, **(parts | _DERIVED.get(type(value), {})))
    return value


def without_folder(run_id: str) -> Callable[[Event], Event]:
    """Return what takes the folder of a run's files out of an event."""
    folder = re.compile(
        rf"[^\s\"'`|<>]{{0,400}}[/\\](?:runs[/\\]+{re.escape(run_id)}|sessions[/\\]+[\w.-]{{1,128}})[/\\]+data\b"
    )

    def rewritten(text: str) -> str:
        return folder.sub("[data]", text) if "data" in text else text

    return lambda event: cast("Event", neutral(event, rewritten))
