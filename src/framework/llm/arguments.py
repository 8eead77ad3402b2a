"""The arguments of a tool call, as a model wrote them."""

from __future__ import annotations

from typing import Any

import orjson


def parse_arguments(text: str) -> tuple[dict[str, Any], str | None]:
    """Return the arguments, and why they could not be parsed (None when they could).

    Nothing at all means no arguments. Values JSON cannot carry (NaN, lone
    surrogates, very deep nesting) are refused here, at the boundary.
    """
    if not text.strip():
        return {}, None
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return {}, f"The arguments are not valid JSON ({error}); send one complete JSON object."
    if not isinstance(value, dict):
        return {}, f"The arguments must be a JSON object, not {type(value).__name__}."
    return value, None  # pyright: ignore[reportUnknownVariableType]  (JSON of the model; its schema is checked at the call)
