"""A Python function as a tool: described to the model, its arguments checked before the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pydantic import ValidationError

from framework.credentials.base import check_name
from framework.errors import CredentialError, ToolError
from framework.model.tool import Effect, Risk, Tool
from framework.tools.calls import is_coroutine_function
from framework.tools.context import current_tool_context
from framework.tools.docstring import read_docstring
from framework.tools.signature import read_signature

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

ArgumentsExecutor = Callable[[dict[str, Any]], Any]
"""Answers the parsed arguments of a call, with a value or an awaitable of one."""

_F = TypeVar("_F", bound=Callable[..., Any])

_OPTIONS = "__framework_tool__"
_MAX_COMPLAINTS = 10
_MAX_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOptions:
    """What the decorator ``tool`` says about a function."""

    name: str | None = None
    description: str | None = None
    effect: Effect = Effect.ONCE
    timeout_s: float | None = None
    credentials: tuple[str, ...] = ()
    risk: Risk = Risk.LOW
    probe: Callable[..., Any] | None = None
    guard: Callable[..., Any] | None = None


@overload
def tool(function: _F, /) -> _F: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    effect: str = ...,
    timeout_s: float | None = None,
    credentials: Sequence[str] = (),
    risk: str = ...,
    probe: Callable[..., Any] | None = None,
    guard: Callable[..., Any] | None = None,
) -> Callable[[_F], _F]: ...
def tool(  # noqa: PLR0913  (one parameter for each thing there is to say)
    function: _F | None = None,
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    effect: str = Effect.ONCE,
    timeout_s: float | None = None,
    credentials: Sequence[str] = (),
    risk: str = Risk.LOW,
    probe: Callable[..., Any] | None = None,
    guard: Callable[..., Any] | None = None,
) -> _F | Callable[[_F], _F]:
    """Mark a function as a tool, to be discovered or registered; the function stays as it is.

    Args:
        function: the function, when the decorator is used without arguments.
        name: the tool's name; the function's own by default.
        description: what the model reads; the docstring's first paragraph by default.
        effect: what calling it twice does: ``none``, ``idempotent`` or ``once``.
        timeout_s: seconds a call may take; the run's own limit by default.
        credentials: the names of those it asks its context for, such as ``BRAVE_API_KEY``.
        risk: ``high`` asks a person before each call, unless the run's policy allows the tool.
        probe: ``probe(arguments, context)``, sync or async, says whether a call took effect.
        guard: ``guard(arguments, context)``, sync or async, returns why a call is refused, or None.

    Raises:
        ToolError: if ``effect`` or ``risk`` is another word, or a credential cannot be named so.
    """
    if effect not in set(Effect):
        raise ToolError(f"A tool's effect is one of {', '.join(Effect)}; {effect!r} is none of them.")
    if risk not in set(Risk):
        raise ToolError(f"A tool's risk is one of {', '.join(Risk)}; {risk!r} is none of them.")
    options = ToolOptions(
        name=name,
        description=description,
        effect=Effect(effect),
        timeout_s=timeout_s,
        credentials=_credential_names(credentials),
        risk=Risk(risk),
        probe=probe,
        guard=guard,
    )

    def mark(marked: _F) -> _F:
        setattr(marked, _OPTIONS, options)
        return marked

    return mark if function is None else mark(function)


def _credential_names(names: Sequence[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        raise ToolError("The credentials of a tool are a tuple of names; put a comma after the only one.")
    try:
        return tuple(check_name(name) for name in names)
    except CredentialError as error:
        raise ToolError(str(error)) from None


def tool_options(function: object) -> ToolOptions | None:
    """Return what ``tool`` said about ``function``; None if it was not decorated."""
    options = getattr(function, _OPTIONS, None)
    return options if isinstance(options, ToolOptions) else None


class FunctionTool:
    """A function with its ``Tool`` and an executor that checks arguments before it calls.

    Attributes:
        tool: what the model sees.
        executor: takes the arguments of a call; a coroutine function if the function is one.
    """

    def __init__(
        self, function: Callable[..., Any], *, name: str | None = None, description: str | None = None
    ) -> None:
        """Read the signature and the docstring of ``function``; ``name`` and ``description`` win over them.

        Raises:
            ToolError: if a parameter cannot be described to a model.
        """
        options = tool_options(function) or ToolOptions()
        described = read_docstring(function)
        label = str(getattr(function, "__name__", type(function).__name__))
        self._function = function
        self._signature = read_signature(function, label, described.arguments)
        self._injected = tuple(p.name for p in self._signature.parameters if p.is_context)
        self.tool = Tool(
            name=name or options.name or label,
            description=description or options.description or described.summary,
            parameters=self._signature.schema,
            effect=options.effect,
            timeout_s=options.timeout_s,
            credentials=options.credentials,
            risk=options.risk,
            probe=options.probe,
            guard=options.guard,
        )
        self.executor: ArgumentsExecutor = self._call_async if is_coroutine_function(function) else self._call

    def bind(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``arguments`` checked and converted to the types of the signature.

        The ``ToolContext`` of the call is added where the function asks for it;
        a value sent under that name is ignored.

        Raises:
            ToolError: if an argument is missing, unknown or of another type.
        """
        sent = {name: value for name, value in arguments.items() if name not in self._injected}
        try:
            checked = self._signature.model.model_validate(sent)
        except ValidationError as error:
            raise ToolError(self._complaint(error)) from error
        bound: dict[str, Any] = {
            parameter.name: getattr(checked, parameter.field_name)
            for parameter in self._signature.parameters
            if parameter.field_name in checked.model_fields_set or parameter.has_field_default
        }
        for name in self._injected:
            bound[name] = current_tool_context()
        return bound

    def _call(self, arguments: dict[str, Any]) -> Any:
        return self._function(**self.bind(arguments))

    async def _call_async(self, arguments: dict[str, Any]) -> Any:
        return await self._function(**self.bind(arguments))

    def _complaint(self, error: ValidationError) -> str:
        details = error.errors(include_url=False, include_context=False)
        lines = [self._sentence(detail) for detail in details[:_MAX_COMPLAINTS]]
        if len(details) > _MAX_COMPLAINTS:
            lines.append(f"and {len(details) - _MAX_COMPLAINTS} more")
        return f"The tool {self.tool.name!r} was not called; mend its arguments: {'; '.join(lines)}."

    def _sentence(self, detail: ErrorDetails) -> str:
        where = ".".join(str(part) for part in detail["loc"])
        match detail["type"]:
            case "missing":
                return f"{where!r} is required"
            case "extra_forbidden" if len(detail["loc"]) == 1:
                known = ", ".join(self.tool.parameters["properties"]) or "none"
                return f"{where!r} is unknown (the arguments are: {known})"
            case _:
                return f"{where!r}: {detail['msg']} (sent: {_shown(detail['input'])})"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(f"{text[:_MAX_SHOWN_CHARS]}...") if len(text) > _MAX_SHOWN_CHARS else repr(value)
