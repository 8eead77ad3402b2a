"""A new user follows the README: starts the control plane, signs in, and connects an agent."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx

from tests.support.aden_client import COMPLETION
from tests.support.model_service import serving
from tests.support.pages import ROOT, page
from tests.support.up_process import UpProcess, control_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LINK = re.compile(r"/first-login#(\S+)")
PERSON = {"email": "ada@example.org", "name": "Ada", "password": "correct horse battery"}


async def run_scout(folder: Path, variables: Mapping[str, str]) -> str:
    """Run the program of the README against a model's service of ours."""
    (block,) = [each for each in page(ROOT / "README.md").blocks() if each.title == "scout.py"]
    (folder / "scout.py").write_text(block.text)
    async with serving() as service:
        service.replies(200, COMPLETION)
        places = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": service.base, **variables}
        program = await asyncio.create_subprocess_exec(
            sys.executable, "scout.py", cwd=folder, env={**os.environ, **places},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        said, complaints = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode == 0, complaints.decode()
    return said.decode()


async def calls_seen(up: UpProcess) -> list[str]:
    """Sign in by the link that was printed, and return the agents whose calls are stored."""
    link = LINK.search(up.said)
    assert link is not None
    async with httpx.AsyncClient(base_url=up.address) as client:
        entered = await client.post("/v1/auth/first-login", json={**PERSON, "token": link[1]})
        login = await client.post("/v1/auth/login", json={k: PERSON[k] for k in ("email", "password")})
        assert (entered.status_code, login.status_code) == (201, 200)
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        shown = await client.get("/v1/logs/stream", params={"stream": "llm-events"}, headers=headers)
    return [event["agent"] for event in shown.json()["events"]]


async def test_a_new_user_starts_signs_in_and_connects_an_agent(tmp_path: Path) -> None:
    with control_environment() as environment:
        up = await asyncio.to_thread(UpProcess, environment)
        try:
            said = await run_scout(tmp_path, {"ADEN_API_URL": up.address, "ADEN_API_KEY": up.key})
            assert "Hello." in said
            assert await calls_seen(up) == ["scout"]
        finally:
            await asyncio.to_thread(up.stop)
