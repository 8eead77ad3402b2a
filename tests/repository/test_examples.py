"""What holds for every example."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.entry import main
from framework.packages.manifest import AGENT_JSON, discover

EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGES = discover(EXAMPLES)

every_example = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)


def test_there_are_examples() -> None:
    assert len(PACKAGES) > 1


@every_example
def test_an_example_is_whole_and_stands_in_the_index(package: Path) -> None:
    index = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    assert f"[{package.name}]({package.name})" in index
    assert list((package / "tests").glob("test_*.py"))
    assert all((package / name).is_file() for name in ("README.md", "__main__.py", AGENT_JSON))


@every_example
def test_an_example_is_valid_by_its_own_command(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(str(package / "__main__.py"), ["validate"]) == 0
    assert "The agent is sound." in capsys.readouterr().out
