"""Fifty secrets in what fails, in a real process: none is in what it says, logs or keeps."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from framework.credentials import CredentialStore
from hive.cli.main import call
from tests.support.cli_packages import write_package
from tests.support.planted_secrets import IN_CONTEXT, KNOWN, SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Hive = Callable[..., subprocess.CompletedProcess[str]]

STORED = "a stored pass phrase of mine"
PLANTED = [*SECRETS.values(), *(secret for _, secret in IN_CONTEXT.values()), KNOWN, STORED]
TEXT = "\n".join(
    [*SECRETS.values(), *(text.format(secret) for text, secret in IN_CONTEXT.values()), KNOWN, STORED]
)

LEAKY = """\
import logging
from pathlib import Path

TEXT = Path("planted.txt").read_text()


def leak():
    logging.getLogger("some.library").debug("sent %s", TEXT)
    raise ValueError(f"it broke: {TEXT}")


nodes = [NodeSpec(id="leak", node_type="function", function=leak, output_keys=["out"], max_retries=2)]
entry_node = "leak"
terminal_nodes = ["leak"]
"""


@pytest.fixture
def planted(home: Path, tmp_path: Path) -> dict[str, str]:
    """Plant the secrets where a package finds them; return the variables that hold one."""
    (tmp_path / "planted.txt").write_text(TEXT)
    CredentialStore(home).set("SHOP", STORED)
    return {"SHOP_TOKEN": KNOWN}


def found(text: str) -> list[str]:
    """Return the planted secrets that can be read in a text."""
    lines = {line for secret in PLANTED for line in secret.splitlines() if not line.startswith("-----")}
    return [line for line in lines if line in text or json.dumps(line)[1:-1] in text]


def kept(home: Path) -> str:
    """Return what the home folder holds, but for the store."""
    files = [path for path in home.rglob("*") if path.is_file() and not path.name.startswith("credentials")]
    return "\n".join(path.read_text() for path in files)


@pytest.mark.parametrize("options", [[], ["--json"], ["--debug"], ["--quiet"], ["--verbose", "--json"]])
def test_what_a_failed_run_says_and_keeps_holds_no_secret(
    options: list[str], hive: Hive, home: Path, tmp_path: Path, planted: dict[str, str]
) -> None:
    package = write_package(tmp_path, "leaky", LEAKY)

    done = hive("run", package, *options, environment=planted)

    assert done.returncode == 1, done.stderr
    assert "it broke" in done.stdout + done.stderr
    assert found(done.stdout + done.stderr) == []
    assert "it broke" in kept(home)
    assert found(kept(home)) == []
    run = next(home.glob("agents/leaky/runs/*")).name
    shown = hive("runs", "show", run, "--events", "--json", environment=planted)
    packet = hive("runs", "packet", run, "-o", "p.json", environment=planted)
    assert found(shown.stdout + packet.stdout + (tmp_path / "p.json").read_text()) == []


@pytest.mark.parametrize("options", [[], ["--json"], ["--debug"]])
def test_what_a_package_that_does_not_load_says_holds_no_secret(
    options: list[str], hive: Hive, tmp_path: Path, planted: dict[str, str]
) -> None:
    package = write_package(tmp_path, "leaky", LEAKY + "\nraise ValueError(TEXT)\n")

    done = hive("run", package, *options, environment=planted)

    assert done.returncode == 2
    assert found(done.stdout + done.stderr) == []


def test_what_the_command_of_a_package_says_holds_no_secret(
    home: Path, tmp_path: Path, planted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = write_package(tmp_path, "leaky", LEAKY)
    (package / "__main__.py").write_text(
        "from framework.entry import main\n\nraise SystemExit(main(__file__))\n"
    )
    monkeypatch.setenv("SHOP_TOKEN", KNOWN)

    done = subprocess.run(
        [sys.executable, "-m", "leaky", "run", "--debug", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 1, done.stderr
    assert "it broke" in done.stderr
    assert found(done.stdout + done.stderr + kept(home)) == []


@pytest.mark.parametrize("secret", [*SECRETS.values(), KNOWN, STORED])
def test_bad_usage_repeats_no_secret(
    secret: str, planted: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in planted.items():
        monkeypatch.setenv(name, value)

    assert call(["run", f"no such package {secret}", "--json"]) == 2
    assert call([secret.splitlines()[-1]]) == 2

    out, err = capsys.readouterr()
    assert found(out + err) == []


def test_an_mcp_server_that_complains_of_its_key_repeats_no_secret(
    hive: Hive, home: Path, tmp_path: Path, planted: dict[str, str]
) -> None:
    package = write_package(tmp_path, "leaky", LEAKY.replace("def leak", "def unused") + "\n")
    server = f"import sys; sys.stderr.write(open({str(tmp_path / 'planted.txt')!r}).read()); sys.exit(1)"
    (package / "mcp_servers.json").write_text(
        json.dumps({"odd": {"transport": "stdio", "command": sys.executable, "args": ["-c", server]}})
    )
    (package / "agent.py").write_text(
        (package / "agent.py").read_text().split("\n\nnodes")[0]
        + '\n\nnodes = [NodeSpec(id="ask", output_keys=["out"], tools=["x"], system_prompt="Ask.")]\n'
        + 'entry_node = "ask"\nterminal_nodes = ["ask"]\n'
    )

    done = hive("run", package, "--debug", environment=planted)

    assert done.returncode == 2, done.stderr
    assert "last words" in done.stderr
    assert found(done.stdout + done.stderr + kept(home)) == []
