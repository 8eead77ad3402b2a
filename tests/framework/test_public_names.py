"""The names that agent packages import, with their parameters; what is once here stays."""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel

from tests.support.public_names import CALLABLES, FIELDS, GRAPH, NAMES

NO_DEFAULT = "no default"


def found(path: str) -> Any:
    """Return what a path like ``module:Class.method`` names."""
    module, names = path.split(":")
    value: Any = import_module(module)
    for name in names.split("."):
        value = getattr(value, name)
    return value


def read_default(text: str) -> Any:
    return NO_DEFAULT if text == "" else eval(text, {})


def parameters_of(function: Any) -> dict[str, Any]:
    """Return the parameters a caller may give, by name, with their defaults."""
    known = inspect.signature(function).parameters.values()
    return {
        each.name: NO_DEFAULT if each.default is each.empty else each.default
        for each in known
        if each.name != "self"
    }


def fields_of(kind: Any) -> dict[str, Any]:
    """Return the fields of a dataclass or a Pydantic model, in order, with their defaults."""
    if issubclass(kind, BaseModel):
        return {
            name: NO_DEFAULT if field.is_required() else field.get_default(call_default_factory=True)
            for name, field in kind.model_fields.items()
        }
    assert is_dataclass(kind)
    return {field.name: _default_of(field) for field in fields(kind)}


def _default_of(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return NO_DEFAULT if field.default_factory is MISSING else field.default_factory()


def is_keyword_only(function: Any, name: str) -> bool:
    return inspect.signature(function).parameters[name].kind is inspect.Parameter.KEYWORD_ONLY


def table(text: str) -> dict[str, Any]:
    """Read ``name=default`` items, one for each parameter or field."""
    pairs = [item.strip().partition("=") for item in text.split(";") if item.strip()]
    return {name: read_default(default) for name, _, default in pairs}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NAMES.items() for name in names.split()]
)
def test_the_module_gives_the_name(module: str, name: str) -> None:
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize("module", [name for name in NAMES if name.startswith("framework.graph.")])
def test_a_module_gives_the_same_object_as_its_package(module: str) -> None:
    graph = import_module("framework.graph")

    for name in set(NAMES[module].split()) & set(GRAPH.split()):
        assert getattr(import_module(module), name) is getattr(graph, name)


@pytest.mark.parametrize(("path", "listed"), CALLABLES.items())
def test_a_callable_takes_the_parameters_listed(path: str, listed: str) -> None:
    wanted, given = table(listed), parameters_of(found(path))

    assert {name: given.get(name, "missing") for name in wanted} == wanted
    added = [name for name in given if name not in wanted]
    function = inspect.signature(found(path)).parameters
    assert all(function[name].default is not inspect.Parameter.empty for name in added), "a call would break"


@pytest.mark.parametrize(("path", "listed"), CALLABLES.items())
def test_parameters_stand_in_the_order_listed(path: str, listed: str) -> None:
    positional = [name for name in parameters_of(found(path)) if not is_keyword_only(found(path), name)]
    wanted = [name for name in table(listed) if not is_keyword_only(found(path), name)]

    assert positional[: len(wanted)] == wanted


@pytest.mark.parametrize(("path", "listed"), FIELDS.items())
def test_a_record_has_the_fields_listed(path: str, listed: str) -> None:
    wanted, given = table(listed), fields_of(found(path))

    assert {name: given.get(name, "missing") for name in wanted} == wanted
    assert all(given[name] != NO_DEFAULT for name in given.keys() - wanted.keys()), "a call would break"
    if not issubclass(found(path), BaseModel):
        assert list(given)[: len(wanted)] == list(wanted)


@pytest.mark.parametrize("name", ["is_running", "event_bus"])
def test_a_runtime_shows_what_it_is(name: str) -> None:
    assert isinstance(found(f"framework.runtime.agent_runtime:AgentRuntime.{name}"), property)
