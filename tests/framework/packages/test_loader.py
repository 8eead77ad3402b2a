"""Loading packages written as people write them."""

import sys
from pathlib import Path

import pytest

from framework.config import RuntimeConfig
from framework.errors import PackageError
from framework.model.graph import ConversationMode
from framework.packages import load_package
from tests.support.printed_packages import AGENT, FUNCTION_AGENT, FUNCTIONS, GOAL, MODEL_AGENT, write_package

WHOLE_GRAPH = f"""{GOAL}
from framework.graph import GraphSpec
from .nodes import classify_node, file_node

graph = GraphSpec(
    id="letters",
    goal_id="triage-goal",
    entry_node="classify-letter",
    terminal_nodes=["file-letter"],
    nodes=[classify_node, file_node],
    edges=[EdgeSpec(id="on", source="classify-letter", target="file-letter")],
)
"""


def error_of(folder: Path) -> str:
    with pytest.raises(PackageError) as caught:
        load_package(folder)
    return str(caught.value)


def test_a_package_as_printed_gives_its_goal_and_graph(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "triage", FUNCTION_AGENT))

    assert (package.name, package.module) == ("triage", "triage.agent")
    assert package.goal.id == "triage-goal"
    assert [node.id for node in package.graph.nodes] == ["classify-letter", "file-letter"]
    assert package.graph.entry_points == {"start": "classify-letter"}
    assert package.graph.terminal_nodes == ["file-letter"]
    assert package.graph.goal_id == "triage-goal"


def test_loop_config_conversation_mode_identity_and_steps_reach_the_graph(tmp_path: Path) -> None:
    graph = load_package(write_package(tmp_path, "librarian", MODEL_AGENT)).graph

    assert graph.loop_config.max_iterations == 7
    assert graph.conversation_mode is ConversationMode.ISOLATED
    assert graph.identity_prompt == "You are a librarian."
    assert (graph.max_steps, graph.max_tokens) == (9, 777)


def test_config_and_metadata_are_read(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "librarian", MODEL_AGENT))

    assert isinstance(package.config, RuntimeConfig)
    assert (package.config.model, package.config.temperature) == ("local/none-such", 0.2)
    assert (package.metadata.name, package.metadata.version) == ("Librarian", "2.1.0")


def test_a_config_of_another_shape_is_taken_by_its_attributes(tmp_path: Path) -> None:
    config = "class Mine:\n    model = 'openai/some'\n    max_tokens = 12\n\n\ndefault_config = Mine()\n"
    package = load_package(write_package(tmp_path, "librarian", MODEL_AGENT, config=config))

    assert (package.config.model, package.config.max_tokens) == ("openai/some", 12)


def test_a_config_value_of_another_type_is_named(tmp_path: Path) -> None:
    config = "class Mine:\n    temperature = 'warm'\n\n\ndefault_config = Mine()\n"

    message = error_of(write_package(tmp_path, "librarian", MODEL_AGENT, config=config))

    assert "librarian/config.py: default_config.temperature must be a number" in message


def test_the_tools_of_the_package_and_the_data_tools_are_there(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "librarian", MODEL_AGENT))

    assert {"web_search", "save_data", "load_data"} <= package.tools.get_tools().keys()
    assert package.required_tools == ("web_search",)


def test_a_package_may_give_the_whole_graph(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=WHOLE_GRAPH))

    assert package.graph.id == "letters"
    assert all(callable(node.function) for node in package.graph.nodes)


def test_graph_and_attributes_that_disagree_are_refused(tmp_path: Path) -> None:
    agent = f"{WHOLE_GRAPH}\nnodes = [classify_node]\n"

    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent))

    assert "'nodes' and graph.nodes disagree (only the second holds file-letter)" in message


def test_graph_and_attributes_that_agree_are_fine(tmp_path: Path) -> None:
    agent = f"{WHOLE_GRAPH}\nnodes = (classify_node, file_node)\nloop_config = {{'max_iterations': 50}}\n"

    assert load_package(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)).graph.id == "letters"


def test_a_loop_config_the_graph_does_not_have_is_refused(tmp_path: Path) -> None:
    agent = f"{WHOLE_GRAPH}\nloop_config = {{'max_iterations': 3}}\n"

    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent))

    assert "'loop_config' and graph.loop_config disagree" in message


@pytest.mark.parametrize("line", ["from triage.nodes import", "from .nodes import"])
def test_nodes_are_imported_relatively_or_by_the_packages_name(tmp_path: Path, line: str) -> None:
    agent = AGENT.replace("from .nodes import", line)

    assert load_package(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)).graph.nodes


def test_a_package_without_init_loads(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, __init__=None)

    assert load_package(folder).goal.id == "triage-goal"


def test_the_path_is_as_before_and_no_cache_is_left(tmp_path: Path) -> None:
    before = list(sys.path), list(sys.meta_path)

    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    load_package(folder)

    assert (list(sys.path), list(sys.meta_path)) == before
    assert not list(folder.rglob("__pycache__"))


def test_packages_with_one_name_in_two_places_do_not_mix(tmp_path: Path) -> None:
    first = write_package(tmp_path / "a", "triage", FUNCTION_AGENT)
    other = AGENT.replace('id="triage-goal"', 'id="other-goal"')
    second = write_package(tmp_path / "b", "triage", FUNCTION_AGENT, agent=other)

    goals = [load_package(folder).goal.id for folder in (first, second, first)]

    assert goals == ["triage-goal", "other-goal", "triage-goal"]


def test_an_edit_is_seen_at_once(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    before = load_package(folder)
    nodes = folder / "nodes" / "__init__.py"
    nodes.write_text(nodes.read_text().replace("Name the drawer", "Find the drawer"))

    after = load_package(folder)

    assert after.graph.nodes[1].description == "Find the drawer"
    assert after.version != before.version


def test_a_package_that_did_not_change_is_not_imported_again(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)

    assert load_package(folder).goal is load_package(folder).goal


def test_a_broken_edit_leaves_the_modules_of_before(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    load_package(folder)
    before = sys.modules["triage.agent"]
    (folder / "agent.py").write_text("goal = ")

    error_of(folder)

    assert sys.modules["triage.agent"] is before


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    assert "There is no agent package at" in error_of(tmp_path / "nowhere")


def test_a_file_is_no_package(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)

    assert f"give {str(folder)!r} instead" in error_of(folder / "agent.py")


def test_a_folder_without_agent_names_the_packages_inside_it(tmp_path: Path) -> None:
    write_package(tmp_path, "triage", FUNCTION_AGENT)

    assert "it has no agent.py; give one of the packages inside it: triage." in error_of(tmp_path)


@pytest.mark.parametrize("name", ["json", "pydantic", "framework"])
def test_the_name_of_another_module_is_refused(tmp_path: Path, name: str) -> None:
    module = sys.modules.get(name)

    message = error_of(write_package(tmp_path, name, FUNCTION_AGENT))

    assert f"The folder name {name!r} is the name of another Python module; rename" in message
    assert sys.modules.get(name) is module


def test_a_name_with_a_dot_is_refused(tmp_path: Path) -> None:
    assert "for example to 'triage_v2'" in error_of(write_package(tmp_path, "triage.v2", FUNCTION_AGENT))


@pytest.mark.parametrize("line", ["raise RuntimeError('no luck')", "from .nodes import absent", "1 / 0"])
def test_an_error_at_import_names_the_line(tmp_path: Path, line: str) -> None:
    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=f"x = 1\n{line}\n"))

    assert message.startswith("triage/agent.py, line 2: ")
    assert "\n" not in message


def test_a_misspelt_import_is_told_from_the_right_one(tmp_path: Path) -> None:
    agent = AGENT.replace("import classify_node", "import classify_mode")

    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent))

    assert "cannot import name 'classify_mode'" in message
    assert message.endswith("Did you mean 'classify_node'?")


def test_the_line_is_found_from_inside_the_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, agent="from .absent import x\n")
    monkeypatch.chdir(folder)

    assert error_of(Path()).startswith("triage/agent.py, line 1: ModuleNotFoundError: ")


@pytest.mark.parametrize("line", ["from .rules import LABEL", "from triage.rules import LABEL"])
def test_an_import_inside_a_function_works_after_loading(tmp_path: Path, line: str) -> None:
    functions = f"{FUNCTIONS}\n\ndef classify_letter(letter: str) -> str:\n    {line}\n\n    return LABEL\n"
    folder = write_package(
        tmp_path, "triage", FUNCTION_AGENT | {"rules.py": "LABEL = 'red'\n"}, functions=functions
    )

    function = load_package(folder).graph.nodes[0].function

    assert callable(function)
    assert function("x") == "red"


def test_a_sibling_package_can_be_imported(tmp_path: Path) -> None:
    write_package(tmp_path, "shared_words", {"__init__.py": "LABEL = 'red'\n"})
    agent = f"from shared_words import LABEL\n{AGENT}"

    assert load_package(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)).goal


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent="x = 1\ny = (\n"))

    assert message.startswith("triage/agent.py, line 2: SyntaxError: '(' was never closed.")


def test_the_line_is_the_deepest_in_the_package(tmp_path: Path) -> None:
    files = FUNCTION_AGENT | {
        "nodes/__init__.py": "from framework.graph import NodeSpec\n\nNodeSpec(id='a', max_retries=0)\n"
    }

    message = error_of(write_package(tmp_path, "triage", files))

    assert message.startswith("triage/nodes/__init__.py, line 3: NodeSpec: max_retries: Input should be")


def test_a_module_that_ends_the_program_is_an_error(tmp_path: Path) -> None:
    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent="raise SystemExit(0)\n"))

    assert "importing it ends the program" in message


def test_an_import_of_an_own_module_without_the_dot_is_explained(tmp_path: Path) -> None:
    agent = AGENT.replace("from .nodes import", "from nodes import")

    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent))

    assert "write `from .nodes import ...`" in message


def test_an_import_of_what_is_not_installed_says_so(tmp_path: Path) -> None:
    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent="import no_such_library\n"))

    assert "Install what gives 'no_such_library' into this Python environment" in message


@pytest.mark.parametrize("name", ["goal", "nodes", "edges"])
def test_a_missing_attribute_is_named(tmp_path: Path, name: str) -> None:
    agent = f"{AGENT}\ndel {name}\n"

    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT | {"__init__.py": ""}, agent=agent))

    assert f"triage/agent.py defines no {name!r}" in message


def test_a_missing_entry_is_named(tmp_path: Path) -> None:
    agent = f"{AGENT}\ndel entry_node, entry_points\n"

    assert "defines no 'entry_node'" in error_of(
        write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)
    )


def test_the_entry_point_start_is_the_entry(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, agent=f"{AGENT}\ndel entry_node\n")

    assert load_package(folder).graph.entry_node == "classify-letter"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("nodes", "node_s"),
        ("terminal_nodes", "terminal_node"),
        ("entry_node", "entry_nodes"),
        ("goal", "goals"),
    ],
)
def test_a_misspelt_attribute_is_told_from_the_right_one(tmp_path: Path, right: str, wrong: str) -> None:
    agent = f"{AGENT}\n{wrong} = {right}\ndel {right}\n"
    files = FUNCTION_AGENT | {"__init__.py": ""}

    message = error_of(
        write_package(tmp_path, "triage", files, agent=agent.replace("entry_points", "_points"))
    )

    assert repr(right) in message
    assert repr(wrong) in message


def test_all_that_is_wrong_with_the_attributes_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    agent = f"{AGENT}\nmax_steps = 'ten'\nedge = edges\nentry_nod = entry_node\nmax_token = 5\n"
    agent += "del goal, edges, entry_node, entry_points\n"
    with pytest.raises(PackageError) as caught:
        load_package(write_package(tmp_path, "triage", FUNCTION_AGENT | {"__init__.py": ""}, agent=agent))

    parts = [str(part).removeprefix("triage/agent.py") for part in caught.value.parts]
    assert parts == [
        ": 'max_steps' must be a whole number, and is a str; mend it.",
        " defines 'edge', which nothing reads; did you mean 'edges'? Rename it.",
        " defines 'entry_nod', which nothing reads; did you mean 'entry_node'? Rename it.",
        " defines 'max_token', which nothing reads; did you mean 'max_tokens'? Rename it.",
        " defines no 'goal' (a Goal); define it.",
    ]
    assert str(caught.value) == " ".join(map(str, caught.value.parts))


def test_a_goal_under_another_name_is_found_by_its_kind(tmp_path: Path) -> None:
    files = FUNCTION_AGENT | {"__init__.py": ""}
    agent = f"{AGENT}\nresearch = goal\ndel goal\n"

    assert "did you mean it by 'research'?" in error_of(write_package(tmp_path, "triage", files, agent=agent))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("goal = 'win'", "'goal' must be a Goal, and is a str"),
        (
            "nodes = [classify_node, {}]",
            "'nodes' must be a list of NodeSpec, and is a list holding NodeSpec, dict",
        ),
        ("terminal_nodes = 'file-letter'", "'terminal_nodes' must be a list of node ids, and is a str"),
        ("max_steps = True", "'max_steps' must be a whole number, and is a bool"),
        ("entry_points = {'start': 1}", "'entry_points' must be a dict of names to node ids, and is a dict"),
        ("max_steps = 0", "describes no graph: GraphSpec: max_steps: "),
        ("loop_config = {'max_iterations': 'many'}", "loop_config.max_iterations: "),
        ("conversation_mode = 'chatty'", "conversation_mode: "),
    ],
)
def test_an_attribute_of_another_type_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    message = error_of(write_package(tmp_path, "triage", FUNCTION_AGENT, agent=f"{AGENT}\n{line}\n"))

    assert message.startswith("triage/agent.py")
    assert complaint in message


def test_tools_that_cannot_be_registered_name_their_file(tmp_path: Path) -> None:
    tools = "TOOLS = {'bad name': print}\n"

    assert "librarian/tools.py: " in error_of(write_package(tmp_path, "librarian", MODEL_AGENT, tools=tools))


def test_mcp_servers_are_kept_by_path(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT | {"mcp_servers.json": "{}"})

    assert load_package(folder).mcp_servers == folder / "mcp_servers.json"
    assert load_package(write_package(tmp_path, "other", FUNCTION_AGENT)).mcp_servers is None
