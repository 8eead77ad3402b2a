"""Every field of a spec changes something: each has a case here, and a field without one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from framework.graph import Constraint, EdgeSpec, Goal, GraphSpec, LoopConfig, NodeSpec, SuccessCriterion
from tests.support.knobs import CASES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from framework.model.spec import Spec

SPECS: tuple[type[Spec], ...] = (
    LoopConfig, NodeSpec, EdgeSpec, GraphSpec, Goal, SuccessCriterion, Constraint,
)  # fmt: skip


@pytest.mark.parametrize("spec", SPECS)
def test_every_field_has_a_case(spec: type[Spec]) -> None:
    assert {name for kind, name in CASES if kind == spec.__name__} == set(spec.model_fields)


@pytest.mark.parametrize("knob", CASES, ids=".".join)
async def test_turning_a_knob_changes_what_happens(knob: tuple[str, str]) -> None:
    before, after = await seen(CASES[knob], 0), await seen(CASES[knob], 1)

    assert before != after


async def seen(case: tuple[Callable[[Any], Awaitable[object]], Any, Any], side: int) -> object:
    observe, *values = case
    return await observe(values[side])
