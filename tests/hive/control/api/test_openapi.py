"""The description of the routes: whole, with examples that are true."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from fastapi.routing import APIRoute

from hive.control.api.figures import Figures
from hive.control.app.application import ROUTERS, control_app
from hive.control.auth.gate import Gate
from hive.control.services import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIBED: dict[str, Any] = control_app(SimpleNamespace(figures=Figures())).openapi()  # pyright: ignore[reportArgumentType]  (describes, and asks nothing)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DESCRIBED["paths"].items()
    for method, operation in operations.items()
}
GATED = {
    f"{method} {route.path}"
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods
    if any(isinstance(each.call, Gate) for each in route.dependant.dependencies)
}
LIMITED = {
    "POST /v1/auth/register", "POST /v1/auth/first-login", "POST /v1/auth/login", "POST /v1/auth/refresh",
    "POST /v1/auth/password",
}  # fmt: skip

by_operation = pytest.mark.parametrize("name", OPERATIONS)


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every JSON body of an operation, asked and answered, with its place."""
    places = {"body": operation.get("requestBody", {}), **operation["responses"]}
    for place, each in places.items():
        content = each.get("content", {}).get("application/json")
        if content is not None:
            yield place, content


def examples_of(content: dict[str, Any]) -> list[Any]:
    """Return the examples of a body: its own, or those of what it refers to."""
    if "example" in content:
        return [content["example"]]
    schema = content["schema"]
    if schema.get("type") == "array":
        return [[each] for each in named(schema["items"]).get("examples", [])]
    return named(schema).get("examples", [])


def named(schema: dict[str, Any]) -> dict[str, Any]:
    return DESCRIBED["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)


@by_operation
def test_every_body_has_an_example_that_is_as_described(name: str) -> None:
    for place, content in contents(OPERATIONS[name]):
        examples = examples_of(content)
        assert examples, place
        schema = {**content["schema"], "components": DESCRIBED["components"]}
        for example in examples:
            jsonschema.Draft202012Validator(schema).validate(example)


@by_operation
def test_every_answer_is_described(name: str) -> None:
    operation = OPERATIONS[name]
    described = set(operation["responses"])
    expected = {"413", "503"}
    if name in GATED:
        expected |= {"401", "403"}
    if operation.get("requestBody") or operation.get("parameters"):
        expected |= {"422"}
    if name in LIMITED:
        expected |= {"429"}
    assert expected <= described
    [good] = [status for status in described if status < "300"]
    assert good == "204" or operation["responses"][good]["content"]


def test_every_limit_belongs_to_a_route_that_says_so() -> None:
    named_limits = {name for name, value in vars(limits).items() if isinstance(value, limits.Limit)}
    assert named_limits == {
        "LOGIN_BY_EMAIL", "LOGIN_BY_HOST", "REGISTER_BY_HOST", "REFRESH_BY_HOST", "LINK_BY_HOST",
    }  # fmt: skip


def test_credentials_are_described_for_every_gated_route_and_no_other() -> None:
    assert {name for name, operation in OPERATIONS.items() if operation.get("security")} == GATED
