"""Writes the dump of a version of the schema: ``.venv/bin/python -m tests.golden.write_schema_v1 VERSION``.

A dump that was released is never written anew: it stands for the databases people have.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from hive.control.stores.embedded import prepare
from hive.control.stores.migrations import migrate
from tests.support.control import new_database
from tests.support.dumps import dump
from tests.support.isolation import fill_all
from tests.support.postgres import running_server

FOLDER = Path(__file__).parent / "schema-v1"


def write(version: int) -> None:
    """Write it, with rows of several teams in every table."""
    FOLDER.mkdir(exist_ok=True)
    with running_server() as dsn:
        prepare(dsn)
        places = new_database(dsn)
        asyncio.run(migrate(places.owner, until=version))
        fill_all(places)
        (FOLDER / f"{version:04}.sql").write_text(dump(places), encoding="utf-8")


if __name__ == "__main__":
    write(int(sys.argv[1]))
