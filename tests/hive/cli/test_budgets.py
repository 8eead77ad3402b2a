"""``--budget`` wherever a run is carried on: it is in the journal, and a block has a way around it."""

from __future__ import annotations

import asyncio
import json
import shlex
from typing import TYPE_CHECKING

import pytest

from framework.journal.files import FileJournal
from framework.journal.reading import read_fact
from framework.runner.agent_runner import BUDGET_FACT
from tests.support.cli_packages import CHARGER, write_package
from tests.support.model_protocols import Call, OpenAI, Said, whole
from tests.support.model_service import serving

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.support.model_service import ModelService

    Hive = Callable[..., subprocess.CompletedProcess[str]]

PRICED = '{"caps": [], "prices": {"openai/mine": {"input_per_million": 1, "output_per_million": 100}}}'
THINKER = """\
nodes = [
    NodeSpec(id="think", output_keys=["text"], system_prompt="Think.", max_retries=1),
    NodeSpec(id="check", input_keys=["text"], output_keys=["ok"], system_prompt="Check.", max_retries=1),
]
edges = [EdgeSpec(id="e", source="think", target="check", condition=EdgeCondition.ON_SUCCESS)]
entry_node = "think"
terminal_nodes = ["check"]
"""

BRANCHES = """\
ok = EdgeCondition.ON_SUCCESS
names = ["a", "b", "c", "d", "e", "f"]
nodes = [
    NodeSpec(id="start", node_type="function", function=lambda: None),
    *(NodeSpec(id=name, system_prompt="Think.", max_retries=1) for name in names),
    NodeSpec(id="end", node_type="function", function=lambda: None),
]
edges = [EdgeSpec(id=f"to-{name}", source="start", target=name, condition=ok) for name in names]
edges += [EdgeSpec(id=f"{name}-end", source=name, target="end", condition=ok) for name in names]
entry_node = "start"
terminal_nodes = ["end"]
"""


@pytest.fixture
async def service() -> AsyncIterator[ModelService]:
    async with serving() as running:
        yield running


def write_policy(home: Path, text: str) -> None:
    home.mkdir(parents=True)
    (home / "budget.json").write_text(text)


def noted(home: Path, agent: str, run_id: str) -> str | None:
    return asyncio.run(read_fact(FileJournal(home / "agents" / agent), run_id, BUDGET_FACT))


def says(key: str) -> bytes:
    output = Call("1", "set_output", (json.dumps({"key": key, "value": "yes"}),))
    return whole(OpenAI(), Said(calls=(output,), read=100, written=5000))


async def test_a_run_that_a_budget_ended_begins_again_before_that_with_a_higher_one(
    hive: Hive, home: Path, tmp_path: Path, service: ModelService
) -> None:
    write_policy(home, PRICED)
    done = whole(OpenAI(), Said(text=("Done.",), read=100, written=10))
    service.first = [says("text"), done, says("ok"), done]
    package = write_package(tmp_path, "thinker", THINKER)
    environment = {"HIVE_API_BASE": service.base, "HIVE_API_KEY": "key"}

    async def said(*words: str) -> tuple[int, str]:
        ended = await asyncio.to_thread(hive, *words, environment=environment)
        return ended.returncode, " ".join((ended.stdout + ended.stderr).split())

    code, told = await said("run", str(package), "--model", "openai/mine", "--budget", "1.25")
    assert (code, len(service.asked)) == (1, 3), told
    assert "Budget limit exceeded: node 'check'" in told
    assert "The limit of $1.25 for the run, set by --budget, has $1.0013 spent." in told
    command = "hive runs fork " + told.split("hive runs fork ")[1].split(" --run")[0] + " --run"
    run_id = shlex.split(command)[3]
    code, refusal = await said("run", "--resume", run_id, "--budget", "5")
    assert (code, command in refusal) == (2, True), refusal

    code, told = await said(*shlex.split(command)[1:])

    assert (code, len(service.asked)) == (0, 4), told
    (forked,) = {path.name for path in (home / "agents" / "thinker" / "runs").iterdir()} - {run_id}
    facts = [await asyncio.to_thread(noted, home, "thinker", each) for each in (run_id, forked)]
    assert facts == ["1.25", "2.9"]


async def test_the_budget_that_is_named_covers_all_branches_that_were_open(
    hive: Hive, home: Path, tmp_path: Path, service: ModelService
) -> None:
    write_policy(home, PRICED)
    service.answer = whole(OpenAI(), Said(text=("Done.",), read=100, written=10))
    package = write_package(tmp_path, "thinker", BRANCHES)
    environment = {"HIVE_API_BASE": service.base, "HIVE_API_KEY": "key"}
    blocked = await asyncio.to_thread(
        hive, "run", package, "--model", "openai/mine", "--budget", "0.3", environment=environment
    )
    told = " ".join((blocked.stdout + blocked.stderr).split())
    assert (blocked.returncode, len(service.asked)) == (1, 0), told
    command = "runs fork " + told.split("hive runs fork ")[1].split(" --run")[0] + " --run"

    forked = await asyncio.to_thread(hive, *shlex.split(command), environment=environment)

    assert (forked.returncode, len(service.asked)) == (0, 6), command + forked.stdout + forked.stderr


async def test_a_run_that_a_budget_of_the_machine_ended_says_what_to_raise_first(
    hive: Hive, home: Path, tmp_path: Path, service: ModelService
) -> None:
    policy = PRICED.replace("[]", '[{"scope": "node", "limit_usd": "0.01"}]')
    write_policy(home, policy)
    package = write_package(tmp_path, "thinker", THINKER)
    environment = {"HIVE_API_BASE": service.base, "HIVE_API_KEY": "key"}

    ended = await asyncio.to_thread(
        hive, "run", package, "--model", "openai/mine", "--budget", "9", environment=environment
    )

    told = " ".join((ended.stdout + ended.stderr).split())
    place = home / "budget.json"
    assert (ended.returncode, service.asked) == (1, [])
    assert f"The limit of $0.01 for the node in this run, set by {place}, has $0 spent." in told
    assert f"raise the limit of $0.01 in {place}, then: hive runs fork" in told
    assert "--budget" not in told.split("then: hive runs fork")[1]


def test_a_run_that_is_answered_or_carried_on_takes_the_budget_it_is_given(
    hive: Hive, home: Path, tmp_path: Path
) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = json.loads(hive("run", package, "--budget", "0.5", "--json").stdout)
    run_id, question = run["run_id"], run["questions"][0]["id"]
    assert noted(home, "charger", run_id) == "0.5"

    assert hive("run", "--resume", run_id, "--budget", "0.75").returncode == 3
    assert noted(home, "charger", run_id) == "0.75"
    assert hive("run", "--resume", run_id).returncode == 3
    assert noted(home, "charger", run_id) == "0.75"
    assert hive("runs", "answer", run_id, question, "done 1", "--budget", "$1").returncode == 3

    assert noted(home, "charger", run_id) == "1"
    shown = hive("runs", "show", run_id).stdout
    assert "run resumed (session_state), with a budget of $1" in " ".join(shown.split())


@pytest.mark.parametrize("given", ["0.5", None])
def test_a_fork_takes_the_budget_it_is_given_or_that_of_its_origin(
    hive: Hive, home: Path, tmp_path: Path, given: str | None
) -> None:
    write_policy(home, '{"caps": [{"scope": "run", "limit_usd": 3}]}')
    package = write_package(tmp_path, "charger", CHARGER)
    run_id = json.loads(hive("run", package, "--budget", "2", "--json").stdout)["run_id"]

    options = [] if given is None else ["--budget", given]
    forked = hive("runs", "fork", run_id, "--at", "1", *options).stdout.split()[1]

    assert noted(home, "charger", forked) == (given or "2")


def test_a_budget_is_refused_where_nothing_is_carried_on(hive: Hive, tmp_path: Path) -> None:
    package = write_package(tmp_path, "charger", CHARGER)
    run = json.loads(hive("run", package, "--json").stdout)
    answer = ["runs", "answer", run["run_id"], run["questions"][0]["id"], "done 1", "--budget", "1"]

    refused = hive(*answer, "--later")

    assert refused.returncode == 2
    assert "--later does not carry the run on" in " ".join(refused.stderr.split())


@pytest.mark.parametrize("amount", ["1e400", "1e-400", "9999999999"])
def test_an_amount_beyond_all_bounds_is_refused(hive: Hive, tmp_path: Path, amount: str) -> None:
    refused = hive("run", write_package(tmp_path, "charger", CHARGER), "--budget", amount)

    assert refused.returncode == 2
    assert "cannot be spent" in refused.stderr
