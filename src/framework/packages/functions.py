"""Finding the functions of function nodes, inside the package only."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from framework.errors import PackageError
from framework.model.node import NodeType
from framework.model.validation.finding import at_node
from framework.packages.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from framework.model.graph import GraphSpec
    from framework.model.node import NodeSpec
    from framework.model.validation.finding import Finding
    from framework.packages.importer import PackageImporter

FUNCTIONS = "functions"
"""The module in which a function node without a function finds the one of its id."""


def bind_functions(
    graph: GraphSpec, importer: PackageImporter, faults: list[Finding] | None = None
) -> GraphSpec:
    """Return ``graph`` with a callable in every function node.

    Args:
        graph: the graph as it is written.
        importer: of the package.
        faults: takes the functions that are not found, and their nodes stay as they are.

    Raises:
        PackageError: if a function is not found in the package, and ``faults`` is not given.
    """
    nodes: list[NodeSpec] = []
    for node in graph.nodes:
        try:
            nodes.append(_bound(node, importer))
        except PackageError as error:
            if faults is None:
                raise
            faults.append(fault("function-not-found", at_node(node.id), error))
            nodes.append(node)
    return graph.model_copy(update={"nodes": nodes})


def _bound(node: NodeSpec, importer: PackageImporter) -> NodeSpec:
    if node.node_type != NodeType.FUNCTION or callable(node.function):
        return node
    function = _of_id(node, importer) if node.function is None else _of_path(node, node.function, importer)
    return node.model_copy(update={"function": function})


def _of_id(node: NodeSpec, importer: PackageImporter) -> Callable[..., Any]:
    name = node.id.replace("-", "_")
    if not importer.has_module(FUNCTIONS):
        raise PackageError(
            f"Node {node.id!r} of {importer.name!r} is a function node without a function; "
            f"set NodeSpec.function, or write {name}() in {FUNCTIONS}.py."
        )
    return _callable(node, importer.import_module(FUNCTIONS), name)


def _of_path(node: NodeSpec, path: str, importer: PackageImporter) -> Callable[..., Any]:
    module_name, name = _split(path, importer.name)
    if not importer.has_module(module_name):
        raise PackageError(
            f"The function {path!r} of node {node.id!r} names no module of the package {importer.name!r}; "
            f"write it as 'module:function' with a module of the package, for example '{FUNCTIONS}:{name}'."
        )
    function = _callable(node, importer.import_module(module_name), name)
    origin = str(getattr(function, "__module__", importer.name))
    if origin.partition(".")[0] != importer.name:
        raise PackageError(
            f"The function {path!r} of node {node.id!r} comes from {origin!r}, outside the package; "
            "call it from a function of the package."
        )
    return function


def _split(path: str, package: str) -> tuple[str, str]:
    """Return module and function of ``module:function``, ``module.function`` or ``function``."""
    separator = ":" if ":" in path else "."
    module, _, name = path.rpartition(separator)
    module = module.removeprefix(f"{package}.").lstrip(".")
    return module or FUNCTIONS, name


def _callable(node: NodeSpec, module: ModuleType, name: str) -> Callable[..., Any]:
    found = vars(module).get(name)
    if callable(found):
        return found
    known = [key for key, value in vars(module).items() if callable(value)]
    near = get_close_matches(name, known, n=1)
    advice = f"did you mean {near[0]!r}?" if near else "write it there, or set NodeSpec.function."
    raise PackageError(f"Node {node.id!r} needs the function {name!r} of {module.__name__!r}; {advice}")
