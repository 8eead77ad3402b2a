"""Functions of function nodes are found in the package, and only there."""

from pathlib import Path

import pytest

from framework.errors import PackageError
from framework.packages import load_package
from tests.support.printed_packages import FUNCTION_AGENT, FUNCTIONS, NODES, write_package


def with_function(parent: Path, path: str, **files: str | None) -> Path:
    nodes = NODES.replace('input_keys=["letter"]', f'input_keys=["letter"], function={path!r}')
    return write_package(parent, "triage", FUNCTION_AGENT | {"nodes/__init__.py": nodes}, **files)


def test_a_node_gets_the_function_of_its_id(tmp_path: Path) -> None:
    node = load_package(write_package(tmp_path, "triage", FUNCTION_AGENT)).graph.nodes[0]

    assert callable(node.function)
    assert node.function("pay now") == "bill"


@pytest.mark.parametrize(
    "path",
    [
        "rules:by_colour",
        "rules.by_colour",
        ".rules:by_colour",
        "triage.rules:by_colour",
        "triage.rules.by_colour",
        "by_colour",
    ],
)
def test_a_dotted_path_names_a_function_of_the_package(tmp_path: Path, path: str) -> None:
    rules = "def by_colour(letter):\n    return 'red'\n"
    folder = with_function(
        tmp_path, path, rules=rules, functions=f"{FUNCTIONS}\nfrom .rules import by_colour\n"
    )

    function = load_package(folder).graph.nodes[0].function

    assert callable(function)
    assert function("x") == "red"


@pytest.mark.parametrize(
    "path", ["os:system", "os.system", "json:dumps", "..secrets:token_hex", "os.path:join"]
)
def test_a_path_out_of_the_package_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(PackageError, match="names no module of the package 'triage'"):
        load_package(with_function(tmp_path, path))


def test_a_function_brought_in_from_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="comes from 'shutil', outside the package"):
        load_package(
            with_function(tmp_path, "functions:rmtree", functions=f"from shutil import rmtree\n{FUNCTIONS}")
        )


def test_a_module_linked_from_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("def f(letter):\n    return letter\n")
    folder = with_function(tmp_path, "linked:f")
    (folder / "linked.py").symlink_to(tmp_path / "outside.py")

    with pytest.raises(PackageError, match="names no module of the package"):
        load_package(folder)


def test_a_misspelt_function_is_told_from_the_right_one(tmp_path: Path) -> None:
    functions = FUNCTIONS.replace("def classify_letter", "def clasify_letter")

    with pytest.raises(PackageError, match=r"needs the function 'classify_letter' .* mean 'clasify_letter'"):
        load_package(write_package(tmp_path, "triage", FUNCTION_AGENT, functions=functions))


def test_a_node_without_a_function_says_where_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"write classify_letter\(\) in functions\.py"):
        load_package(write_package(tmp_path, "triage", FUNCTION_AGENT, functions=None))
