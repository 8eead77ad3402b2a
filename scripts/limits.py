"""Hold the tree to the limits that no linter of ours knows.

Usage: python scripts/limits.py [ROOT]

A line that starts with ``error`` fails the check; one that starts with ``ask why`` only asks.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDERS = ("src", "tests", "scripts", "examples", "benchmarks")
MODULE_LINES_ASKED, MODULE_LINES_MOST = 400, 600
FUNCTION_LINES_ASKED, FUNCTION_LINES_MOST = 40, 60

BROAD = frozenset({"Exception", "BaseException"})
ASSERTING = ("assert", "raises", "warns", "check", "expect", "verify")
SUPPRESSION = re.compile(
    r"#\s*(?:ruff:\s*)?(?P<tool>noqa|type:\s*ignore|pyright:\s*ignore)(?P<rest>.*)", re.DOTALL
)
RULES = re.compile(r"\s*(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*|\[[\w\-, ]+\])(?P<reason>.*)", re.DOTALL)
WORDS = re.compile(r"[A-Za-z]{2,}")
FEWEST_WORDS_OF_A_REASON = 2

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One place where the tree passes a limit."""

    where: str
    message: str
    is_error: bool = True

    def __str__(self) -> str:
        """Return the line a person reads."""
        return f"{'error' if self.is_error else 'ask why'}: {self.where}: {self.message}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """One Python file, read and parsed once; ``path`` is relative to the root."""

    path: Path
    text: str
    tree: ast.Module

    def at(self, line: int) -> str:
        """Return ``path:line``."""
        return f"{self.path.as_posix()}:{line}"

    @property
    def package(self) -> str:
        """Its package of two levels below ``src``, for example ``framework.graph``."""
        return ".".join(self.path.with_suffix("").parts[1:3])

    @property
    def is_test(self) -> bool:
        """Whether pytest collects it."""
        return self.path.name.startswith("test_")


def read_modules(root: Path) -> list[Module]:
    """Return the Python files of the project below ``root``."""
    paths = (path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py")))
    return [_read(root, path) for path in paths if "node_modules" not in path.parts]


def _read(root: Path, path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path=path.relative_to(root), text=text, tree=ast.parse(text, filename=str(path)))


def find_all(modules: list[Module]) -> list[Finding]:
    """Return every finding of every rule, errors last so that a person sees them."""
    findings = [finding for module in modules for finding in _find_in(module)]
    findings += mutual_imports(modules)
    return sorted(findings, key=lambda finding: finding.is_error)


def _find_in(module: Module) -> Iterator[Finding]:
    yield from long_module(module)
    yield from long_functions(module)
    yield from unreasoned_suppressions(module)
    yield from unreasoned_broad_excepts(module)
    if module.is_test:
        yield from tests_without_assertion(module)


def long_module(module: Module) -> Iterator[Finding]:
    """Yield a finding when the file is longer than a module should be."""
    lines = len(module.text.splitlines())
    if lines > MODULE_LINES_ASKED:
        message = (
            f"the module has {lines} lines; {MODULE_LINES_MOST} are the most, {MODULE_LINES_ASKED} are long"
        )
        yield Finding(where=module.at(1), message=message, is_error=lines > MODULE_LINES_MOST)


def long_functions(module: Module) -> Iterator[Finding]:
    """Yield the functions that are longer than one should be, their docstring not counted."""
    for function in _functions(module.tree):
        lines = _length(function) - _docstring_length(function)
        if lines > FUNCTION_LINES_ASKED:
            message = f"{function.name} has {lines} lines; {FUNCTION_LINES_MOST} are the most, name its parts"
            yield Finding(
                where=module.at(function.lineno), message=message, is_error=lines > FUNCTION_LINES_MOST
            )


def unreasoned_suppressions(module: Module) -> Iterator[Finding]:
    """Yield the ignores that do not name both their rule and their reason."""
    for line, comment in _comments(module.text).items():
        found = SUPPRESSION.match(comment)
        if found is None:
            continue
        rules = RULES.match(found["rest"])
        if rules is None or not _is_reason(rules["reason"]):
            message = f"{comment.strip()!r} must name its rule and then its reason"
            yield Finding(where=module.at(line), message=message)


def unreasoned_broad_excepts(module: Module) -> Iterator[Finding]:
    """Yield the handlers of any exception that neither raise it again nor say why on their line."""
    comments = _comments(module.text)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises_again(node):
            comment = re.sub(r"noqa:?\s*[A-Z]+\d+", "", comments.get(node.lineno, ""))
            if not _is_reason(comment):
                message = "a broad except needs its reason in a comment on its line, or a narrower type"
                yield Finding(where=module.at(node.lineno), message=message)


def tests_without_assertion(module: Module) -> Iterator[Finding]:
    """Yield the tests that would pass whatever the code did."""
    for function in _functions(module.tree):
        if function.name.startswith("test") and not any(_asserts(node) for node in ast.walk(function)):
            yield Finding(where=module.at(function.lineno), message=f"{function.name} asserts nothing")


def mutual_imports(modules: Iterable[Module]) -> Iterator[Finding]:
    """Yield each pair of packages that import each other, imports for type checking included."""
    where: dict[tuple[str, str], str] = {}
    sources = [module for module in modules if module.path.parts[0] == "src"]
    roots = {module.path.parts[1] for module in sources}
    for module in sources:
        for line, target in _imported_packages(module.tree, roots):
            if target != module.package:
                where.setdefault((module.package, target), module.at(line))
    for (one, other), place in sorted(where.items()):
        if one < other and (other, one) in where:
            message = f"{one} imports {other}, which imports it at {where[other, one]}"
            yield Finding(where=place, message=message)


def _imported_packages(tree: ast.Module, roots: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(name), level=0):
                names = [name] if "." in name else [f"{name}.{alias.name}" for alias in node.names]
            case ast.Import():
                names = [alias.name for alias in node.names]
            case _:
                continue
        for name in names:
            parts = name.split(".")
            if parts[0] in roots:
                yield node.lineno, ".".join(parts[:2])


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstring_length(function: Function) -> int:
    return 0 if ast.get_docstring(function, clean=False) is None else _length(function.body[0])


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _is_reason(text: str) -> bool:
    return len(WORDS.findall(text)) >= FEWEST_WORDS_OF_A_REASON


def _is_broad(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in BROAD for name in caught)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _asserts(node: ast.AST) -> bool:
    match node:
        case ast.Assert():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.startswith(ASSERTING)
        case _:
            return False


def main(arguments: list[str]) -> int:
    """Print the findings below the given root; the status is 1 when there is an error among them."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    modules = read_modules(root)
    findings = find_all(modules)
    for finding in findings:
        print(finding)
    errors = sum(finding.is_error for finding in findings)
    print(f"{len(modules)} modules, {errors} over a limit, {len(findings) - errors} to ask why")
    return int(errors > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
