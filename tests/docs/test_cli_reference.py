"""The command line's page is the command line's own words."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import cli_reference  # noqa: E402 - found on the path set above


def test_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")

    assert written == cli_reference.page(), "run: python scripts/cli_reference.py"


def test_page_names_every_command() -> None:
    page = cli_reference.page()

    assert all(
        f"## hive {name}\n" in page
        for name in (
            "run",
            "info",
            "validate",
            "list",
            "models pull",
            "models list",
            "runs list",
            "runs show",
        )
    )
