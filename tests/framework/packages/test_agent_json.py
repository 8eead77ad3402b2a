"""agent.json says what agent.py says, and is never obeyed."""

import json
from pathlib import Path

import pytest

from framework.errors import PackageError
from framework.packages import AgentPackage, agent_json, check_package, load_package
from tests.support.printed_packages import FUNCTION_AGENT, MODEL_AGENT, write_package


@pytest.fixture
def package(tmp_path: Path) -> AgentPackage:
    return load_package(write_package(tmp_path, "librarian", MODEL_AGENT))


def test_what_is_written_reads_back_equal(package: AgentPackage) -> None:
    path = agent_json.write(package)

    found = agent_json.read(package.path)

    assert path.name == "agent.json"
    assert found == agent_json.describe(package)
    assert found.goal == package.goal
    assert found.graph_spec() == package.graph
    assert found.required_tools == ["web_search"]


def test_functions_travel_as_dotted_names(tmp_path: Path) -> None:
    package = load_package(write_package(tmp_path, "triage", FUNCTION_AGENT))

    graph = agent_json.describe(package).graph_spec()

    assert graph.nodes[0].function == "triage.functions:classify_letter"


def test_an_output_model_travels_as_its_name(tmp_path: Path) -> None:
    agent = MODEL_AGENT["agent.py"].replace("tools=[", "output_model=Found, tools=[")
    model = "from pydantic import BaseModel\n\n\nclass Found(BaseModel):\n    search_results: str\n\n\n"
    package = load_package(write_package(tmp_path, "librarian", MODEL_AGENT, agent=model + agent))

    described = agent_json.describe(package)

    assert described.graph["nodes"][0]["output_model"] == "librarian.agent:Found"
    assert described.graph_spec().nodes[0].id == "search-web"


def test_writing_leaves_the_version_and_no_other_file(package: AgentPackage) -> None:
    before = {path.name for path in package.path.iterdir()}

    agent_json.write(package)

    assert load_package(package.path).version == package.version
    assert {path.name for path in package.path.iterdir()} - before == {"agent.json"}


def test_no_file_is_not_stale_and_a_fresh_one_neither(package: AgentPackage) -> None:
    assert not agent_json.is_stale(package)
    agent_json.write(package)
    assert not agent_json.is_stale(package)
    assert check_package(package) == []


def test_a_stale_file_is_a_warning_and_is_not_obeyed(package: AgentPackage) -> None:
    path = agent_json.write(package)
    content = json.loads(path.read_text())
    content["graph"]["max_steps"] = 1
    path.write_text(json.dumps(content))

    again = load_package(package.path)

    assert again.graph.max_steps == 9
    assert [(item.rule, item.is_error) for item in check_package(again)] == [("stale-agent-json", False)]


@pytest.mark.parametrize("text", ["", "[]", '{"name": "x"}', '{"format": 99}'])
def test_what_is_no_description_is_stale_and_does_not_read(package: AgentPackage, text: str) -> None:
    (package.path / "agent.json").write_text(text)

    assert agent_json.is_stale(package)
    with pytest.raises(PackageError, match="generate it again"):
        agent_json.read(package.path)


def test_a_later_format_is_refused(package: AgentPackage) -> None:
    path = agent_json.write(package)
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))

    with pytest.raises(PackageError, match="has the format 2"):
        agent_json.read(package.path)


def test_a_missing_file_does_not_read(package: AgentPackage) -> None:
    with pytest.raises(PackageError, match="cannot be read: No such file"):
        agent_json.read(package.path)


def test_the_model_of_the_settings_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = "from framework.config import RuntimeConfig\n\ndefault_config = RuntimeConfig()\n"
    agent = (
        MODEL_AGENT["agent.py"]
        + "\nfrom .config import default_config\ndefault_model = default_config.model\n"
    )
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, config=config, agent=agent)
    monkeypatch.setenv("HIVE_MODEL", "openai/one")
    package = load_package(folder)

    assert package.graph.default_model == "openai/one"
    assert agent_json.describe(package).graph_spec().default_model == ""
