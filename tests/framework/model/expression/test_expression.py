"""The expression object: what it reads, how often it can be used, what it trusts."""

from __future__ import annotations

import sys
import threading
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import ExpressionError, ExpressionEvaluationError
from framework.model.expression import Expression, parse, safe_eval

if TYPE_CHECKING:
    from collections.abc import Callable


class Trap(dict[str, object]):
    """A dictionary that must never be asked anything."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


class Loud:
    """An object whose every operator would give it away."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(self) -> int:
        raise AssertionError("hashed")

    def __bool__(self) -> bool:
        raise AssertionError("tested")

    def __str__(self) -> str:
        raise AssertionError("written")

    __repr__ = __str__


def test_names_are_the_bare_names_it_reads() -> None:
    expression = parse("output.a and memory.get('b') or len(items) > limit and true and not sum")

    assert expression.names == {"output", "memory", "items", "limit", "sum"}


def test_keys_are_those_a_name_is_visibly_asked_for() -> None:
    expression = parse(
        "output.a.deep + output['b'] + output.get('c', memory.d) + output[x] + output.keys()[0]"
    )

    assert expression.keys_of("output") == {"a", "b", "c"}
    assert expression.keys_of("memory") == {"d"}
    assert expression.keys_of("result") == frozenset()


def test_equal_texts_make_equal_expressions() -> None:
    assert parse("a + 1") == parse("a + 1")
    assert len({parse("a + 1"), parse("a + 1"), parse("a")}) == 2
    assert "a + 1" in repr(parse("a + 1"))


def test_an_expression_is_frozen_and_used_again() -> None:
    expression = parse("x > 1")

    assert [expression.evaluate({"x": x}) for x in (1, 2)] == [False, True]
    with pytest.raises(FrozenInstanceError):
        expression.text = "y"  # pyright: ignore[reportAttributeAccessIssue] -- the point of the test


def test_holds_takes_the_value_as_a_condition() -> None:
    expression = parse("output.get('found')")

    assert expression.holds({"output": {"found": [1]}}) is True
    assert expression.holds({"output": {"found": []}}) is False
    with pytest.raises(ExpressionEvaluationError, match="unknown name"):
        expression.holds({})


def test_a_value_is_a_fresh_copy() -> None:
    data = {"a": [1, {"b": 2}]}

    found = safe_eval("x", {"x": data})

    assert found == data
    assert isinstance(found, dict)
    found["a"][1]["b"] = 3
    assert data["a"] == [1, {"b": 2}]


FOREIGN: dict[str, Callable[[], object]] = {
    "loud": Loud,
    "trap": Trap,
    "tuple": lambda: (1,),
    "set": lambda: {1},
    "bytes": lambda: b"x",
    "complex": lambda: 1j,
    "class": lambda: object,
    "function": lambda: len,
    "range": lambda: range(3),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize(
    "text",
    ["x", "not x", "x == 1", "x.a", "str([x])", "y == [1]", "y[0]", "1 in y", "z.a", "z.get('a')", "str(z)"],
)
def test_objects_that_are_not_json_data_are_never_asked(kind: str, text: str) -> None:
    value = FOREIGN[kind]()
    names = {"x": value, "y": [value], "z": {"a": value}}

    with pytest.raises(ExpressionEvaluationError, match="JSON data"):
        safe_eval(text, names)


@pytest.mark.parametrize(
    "text", ["x", "x.values()", "y", "any(y)", "sorted(y)", "list(y)", "sum(y)", "max(y)"]
)
def test_foreign_objects_deep_inside_are_errors_too(text: str) -> None:
    with pytest.raises(ExpressionEvaluationError, match="JSON data"):
        safe_eval(text, {"x": {"a": Loud()}, "y": [1, Loud()]})


def test_a_mapping_that_fails_is_an_evaluation_error() -> None:
    class Broken(dict[str, object]):
        def __getitem__(self, key: str) -> object:
            raise OSError("gone")

    with pytest.raises(ExpressionEvaluationError, match="gone"):
        safe_eval("x", Broken())


@pytest.mark.parametrize(
    "text", ["x", "str(x)", "x == y", "x < y", "x in y", "sorted(x)", "max(x, y)", "x + y == y + x", "set(x)"]
)
def test_data_that_contains_itself_ends_in_a_value_or_an_error(text: str) -> None:
    x: list[object] = []
    x.append(x)
    y: list[object] = []
    y.append(y)

    try:
        value = safe_eval(text, {"x": x, "y": y})
    except ExpressionEvaluationError as error:
        value = str(error)

    assert isinstance(value, (bool, int, str, list))


def test_data_nested_too_deep_is_an_error_only_where_it_is_walked() -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]

    assert safe_eval("x == x and len(x) == 1 and bool(x[0])", {"x": deep}) is True
    with pytest.raises(ExpressionEvaluationError, match="deeper than 64"):
        safe_eval("str(x)", {"x": deep})
    while isinstance(deep, list):
        deep = deep.pop()


def test_large_data_is_looked_into_but_not_copied() -> None:
    names = {"memory": {"ids": list(range(100_000)), "doc": "x" * 500_000 + "needle"}}

    assert safe_eval("99999 in memory.ids and 'needle' in memory.doc and len(memory.ids) > 5", names) is True
    with pytest.raises(ExpressionEvaluationError, match="more data"):
        safe_eval("memory", names)


def test_sets_keep_their_order_in_every_process() -> None:
    assert safe_eval("list({'b', 'a', 'c'})", {}) == ["b", "a", "c"]


def test_it_works_deep_in_a_python_stack() -> None:
    room = 60

    def descend(levels: int) -> object:
        if levels:
            return descend(levels - 1)
        return safe_eval("output.get('approved') is not None and not false", {"output": {"approved": 1}})

    depth = 0
    frame = sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    assert descend(sys.getrecursionlimit() - depth - room) is True


def test_where_the_stack_ends_it_fails_as_an_expression() -> None:
    text = "(" * 20 + "1" + ")" * 20
    seen: list[str] = []

    def descend() -> None:
        try:
            descend()
        except RecursionError:
            seen.append("bottom")
        if len(seen) == 40:
            try:
                parse(text)
            except ExpressionError as error:
                seen.append(str(error))
        if seen:
            seen.append("up")

    descend()

    assert any("used up the stack" in line for line in seen)


def test_it_works_in_a_thread_with_a_small_stack() -> None:
    deepest = "(" * 20 + "not x" + ")" * 20
    texts = [deepest, "[" * 24, "not " * 490 + "x", "-" * 1990 + "1", "2" + "**2" * 20, "str(y)", "y == y"]
    data: object = 1
    for _ in range(60):
        data = [data]
    outcomes: list[object] = []

    def work() -> None:
        for text in texts:
            try:
                outcomes.append(safe_eval(text, {"x": 1, "y": data}))
            except ExpressionError as error:
                outcomes.append(error)

    before = threading.stack_size(128 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()

    assert len(outcomes) == len(texts)
    assert outcomes[0] is False


def test_threads_share_an_expression() -> None:
    expression: Expression = parse("sum(x) * 2")
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(expression.evaluate({"x": [n] * 100})))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(str(value) for value in found) == sorted(str(200 * n) for n in range(8))


def test_integers_too_large_to_compute_with_are_still_compared() -> None:
    names = {"i": 10**5_000}

    assert safe_eval("i == i and i != 1 and i > 1 and i in [i]", names) is True
    for text in ("i + 1", "i * 1.0", "-i", "str([i])", "str(i)", "round(i)", "sum([i])", "'a' * i"):
        with pytest.raises(ExpressionEvaluationError):
            safe_eval(text, names)


def test_containers_are_equal_only_with_equal_shape_and_keys() -> None:
    names = {"a": {"k": [1, {"x": 1}]}, "b": {"k": [1, {"y": 1}]}, "c": {"k": [1]}, "d": {"k": {}}}

    assert safe_eval("[a == a, a == b, a == c, a == d, c != d]", names) == [True, False, False, False, True]
