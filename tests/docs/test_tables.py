"""The tables of the documentation list what the code has: fields, defaults, events, errors, rules."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import re
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel

import framework.errors
import hive.errors
from framework.events import EventType
from framework.model.events import EVENT_TYPES
from framework.packages import definition
from framework.packages.checks import CREDENTIAL
from hive.cli.faults import exit_code_of
from tests.support.pages import ROOT, page, pages, table_after

MARK = re.compile(r"<!-- fields: ([\w.]+):(\w+) -->")
TABLED = [(each, *found) for each in pages() for found in MARK.findall(each.text)]
EXPECTED = {
    "Constraint", "EdgeSpec", "ExecutionResult", "Goal", "GraphSpec", "JudgeContext",
    "LoopConfig", "NodeSpec", "ParallelExecutionConfig", "SuccessCriterion", "Tool",
}  # fmt: skip
FINDINGS = ROOT / "docs" / "findings.md"
SEVERITIES = {"error": "error", "warning": "warning", "make": "error or warning", "fault": "error"}
ERRORS = ROOT / "docs" / "errors.md"


def fields_of(kind: type) -> list[tuple[str, str]]:
    """Return the fields of a model or dataclass with their defaults, as a table shows them."""
    if issubclass(kind, BaseModel):
        return [
            (name, "required" if field.is_required() else shown(field.get_default(call_default_factory=True)))
            for name, field in kind.model_fields.items()
        ]
    return [(field.name, default_of(field)) for field in dataclasses.fields(kind)]


def default_of(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return shown(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return shown(field.default_factory())
    return "required"


def shown(value: object) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return f"`{json.dumps(value)}`"
    if value is None or isinstance(value, (bool, int, float, list, tuple)):
        return f"`{value!r}`"
    if isinstance(value, dict):
        return f"`{json.dumps(value)}`"
    return f"`{type(value).__name__}()`"


@pytest.mark.parametrize(("each", "module", "name"), TABLED, ids=[name for _, _, name in TABLED])
def test_table_lists_the_fields_and_their_defaults(each: Any, module: str, name: str) -> None:
    kind = getattr(importlib.import_module(module), name)
    rows = table_after(each.text, f"<!-- fields: {module}:{name} -->")

    assert [(row[0].strip("`"), row[1]) for row in rows] == fields_of(kind)


def test_specs_have_tables() -> None:
    assert {name for _, _, name in TABLED} >= EXPECTED


def test_every_live_event_is_listed() -> None:
    text = (ROOT / "docs" / "concepts" / "event.md").read_text(encoding="utf-8")

    assert [row[0].strip("`") for row in table_after(text, "<!-- live events -->")] == [
        kind.value for kind in EventType
    ]


def test_every_kind_of_the_journal_is_listed() -> None:
    text = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")

    assert [row[0].strip("`") for row in table_after(text, "<!-- kinds -->")] == list(EVENT_TYPES)


def test_every_name_of_a_package_is_listed() -> None:
    rows = table_after(page(ROOT / "docs" / "packages.md").text, "<!-- names -->")

    assert {row[0].strip("`") for row in rows} == set(definition._KINDS)


def error_classes() -> dict[str, type[Exception]]:
    return {
        name: value
        for module in (framework.errors, hive.errors)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Exception) and value.__module__ == module.__name__
    }


def test_every_error_is_explained_with_its_exit_code() -> None:
    text = page(ERRORS).text
    rows = [row for part in text.split("\n## ")[1:] if "|" in part for row in table_after(part, "|")]
    told = {row[0].strip("`"): row[1] for row in rows}

    assert told == {name: str(exit_code_of(kind.__new__(kind))) for name, kind in error_classes().items()}


def rules() -> set[str]:
    """Return severity and id of all rules: the texts that the code gives to ``error`` and ``warning``."""
    files = sorted((ROOT / "src" / "framework").rglob("*.py"))
    calls = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    return {
        f"{SEVERITIES[call.func.id]} {rule}"
        for call in calls
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in SEVERITIES and call.args and (rule := rule_id(call.args[0]))
    }


def rule_id(argument: ast.expr) -> str:
    """Return a rule's id, ``*`` where it is made of parts; empty if it is none."""
    match argument:
        case ast.JoinedStr():
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in argument.values
            )
        case ast.Constant(value=str(rule)):
            return rule
        case ast.Name(id="CREDENTIAL"):
            return CREDENTIAL
        case _:
            return ""


def test_every_rule_is_explained() -> None:
    text = page(FINDINGS).text
    rows = [row for part in text.split("\n## ")[1:] if "|" in part for row in table_after(part, "|")]
    told = {f"{row[1]} {row[0].strip('`')}" for row in rows}
    known = rules()
    patterns = [re.compile(re.escape(rule).replace(r"\*", "[a-z]+")) for rule in known]

    assert {rule for rule in known if "*" not in rule} <= told
    assert [rule for rule in told if not any(each.fullmatch(rule) for each in patterns)] == []
