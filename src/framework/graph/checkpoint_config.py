"""Checkpoint options, taken for compatibility: every run is journaled whole."""

from __future__ import annotations


class CheckpointConfig:
    """Takes any options and changes nothing; a run can be carried on from every event of its journal."""

    __slots__ = ()

    def __init__(self, **options: object) -> None:
        """Accept ``options`` of packages that choose when to write checkpoints."""
        del options
