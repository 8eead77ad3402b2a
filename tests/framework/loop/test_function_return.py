"""What a function node returns is what its annotation says, or the node fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from framework.errors import OutputContractError
from framework.loop.context import NodeResult
from framework.loop.function_return import ReturnCheck
from tests.framework.loop.test_function_node import bench, error_of, output_of


class Out(BaseModel):
    count: int
    note: str = "none"


class Row(TypedDict):
    count: int


def checked(hint: Any, value: object) -> Any:
    return ReturnCheck({"return": hint}).checked("n", value)


async def test_a_dict_becomes_the_annotated_model_with_its_defaults():
    def work() -> Out:
        return {"count": "3"}  # pyright: ignore[reportReturnType]  (the fault under test)

    assert await output_of(work, {}, ["count", "note"]) == {"count": 3, "note": "none"}


async def test_a_dict_that_does_not_fit_fails_the_node_without_another_attempt():
    def work() -> Out:
        return {"count": "many"}  # pyright: ignore[reportReturnType]  (the fault under test)

    result = await bench(work, [], ["count", "note"], max_retries=3).run({})

    assert "Node 'n' returned dict, its function is annotated to return Out: count: " in str(result.error)
    assert result.total_retries == 0


async def test_a_coroutine_function_is_held_to_its_annotation():
    async def work() -> int:
        return "many"  # pyright: ignore[reportReturnType]  (the fault under test)

    assert "returned str, its function is annotated to return int: value: " in await error_of(
        work, {}, ["count"]
    )


async def test_a_node_result_is_not_held_to_the_annotation():
    def work() -> NodeResult | int:
        return NodeResult(success=True, output={"a": "text"})

    assert await output_of(work, {}, ["a"]) == {"a": "text"}


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (int, "x"),
        (str, 5),
        (dict, [1]),
        (dict[str, Any], "text"),
        (dict[str, int], {"a": "x"}),
        (list[int], [1, "x"]),
        (NodeResult | int, "x"),
        (Annotated[int, Field(gt=0)], 0),
        (Row, {"count": "x"}),
        (Out | None, {"note": "x"}),
    ],
)
def test_what_does_not_fit_is_refused(hint: Any, value: object):
    with pytest.raises(OutputContractError, match="is annotated to return") as caught:
        checked(hint, value)

    assert caught.value.node_id == "n"
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (int, True),
        (float, 1),
        (dict[str, Any], {"a": object}),
        (list[float], [1, 2.5]),
        (Out, Out(count=1)),
        (NodeResult | Out, Out(count=1)),
        (Any, object),
        (object, "x"),
        (None, 5),
        (NodeResult, {"a": 1}),
    ],
)
def test_what_fits_stays_the_very_value(hint: Any, value: object):
    assert checked(hint, value) is value


def test_what_is_converted_is_used():
    assert checked(int, "5") == 5
    assert checked(dict[str, int], {"a": "5"}) == {"a": 5}


def test_what_cannot_be_looked_into_is_not_checked():
    class Strange:
        pass

    values = iter([1])

    assert checked(Iterator[int], values) is values
    assert checked(Strange, 5) == 5
    assert ReturnCheck({}).checked("n", 5) == 5
