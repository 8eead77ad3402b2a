"""Function nodes: a Python callable with typed inputs and outputs."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from pydantic import BaseModel, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from framework.errors import OutputContractError, SpecError
from framework.loop.context import NodeContext, NodeResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from framework.model.node import NodeSpec

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class FunctionNode:
    """Calls a function with the node's inputs and reads its outputs.

    Parameters are filled by name. A sole parameter typed as a Pydantic model,
    or a sole parameter that is no input's name, gets all inputs at once. A
    parameter annotated ``NodeContext`` gets the context. Annotated parameters
    are validated. Plain functions run in a thread.
    """

    __slots__ = (
        "_adapters",
        "_context_name",
        "_function",
        "_is_async",
        "_parameters",
        "_takes_rest",
        "_whole",
    )

    def __init__(self, function: Callable[..., Any], spec: NodeSpec) -> None:
        """Prepare ``function`` for the inputs of ``spec``.

        Raises:
            SpecError: if it needs a parameter that is no input.
        """
        self._function = function
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004  (an object with an async __call__)
        )
        parameters = list(inspect.signature(function).parameters.values())
        hints = _hints(function)
        self._takes_rest = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        named = [p for p in parameters if p.kind in _BY_NAME or p.kind is inspect.Parameter.POSITIONAL_ONLY]
        self._context_name = next((p.name for p in named if hints.get(p.name) is NodeContext), None)
        self._parameters = [p for p in named if p.name != self._context_name]
        self._whole = self._whole_parameter(spec, hints)
        self._adapters = {p.name: _adapter(hints[p.name]) for p in self._parameters if p.name in hints}
        self._check_parameters(spec)

    def _whole_parameter(self, spec: NodeSpec, hints: Mapping[str, Any]) -> inspect.Parameter | None:
        if len(self._parameters) != 1:
            return None
        sole = self._parameters[0]
        hint = hints.get(sole.name)
        takes_model = isinstance(hint, type) and (
            issubclass(hint, BaseModel) or is_dataclass(cast("object", hint))
        )
        is_input = sole.name in spec.input_keys
        return (
            sole if (takes_model and not is_input) or (not is_input and sole.default is sole.empty) else None
        )

    def _check_parameters(self, spec: NodeSpec) -> None:
        if self._whole is not None:
            return
        for parameter in self._parameters:
            if parameter.name not in spec.input_keys and parameter.default is parameter.empty:
                raise SpecError(
                    f"The function of node {spec.id!r} has a parameter {parameter.name!r} that is not in its "
                    f"input_keys ({', '.join(spec.input_keys) or 'none'}); add the key or give it a default."
                )

    async def execute(self, ctx: NodeContext) -> NodeResult:
        """Call the function once.

        Raises:
            OutputContractError: if inputs or outputs are not what the node declares.
        """
        arguments = self._arguments(ctx)
        if self._is_async:
            value = await self._function(**arguments)
        else:
            value = await asyncio.to_thread(self._function, **arguments)
        if isinstance(value, NodeResult):
            return value
        return NodeResult(success=True, output=read_outputs(ctx.node_spec, value))

    def _arguments(self, ctx: NodeContext) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if self._context_name is not None:
            arguments[self._context_name] = ctx
        if self._whole is not None:
            name = self._whole.name
            arguments[name] = self._checked(ctx, name, dict(ctx.inputs))
            return arguments
        for parameter in self._parameters:
            if parameter.name in ctx.inputs:
                arguments[parameter.name] = self._checked(ctx, parameter.name, ctx.inputs[parameter.name])
            elif parameter.default is parameter.empty:
                arguments[parameter.name] = None
        if self._takes_rest:
            arguments.update({key: value for key, value in ctx.inputs.items() if key not in arguments})
        return arguments

    def _checked(self, ctx: NodeContext, name: str, value: object) -> Any:
        adapter = self._adapters.get(name)
        if adapter is None:
            return value
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise OutputContractError(
                f"Input {name!r} of node {ctx.node_id!r} is not what its function takes: {_problems(error)}.",
                node_id=ctx.node_id,
                retryable=False,
            ) from error


def read_outputs(spec: NodeSpec, value: object) -> dict[str, Any]:
    """Return what a function returned by output key.

    A mapping whose keys are all output keys, or a Pydantic model, is taken by
    key; with a single output key anything else is its value.

    Raises:
        OutputContractError: if it fits neither, or a required output is missing.
    """
    outputs = _by_key(spec, value)
    if spec.output_model is not None:
        try:
            spec.output_model.model_validate(outputs)
        except ValidationError as error:
            raise OutputContractError(
                f"The outputs of node {spec.id!r} do not fit {spec.output_model.__name__}: "
                f"{_problems(error)}.",
                node_id=spec.id,
            ) from error
    missing = [
        key for key in spec.output_keys if key not in spec.nullable_output_keys and outputs.get(key) is None
    ]
    if missing:
        raise OutputContractError(
            f"Node {spec.id!r} did not return {', '.join(missing)}; "
            "return it, or list it in nullable_output_keys.",
            node_id=spec.id,
        )
    return outputs


def _by_key(spec: NodeSpec, value: Any) -> dict[str, Any]:
    mapping: dict[str, Any] | None = None
    if isinstance(value, BaseModel):
        mapping = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
    if mapping is not None and mapping.keys() <= set(spec.output_keys) and (mapping or not spec.output_keys):
        return mapping
    if len(spec.output_keys) == 1:
        return {spec.output_keys[0]: value}
    if value is None:
        return {}
    got = (
        type(cast("object", value)).__name__
        if mapping is None
        else "the keys " + ", ".join(map(str, mapping))
    )
    raise OutputContractError(
        f"Node {spec.id!r} returned {got}; return a dict with only its output_keys "
        f"({', '.join(spec.output_keys) or 'none'}).",
        node_id=spec.id,
        retryable=False,
    )


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    target = function if inspect.isroutine(function) else type(function).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except NameError as error:
        raise SpecError(
            f"A type of the function {target.__qualname__!r} cannot be resolved: {error}."
        ) from error


def _adapter(hint: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(hint)
    except (PydanticSchemaGenerationError, PydanticUserError):
        return TypeAdapter(Any)


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}" for item in error.errors()[:5]
    )
