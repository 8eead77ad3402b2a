"""The description of the routes: whole, with examples that are true."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from fastapi.routing import APIRoute

from hive.control.api.figures import Figures
from hive.control.app.application import ROUTERS, control_app
from hive.control.auth.gate import Gate
from hive.control.domain.judging import Judged, judge
from hive.control.services import limits
from hive.protocol import EventType
from hive.protocol.forms import WORDS
from tests.support.sdk_events import full_metric, one_of_each

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
        for example in examples:
            validate(example, content["schema"])


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
        "LOGIN_BY_EMAIL_AND_HOST", "LOGIN_BY_HOST", "PASSWORD_BY_ACCOUNT", "REGISTER_BY_HOST",
        "REFRESH_BY_HOST", "LINK_BY_HOST",
    }  # fmt: skip


def test_credentials_are_described_for_every_gated_route_and_no_other() -> None:
    assert {name for name, operation in OPERATIONS.items() if operation.get("security")} == GATED


def test_each_kind_of_event_is_described_and_has_an_example_that_counts() -> None:
    content = OPERATIONS["POST /v1/control/events"]["requestBody"]["content"]["application/json"]
    event = named(content["schema"]["properties"]["events"]["items"])
    events = content["example"]["events"]
    assert list(event["discriminator"]["mapping"]) == sorted(EventType)
    assert [each["event_type"] for each in events] == list(EventType)
    for each in events:
        now = datetime.fromisoformat(each["timestamp"])
        assert isinstance(judge(each, now), Judged)
        validate(each, event)


@pytest.mark.parametrize("event", one_of_each(datetime.now(UTC)), ids=lambda event: event["event_type"])
def test_every_field_of_an_event_is_described(event: dict[str, Any]) -> None:
    described = named({"$ref": "Event"})
    validate(event, described)
    with pytest.raises(jsonschema.ValidationError):
        validate({**event, "sdk_instance_id": ""}, described)


@pytest.mark.parametrize(
    ("path", "field", "model"),
    [("metrics", "metrics", "MetricData"), ("control/content", "items", "ContentItem")],
)
def test_what_a_batch_holds_is_described_by_the_model_that_judges_it(
    path: str, field: str, model: str
) -> None:
    content = OPERATIONS[f"POST /v1/{path}"]["requestBody"]["content"]["application/json"]
    schema = content["schema"]
    assert schema["properties"][field]["items"] == {"$ref": f"#/components/schemas/{model}"}
    example = content["example"][field][0]
    wrong = [
        {name: value for name, value in example.items() if name != left_out}
        for left_out in named({"$ref": model})["required"]
    ]
    for each in [3, {}, *wrong]:
        with pytest.raises(jsonschema.ValidationError):
            validate({field: [example, each]}, schema)


def test_every_field_of_a_bare_metric_is_described() -> None:
    full = full_metric(datetime.now(UTC))["data"]
    assert set(full) - set(named({"$ref": "MetricData"})["properties"]) == {"something_new"}
    validate(full, named({"$ref": "MetricData"}))


def test_when_a_batch_of_metrics_was_sent_is_described() -> None:
    content = OPERATIONS["POST /v1/metrics"]["requestBody"]["content"]["application/json"]
    assert content["schema"]["properties"]["timestamp"]["type"] == "number"
    assert content["example"]["timestamp"] > 0


def words_of(schema: object) -> set[str]:
    """Return the keywords of a schema, and of all it holds."""
    if isinstance(schema, list):
        return {word for each in schema for word in words_of(each)}
    if not isinstance(schema, dict):
        return set()
    inner = [value for word, value in schema.items() if word not in {"properties", "examples", "const"}]
    return set(schema) | words_of(inner) | words_of(list(schema.get("properties", {}).values()))


def patterns_in(described: object) -> set[str]:
    """Return the patterns of all texts that something described holds."""
    if isinstance(described, list):
        return {pattern for each in described for pattern in patterns_in(each)}
    if not isinstance(described, dict):
        return set()
    own = described.get("pattern")
    return patterns_in(list(described.values())) | ({own} if isinstance(own, str) else set())


def test_every_pattern_can_be_told_in_words() -> None:
    found = patterns_in(DESCRIBED)
    of_amounts = {pattern for pattern in found if r"\d" in pattern}  # pydantic tells these by its own words.
    assert found - of_amounts == set(WORDS)


def test_schemas_bound_numbers_in_the_words_of_json_schema() -> None:
    found = {
        name: words_of(schema) & {"ge", "le", "gt", "lt", "allow_inf_nan"}
        for name, schema in DESCRIBED["components"]["schemas"].items()
    }
    assert {name: words for name, words in found.items() if words} == {}
    count = DESCRIBED["components"]["schemas"]["ContentItem"]["properties"]["byte_size"]
    assert (count["minimum"], count["maximum"]) == (0, 2**53)


def validate(value: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": DESCRIBED["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


@pytest.mark.parametrize(
    "path", ["auth/teams", "auth/members", "auth/invitations", "auth/keys", "auth/audit", "control/instances"]
)
def test_every_list_that_is_answered_shows_an_example(path: str) -> None:
    content = OPERATIONS[f"GET /v1/{path}"]["responses"]["200"]["content"]["application/json"]
    assert content["example"]


def test_what_an_answer_about_a_budget_promises_is_described() -> None:
    assert "reserves nothing" in OPERATIONS["POST /v1/control/budget/validate"]["description"]
    limit = DESCRIBED["components"]["schemas"]["GlobalBudgetWish"]["properties"]["limit"]
    assert (limit["type"], limit["anyOf"]) == ("number", [{"const": 0}, {"minimum": 0.000001}])
