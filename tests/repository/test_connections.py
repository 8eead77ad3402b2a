"""Every connection to the control plane's database makes sure of its role."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
HELPERS = "tests/support/connections.py"
ELSEWHERE = (
    # The journal's own database, which has one role.
    "tests/framework/",
    "tests/hive/cli/test_database.py",
    "tests/support/faulty_connections.py",
    "tests/support/killed_commands.py",
    # The server itself, before anything lies in it.
    "tests/support/postgres.py",
)
PRODUCT = {
    "src/hive/control/stores/database.py": "asks every connection for its role, and refuses another",
    "src/hive/control/stores/guarded.py": "is what that asks, with a timer for each wait",
    "src/hive/control/stores/embedded.py": "makes the roles as the superuser, and waits for the server",
    "src/hive/control/stores/migrations.py": "migrates as the owner, and reads which migrations there are",
    "src/hive/control/services/alone.py": "holds a lock, and asks for no row of anybody's",
    "src/hive/control/services/audit_trail.py": "checks the logs of all teams as the owner",
    "src/hive/control/app/admin.py": "does the work of an administrator as the owner",
}
POOLS = {"ConnectionPool", "AsyncConnectionPool", "NullConnectionPool", "AsyncNullConnectionPool"}
OPENS = {"connect", "Connection", "AsyncConnection", "GuardedConnection", *POOLS}
"""What opens a connection, whatever it is called with, handed to, or made a base of."""
DRIVERS = ("psycopg", "psycopg_pool", "hive.control.stores.database", "hive.control.stores.guarded")
OTHER_DRIVERS = frozenset({"asyncpg", "pg8000", "psycopg2", "psycopg_c", "psycopg_binary", "sqlalchemy"})
BY_NAME = frozenset({"getattr", "import_module", "__import__", "exec", "eval"})


def ways_in(text: str) -> list[int]:
    """Return the lines that open a connection to PostgreSQL, or hide from this test that they do."""
    nodes = list(ast.walk(ast.parse(text)))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    drivers = [node for node in imports if any(is_driver(each) for each in modules_of(node))]
    hidden = [
        node.lineno for node in drivers
        if any(name.asname or name.name == "*" for name in node.names) or OTHER_DRIVERS & roots_of(node)
    ]  # fmt: skip
    types = types_of(nodes)
    used = [node for node in nodes if drivers and id(node) not in types and opens(node)]
    loaded = [node for node in nodes if is_loaded_by_name(node)]
    return sorted({*hidden, *(node.lineno for node in [*used, *loaded])})


def is_driver(module: str) -> bool:
    return module.startswith(DRIVERS) or module.partition(".")[0] in OTHER_DRIVERS


def modules_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return what an import names, and what its names may be if they are modules."""
    names = [name.name for name in node.names]
    if isinstance(node, ast.Import):
        return names
    return [node.module or "", *(f"{node.module}.{name}" for name in names)]


def roots_of(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {module.partition(".")[0] for module in modules_of(node)}


def types_of(nodes: list[ast.AST]) -> set[int]:
    """Return the nodes that only say what something is: annotations, and the types of generic ones."""
    said = [getattr(node, field, None) for node in nodes for field in ("annotation", "returns")]
    return {id(each) for kind in said if kind is not None for each in ast.walk(kind)}


def opens(node: ast.AST) -> bool:
    """Return whether a name or an attribute opens connections."""
    match node:
        case ast.Attribute(value=ast.Name(id="sqlite3")):
            return False
        case ast.Attribute(attr=name) | ast.Name(id=name, ctx=ast.Load()):
            return name in OPENS
        case _:
            return False


def is_loaded_by_name(node: ast.AST) -> bool:
    """Return whether a driver, or something of it, is asked for by a text."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in BY_NAME):
        return False
    texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    about = [each.id for each in node.args if isinstance(each, ast.Name)]
    return any(isinstance(text, str) and is_driver(text) for text in texts) or "psycopg" in about


def opened_below(folder: str) -> list[str]:
    """Return ``file:line`` of every connection that code below a folder opens."""
    files = {file: file.relative_to(REPOSITORY).as_posix() for file in (REPOSITORY / folder).rglob("*.py")}
    assert len(files) > 50
    return [f"{name}:{line}" for file, name in files.items() for line in ways_in(file.read_text("utf-8"))]


def test_tests_connect_by_the_helpers_that_make_sure_of_the_role() -> None:
    opened = [each for each in opened_below("tests") if not each.startswith(ELSEWHERE)]
    own = [each for each in opened if each.startswith(f"{HELPERS}:")]
    others = sorted(set(opened) - set(own))
    assert len(own) == 1, "The helpers connect at one place, where the role is asserted."
    assert others == [], f"Use connected, as_owner or as_superuser of {HELPERS}."


def test_the_program_connects_at_the_places_that_are_known() -> None:
    assert {each.partition(":")[0] for each in opened_below("src/hive")} == set(PRODUCT)


@pytest.mark.parametrize(
    "code",
    [
        "import psycopg\npsycopg.connect(dsn)",
        "import psycopg\npsycopg.Connection.connect(dsn)",
        "import psycopg\npsycopg.AsyncConnection[Any].connect(dsn)",
        "from psycopg import AsyncConnection\nAsyncConnection.connect(dsn)",
        "from psycopg import connect\nconnect(dsn)",
        "from psycopg_pool import AsyncConnectionPool\nAsyncConnectionPool[Any](dsn)",
        "from hive.control.stores.database import connect\nconnect(dsn)",
        "\nimport psycopg as driver",
        "import psycopg.rows\npsycopg.connect(dsn)",
        "import psycopg\nopening = psycopg.connect",
        "import psycopg\npartial(psycopg.connect, dsn)",
        "import psycopg\nasyncio.to_thread(psycopg.connect, dsn)",
        "import psycopg\nclass Mine(psycopg.Connection): ...",
        "import psycopg\ngetattr(psycopg, word)",
        "\nimport_module('psycopg')",
        "\nimportlib.import_module('psycopg').connect",
        "\n__import__('psycopg_pool')",
        "\nfrom psycopg import *",
        "from hive.control.stores import database\ndatabase.connect(dsn)",
        "from hive.control.stores.guarded import GuardedConnection\nGuardedConnection.connect(dsn)",
        "\nimport asyncpg",
        "\nfrom sqlalchemy import create_engine",
    ],
)
def test_every_way_to_connect_is_seen(code: str) -> None:
    assert ways_in(code) == [2]


@pytest.mark.parametrize(
    "code",
    [
        "import psycopg\ndef f(connection: psycopg.Connection) -> psycopg.AsyncConnection: ...",
        "import psycopg\nfound: psycopg.Connection | None = None",
        "import psycopg, sqlite3\nsqlite3.connect(file)",
        "import psycopg\npsycopg.conninfo.make_conninfo(dsn)",
    ],
)
def test_what_opens_none_is_left_alone(code: str) -> None:
    assert ways_in(code) == []
