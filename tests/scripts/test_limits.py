"""The size limits see what they should and nothing else."""

import ast
import textwrap
from pathlib import Path

import pytest

from scripts import limits
from scripts.limits import Module


def module(source: str, path: str = "src/framework/graph/walk.py") -> Module:
    text = textwrap.dedent(source)
    return Module(path=Path(path), text=text, tree=ast.parse(text))


def function_of(lines: int, docstring_lines: int = 0) -> str:
    """Return a function whose first line and body are ``lines`` long."""
    docstring = ['    """' + "\n" * (docstring_lines - 1) + '"""'] if docstring_lines else []
    return "\n".join(["def work():", *docstring, *["    x = 1"] * (lines - 1)])


@pytest.mark.parametrize(("lines", "severities"), [(400, []), (401, [False]), (600, [False]), (601, [True])])
def test_a_module_is_asked_about_and_then_refused(lines: int, severities: list[bool]) -> None:
    findings = limits.long_module(module("x = 1\n" * lines))
    assert [finding.is_error for finding in findings] == severities


@pytest.mark.parametrize(("lines", "severities"), [(40, []), (41, [False]), (60, [False]), (61, [True])])
def test_a_function_is_asked_about_and_then_refused(lines: int, severities: list[bool]) -> None:
    findings = limits.long_functions(module(function_of(lines)))
    assert [finding.is_error for finding in findings] == severities


def test_a_docstring_does_not_make_a_function_long() -> None:
    assert list(limits.long_functions(module(function_of(40, docstring_lines=100)))) == []


def test_a_method_and_a_nested_function_are_measured_too() -> None:
    nested = textwrap.indent("async " + function_of(61), "    ")
    assert [finding.is_error for finding in limits.long_functions(module(f"class A:\n{nested}"))] == [True]


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: S101 - the caller checked it",
        "# noqa: S101, B011 the caller checked it",
        "# pyright: ignore[reportPrivateUsage]  # the library has no other door",
        "# type: ignore[arg-type] the stubs are wrong",
        "# an ordinary remark about noqa",
    ],
)
def test_an_ignore_with_its_rule_and_reason_passes(comment: str) -> None:
    assert list(limits.unreasoned_suppressions(module(f"x = 1  {comment}"))) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: S101",
        "# noqa because I say so",
        "# type: ignore",
        "# pyright: ignore[reportCallIssue]",
    ],
)
def test_an_ignore_without_its_rule_or_reason_is_refused(comment: str) -> None:
    assert len(list(limits.unreasoned_suppressions(module(f"x = 1  {comment}")))) == 1


def test_text_that_looks_like_an_ignore_is_no_ignore() -> None:
    assert list(limits.unreasoned_suppressions(module("x = '# noqa'"))) == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("except Exception:", 1),
        ("except BaseException as error:", 1),
        ("except (ValueError, Exception):", 1),
        ("except:", 1),
        ("except Exception:  # noqa: BLE001", 1),
        ("except Exception:  # noqa: BLE001 - boundary of a task", 0),
        ("except Exception:  # boundary of a task", 0),
        ("except ValueError:", 0),
        ("except (ValueError, KeyError):", 0),
    ],
)
def test_a_broad_except_needs_a_reason_on_its_line(line: str, count: int) -> None:
    findings = limits.unreasoned_broad_excepts(module(f"try:\n    x = 1\n{line}\n    log(x)\n"))
    assert len(list(findings)) == count


@pytest.mark.parametrize(("last", "count"), [("raise", 0), ("raise ToolError", 1), ("if x: raise", 1)])
def test_a_broad_except_that_cleans_up_and_raises_again_needs_none(last: str, count: int) -> None:
    findings = limits.unreasoned_broad_excepts(
        module(f"try:\n    x = 1\nexcept BaseException:\n    x.close()\n    {last}\n")
    )
    assert len(list(findings)) == count


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("x = 1", 1),
        ("run()", 1),
        ("assert x", 0),
        ("with pytest.raises(ValueError): run()", 0),
        ("for x in y: assert x", 0),
        ("check_contract(x)", 0),
    ],
)
def test_a_test_must_assert_something(body: str, count: int) -> None:
    findings = limits.tests_without_assertion(module(f"async def test_x():\n    {body}\n", "tests/test_x.py"))
    assert len(list(findings)) == count


def test_packages_that_import_each_other_are_refused_once() -> None:
    graph = module("from framework.loop.turn import Turn", "src/framework/graph/walk.py")
    loop = module("import framework.graph.walk", "src/framework/loop/turn.py")
    (finding,) = limits.mutual_imports([graph, loop])
    assert str(finding).startswith(
        "error: src/framework/graph/walk.py:1: framework.graph imports framework.loop"
    )
    assert finding.message.endswith("which imports it at src/framework/loop/turn.py:1")


def test_an_import_for_type_checking_counts_as_an_import() -> None:
    errors = module("if TYPE_CHECKING:\n    from framework import model", "src/framework/errors.py")
    model = module("from framework.errors import SpecError", "src/framework/model/node.py")
    assert len(list(limits.mutual_imports([errors, model]))) == 1


def test_imports_in_one_direction_or_inside_one_package_pass() -> None:
    first = module("from framework.graph.join import join", "src/framework/graph/walk.py")
    second = module("from framework.graph.walk import walk", "src/framework/graph/join.py")
    above = module("import framework.graph.walk\nimport asyncio.tasks", "src/hive/cli/main.py")
    assert list(limits.mutual_imports([first, second, above])) == []


def test_a_clean_tree_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "src" / "framework").mkdir(parents=True)
    (tmp_path / "src" / "framework" / "clock.py").write_text("x = 1\n")
    assert limits.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 modules, 0 over a limit, 0 to ask why\n"


def test_a_tree_over_a_limit_fails_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text("def test_x():\n    run()\n")
    assert limits.main([str(tmp_path)]) == 1
    assert "error: tests/test_x.py:1: test_x asserts nothing" in capsys.readouterr().out
