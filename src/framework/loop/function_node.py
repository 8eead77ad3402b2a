"""Function nodes: a Python callable with typed inputs and outputs."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast, get_type_hints

from pydantic import BaseModel, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from framework.errors import OutputContractError, SpecError
from framework.loop.captured_output import OutputRecorded
from framework.loop.context import NodeContext, NodeResult
from framework.loop.function_return import ReturnCheck, problems
from framework.tools.calls import invoke, is_coroutine_function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic_core import SchemaValidator

    from framework.model.node import NodeSpec

_Kind = inspect.Parameter
_NAMED = (_Kind.POSITIONAL_ONLY, _Kind.POSITIONAL_OR_KEYWORD, _Kind.KEYWORD_ONLY)
_CONTEXT = "ctx"
_PLAIN = frozenset({str, int, float, bool, list, type(None)})
"""Types of values that hold no outputs by name."""


class FunctionNode:
    """Calls a function with the node's inputs and reads its outputs.

    Parameters are filled by name. A sole parameter typed as a Pydantic model,
    or a sole parameter that is no input's name, gets all inputs at once. A
    parameter annotated ``NodeContext`` gets the context; one called ``ctx``
    must say so. Annotated parameters and an annotated return value are
    validated. Plain functions run in a thread.
    """

    __slots__ = (
        "_context_name",
        "_fills",
        "_function",
        "_is_async",
        "_parameters",
        "_positional",
        "_return",
        "_takes_rest",
        "_validators",
        "_whole",
    )

    def __init__(self, function: Callable[..., Any], spec: NodeSpec) -> None:
        """Prepare ``function`` for the inputs of ``spec``.

        Raises:
            SpecError: if it needs a parameter that is no input, or cannot be read.
        """
        self._function = function
        self._is_async = is_coroutine_function(function)
        parameters = _parameters(function, spec)
        hints = _hints(function, spec)
        self._takes_rest = any(p.kind is _Kind.VAR_KEYWORD for p in parameters)
        named = [p for p in parameters if p.kind in _NAMED]
        self._positional = [p.name for p in named if p.kind is _Kind.POSITIONAL_ONLY]
        self._context_name = next((p.name for p in named if hints.get(p.name) is NodeContext), None)
        self._parameters = [p for p in named if p.name != self._context_name]
        self._check_context(spec, hints)
        self._whole = self._whole_parameter(spec, hints)
        self._validators = {p.name: _validator(hints[p.name]) for p in self._parameters if p.name in hints}
        self._fills = [(p.name, p.default is p.empty, self._validators.get(p.name)) for p in self._parameters]
        self._return = ReturnCheck(hints)
        self._check_parameters(spec)

    def _whole_parameter(self, spec: NodeSpec, hints: Mapping[str, Any]) -> inspect.Parameter | None:
        if len(self._parameters) != 1:
            return None
        sole = self._parameters[0]
        if sole.name in spec.input_keys:
            return None
        return sole if _is_record(hints.get(sole.name)) or sole.default is sole.empty else None

    def _check_context(self, spec: NodeSpec, hints: Mapping[str, Any]) -> None:
        """Refuse a parameter that is called as the context is, but says nowhere that it takes it."""
        for p in self._parameters:
            is_needed = p.default is p.empty and p.name not in spec.input_keys
            if p.name == _CONTEXT and p.name not in hints and is_needed and self._context_name is None:
                raise SpecError(
                    f"The function of node {spec.id!r} has a parameter {p.name!r} without a type; "
                    f"write `{p.name}: NodeContext` (from framework.graph import NodeContext) to get the "
                    f"context of the visit, or give {p.name!r} another name or a type to get inputs."
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
        positional: Sequence[Any] = ()
        if self._positional:
            positional = [arguments.pop(name) for name in self._positional if name in arguments]
        with OutputRecorded(ctx.log, ctx.credentials):
            if self._is_async:
                value = await self._function(*positional, **arguments)
            else:
                value = await invoke(partial(self._function, *positional, **arguments))
        if not isinstance(value, NodeResult):
            value = self._return.checked(ctx.node_id, value)
            return NodeResult(success=True, output=read_outputs(ctx.node_spec, value))
        if not value.success:
            return value
        return NodeResult(
            success=True, output=_complete(ctx.node_spec, _declared(ctx.node_spec, value.output))
        )

    def _arguments(self, ctx: NodeContext) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if self._context_name is not None:
            ctx.prepare_for_function()
            arguments[self._context_name] = ctx
        if self._whole is not None:
            name = self._whole.name
            arguments[name] = _checked(ctx, name, dict(ctx.inputs), self._validators.get(name))
            return arguments
        inputs = ctx.inputs
        for name, is_required, validator in self._fills:
            if name in inputs:
                arguments[name] = _checked(ctx, name, inputs[name], validator)
            elif is_required:
                arguments[name] = None
        if self._takes_rest:
            arguments.update({key: value for key, value in ctx.inputs.items() if key not in arguments})
        return arguments


def _checked(ctx: NodeContext, name: str, value: object, validator: SchemaValidator | None) -> Any:
    if validator is None:
        return value
    try:
        return validator.validate_python(value)
    except ValidationError as error:
        raise OutputContractError(
            f"Input {name!r} of node {ctx.node_id!r} is not what its function takes: {problems(error)}.",
            node_id=ctx.node_id,
            retryable=False,
        ) from error


def read_outputs(spec: NodeSpec, value: object) -> dict[str, Any]:
    """Return what a function returned by output key.

    A mapping whose keys are all output keys, a dataclass or a Pydantic model is
    taken by key; with a single output key anything else is its value, unless it
    has that key among others.

    Raises:
        OutputContractError: if it fits neither, or a required output is missing.
    """
    keys = spec.output_keys
    if value is not None and type(value) in _PLAIN and len(keys) == 1 and spec.output_model is None:
        return {keys[0]: value}  # It holds nothing by name, nothing is missing, and no model could refuse it.
    return _complete(spec, _by_key(spec, value))


def check_complete(spec: NodeSpec, outputs: Mapping[str, Any]) -> None:
    """Check that a node gives every output that it must.

    Raises:
        OutputContractError: naming the required outputs that are missing or None.
    """
    missing = [key for key in spec.output_keys if outputs.get(key) is None]
    if missing:
        missing = [key for key in missing if key not in spec.nullable_output_keys]
    if missing:
        raise OutputContractError(
            f"Node {spec.id!r} did not return {', '.join(missing)}; "
            "return it, or list it in nullable_output_keys.",
            node_id=spec.id,
        )


def _complete(spec: NodeSpec, outputs: dict[str, Any]) -> dict[str, Any]:
    check_complete(spec, outputs)
    if spec.output_model is not None:
        try:
            spec.output_model.model_validate(outputs)
        except ValidationError as error:
            raise OutputContractError(
                f"The outputs of node {spec.id!r} do not fit {spec.output_model.__name__}: "
                f"{problems(error)}.",
                node_id=spec.id,
            ) from error
    return outputs


def _by_key(spec: NodeSpec, value: object) -> dict[str, Any]:
    mapping = _as_mapping(value)
    is_fitting = mapping is not None and mapping.keys() <= set(spec.output_keys)
    if mapping is not None and is_fitting and (mapping or not spec.output_keys):
        return mapping
    if len(spec.output_keys) == 1:
        return _sole(spec, spec.output_keys[0], value, mapping)
    if value is None:
        return {}
    if mapping is None:
        raise _undeclared(spec, type(value).__name__)
    return _declared(spec, mapping)


def _sole(spec: NodeSpec, key: str, value: object, mapping: Mapping[str, Any] | None) -> dict[str, Any]:
    if mapping is None or key not in mapping:
        return {key: value}
    extra = ", ".join(str(each) for each in mapping if each != key)
    raise _undeclared(spec, f"{key!r} and undeclared keys beside it ({extra})")


def _declared(spec: NodeSpec, outputs: Mapping[str, Any]) -> dict[str, Any]:
    if not outputs.keys() <= set(spec.output_keys):
        raise _undeclared(spec, "the keys " + ", ".join(map(str, outputs)))
    return dict(outputs)


def _undeclared(spec: NodeSpec, got: str) -> OutputContractError:
    return OutputContractError(
        f"Node {spec.id!r} returned {got}; return a dict with only its output_keys "
        f"({', '.join(spec.output_keys) or 'none'}).",
        node_id=spec.id,
        retryable=False,
    )


def _as_mapping(value: object) -> dict[str, Any] | None:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    if type(value) in _PLAIN:
        return None
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return None


def _is_record(hint: object) -> bool:
    return isinstance(hint, type) and (issubclass(hint, BaseModel) or is_dataclass(cast("object", hint)))


def _parameters(function: Callable[..., Any], spec: NodeSpec) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"The parameters of the function of node {spec.id!r} cannot be read ({error}); "
            "wrap it in a Python function."
        ) from error


def _hints(function: Callable[..., Any], spec: NodeSpec) -> dict[str, Any]:
    target: Any = inspect.unwrap(function)
    while isinstance(target, partial):
        target = inspect.unwrap(cast("Callable[..., Any]", target.func))
    if not inspect.isroutine(target):
        target = type(target).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise SpecError(
            f"A type hint of the function of node {spec.id!r} cannot be resolved ({error}); "
            "import or define the type at the top of its module, outside `if TYPE_CHECKING`."
        ) from error


def _validator(hint: Any) -> SchemaValidator | None:
    """Return what validates a parameter, None for a type that Pydantic does not know."""
    try:
        return cast("SchemaValidator", TypeAdapter(hint).validator)
    except (PydanticSchemaGenerationError, PydanticUserError):
        return None
