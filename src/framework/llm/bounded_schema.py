"""JSON schemas made safe for constrained decoding.

A decoder that meets a keyword it does not know drops the whole constraint, and
a small model fills an unbounded string until its tokens run out. So only known
keywords pass, every value gets a type and a bound, and a reference either
resolves or becomes a plain value. What is lost is checked again when the tool
is called; the constraint only has to be satisfiable and short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Schema = dict[str, Any]

STRING_LIMIT = 400
STRING_MAXIMUM = 4_000
ITEMS_LIMIT = 16
NUMBER_LIMIT = 10**15
DEPTH_LIMIT = 40

_DEFINITIONS = ("$defs", "definitions")
_POINTER_PARTS = 3
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_HINTS = {
    "object": ("properties", "additionalProperties", "required"),
    "array": ("items", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": _BOUNDS,
}


def bounded(schema: Mapping[str, Any], *, prefix: str = "#") -> Schema:
    """Return ``schema`` reduced to what constrained decoding understands.

    Args:
        schema: a JSON schema whose references are local.
        prefix: where the result will be placed in a larger document; local
            references are rewritten to point below it.
    """
    root = dict(schema)
    reducer = _Reducer(root, prefix)
    reduced = reducer.reduce(root, 0)
    for name in _DEFINITIONS:
        definitions = _mapping(root.get(name))
        if definitions:
            reduced[name] = {key: reducer.reduce(value, 1) for key, value in definitions.items()}
    return reduced


def definition(root: Mapping[str, Any], pointer: str) -> Schema | None:
    """Return the schema that ``#`` or ``#/$defs/NAME`` means in ``root``, through any chain, or None."""
    seen: set[str] = set()
    while pointer not in seen:
        seen.add(pointer)
        target = _target(root, pointer)
        if target is None:
            return None
        following = target.get("$ref")
        if not isinstance(following, str):
            return target
        pointer = following
    return None


def _target(root: Mapping[str, Any], pointer: str) -> Schema | None:
    if pointer == "#":
        return dict(root)
    parts = pointer.split("/")
    if len(parts) != _POINTER_PARTS or parts[0] != "#" or parts[1] not in _DEFINITIONS:
        return None
    name = parts[2].replace("~1", "/").replace("~0", "~")
    return _mapping(_mapping(root.get(parts[1])).get(name)) or None


@dataclass(frozen=True, slots=True)
class _Reducer:
    root: Schema
    prefix: str

    def reduce(self, node: object, depth: int) -> Schema:
        if not isinstance(node, dict) or depth > DEPTH_LIMIT:
            return _scalar()
        schema = cast("Schema", node)
        if isinstance(schema.get("$ref"), str):
            return self._reference(schema["$ref"])
        if "const" in schema:
            return {"const": schema["const"]}
        if _list(schema.get("enum")):
            return {"enum": schema["enum"]}
        branches = _branches(schema)
        if branches:
            return {"anyOf": [self.reduce(branch, depth + 1) for branch in branches]}
        return self._typed(schema, _type_of(schema), depth)

    def _reference(self, pointer: str) -> Schema:
        if definition(self.root, pointer) is None:
            return _scalar()
        return {"$ref": self.prefix + pointer.removeprefix("#")}

    def _typed(self, schema: Schema, kind: str, depth: int) -> Schema:
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "string":
                return _string(schema)
            case "integer" | "number":
                return _number(schema, kind)
            case "boolean" | "null":
                return {"type": kind}
            case _:
                return _scalar()

    def _object(self, schema: Schema, depth: int) -> Schema:
        if "properties" not in schema:
            values = schema.get("additionalProperties", True)
            return {
                "type": "object",
                "additionalProperties": values is not False and self.reduce(values, depth + 1),
            }
        given = _mapping(schema["properties"])
        return {
            "type": "object",
            "properties": {name: self.reduce(value, depth + 1) for name, value in given.items()},
            "required": [name for name in given if name in _list(schema.get("required"))],
            "additionalProperties": False,
        }

    def _array(self, schema: Schema, depth: int) -> Schema:
        least = _count(schema.get("minItems"), 0)
        most = min(_count(schema.get("maxItems"), ITEMS_LIMIT), ITEMS_LIMIT)
        items = self.reduce(schema.get("items"), depth + 1)
        return {"type": "array", "items": items, "minItems": least, "maxItems": max(least, most)}


def _scalar() -> Schema:
    text = {"type": "string", "maxLength": STRING_LIMIT}
    return {"anyOf": [text, _number({}, "number"), {"type": "boolean"}]}


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _branches(schema: Schema) -> Sequence[object]:
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": name} for name in _list(schema["type"])]
    if "properties" in schema:
        return ()
    wrapped = _list(schema.get("allOf"))
    alternatives = _list(schema.get("anyOf")) or _list(schema.get("oneOf"))
    return alternatives or (wrapped if len(wrapped) == 1 else ())


def _type_of(schema: Schema) -> str:
    if isinstance(schema.get("type"), str):
        return schema["type"]
    return next((name for name, keys in _HINTS.items() if any(key in schema for key in keys)), "")


def _string(schema: Schema) -> Schema:
    least = min(_count(schema.get("minLength"), 0), STRING_MAXIMUM)
    most = min(_count(schema.get("maxLength"), max(STRING_LIMIT, least)), STRING_MAXIMUM)
    return {"type": "string", "minLength": least, "maxLength": max(least, most)}


def _number(schema: Schema, kind: str) -> Schema:
    bounds: dict[str, float] = {name: schema[name] for name in _BOUNDS if _is_number(schema.get(name))}
    given = list(bounds.values())
    if len(given) > 1 and not _is_satisfiable(bounds):
        return {"type": kind, "minimum": -NUMBER_LIMIT, "maximum": NUMBER_LIMIT}
    if not bounds.keys() & {"minimum", "exclusiveMinimum"}:
        bounds["minimum"] = min([-NUMBER_LIMIT, *given])
    if not bounds.keys() & {"maximum", "exclusiveMaximum"}:
        bounds["maximum"] = max([NUMBER_LIMIT, *given])
    return {"type": kind, **bounds}


def _is_satisfiable(bounds: Mapping[str, float]) -> bool:
    lowest = max(bounds.get("minimum", -math.inf), bounds.get("exclusiveMinimum", -math.inf))
    highest = min(bounds.get("maximum", math.inf), bounds.get("exclusiveMaximum", math.inf))
    return lowest < highest or (
        lowest == highest and len(bounds) == len(bounds.keys() & {"minimum", "maximum"})
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default
