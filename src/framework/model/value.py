"""A JSON value as the journal keeps it: encoded once, small ones inline, large ones by hash."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import orjson
from pydantic import BaseModel
from pydantic_core import core_schema

from framework.errors import BlobNotFoundError, NotJsonError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import GetCoreSchemaHandler

INLINE_LIMIT = 4096
"""Bytes up to which a value stays inside its event (architecture, "The one idea")."""

_BLOB_KEY = "$blob"
_NULL = b"null"


def encode_json(value: object, *, sort_keys: bool = False) -> bytes:
    """Return ``value`` as compact JSON; key order is kept unless keys are to be sorted.

    Pydantic models and dataclasses become objects, tuples become arrays, dates ISO strings.

    Raises:
        NotJsonError: for NaN, infinities, integers beyond 64 bits, lone
            surrogates, keys that are not text, and objects JSON does not know.
    """
    try:
        raw = orjson.dumps(value, default=write_value, option=orjson.OPT_SORT_KEYS if sort_keys else None)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise NotJsonError(f"The value cannot be expressed in JSON: {error}.") from error
    if len(raw) >= len(_NULL) and _NULL in raw:
        _refuse_non_finite(value)
    # A copy of its true size: orjson keeps 4 KB and more for the smallest text.
    return b"%b" % raw


class Value:
    """An encoded JSON value.

    Equal values are values with the same JSON text. A value read from a
    journal may be a bare reference until ``resolved`` gives it its content.
    """

    __slots__ = ("_raw", "digest", "size")

    def __init__(self, raw: bytes | None, *, digest: str | None = None, size: int = 0) -> None:
        """Hold ``raw``, or the reference ``digest`` to content of ``size`` bytes."""
        self._raw = raw
        self.digest = digest
        self.size = size if raw is None else len(raw)

    @classmethod
    def of(cls, value: object) -> Value:
        """Encode ``value``; content over ``INLINE_LIMIT`` bytes becomes a blob.

        Raises:
            NotJsonError: if JSON cannot express it.
        """
        return cls._kept(encode_json(value))

    @classmethod
    def canonical(cls, value: object) -> Value:
        """Encode ``value`` with sorted keys, so that equal objects give equal text; see ``of``.

        Raises:
            NotJsonError: if JSON cannot express it.
        """
        return cls._kept(encode_json(value, sort_keys=True))

    @classmethod
    def _kept(cls, raw: bytes) -> Value:
        if len(raw) > INLINE_LIMIT or (raw.startswith(b"{") and _looks_like_reference(raw)):
            return cls(raw, digest=sha256(raw).hexdigest())
        return cls(raw)

    @classmethod
    def blob(cls, value: object) -> Value:
        """Encode ``value`` and keep it outside its event whatever its size."""
        raw = encode_json(value)
        return cls(raw, digest=sha256(raw).hexdigest())

    @property
    def raw(self) -> bytes:
        """The JSON text.

        Raises:
            BlobNotFoundError: if this is a reference whose content was not fetched.
        """
        if self._raw is None:
            raise BlobNotFoundError(f"The content {self.digest} was not fetched from the journal.")
        return self._raw

    @property
    def is_resolved(self) -> bool:
        """Whether the content is at hand."""
        return self._raw is not None

    def load(self) -> Any:
        """Return a fresh copy of the value."""
        return orjson.loads(self.raw)

    def resolved(self, raw: bytes) -> Value:
        """Return this reference with its content."""
        return Value(raw, digest=self.digest)

    def wire(self) -> orjson.Fragment | dict[str, Any]:
        """Return what stands in the event: the value, or a reference to it."""
        if self.digest is None:
            return orjson.Fragment(self.raw)
        return {_BLOB_KEY: self.digest, "size": self.size}

    @classmethod
    def from_wire(cls, value: object) -> Value:
        """Read what ``wire`` wrote."""
        if isinstance(value, Value):
            return value
        if isinstance(value, dict) and _BLOB_KEY in value:
            reference = cast("dict[str, Any]", value)
            return cls(None, digest=str(reference[_BLOB_KEY]), size=int(reference.get("size", 0)))
        return cls(encode_json(cast("object", value)))

    def __eq__(self, other: object) -> bool:
        """Compare by JSON text, or by digest when a side was not fetched."""
        if not isinstance(other, Value):
            return NotImplemented
        if self._raw is None or other._raw is None:
            return self._identity() == other._identity()
        return self._raw == other._raw

    def __hash__(self) -> int:
        """Hash the JSON text's digest, which a reference has too."""
        return hash(self._identity())

    def _identity(self) -> str:
        return self.digest or sha256(self.raw).hexdigest()

    def __repr__(self) -> str:
        """Show where the content is, and a little of it."""
        if self._raw is None:
            return f"Value({_BLOB_KEY}={self.digest})"
        return f"Value({self._raw[:60]!r})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Let Pydantic read a value from its wire form."""
        del source, handler
        return core_schema.no_info_plain_validator_function(cls.from_wire)


def write_value(value: object) -> object:
    """Return what the encoder should write for ``value``: the hook for types JSON does not know.

    Raises:
        TypeError: if there is no such form; the encoder reports it.
    """
    if isinstance(value, Value):
        return value.wire()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def _looks_like_reference(raw: bytes) -> bool:
    return b'"$blob":' in raw and _BLOB_KEY in orjson.loads(raw)


def _refuse_non_finite(value: object) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise NotJsonError(f"The number {value} cannot be expressed in JSON.")
    for part in _parts(value):
        _refuse_non_finite(part)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    if isinstance(value, (list, tuple)):
        return cast("list[object]", value)
    if isinstance(value, BaseModel):
        return [part for _, part in value]
    if is_dataclass(value):
        return [getattr(value, field.name) for field in fields(value)]
    return ()
