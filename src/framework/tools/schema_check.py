"""Whether a value fits a JSON schema, for the keywords that describe outputs.

Read are: type, enum, const, properties, required, items, anyOf, oneOf, allOf and
``$ref`` into ``$defs``. Other keywords only inform the model; a Pydantic model on
the node (``output_model``) is the way to have everything checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from framework.errors import NotJsonError
from framework.model.value import encode_json

Schema = Mapping[str, Any]

_MAX_DEPTH = 64
_MAX_SHOWN_CHARS = 120
_REF_PREFIX = "#/$defs/"


def _is_integer(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value.is_integer()
    )


_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def mismatch(value: object, schema: Schema) -> str | None:
    """Return what is wrong with ``value`` as the end of a sentence; None if it fits ``schema``."""
    return _Check(schema.get("$defs", {})).mismatch(value, schema, "the value", 0)


def by_key(whole: Schema) -> dict[str, dict[str, Any]]:
    """Return the schema of every key of ``whole``, which maps keys to schemas or is that of an object."""
    inner: object = whole.get("properties")
    is_object = whole.get("type") == "object" and isinstance(inner, Mapping)
    properties = cast("Schema", inner) if is_object else whole
    shared = {"$defs": whole["$defs"]} if is_object and whole.get("$defs") else {}
    return {key: {**schema, **shared} for key, schema in properties.items() if isinstance(schema, Mapping)}


def wrong_value(values: Mapping[str, object], whole: Schema) -> str | None:
    """Return what is wrong with ``values`` as a sentence without its stop; None if they fit ``whole``.

    Args:
        values: what is there, by key.
        whole: maps keys to schemas, or is the schema of an object, which may require keys.
    """
    required = _listed(whole.get("required")) if whole.get("type") == "object" else []
    missing = [key for key in required if key not in values]
    if missing:
        return f"{', '.join(map(repr, missing))} is missing"
    schemas = by_key(whole)
    for key in values.keys() & schemas.keys():
        complaint = mismatch(values[key], schemas[key])
        if complaint is not None:
            return f"{key!r} does not fit: {complaint}"
    return None


def accepts_text(schema: Schema, text: str) -> bool:
    """Whether ``schema`` expressly lets ``text`` stand as a string."""
    return _Check(schema.get("$defs", {})).accepts_text(schema, text, 0)


class _Check:
    """One check; ``definitions`` are what references name."""

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions

    def accepts_text(self, schema: Schema, text: str, depth: int) -> bool:
        schema = self._resolved(schema)
        if depth > _MAX_DEPTH:
            return False
        if "enum" in schema or "const" in schema:
            return text in _allowed(schema)
        if "string" in _listed(schema.get("type")):
            return True
        return any(self.accepts_text(inner, text, depth + 1) for inner in _alternatives(schema))

    def mismatch(self, value: object, schema: Schema, where: str, depth: int) -> str | None:
        schema = self._resolved(schema)
        if depth > _MAX_DEPTH:
            return f"{where} is nested too deeply"
        return (
            _wrong_type(value, schema, where)
            or _not_allowed(value, schema, where)
            or self._wrong_alternatives(value, schema, where, depth)
            or self._wrong_parts(value, schema, where, depth)
        )

    def _wrong_alternatives(self, value: object, schema: Schema, where: str, depth: int) -> str | None:
        for inner in schema.get("allOf", ()):
            complaint = self.mismatch(value, inner, where, depth + 1)
            if complaint is not None:
                return complaint
        complaints = [
            self.mismatch(value, inner, where, depth + 1)
            for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
        ]
        if not complaints or None in complaints:
            return None
        return " or ".join(dict.fromkeys(complaint for complaint in complaints if complaint))

    def _wrong_parts(self, value: object, schema: Schema, where: str, depth: int) -> str | None:
        parts: list[tuple[object, Any, str]] = []
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            missing = [name for name in schema.get("required", ()) if name not in members]
            if missing:
                return f"{where} lacks {', '.join(repr(name) for name in missing)}"
            properties = cast("Schema", schema.get("properties", {}))
            parts = [(members[n], inner, f"{where}.{n}") for n, inner in properties.items() if n in members]
        elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
            items = cast("list[object]", value)
            parts = [(item, schema["items"], f"{where}[{index}]") for index, item in enumerate(items)]
        for part, inner, path in parts:
            complaint = self.mismatch(part, inner, path, depth + 1)
            if complaint is not None:
                return complaint
        return None

    def _resolved(self, schema: object) -> Schema:
        for _ in range(_MAX_DEPTH):
            if not isinstance(schema, Mapping):
                return {}
            reference = cast("Schema", schema).get("$ref")
            if not isinstance(reference, str):
                return cast("Schema", schema)
            schema = self._definitions.get(reference.removeprefix(_REF_PREFIX))
        return {}


def _wrong_type(value: object, schema: Schema, where: str) -> str | None:
    names = [name for name in _listed(schema.get("type")) if name in _TYPES]
    if not names or any(_TYPES[name](value) for name in names):
        return None
    return f"{where} must be of type {' or '.join(names)}, not {_shown(value)}"


def _not_allowed(value: object, schema: Schema, where: str) -> str | None:
    if "enum" not in schema and "const" not in schema:
        return None
    allowed = _allowed(schema)
    if any(_same(value, option) for option in allowed):
        return None
    return f"{where} must be one of {_shown(allowed)}, not {_shown(value)}"


def _same(value: object, option: object) -> bool:
    return value == option and isinstance(value, bool) == isinstance(option, bool)


def _allowed(schema: Schema) -> list[object]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]]


def _alternatives(schema: Schema) -> list[Schema]:
    return [inner for keyword in ("anyOf", "oneOf", "allOf") for inner in schema.get(keyword, ())]


def _listed(names: object) -> list[str]:
    if isinstance(names, str):
        return [names]
    return [str(name) for name in cast("list[object]", names)] if isinstance(names, list) else []


def _shown(value: object) -> str:
    try:
        text = encode_json(value).decode()
    except NotJsonError:
        text = ascii(value)
    return f"{text[:_MAX_SHOWN_CHARS]}..." if len(text) > _MAX_SHOWN_CHARS else text
