"""The signature of a function as a Pydantic model of its arguments and as a JSON schema."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from types import NoneType, SimpleNamespace
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Optional,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from framework.errors import ToolError
from framework.tools.context import ToolContext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.json_schema import JsonSchemaWarningKind

_Kind = inspect.Parameter
_REFUSED_KINDS = {
    _Kind.POSITIONAL_ONLY: "is positional-only; a model names its arguments, so remove the '/'",
    _Kind.VAR_POSITIONAL: "collects any number of values; use a parameter of type list instead",
    _Kind.VAR_KEYWORD: "collects any names; name every parameter instead",
}
_CONFIG = ConfigDict(extra="forbid", protected_namespaces=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a function; ``field_name`` avoids the names that models reserve."""

    name: str
    field_name: str
    annotation: Any
    default: Any

    @property
    def is_context(self) -> bool:
        """Whether the framework fills it, with the ``ToolContext`` of the call."""
        return ToolContext in (self.annotation, *get_args(self.annotation))

    @property
    def has_field_default(self) -> bool:
        """Whether its default is written as a Pydantic ``Field``, which the call must not pass on."""
        return isinstance(self.default, FieldInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The parameters of a function, the model that checks them, the schema that describes them."""

    parameters: tuple[Parameter, ...]
    model: type[BaseModel]
    schema: dict[str, Any]


def read_signature(function: Callable[..., Any], label: str, descriptions: Mapping[str, str]) -> Signature:
    """Read the signature of ``function``.

    Args:
        function: the function; its parameters need type hints.
        label: the name used in errors.
        descriptions: texts for parameters whose ``Field`` has none.

    Raises:
        ToolError: if a parameter cannot be described to a model.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ToolError(f"The function {label!r} is a generator; return a list instead.")
    parameters = _parameters(function, label)
    try:
        model = _model(parameters, descriptions)
        schema = model.model_json_schema(schema_generator=_ToolSchema)
    except (PydanticUserError, TypeError) as error:
        raise ToolError(
            f"The parameters of the function {label!r} cannot be described to a model: "
            f"{str(error).splitlines()[0]} Use types that JSON has, dataclasses or Pydantic models."
        ) from error
    del schema["title"]
    return Signature(parameters=parameters, model=model, schema=schema)


class _ToolSchema(GenerateJsonSchema):
    """Schemas without the titles that only repeat a name, and without unprintable defaults."""

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        del kind, detail

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False


def _parameters(function: Callable[..., Any], label: str) -> tuple[Parameter, ...]:
    try:
        declared = tuple(inspect.signature(function).parameters.values())
    except ValueError as error:
        raise ToolError(
            f"The signature of {label!r} cannot be read; wrap it in a Python function."
        ) from error
    for parameter in declared:
        _check(parameter, label)
    hints = _hints(function, declared, label)
    return tuple(
        Parameter(
            name=parameter.name,
            field_name=f"argument_{index}",
            annotation=hints[parameter.name],
            default=parameter.default,
        )
        for index, parameter in enumerate(declared)
    )


def _check(parameter: inspect.Parameter, label: str) -> None:
    if parameter.kind in _REFUSED_KINDS:
        raise ToolError(
            f"The parameter {parameter.name!r} of the function {label!r} {_REFUSED_KINDS[parameter.kind]}."
        )
    if parameter.annotation is _Kind.empty:
        raise ToolError(
            f"The parameter {parameter.name!r} of the function {label!r} has no type hint; "
            "add one, so that a model knows what to send."
        )


def _hints(
    function: Callable[..., Any], declared: tuple[inspect.Parameter, ...], label: str
) -> dict[str, Any]:
    annotated = SimpleNamespace(__annotations__={p.name: p.annotation for p in declared})
    try:
        return get_type_hints(cast("Any", annotated), globalns=_namespace(function), include_extras=True)
    except NameError as error:
        raise ToolError(
            f"The function {label!r} has a type hint that is not known when the program runs ({error}); "
            "import or define the type at the top of its module, outside `if TYPE_CHECKING`."
        ) from error


def _namespace(function: Callable[..., Any]) -> dict[str, Any]:
    inner = inspect.unwrap(function)
    while isinstance(inner, functools.partial):
        inner = inspect.unwrap(cast("Callable[..., Any]", inner.func))
    if not hasattr(inner, "__globals__") and not inspect.ismethod(inner):
        inner = type(inner).__call__
    return getattr(inner, "__globals__", {})


def _model(parameters: tuple[Parameter, ...], descriptions: Mapping[str, str]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        parameter.field_name: _field(parameter, descriptions.get(parameter.name) or None)
        for parameter in parameters
        if not parameter.is_context
    }
    return create_model("Arguments", __config__=_CONFIG, **fields)


def _field(parameter: Parameter, description: str | None) -> tuple[Any, Any]:
    annotation, extras = parameter.annotation, ()
    if get_origin(annotation) is Annotated:
        annotation, *extras = get_args(annotation)
    if parameter.default is None and NoneType not in get_args(annotation):
        annotation = cast("Any", Optional)[annotation]
    named = Field(alias=parameter.name, description=description)
    described = cast("Any", Annotated)[(annotation, named, *extras)]
    return described, ... if parameter.default is _Kind.empty else parameter.default
