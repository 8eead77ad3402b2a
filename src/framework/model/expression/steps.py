"""What may follow a value: a key, an index, a slice or a method call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, cast

from framework.model.expression.base import Node
from framework.model.expression.kinds import SEQUENCES, Tuple, admit, fail, kind_name, scalar_key
from framework.model.expression.methods import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.model.expression.limits import Meter

_SHOWN_KEY = 60
_LARGEST_INDEX = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStep:
    """``.key``: a look-up in a dictionary, never an attribute of an object."""

    key: str

    def apply(self, target: object, names: Mapping[str, object], meter: Meter) -> object:
        """Return the value under the key."""
        del names, meter
        if type(target) is not dict:
            fail(f"'.{self.key}' looks up a key, and {kind_name(target)} has no keys")
        return _looked_up(cast("dict[object, object]", target), self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStep:
    """``[index]``."""

    index: Node

    def apply(self, target: object, names: Mapping[str, object], meter: Meter) -> object:
        """Return the value under the key, or the element or character at the position."""
        index = self.index.evaluate(names, meter)
        if type(target) is dict:
            return _looked_up(cast("dict[object, object]", target), scalar_key(index, meter))
        if type(target) is not str and type(target) not in SEQUENCES:
            fail(f"{kind_name(target)} has no elements to index")
        if type(index) is not int and type(index) is not bool:
            fail(f"the position in {kind_name(target)} is a whole number, not {kind_name(index)}")
        sequence = cast("list[object]", target)
        if not -len(sequence) <= index < len(sequence):
            fail(f"there is no element at that position; {kind_name(target)} here has {len(sequence)}")
        return admit(sequence[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceStep:
    """``[start:stop:step]``."""

    start: Node | None
    stop: Node | None
    step: Node | None

    def apply(self, target: object, names: Mapping[str, object], meter: Meter) -> object:
        """Return the part of the text, list or tuple."""
        bounds = [_bound(part, names, meter) for part in (self.start, self.stop, self.step)]
        if bounds[2] == 0:
            fail("the step of a slice is not 0")
        part = slice(*bounds)
        if type(target) is str:
            meter.make_text(len(range(*part.indices(len(target)))))
            return target[part]
        if type(target) not in SEQUENCES:
            fail(f"{kind_name(target)} cannot be sliced; slice text, a list or a tuple")
        sequence = cast("list[object]", target)
        meter.copy_slots(len(range(*part.indices(len(sequence)))))
        return sequence[part] if type(target) is list else Tuple(sequence[part])


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodStep:
    """``.method(arguments)``."""

    name: str
    method: Method
    arguments: tuple[Node, ...]

    def apply(self, target: object, names: Mapping[str, object], meter: Meter) -> object:
        """Return what the method of the target's kind gives."""
        run = self.method.runs.get(type(target))
        if run is None:
            fail(f"{kind_name(target)} has no method {self.name!r}")
        return run(target, [item.evaluate(names, meter) for item in self.arguments], meter)


def _looked_up(target: dict[object, object], key: object) -> object:
    try:
        value = target[key]
    except KeyError:
        _refuse_key(key)
    return admit(value)


def _refuse_key(key: object) -> NoReturn:
    shown = repr(key[:_SHOWN_KEY]) if type(key) is str else kind_name(key)
    fail(f"there is no key {shown}; use .get() for a key that may be absent")


def _bound(node: Node | None, names: Mapping[str, object], meter: Meter) -> int | None:
    value = None if node is None else node.evaluate(names, meter)
    if value is None:
        return None
    if type(value) is not int and type(value) is not bool:
        fail(f"a slice is bounded by whole numbers, not by {kind_name(value)}")
    return max(-_LARGEST_INDEX, min(_LARGEST_INDEX, value))
