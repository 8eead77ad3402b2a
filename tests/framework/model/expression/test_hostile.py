# ruff: noqa: RUF001 -- letters that look like others are among the words
"""Whatever the text, an expression ends soon, stays small and never leaves its language."""

from __future__ import annotations

import os
import threading
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.errors import ExpressionError
from framework.model.expression import safe_eval
from tests.support.hostile_expressions import CODE, GROWTH, HOSTILE

EXAMPLES = int(os.environ.get("HIVE_FUZZ_EXAMPLES", "2000"))
pytestmark = pytest.mark.timeout(60 + EXAMPLES // 50)
SECONDS = 0.05
BYTES = 10_000_000
RUNS = 4

NAMES: dict[str, object] = {
    "output": {"approved": True, "text": "abc " * 500, "rows": [[i, str(i)] for i in range(9_000)]},
    "memory": {
        "big": list(range(200_000)),
        "long": "a" * 2_000_000,
        "wide": {str(i): i for i in range(20_000)},
    },
    "x": 3,
    "s": "é" * 100_000,
    "y": [[i] for i in range(6_000)],
}


def _outcome(text: str) -> object:
    try:
        return safe_eval(text, NAMES)
    except ExpressionError:
        return None


def _is_plain(value: object) -> bool:
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_is_plain, value))
    return value is None or type(value) in {str, int, float, bool}


def _in_worker(work: object, results: list[object]) -> None:
    def run() -> None:
        try:
            results.append(work() if callable(work) else None)
        except BaseException as error:  # noqa: BLE001 -- the caller compares what came out of the thread
            results.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join(50)
    assert not thread.is_alive(), "an expression hangs"


def _best_time(text: str) -> float:
    best = float("inf")
    for _ in range(RUNS):
        started = time.perf_counter()
        _outcome(text)
        best = min(best, time.perf_counter() - started)
        if best < SECONDS / 2:
            break
    return best


def test_there_are_enough_hostile_texts() -> None:
    assert len(set(HOSTILE)) >= 300


def test_no_hostile_text_escapes_or_gives_more_than_plain_data() -> None:
    results: list[object] = []

    _in_worker(lambda: [text for text in HOSTILE if not _is_plain(_outcome(text))], results)

    assert results == [[]]


def test_no_hostile_text_takes_long() -> None:
    results: list[object] = []

    _in_worker(lambda: {text[:80]: took for text in HOSTILE if (took := _best_time(text)) > SECONDS}, results)

    assert results == [{}]


@pytest.mark.parametrize("part", range(4))
def test_no_hostile_text_takes_much_memory(part: int) -> None:
    sample = [*GROWTH[part::4], *HOSTILE[part::40]]
    peaks: dict[str, int] = {}
    tracemalloc.start()
    try:
        for text in sample:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            _outcome(text)
            peaks[text[:80]] = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()

    assert {text: peak for text, peak in peaks.items() if peak > BYTES} == {}


def test_calls_and_dunders_have_no_value() -> None:
    reached = [text for text in CODE[:31] if _outcome(text) is not None]

    assert reached == []


WORDS = """
and or not output memory x s y approved text rows big long wide get keys values items lower upper strip split
startswith endswith replace count len int float str bool list dict tuple set min max sum abs round
all any sorted in is if else true false none None lambda for await __class__ __mro__ f _ 0 1 2 9 10
999 1e9 1.5 'a' 'ab' '' "%s" ( ) ( ) [ ] { } , . . : + - * ** / // % < > == != <= >= = := | & ^ ~ @
! \\ ' " é １
"""
words = st.sampled_from([*WORDS.split(), "\n"])
operands = st.sampled_from(
    [
        "x",
        "y",
        "s",
        "output",
        "memory.big",
        "memory.long",
        "memory.wide",
        "output.rows",
        "9",
        "'a'",
        "[]",
        "{}",
        "10 ** 9",
        "-1",
    ]
)
forms = st.sampled_from(
    [
        "({} + {})",
        "({} * {})",
        "({} ** {})",
        "({} % {})",
        "[{}, {}]",
        "({}, {})",
        "({} in {})",
        "({} == {})",
        "({} < {})",
        "{}[{}]",
        "{}[:{}]",
        "{}.count({})",
        "{}.replace({}, s)",
        "{}.split({})",
        "max({}, {})",
        "round({}, {})",
        "{}.strip({})",
        "str([{}, {}])",
        "sorted([{}, {}])",
        "set({}) == set({})",
        "dict([({}, {})])",
        "{{'a': {}}}.get({})",
        "({} or {})",
        "list({}) + list({})",
        "tuple({}) * {}",
        "{} if {} else 1",
        "sum([{}, {}])",
        "{}.startswith(({}, s))",
        "{}.items() == {}",
    ]
)
grammar = st.recursive(
    operands,
    lambda inner: st.builds(str.format, forms, inner, inner),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.lists(words, max_size=25).map(" ".join), st.lists(words, max_size=25).map("".join), st.text()
    )
)
def test_random_words_end_in_plain_data_or_an_expression_error(text: str) -> None:
    assert _is_plain(_outcome(text))


@settings(max_examples=max(EXAMPLES // 10, 200), deadline=None, suppress_health_check=list(HealthCheck))
@given(grammar)
def test_random_expressions_over_large_data_end_soon(text: str) -> None:
    assert _is_plain(_outcome(text))
    assert _best_time(text) <= SECONDS
