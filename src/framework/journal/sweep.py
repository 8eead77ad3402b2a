"""Sweeping a journal: which runs are removed, which of those due stay, and the content that goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

GRACE = timedelta(hours=1)
"""How long content stays that no run refers to: a writer stores it before the entries that do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptRun:
    """A run that was removed, or that would be.

    Attributes:
        run_id: its id.
        agent: the agent it was of.
        ended_at_us: when it was last written, in microseconds since 1970-01-01 UTC.
        size: bytes of its entries and files, without the content that it shares.
    """

    run_id: str
    agent: str
    ended_at_us: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftRun:
    """A run that stays though it may be due: it is held, or something is wrong with it."""

    run_id: str
    reason: str
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep removed, or would remove.

    Attributes:
        runs: the runs, oldest first.
        left: those that stay though they may be due, and why.
        blobs: how many pieces of content went that no run refers to; ``blob_size`` is their bytes.
        problems: what else could not be removed, and why.
    """

    runs: tuple[SweptRun, ...] = ()
    left: tuple[LeftRun, ...] = ()
    blobs: int = 0
    blob_size: int = 0
    problems: tuple[str, ...] = ()
