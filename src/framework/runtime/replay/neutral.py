"""Events without what differs from machine to machine: the folder of the run's files, hashes over it."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from framework.journal.reading import DATA_DIR_FACT
from framework.model.events import BranchOutcome, ConversationCompacted, ModelRequested, ToolIntended
from framework.model.value import Value, encode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from framework.journal.entry import Entry
    from framework.model.events import Event

DATA_FOLDER = "[data]"
"""What stands for the folder of a run's files where its path says nothing."""

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
