"""What a person approved, kept in the run's data folder, where no model can change it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from framework.errors import InputError
from framework.tools import DataFolder

_FILE = "approved.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The approved text and the outbox it may go to."""

    text: str
    outbox: str


def keep(data_dir: Path | None, approved: Approved) -> None:
    """Keep what was approved.

    Raises:
        InputError: if the run keeps no files.
    """
    _folder(data_dir).write(_FILE, json.dumps(asdict(approved), ensure_ascii=False))


def recall(data_dir: Path | None) -> Approved:
    """Return what was approved.

    Raises:
        InputError: if the run keeps no files.
        ToolError: if nothing was approved.
    """
    return Approved(**json.loads(_folder(data_dir).locate(_FILE).read_bytes()))


def _folder(data_dir: Path | None) -> DataFolder:
    if data_dir is None:
        raise InputError("This run keeps no files, so nothing can be approved; give it a storage path.")
    return DataFolder(Path(data_dir))
