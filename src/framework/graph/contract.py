"""What schemas demand: of a node's inputs and outputs, of a run's input and what it achieved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.errors import InputError, NodeError, OutputContractError
from framework.tools.schema_check import wrong_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from framework.model.goal import Goal
    from framework.model.node import NodeSpec
    from framework.model.value import Value


def check_inputs(spec: NodeSpec, inputs: Mapping[str, Any]) -> None:
    """Check what a node reads against its ``input_schema``.

    Raises:
        NodeError: if a value does not fit.
    """
    complaint = wrong_value(_set(spec, inputs), spec.input_schema)
    if complaint is not None:
        raise NodeError(
            f"Node {spec.id!r} cannot use its input: {complaint}; "
            "mend what writes it, or the node's input_schema.",
            node_id=spec.id,
            retryable=False,
        )


def check_outputs(spec: NodeSpec, values: Mapping[str, Value]) -> None:
    """Check what a node gave against its ``output_schema``.

    Raises:
        OutputContractError: if a value does not fit.
    """
    outputs = {key: value.load() for key, value in values.items()}
    complaint = wrong_value(_set(spec, outputs), spec.output_schema)
    if complaint is not None:
        raise OutputContractError(
            f"Node {spec.id!r} gave an output that its output_schema does not allow: {complaint}.",
            node_id=spec.id,
        )


def _set(spec: NodeSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the nulls that stand for a nullable key without a value."""
    return {
        key: value
        for key, value in values.items()
        if value is not None or key not in spec.nullable_output_keys
    }


def check_run_input(goal: Goal, values: Mapping[str, Any]) -> None:
    """Check the input of a run against the goal's ``input_schema``.

    Raises:
        InputError: if a value is missing or does not fit.
    """
    complaint = wrong_value(values, goal.input_schema)
    if complaint is not None:
        raise InputError(f"The input is not what the goal takes: {complaint}.")


def broken_promise(goal: Goal, output: Mapping[str, Any]) -> str | None:
    """Return how the output of a run that ended well breaks the goal's ``output_schema``, or None."""
    complaint = wrong_value(output, goal.output_schema)
    return None if complaint is None else f"The output is not what the goal promises: {complaint}."
