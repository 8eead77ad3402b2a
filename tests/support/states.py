"""The state of a run as plain data, to compare two states deeply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import singledispatch
from types import NoneType
from typing import TYPE_CHECKING, Any

from framework.journal.conversation import ConversationChain
from framework.model.value import Value

if TYPE_CHECKING:
    from framework.journal.state import RunState


def state_dict(state: RunState) -> dict[str, Any]:
    """Return everything a state holds as JSON data; the order of its dictionaries is part of it."""
    return plain(state)


@singledispatch
def plain(value: Any) -> Any:
    """Return any part of a state as JSON data."""
    names = attribute_names(value)
    return {name: plain(getattr(value, name)) for name in names} if names else str(value)


@plain.register(NoneType)
@plain.register(int)
@plain.register(float)
@plain.register(str)
def _(value: Any) -> Any:
    return value


@plain.register
def _(value: Enum) -> Any:
    return value.value


@plain.register
def _(value: bytes) -> Any:
    return value.hex()


@plain.register
def _(value: Value) -> Any:
    return {"json": value.load(), "digest": value.digest}


@plain.register
def _(value: ConversationChain) -> Any:
    facts = {"head": value.head, "characters": value.characters, "counted": plain(value.counted)}
    return {**facts, "messages": plain(value.messages())}


@plain.register(Mapping)
def _(value: Any) -> Any:
    return [[key, plain(item)] for key, item in value.items()]


@plain.register(list)
@plain.register(tuple)
def _(value: Any) -> Any:
    return [plain(item) for item in value]


@plain.register
def _(value: set) -> Any:
    return sorted(plain(item) for item in value)


def attribute_names(value: Any) -> list[str]:
    """Return the names of what an object of the framework holds."""
    if is_dataclass(value):
        return [field.name for field in fields(value)]
    slots = [name for base in type(value).__mro__ for name in getattr(base, "__slots__", ())]
    return sorted(slots) if type(value).__module__.startswith("framework.") else []
