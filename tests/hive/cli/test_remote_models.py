"""``hive run`` with a model behind an address: what a person sees, and what is kept of the key."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.cli_packages import write_package
from tests.support.model_protocols import Call, OpenAI, Said, whole
from tests.support.model_service import ModelService, reply, serving

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]

KEY = "sk-very-secret-key"
THINKER = """\
nodes = [NodeSpec(id="think", output_keys=["text"], system_prompt="Think.", max_retries=1)]
entry_node = "think"
terminal_nodes = ["think"]
"""


@pytest.fixture
async def service() -> AsyncIterator[ModelService]:
    async with serving() as running:
        yield running


async def run(
    hive: Hive, folder: Path, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    package = write_package(folder, "thinker", THINKER)
    return await asyncio.to_thread(hive, "run", package, *options, environment=environment)


def files_with(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


async def test_a_run_asks_the_service_again_and_counts_what_it_says(
    hive: Hive, tmp_path: Path, service: ModelService
) -> None:
    output = Call("1", "set_output", ('{"key": "text", "value": "Hello"}',))
    busy = reply(429, OpenAI().error("rate_limit_error", "slow down"), "Retry-After: 0\r\n")
    service.first = [busy, whole(OpenAI(), Said(calls=(output,), read=90, written=10))]
    service.answer = whole(OpenAI(), Said(text=("Done.",), read=95, written=5))

    done = await run(
        hive, tmp_path, "--json", "--model", "openai/mine", HIVE_API_BASE=service.base, HIVE_API_KEY=KEY
    )

    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["output"]["text"], record["status"]) == ("Hello", "succeeded")
    assert [asked.body["model"] for asked in service.asked] == ["mine"] * 3
    assert f"Bearer {KEY}" in service.headers


async def test_a_refusal_is_a_sentence_and_the_key_is_nowhere(
    hive: Hive, home: Path, tmp_path: Path, service: ModelService
) -> None:
    service.replies(401, OpenAI().error("invalid_api_key", f"Incorrect API key: {KEY}"))

    done = await run(hive, tmp_path, "--model", "mine", HIVE_API_BASE=service.base, HIVE_API_KEY=KEY)

    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "refused the key (HTTP 401)" in " ".join(said.split())
    assert "Traceback" not in said
    assert KEY not in said
    assert files_with(home, "refused the key")
    assert files_with(home, KEY) == []


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            "anthropic/x",
            "set HIVE_API_KEY or ANTHROPIC_API_KEY, or run: hive credentials set ANTHROPIC_API_KEY",
        ),
        ("gpt-4o", "No provider knows the model 'gpt-4o'. Known forms are: local/NAME"),
    ],
)
async def test_what_is_missing_is_told_before_anything_runs(
    hive: Hive, tmp_path: Path, model: str, said: str
) -> None:
    done = await run(hive, tmp_path, "--model", model)

    assert done.returncode == 2, done.stderr
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


PRICED = '{"caps": [], "prices": {"openai/mine": {"input_per_million": 1, "output_per_million": 100}}}'


def write_policy(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "budget.json").write_text(text)


async def test_a_budget_lets_no_call_be_made_that_could_pass_it(
    hive: Hive, home: Path, tmp_path: Path, service: ModelService
) -> None:
    write_policy(home, PRICED)
    options = ["--model", "openai/mine", "--budget", "0.0001"]

    done = await run(hive, tmp_path, *options, HIVE_API_BASE=service.base, HIVE_API_KEY=KEY)

    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 1, said
    assert "Budget limit exceeded: node 'think' may not ask 'openai/mine'" in said
    assert "Traceback" not in said
    assert service.asked == []


async def test_a_model_without_a_price_cannot_be_asked_under_a_budget(
    hive: Hive, tmp_path: Path, service: ModelService
) -> None:
    options = ["--model", "openai/mine", "--budget", "5"]

    done = await run(hive, tmp_path, *options, HIVE_API_BASE=service.base, HIVE_API_KEY=KEY)

    assert done.returncode == 1
    assert "The price of 'openai/mine' is unknown" in " ".join((done.stdout + done.stderr).split())
    assert service.asked == []


@pytest.mark.parametrize("amount", ["much", "-1", "nan", "inf"])
async def test_an_amount_that_is_none_is_refused(hive: Hive, tmp_path: Path, amount: str) -> None:
    done = await run(hive, tmp_path, "--budget", amount)

    assert done.returncode == 2
    assert "write" in done.stderr


async def test_a_policy_that_cannot_be_used_is_named(hive: Hive, home: Path, tmp_path: Path) -> None:
    write_policy(home, '{"cap": []}')

    done = await run(hive, tmp_path)

    assert done.returncode == 2
    assert "budget.json" in done.stderr
    assert "cap: Extra inputs are not permitted" in " ".join(done.stderr.split())
