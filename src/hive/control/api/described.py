"""What ``/openapi.json`` says beyond the routes: what batches hold, by the models that judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hive.control.api.sdk_bodies import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

_REFERENCE = "#/components/schemas/"


def describe_more(app: FastAPI) -> None:
    """Let the description name what batches hold, and show an example of every list that is answered."""
    routes_alone = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = routes_alone()
            schemas = found["components"]["schemas"]
            schemas.update(item_schemas())
            _show_lists(found)
        return routes_alone()

    app.openapi = described


def item_schemas() -> dict[str, Any]:
    """Return the schemas of what batches hold, by name; ``Event`` tells the kinds apart by ``event_type``."""
    found: dict[str, Any] = {}
    for name, adapter in SCHEMAS.items():
        schema = adapter.json_schema(ref_template=_REFERENCE + "{model}")
        found |= {**schema.pop("$defs", {}), name: schema}
    return found


def _show_lists(described: dict[str, Any]) -> None:
    for content in _answers(described):
        schema = content["schema"]
        if schema.get("type") == "array":
            item = schema["items"].get("$ref", "").removeprefix(_REFERENCE)
            examples = described["components"]["schemas"].get(item, {}).get("examples", [])
            content.setdefault("example", examples)


def _answers(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in described["paths"].values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                if content := answer.get("content", {}).get("application/json"):
                    yield content
