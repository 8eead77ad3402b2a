"""What a function returns, held against its return annotation."""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Awaitable, Coroutine, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from framework.errors import OutputContractError
from framework.loop.context import NodeResult

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_PROBLEMS = 5
_UNCHECKED = (Any, object, None, type(None), NodeResult)
_ANY_DICTS = (dict, dict[str, Any], dict[str, object])
_PLAIN = (str, int, float, bool)
_LAZY = (Iterable, Iterator, Generator, AsyncIterator, Awaitable, Coroutine)
"""What Pydantic would wrap instead of looking into it."""


class ReturnCheck:
    """Validates what a function returns; an annotation that says nothing costs nothing."""

    __slots__ = ("_adapter", "_exact", "_expected")

    def __init__(self, hints: Mapping[str, Any]) -> None:
        """Check against the annotation ``return`` of ``hints``, if there is one."""
        hint = _without_node_result(hints.get("return", Any))
        self._expected = _name(hint)
        self._exact = dict if hint in _ANY_DICTS else hint if hint in _PLAIN else None
        self._adapter = None if hint in _UNCHECKED or _is_lazy(hint) else _adapter(hint)

    def checked(self, node_id: str, value: Any) -> Any:
        """Return ``value`` as the annotation has it.

        A value that compares equal to the validated one stays as it is.

        Raises:
            OutputContractError: if it does not fit.
        """
        if self._adapter is None or type(value) is self._exact:
            return value
        try:
            validated = self._adapter.validator.validate_python(value)
        except ValidationError as error:
            raise OutputContractError(
                f"Node {node_id!r} returned {type(value).__name__}, "
                f"its function is annotated to return {self._expected}: {problems(error)}.",
                node_id=node_id,
                retryable=False,
            ) from error
        return value if validated == value else validated


def problems(error: ValidationError) -> str:
    """Return where a value does not fit and why, the first few places only."""
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}"
        for item in error.errors()[:_MAX_PROBLEMS]
    )


def _without_node_result(hint: Any) -> Any:
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    return Union[tuple(part for part in get_args(hint) if part is not NodeResult)]  # noqa: UP007  (its parts are computed)


def _is_lazy(hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Annotated:
        return _is_lazy(get_args(hint)[0])
    return hint in _LAZY or origin in _LAZY or any(_is_lazy(part) for part in get_args(hint))


def _adapter(hint: Any) -> TypeAdapter[Any] | None:
    try:
        return TypeAdapter(hint)
    except PydanticUserError:  # A type that Pydantic does not know is not checked.
        return None


def _name(hint: Any) -> str:
    return (
        hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("typing.", "")
    )
