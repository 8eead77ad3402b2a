from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from framework.errors import ToolError
from framework.model.tool import Effect
from framework.tools.context import ToolContext, serving
from framework.tools.function_tool import FunctionTool, tool, tool_options

if TYPE_CHECKING:
    from decimal import Decimal


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    street: str


@dataclass
class Point:
    x: int
    y: int = 0


class Options(TypedDict, total=False):
    depth: int


def properties(function: Any) -> dict[str, Any]:
    return FunctionTool(function).tool.parameters["properties"]


def refused(function: Any, **arguments: Any) -> str:
    with pytest.raises(ToolError) as caught:
        FunctionTool(function).bind(arguments)
    return str(caught.value)


def test_schema_lists_required_and_optional_parameters_without_titles() -> None:
    def search(query: str, limit: int = 10, after: str | None = None) -> str:
        return query

    schema = FunctionTool(search).tool.parameters
    assert schema["required"] == ["query"]
    assert schema["properties"] == {
        "query": {"type": "string"},
        "limit": {"type": "integer", "default": 10},
        "after": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    }
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "title" not in schema


def test_schema_of_a_function_without_parameters_is_an_empty_object() -> None:
    def ping() -> str:
        return "pong"

    assert FunctionTool(ping).tool.parameters == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


def test_schema_knows_literals_lists_enums_and_field_texts() -> None:
    def paint(
        mode: Literal["fill", "line"],
        colour: Colour,
        names: list[str],
        width: Annotated[int, Field(ge=1, description="In pixels.")] = 1,
    ) -> None: ...

    schema = FunctionTool(paint).tool.parameters
    assert schema["properties"]["mode"] == {"type": "string", "enum": ["fill", "line"]}
    assert schema["properties"]["names"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["width"] == {
        "type": "integer",
        "minimum": 1,
        "description": "In pixels.",
        "default": 1,
    }
    assert schema["$defs"]["Colour"]["enum"] == ["red", "blue"]


def test_nested_values_reach_the_function_as_their_types() -> None:
    def place(address: Address, point: Point, options: Options, colour: Colour) -> None: ...

    bound = FunctionTool(place).bind(
        {"address": {"street": "A"}, "point": {"x": "3"}, "options": {"depth": 2}, "colour": "red"}
    )
    assert bound == {
        "address": Address(street="A"),
        "point": Point(3),
        "options": {"depth": 2},
        "colour": Colour.RED,
    }


def test_names_that_models_reserve_are_fine_as_parameters() -> None:
    def odd(schema: str, model_config: int, copy: bool, json: list[int], _hidden: str = "h") -> None: ...

    sent = {"schema": "s", "model_config": 1, "copy": True, "json": [1], "_hidden": "x"}
    assert set(properties(odd)) == set(sent)
    assert FunctionTool(odd).bind(sent) == sent


def test_defaults_stay_with_the_function() -> None:
    missing = object()

    def look(query: str, cursor: Any = missing, tags: list[str] = []) -> None: ...  # noqa: B006 - what a user may write

    assert FunctionTool(look).bind({"query": "q"}) == {"query": "q"}


def test_a_field_as_default_gives_its_value() -> None:
    def look(limit: int = Field(7, le=9, description="At most.")) -> int:
        return limit

    assert FunctionTool(look).bind({}) == {"limit": 7}
    assert properties(look)["limit"] == {
        "type": "integer",
        "maximum": 9,
        "description": "At most.",
        "default": 7,
    }


def test_none_as_default_admits_null() -> None:
    def look(after: str = None) -> None: ...  # type: ignore[assignment] # noqa: RUF013 - what a user may write

    assert FunctionTool(look).bind({"after": None}) == {"after": None}


def test_a_field_text_wins_over_the_docstring() -> None:
    def look(query: Annotated[str, Field(description="from the field")], limit: int = 3) -> None:
        """Look.

        Args:
            query: from the docstring
            limit: how many
        """

    described = properties(look)
    assert described["query"]["description"] == "from the field"
    assert described["limit"]["description"] == "how many"


def test_arguments_are_coerced_where_nothing_is_lost() -> None:
    def add(a: int, b: float) -> None: ...

    assert FunctionTool(add).bind({"a": "5", "b": 2}) == {"a": 5, "b": 2.0}


def test_a_complaint_names_every_argument_and_what_was_expected() -> None:
    def search(query: str, limit: int, address: Address) -> None: ...

    said = refused(search, limit="many", address={}, colour="x")
    assert "'query' is required" in said
    assert "'limit': Input should be a valid integer" in said
    assert "'many'" in said
    assert "'address.street' is required" in said
    assert "'colour' is unknown (the arguments are: query, limit, address)" in said


def test_a_complaint_stays_short_whatever_was_sent() -> None:
    def total(numbers: list[int]) -> None: ...

    said = refused(total, numbers=["x" * 10_000] * 1000)
    assert "and 990 more" in said
    assert len(said) < 5000


def test_the_context_is_hidden_and_a_sent_value_ignored() -> None:
    def whose(context: ToolContext, maybe: ToolContext | None = None) -> None: ...

    whole = FunctionTool(whose)
    assert whole.tool.parameters["properties"] == {}
    context = ToolContext(run_id="r1")
    with serving(context):
        assert whole.bind({"context": {"run_id": "forged"}}) == {"context": context, "maybe": context}


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x, "'x' of the function '<lambda>' has no type hint"),
        (lambda *x: x, "any number of values"),
        (lambda **x: x, "collects any names"),
        (lambda x, /: x, "positional-only"),
    ],
)
def test_a_signature_a_model_cannot_fill_is_refused(function: Any, words: str) -> None:
    with pytest.raises(ToolError, match="parameter") as caught:
        FunctionTool(function)
    assert words in str(caught.value)


def test_a_generator_is_refused() -> None:
    def numbers() -> Any:
        yield 1

    with pytest.raises(ToolError, match="is a generator; return a list"):
        FunctionTool(numbers)


def test_a_type_json_lacks_is_refused() -> None:
    class Socket: ...

    def send(socket: Any) -> None: ...

    send.__annotations__["socket"] = Socket
    with pytest.raises(ToolError, match="cannot be described to a model"):
        FunctionTool(send)


def test_a_hint_only_known_to_type_checkers_is_refused_with_the_way_out() -> None:
    def pay(amount: Decimal) -> None: ...

    with pytest.raises(ToolError, match=r"'Decimal' is not defined.*outside `if TYPE_CHECKING`"):
        FunctionTool(pay)


def test_the_return_hint_does_not_matter() -> None:
    def price(item: str) -> Decimal: ...

    assert set(properties(price)) == {"item"}


def test_methods_partials_and_callable_objects_work() -> None:
    class Greeter:
        def greet(self, name: str) -> str:
            return f"hi {name}"

        def __call__(self, name: str) -> str:
            return f"hello {name}"

    def greet(greeting: str, name: str) -> str:
        return f"{greeting} {name}"

    assert FunctionTool(Greeter().greet).executor({"name": "A"}) == "hi A"
    assert FunctionTool(Greeter()).executor({"name": "A"}) == "hello A"
    assert FunctionTool(partial(greet, "hey"), name="g").executor({"name": "A"}) == "hey A"


async def test_a_coroutine_function_has_a_coroutine_executor() -> None:
    async def double(n: int) -> int:
        return 2 * n

    assert await FunctionTool(double).executor({"n": 4}) == 8


def test_a_decorated_function_stays_callable_as_is() -> None:
    @tool(name="adder", description="Adds.", effect="none", timeout_s=2)
    def add(a: int, b: int) -> int:
        """Another text."""
        return a + b

    made = FunctionTool(add).tool
    assert add(1, 2) == 3
    assert (made.name, made.description, made.effect, made.timeout_s) == ("adder", "Adds.", Effect.NONE, 2)


def test_the_bare_decorator_takes_name_and_text_from_the_function() -> None:
    @tool
    def add(a: int) -> int:
        """Add
        one.

        More words.
        """
        return a + 1

    made = FunctionTool(add).tool
    assert (made.name, made.description, made.effect, made.timeout_s) == (
        "add",
        "Add one.",
        Effect.ONCE,
        None,
    )


def test_a_name_given_at_registration_wins() -> None:
    @tool(name="adder")
    def add(a: int) -> int:
        return a

    assert FunctionTool(add, name="plus", description="d").tool.name == "plus"


def test_an_unknown_effect_is_refused() -> None:
    with pytest.raises(ToolError, match="none, idempotent, once; 'twice' is none of them"):
        tool(effect="twice")


def test_a_plain_function_has_no_options() -> None:
    assert tool_options(len) is None


def test_the_credentials_a_tool_names_are_part_of_it() -> None:
    @tool(credentials=("BRAVE_API_KEY", "OTHER_KEY"))
    def search(query: str) -> str:
        return query

    assert FunctionTool(search).tool.credentials == ("BRAVE_API_KEY", "OTHER_KEY")


@pytest.mark.parametrize(
    ("names", "advice"), [("BRAVE_API_KEY", "put a comma after"), (("brave-key",), "capital letter")]
)
def test_credentials_that_cannot_be_named_so_are_refused(names: Any, advice: str) -> None:
    with pytest.raises(ToolError, match=advice):
        tool(credentials=names)
