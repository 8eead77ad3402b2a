"""Events without what differs from machine to machine: the folder of the run's files, secrets in failures."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from framework.credentials.failure_text import SECRET, without_secrets
from framework.credentials.secret_patterns import named_secrets
from framework.journal.reading import DATA_DIR_FACT
from framework.model.events import (
    BranchOutcome,
    ConversationCompacted,
    ErrorFacts,
    ModelRequested,
    OutputSet,
    RunStarted,
    ToolIntended,
    ToolReturned,
)
from framework.model.value import Value, encode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from framework.journal.entry import Entry
    from framework.model.events import Event

DATA_FOLDER = "[data]"
"""What stands for the folder of a run's files where its path says nothing."""

_CREDENTIAL = re.compile(r"\[credential [A-Z][A-Z0-9_]*\]")

_STALLED = re.compile(r"\bstalled in turn \d+:")

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


def named_secrets_in(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the texts in a run's input and outputs that are secret for the name they stand under."""
    values: list[tuple[str, Value]] = []
    for entry in entries:
        if isinstance(entry.event, RunStarted):
            values += entry.event.input.items()
        elif isinstance(entry.event, OutputSet):
            values += entry.event.values.items()
    return frozenset(text for key, value in values for text in named_secrets(value.load(), key))


def without_failure_secrets(value: Any, named: frozenset[str] = frozenset()) -> Any:
    """Return an event without the secrets in what it tells of failures, and without hashes over that.

    Journals of earlier versions hold them, and which credentials were given differs in a replay. Those
    journals also count the turn of a stall otherwise.

    Args:
        value: an event, or a part of one.
        named: texts of the run's own data that are secret.
    """
    if isinstance(value, ErrorFacts):
        return replace(value, message=_STALLED.sub("stalled:", _without_secrets(value.message, named)))
    if isinstance(value, ToolReturned) and value.status == "error":
        text: object = value.content.load()
        told = _without_secrets(text, named) if isinstance(text, str) else text
        return replace(value, content=Value.of(told))
    if isinstance(value, tuple):
        return tuple(without_failure_secrets(item, named) for item in cast("tuple[Any, ...]", value))
    if is_dataclass(value) and not isinstance(value, (type, Value)):
        parts = {f.name: without_failure_secrets(getattr(value, f.name), named) for f in fields(value)}
        return replace(value, **(parts | _DERIVED.get(type(value), {})))
    return value


def _without_secrets(text: str, named: frozenset[str]) -> str:
    return _CREDENTIAL.sub(SECRET, without_secrets(text, named))


def data_folders(entries: Iterable[Entry]) -> list[str]:
    """Return the folders that a run's files had, as the run noted them."""
    noted = [entry.meta.get(DATA_DIR_FACT) for entry in entries]
    return list(dict.fromkeys(folder for folder in noted if isinstance(folder, str) and folder))


def without_folder(run_id: str, noted: Iterable[str] = ()) -> Callable[[Event], Event]:
    """Return what takes the folders of a run's files out of an event: ``noted`` ones, and the usual."""
    forms = {form for folder in noted for form in (folder, encode_json(folder)[1:-1].decode())}
    known = sorted(forms, key=len, reverse=True)
    folder = re.compile(
        rf"[^\s\"'`|<>]{{0,400}}[/\\](?:runs[/\\]+{re.escape(run_id)}|sessions[/\\]+[\w.-]{{1,128}})[/\\]+data\b"
    )

    def rewritten(text: str) -> str:
        for form in known:
            text = text.replace(form, DATA_FOLDER)
        return folder.sub(DATA_FOLDER, text) if "data" in text else text

    return lambda event: cast("Event", neutral(event, rewritten))
