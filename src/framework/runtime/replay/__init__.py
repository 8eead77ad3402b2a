"""Replay: a stored run is walked again, offline, and held against its journal."""

from framework.runtime.replay.difference import Difference
from framework.runtime.replay.recording import Recording
from framework.runtime.replay.replay import ReplayParts, ReplayReport, replay

__all__ = ["Difference", "Recording", "ReplayParts", "ReplayReport", "replay"]
