"""What a test needs and this machine lacks: a reason to skip at a desk, a failure in CI."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def lacks(what: str, remedy: str) -> NoReturn:
    """Skip, but where ``CI=true`` fail."""
    reason = f"This machine lacks {what}; {remedy}."
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """Return where a program of this machine lies."""
    return shutil.which(name) or lacks(name, "run: sh scripts/servers.sh")
