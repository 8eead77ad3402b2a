"""What a run's own data calls a password stands in no error, log or journaled text that quotes it."""

# ruff: noqa: T201  (what is printed is what some of these tests are about)

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import pytest

from framework.clock import ManualClock
from framework.credentials.secret_patterns import named_secrets
from framework.graph import GraphExecutor
from framework.graph.named_secrets import NamedSecrets
from framework.journal import MemoryJournal
from framework.journal.reading import read_entries
from framework.journal.state import RunState
from framework.model import events as ev
from framework.model.value import Value
from framework.runtime.core import Runtime
from framework.tools import RedactingFormatter
from tests.support.walked_graphs import edge, graph, node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from framework.graph import ExecutionResult

GIVEN, NESTED = "inputpass-1234", "nestedsecret42"
FAILURE = f"cannot log in with {GIVEN} and {NESTED}"


def set_up() -> dict[str, Any]:
    return {"cfg": {"apps": [{"client_secret": NESTED}]}}


def fail() -> None:
    logging.getLogger("tests.shop").warning("tries %s", GIVEN)
    print("prints", GIVEN)
    raise ValueError(FAILURE)


async def failed(journal: MemoryJournal, **spec: Any) -> ExecutionResult:
    made = GraphExecutor(Runtime(journal=journal), clock=ManualClock())
    made.register_function("set", set_up)
    made.register_function("fail", fail)
    nodes = [node("set", writes=["cfg"]), node("fail", reads=["password"], **spec)]
    return await made.execute(
        graph(nodes, [edge("set", "fail")]), input_data={"password": GIVEN}, run_id="run"
    )


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    written, root = io.StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(written), root.level
    handler.setFormatter(RedactingFormatter(logging.BASIC_FORMAT))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    root.removeHandler(handler)


async def test_an_error_is_told_and_kept_without_what_is_named_like_a_secret() -> None:
    journal = MemoryJournal()

    result = await failed(journal, max_retries=2)

    assert "ValueError: cannot log in with [secret] and [secret] (" in str(result.error)
    events = [entry.event for entry in await read_entries(journal, "run")]
    told = [event for event in events if not isinstance(event, (ev.RunStarted, ev.OutputSet))]
    assert any(isinstance(event, ev.NodeRetried) for event in told)
    assert GIVEN not in str(told)
    assert NESTED not in str(told)


async def test_the_debug_log_has_none_either(log: io.StringIO) -> None:
    await failed(MemoryJournal())

    assert "cannot log in with [secret] and [secret]" in log.getvalue()
    assert "tests.shop:tries [secret]" in log.getvalue()
    assert GIVEN not in log.getvalue()


async def test_what_a_node_prints_is_shown_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    await failed(MemoryJournal())

    assert capsys.readouterr().out == "prints [secret]\n"


async def test_runs_of_one_executor_keep_their_secrets_apart() -> None:
    def quote(password: str) -> None:
        raise ValueError(f"{password}, not the password-of-one")

    made = GraphExecutor(Runtime(journal=MemoryJournal()), clock=ManualClock())
    made.register_function("quote", quote)
    plan = graph([node("quote", reads=["password"])])
    one = await made.execute(plan, input_data={"password": "password-of-one"})
    two = await made.execute(plan, input_data={"password": "password-of-two"})

    assert "[secret], not the [secret]" in str(one.error)
    assert "[secret], not the password-of-one" in str(two.error)


def test_a_value_that_the_run_has_no_more_is_forgotten() -> None:
    state = RunState()
    find = NamedSecrets(state)
    state.input["password"] = Value.of("first-value-1")
    state.main.memory["cfg"] = Value.of({"api_key": "second-value-2", "note": "plain"})

    assert find() == find() == {"first-value-1", "second-value-2"}
    del state.main.memory["cfg"]
    assert find() == {"first-value-1"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"password": "abcd"}, ["abcd"]),
        ({"password": "abc"}, []),
        ({"password": 12345678}, []),
        ({"api_keys": "abcdefgh"}, []),
        ({"API_KEY": ["abcd", {"note": "plain"}, "efgh"]}, ["abcd", "efgh"]),
        ([{"user": {"client-secret": "abcd"}}], ["abcd"]),
        ("password", []),
    ],
)
def test_texts_are_secret_for_the_name_they_stand_under(data: Any, found: list[str]) -> None:
    assert list(named_secrets(data)) == found
