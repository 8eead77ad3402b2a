from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from framework.errors import SpecError
from framework.loop.context import NodeContext, NodeResult
from framework.loop.function_node import FunctionNode
from framework.model.node import NodeSpec
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from pathlib import Path


class Line(BaseModel):
    item: str
    price: float


class Order(BaseModel):
    customer: str
    lines: list[Line]


class Bill(BaseModel):
    total: float
    first: Line


@dataclass
class Point:
    x: int
    y: int = 0


ORDER = {"customer": "Ann", "lines": [{"item": "tea", "price": "2.5"}, {"item": "cup", "price": 4}]}


def bench(function: Any, inputs: list[str], outputs: list[str], **spec: Any) -> OneNode:
    return OneNode(
        [], node_type="function", function=function, input_keys=inputs, output_keys=outputs, **spec
    )


async def output_of(function: Any, inputs: dict[str, Any], outputs: list[str], **spec: Any) -> dict[str, Any]:
    node = bench(function, list(inputs), outputs, **spec)
    result = await node.run(inputs)
    assert result.success, result.error
    return {key: value for key, value in result.output.items() if key in outputs}


async def error_of(function: Any, inputs: dict[str, Any], outputs: list[str], **spec: Any) -> str:
    result = await bench(function, list(inputs), outputs, **spec).run(inputs)
    assert not result.success
    return str(result.error)


async def test_parameters_are_filled_by_name_and_a_dict_is_read_by_output_key():
    def work(b: int, a: int) -> dict[str, int]:
        return {"sum": a + b, "difference": a - b}

    assert await output_of(work, {"a": 5, "b": 3}, ["sum", "difference"]) == {"sum": 8, "difference": 2}


async def test_a_single_output_takes_whatever_is_returned():
    assert await output_of(lambda a: {"x": a}, {"a": 1}, ["out"]) == {"out": {"x": 1}}
    assert await output_of(lambda a: {"out": a}, {"a": 1}, ["out"]) == {"out": 1}
    assert await output_of(lambda a: [], {"a": 1}, ["out"]) == {"out": []}
    assert await output_of(lambda a: {}, {"a": 1}, ["out"]) == {"out": {}}


async def test_pydantic_models_go_in_and_out_nested():
    def bill(order: Order) -> Bill:
        return Bill(total=sum(line.price for line in order.lines), first=order.lines[0])

    expected = {"total": 6.5, "first": {"item": "tea", "price": 2.5}}
    assert await output_of(bill, {"order": ORDER}, ["total", "first"]) == expected
    assert await output_of(bill, ORDER, ["total", "first"]) == expected
    assert await output_of(bill, ORDER, ["bill"]) == {"bill": expected}


async def test_dataclasses_go_in_and_out():
    def mirror(point: Point) -> Point:
        return Point(x=-point.x, y=point.y)

    assert await output_of(mirror, {"x": "3", "y": 1}, ["x", "y"]) == {"x": -3, "y": 1}


async def test_coroutine_functions_callable_objects_and_partials_run():
    class Adder:
        def __init__(self, step: int) -> None:
            self._step = step

        def __call__(self, a: int) -> int:
            return a + self._step

    class SlowAdder(Adder):
        async def __call__(self, a: int) -> int:
            return a + self._step

    async def add(a: int, step: int) -> int:
        return a + step

    for function in (Adder(1), SlowAdder(1), partial(add, step=1), Adder(1).__call__, lambda a: add(a, 1)):
        assert await output_of(function, {"a": 1}, ["out"]) == {"out": 2}


async def test_arguments_of_a_partial_are_checked_too():
    def add(a: int, step: int) -> int:
        return a + step

    assert "Input 'a' of node 'n' is not what" in await error_of(partial(add, step=1), {"a": "x"}, ["out"])


async def test_positional_only_parameters_and_the_rest_are_filled():
    def work(a: int, /, b: int, **rest: int) -> list[object]:
        return [a, b, rest]

    assert await output_of(work, {"a": 1, "b": 2, "c": 3}, ["out"]) == {"out": [1, 2, {"c": 3}]}


async def test_a_sole_parameter_that_is_no_input_gets_all_of_them():
    def work(data: dict[str, int]) -> int:
        return data["a"] + data["b"]

    assert await output_of(work, {"a": 1, "b": 2}, ["out"]) == {"out": 3}


async def test_a_sole_parameter_with_a_default_that_is_no_input_keeps_it():
    assert await output_of(lambda scale=3: scale, {"a": 1}, ["out"]) == {"out": 3}


async def test_the_context_is_given_to_who_asks_for_it():
    async def work(context: NodeContext, a: int) -> str:
        return f"{context.node_id} {context.input_data['a']} {a}"

    assert await output_of(work, {"a": 1}, ["out"]) == {"out": "n 1 1"}


async def test_a_nullable_input_may_be_absent():
    node = bench(lambda a, b: [a, b], ["a", "b"], ["out"], nullable_output_keys=["b"])

    assert (await node.run({"a": 1})).output["out"] == [1, None]


async def test_an_input_of_the_wrong_type_is_named_and_not_retried():
    def work(order: Order) -> str:
        return order.customer

    node = bench(work, ["order"], ["out"], max_retries=3)
    result = await node.run({"order": {"customer": "Ann", "lines": [{"item": "tea", "price": "free"}]}})

    assert "Input 'order' of node 'n' is not what its function takes: lines.0.price:" in str(result.error)
    assert result.total_retries == 0


@pytest.mark.parametrize(
    ("returned", "outputs", "said"),
    [
        (
            {"a": 1, "c": 2},
            ["a", "b"],
            "returned the keys a, c; return a dict with only its output_keys (a, b)",
        ),
        ({"a": 1, "secret": 2}, ["a"], "returned 'a' and undeclared keys beside it (secret); return a dict"),
        (Point(x=1, y=2), ["x"], "returned 'x' and undeclared keys beside it (y)"),
        ([1], ["a", "b"], "returned list; return a dict"),
        ({"a": 1}, ["a", "b"], "did not return b; return it, or list it in nullable_output_keys"),
        (None, ["a"], "did not return a"),
        (None, ["a", "b"], "did not return a, b"),
        ({"a": None}, ["a"], "did not return a"),
        ("text", [], "returned str; return a dict with only its output_keys (none)"),
        (NodeResult(success=True, output={"c": 1}), ["a"], "returned the keys c"),
        (NodeResult(success=True), ["a"], "did not return a"),
        (NodeResult(success=False, error="no stock"), ["a"], "no stock"),
        (NodeResult(success=False), ["a"], "failed and did not say why"),
    ],
)
async def test_outputs_other_than_declared_are_refused(returned: Any, outputs: list[str], said: str):
    assert said in await error_of(lambda: returned, {}, outputs)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (float("nan"), "The number nan cannot be expressed in JSON"),
        ({1, 2}, "set"),
        (object(), "object"),
        (2**70, ""),
    ],
)
async def test_what_json_cannot_express_is_refused_with_a_sentence(returned: Any, said: str):
    error = await error_of(lambda: returned, {}, ["a"])

    assert error.startswith("Node 'n' returned something that is no JSON: ")
    assert said in error


async def test_a_time_becomes_text():
    assert await output_of(lambda: datetime(2026, 1, 2, tzinfo=UTC), {}, ["at"]) == {
        "at": "2026-01-02T00:00:00+00:00"
    }


async def test_nothing_is_returned_by_a_node_without_outputs_or_with_nullable_ones():
    assert await output_of(lambda: None, {}, []) == {}
    assert (await bench(lambda: None, [], ["a"], nullable_output_keys=["a"]).run()).success
    assert await output_of(lambda: {"a": 1}, {}, ["a", "b"], nullable_output_keys=["b"]) == {"a": 1}


async def test_a_node_result_is_taken_as_it_is():
    assert await output_of(lambda: NodeResult(success=True, output={"a": 1}), {}, ["a"]) == {"a": 1}


async def test_outputs_must_fit_the_output_model():
    error = await error_of(lambda: {"total": "much", "first": {}}, {}, ["total", "first"], output_model=Bill)

    assert "The outputs of node 'n' do not fit Bill: total: " in error
    assert "first.item: Field required" in error


async def test_a_function_that_raises_is_tried_again():
    times: list[int] = []

    def flaky() -> int:
        times.append(1)
        if len(times) < 3:
            raise ConnectionError("reset")
        return len(times)

    node = bench(flaky, [], ["a"], max_retries=3)
    result = await node.run()

    assert result.output == {"a": 3}
    assert result.total_retries == 2


async def test_a_blocking_function_does_not_hold_up_the_event_loop():
    loop, started, may_end = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def block() -> str:
        loop.call_soon_threadsafe(started.set)
        assert may_end.wait(10)
        return "ended"

    task = asyncio.create_task(bench(block, [], ["a"]).run())
    await started.wait()
    may_end.set()

    assert (await task).output == {"a": "ended"}


async def test_a_blocking_function_does_not_hold_up_a_cancellation():
    loop, started, may_end = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def block() -> None:
        loop.call_soon_threadsafe(started.set)
        may_end.wait(10)

    task = asyncio.create_task(bench(block, [], []).run())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)
    may_end.set()


def prepared(function: Any, *inputs: str) -> FunctionNode:
    return FunctionNode(function, NodeSpec(id="n", node_type="function", input_keys=list(inputs)))


def test_a_parameter_that_is_no_input_is_refused_before_the_run():
    with pytest.raises(SpecError, match=r"parameter 'b' that is not in its input_keys \(a\); add the key"):
        prepared(lambda a, b: None, "a")


@pytest.mark.parametrize(
    ("function", "keys"),
    [
        (lambda ctx: None, ()),
        (lambda ctx: None, ("a",)),
        (lambda ctx, a: None, ("a",)),
        (lambda a, *, ctx: a, ("a",)),
    ],
)
def test_a_context_that_is_not_annotated_is_refused_with_what_to_write(function: Any, keys: tuple[str, ...]):
    with pytest.raises(
        SpecError, match=r"write `ctx: NodeContext` \(from framework.graph import NodeContext\)"
    ):
        prepared(function, *keys)


@pytest.mark.parametrize("keys", [("ctx",), ("ctx", "a")])
def test_an_input_may_be_called_as_the_context_is(keys: tuple[str, ...]):
    assert prepared(lambda ctx: None, *keys)
    assert prepared(lambda a, ctx=None: None, "a")


def test_a_type_that_cannot_be_resolved_is_refused_before_the_run():
    def work(a: Nowhere) -> None:  # noqa: F821  # pyright: ignore[reportUndefinedVariable]
        pass

    with pytest.raises(SpecError, match="type hint of the function of node 'n' cannot be resolved"):
        prepared(work, "a")


def test_a_callable_whose_parameters_cannot_be_read_is_refused_before_the_run():
    with pytest.raises(SpecError, match="wrap it in a Python function"):
        prepared(max, "a")


async def test_a_type_that_pydantic_does_not_know_is_not_checked():
    def work(a: threading.Thread) -> str:
        return type(a).__name__

    assert await output_of(work, {"a": 1}, ["out"]) == {"out": "int"}


async def test_a_function_finds_its_data_folder_made(tmp_path: Path) -> None:
    def note(ctx: NodeContext) -> str:
        assert ctx.data_dir is not None
        (ctx.data_dir / "note.txt").write_text("kept")
        return (ctx.data_dir / "note.txt").read_text()

    node = OneNode([], storage=tmp_path, node_type="function", function=note, output_keys=["text"])

    result = await node.run()

    assert result.output["text"] == "kept"
