"""The runner runs packages, and journals every run."""

from pathlib import Path

import pytest

from framework.errors import (
    InputError,
    InvalidGraphError,
    MissingCredentialError,
    ModelNotFoundError,
    PackageError,
)
from framework.journal.reading import read_state
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.runner import AgentRunner
from framework.settings import Settings
from tests.support.model_service import serving
from tests.support.printed_packages import AGENT, FUNCTION_AGENT, FUNCTIONS, MODEL_AGENT, write_package

ANSWERS = (
    call("web_search", query="bees"),
    call("set_output", key="search_results", value="they hum"),
    "Done.",
)


def settings(tmp_path: Path, **said: object) -> Settings:
    return Settings(home=tmp_path / "home", **said)  # pyright: ignore[reportArgumentType]  (plain values)


async def test_a_run_is_journaled_under_the_agents_name_and_version(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    runner = AgentRunner.load(folder, settings=settings(tmp_path))

    result = await runner.run({"letter": "please pay"}, run_id="first")

    state = await read_state(runner.journal, "first")
    assert result.output["drawer"] == "drawer of bills"
    assert (state.agent, state.version) == ("triage", runner.package.version)
    assert runner.storage_path == tmp_path / "home" / "agents" / "triage"
    assert (runner.storage_path / "runs" / "first" / "journal.jsonl").is_file()


async def test_a_model_node_runs_with_the_packages_tools_and_settings(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT)
    llm = ScriptedProvider(ANSWERS)
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store", llm=llm)

    result = await runner.run({"query": "bees"})

    assert result.output["search_results"] == "they hum"
    assert llm.requests[0].tools[0].name == "web_search"
    assert llm.requests[0].system.startswith("You are a librarian.")
    assert llm.requests[0].max_tokens == 777
    assert "found bees" in [message.content for message in llm.requests[1].messages]


async def test_the_model_asked_for_wins_over_the_graphs(tmp_path: Path) -> None:
    folder = write_package(
        tmp_path, "librarian", MODEL_AGENT, agent=MODEL_AGENT["agent.py"] + "\ndefault_model = 'a'\n"
    )
    llm = ScriptedProvider(ANSWERS)

    await AgentRunner.load(folder, storage_path=tmp_path / "s", llm=llm, model="b").run({"query": "bees"})

    assert llm.requests[0].model == "b"


async def test_a_graph_without_model_nodes_asks_for_no_model(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT)
    runner = AgentRunner.load(folder, settings=settings(tmp_path), model="no/such")

    assert (await runner.run({"letter": "hello"})).success


async def test_weights_that_are_not_installed_are_said_before_the_run(tmp_path: Path) -> None:
    runner = AgentRunner.load(write_package(tmp_path, "librarian", MODEL_AGENT), settings=settings(tmp_path))

    with pytest.raises(ModelNotFoundError):
        await runner.run({"query": "bees"})

    assert await runner.journal.run_ids() == []


async def test_a_key_that_is_missing_is_said_before_the_run(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT)
    runner = AgentRunner.load(folder, settings=settings(tmp_path), model="openai/gpt-4o-mini")

    with pytest.raises(MissingCredentialError, match="needs a key"):
        await runner.run({"query": "bees"})


async def test_the_model_of_a_node_is_looked_for_before_the_run(tmp_path: Path) -> None:
    agent = MODEL_AGENT["agent.py"].replace('tools=["web_search"]', 'tools=["web_search"], model="odd"')
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, agent=agent)

    with pytest.raises(ModelNotFoundError, match="No provider knows the model 'odd'"):
        await AgentRunner.load(folder, settings=settings(tmp_path)).run({"query": "bees"})


async def test_a_missing_tool_keeps_the_run_from_starting(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, tools=None)
    runner = AgentRunner.load(folder, settings=settings(tmp_path), llm=ScriptedProvider(ANSWERS))

    with pytest.raises(InvalidGraphError, match="The tool 'web_search' is not available"):
        await runner.run({"query": "bees"})


async def test_a_missing_input_is_named(tmp_path: Path) -> None:
    runner = AgentRunner.load(write_package(tmp_path, "triage", FUNCTION_AGENT), settings=settings(tmp_path))

    with pytest.raises(InputError, match="letter"):
        await runner.run({})


def asking(tmp_path: Path) -> Path:
    agent = MODEL_AGENT["agent.py"].replace('tools=["web_search"]', "client_facing=True")
    return write_package(tmp_path, "librarian", MODEL_AGENT, agent=agent)


async def test_a_paused_run_carries_on_from_its_session_state(tmp_path: Path) -> None:
    agent = f"{AGENT}\npause_nodes = ['classify-letter']\n"
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, agent=agent)
    runner = AgentRunner.load(folder, settings=settings(tmp_path))

    paused = await runner.run({"letter": "pay"}, run_id="one")
    done = await runner.run(session_state=paused.session_state)

    assert (paused.status, done.status) == ("paused", "succeeded")
    assert done.run_id == "one"


async def test_a_run_is_not_carried_on_by_another_version(tmp_path: Path) -> None:
    folder = asking(tmp_path)
    llm = ScriptedProvider(["Which topic?"])
    paused = await AgentRunner.load(folder, settings=settings(tmp_path), llm=llm).run({"query": "bees"})
    (folder / "notes.txt").write_text("changed")

    with pytest.raises(PackageError, match=r"was started with version .* restore its files"):
        await AgentRunner.load(folder, settings=settings(tmp_path), llm=llm).run(
            session_state=paused.session_state
        )


def test_info_says_what_the_agent_is(tmp_path: Path) -> None:
    info = AgentRunner.load(write_package(tmp_path, "librarian", MODEL_AGENT)).info()

    assert (info["name"], info["title"], info["model"]) == ("librarian", "Librarian", "local/none-such")
    assert info["inputs"] == ["query"]
    assert info["required_tools"] == ["web_search"]
    assert [node["id"] for node in info["nodes"]] == ["search-web"]


def test_info_of_a_graph_without_model_nodes_names_no_model(tmp_path: Path) -> None:
    assert AgentRunner.load(write_package(tmp_path, "triage", FUNCTION_AGENT)).info()["model"] is None


def test_validate_gives_the_findings_of_the_package(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, tools=None)

    assert [finding.rule for finding in AgentRunner.load(folder).validate()] == ["unknown-tool"]


async def test_one_runner_runs_many_times(tmp_path: Path) -> None:
    folder = write_package(tmp_path, "triage", FUNCTION_AGENT, functions=FUNCTIONS)
    runner = AgentRunner.load(folder, settings=settings(tmp_path))

    labels = [(await runner.run({"letter": text})).output["label"] for text in ("pay", "hi")]

    assert labels == ["bill", "other"]
    assert len(await runner.journal.run_ids()) == 2


@pytest.mark.parametrize(("said", "used"), [("", 777), (", max_tokens=55", 55)])
async def test_a_graph_that_says_nothing_of_tokens_takes_those_of_the_configuration(
    tmp_path: Path, said: str, used: int
) -> None:
    agent = MODEL_AGENT["agent.py"] + (
        "\nfrom framework.graph import GraphSpec, LoopConfig\n\n"
        "graph = GraphSpec(id='g', entry_node=entry_node, terminal_nodes=terminal_nodes, nodes=nodes, "
        "edges=edges, loop_config=loop_config, conversation_mode=conversation_mode, "
        f"identity_prompt=identity_prompt, max_steps=max_steps{said})\n"
    )
    llm = ScriptedProvider(ANSWERS)
    folder = write_package(tmp_path, "librarian", MODEL_AGENT, agent=agent)

    await AgentRunner.load(folder, storage_path=tmp_path / "s", llm=llm).run({"query": "bees"})

    assert llm.requests[0].max_tokens == used


@pytest.mark.parametrize(("config", "sent"), [(True, 0.2), (False, 0.9)])
async def test_the_temperature_of_the_package_goes_before_that_of_the_machine(
    tmp_path: Path, config: bool, sent: float
) -> None:
    async with serving() as service:
        service.streams({"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]})
        text = MODEL_AGENT["config.py"].replace("local/none-such", "openai/m") if config else None
        agent = MODEL_AGENT["agent.py"].replace('output_keys=["search_results"],', "")
        folder = write_package(tmp_path, "librarian", MODEL_AGENT, agent=agent, config=text)
        known = settings(
            tmp_path, api_base=service.base, api_key="k", model="openai/m", temperature=0.9, max_tokens=66
        )

        result = await AgentRunner.load(folder, settings=known).run({"query": "bees"})

    assert result.success, result.error
    assert service.body["temperature"] == sent
    assert 777 in service.body.values() if config else 66 in service.body.values()
