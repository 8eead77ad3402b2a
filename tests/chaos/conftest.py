"""What every part of the chaos says at its end: how much was tried, and what was found."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import running_server
from tests.support.receiver import Receiver, running_receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHAOS = "chaos"


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Take what a part has counted: ``tally("kills", trials=40, asked=3)``; the counts of a part add up."""

    def note(part: str, **counts: int) -> None:
        record_property(CHAOS, (part, counts))

    return note


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with running_server() as dsn:
        yield dsn


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, value in report.user_properties:
            if name == CHAOS and report.when == "call":
                part, counts = value
                sums[part].update(counts)
    for part, counts in sorted(sums.items()):
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        terminalreporter.write_line(f"{part}: {told}")
