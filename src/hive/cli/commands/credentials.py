"""``hive credentials``: the encrypted store of keys and passwords on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from framework.credentials import (
    CredentialStore,
    EnvironmentCredentials,
    check_name,
    check_value,
    load_credentials,
)
from framework.credentials.base import MAX_BYTES
from framework.credentials.chain import ENVIRONMENT, STORE
from framework.packages import load_package
from framework.settings import home, load_settings
from hive.cli.debugging import debug_option
from hive.cli.faults import OK, USAGE
from hive.cli.groups import SuggestingGroup
from hive.cli.printing import errors_as_json, say, say_json, say_table, stdout_for_result
from hive.cli.text import count, printable
from hive.credential_needs import needs_of
from hive.errors import NoSuchCredentialError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framework.credentials import StoredCredential
    from hive.credential_needs import Need

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(cls=SuggestingGroup, name="credentials")
def credentials() -> None:
    """Keep the keys and passwords that tools, MCP servers and models need, encrypted."""


@credentials.command(name="set", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("surplus", nargs=-1, metavar="")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the value from standard input.")
@debug_option
def set_credential(name: str, surplus: Sequence[str], *, from_stdin: bool) -> None:
    """Store a value as NAME, such as BRAVE_API_KEY; asks for it without showing it.

    The value is never an argument: arguments stay in the shell's history, and other users of the machine
    can see them.
    """
    if surplus:
        raise click.UsageError(
            "The value is not given as an argument, where the shell's history and other users could read it. "
            "Give the name alone and type the value when asked, or pipe it in with --stdin. "
            "What was given was not stored; if it is real, it is known now: get a new one."
        )
    check_name(name)
    value = check_value(name, _piped() if from_stdin else _typed(name))
    store = CredentialStore(home())
    store.set(name, value)
    say(f"Stored {name}, encrypted, in {printable(str(store.path))}.")
    if EnvironmentCredentials().get(name) is not None:
        say(f"The environment variable {name} is set, too, and wins over the store while it is.")


def _typed(name: str) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("No terminal is here to ask for the value; pipe it in with --stdin.")
    typed: str = click.prompt(f"Value of {name} (not shown)", hide_input=True, err=True)
    return typed.strip()


def _piped() -> str:
    """Return what is piped in, without the one line break that ends it."""
    content = sys.stdin.buffer.read(MAX_BYTES + 3)
    try:
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.UsageError("What was piped in is no UTF-8 text; nothing was stored.") from None


@credentials.command(name="list")
@_JSON
@debug_option
def list_credentials(*, as_json: bool) -> None:
    """List what is stored: names, where each comes from, when it was set; never a value."""
    with errors_as_json(is_on=as_json):
        store = CredentialStore(home())
        stored = store.list()
        if as_json:
            say_json({"store": str(store.path), "credentials": [_stored_record(item) for item in stored]})
            return
        if not stored:
            say("Nothing is stored. Store a credential with: hive credentials set NAME")
            return
        rows = [(item.name, _origin(item.name), f"{item.created_at:%Y-%m-%d %H:%M} UTC") for item in stored]
        say_table(rows, ("NAME", "FROM", "SET"))


def _origin(name: str) -> str:
    """Return where a stored credential comes from: a variable of its name wins over the store."""
    return STORE if EnvironmentCredentials().get(name) is None else ENVIRONMENT


def _stored_record(item: StoredCredential) -> dict[str, Any]:
    return {"name": item.name, "from": _origin(item.name), "set_at": item.created_at.isoformat()}


@credentials.command(name="remove")
@click.argument("name")
@debug_option
def remove_credential(name: str) -> None:
    """Remove NAME from the store."""
    if not CredentialStore(home()).remove(name):
        raise NoSuchCredentialError(
            f"No credential {name!r} is stored; see what is with: hive credentials list"
        )
    say(f"Removed {name}.")


@credentials.command(name="check")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@_JSON
@debug_option
def check_credentials(path: Path | None, *, as_json: bool) -> int:
    """Check that the store opens or, with PATH, that an agent package has all it needs.

    Exit codes: 0 all is there, 2 something is missing or cannot be read.
    """
    with errors_as_json(is_on=as_json):
        return _check_store(as_json=as_json) if path is None else _check_package(path, as_json=as_json)


def _check_store(*, as_json: bool) -> int:
    store = CredentialStore(home())
    amount = store.check()
    if as_json:
        say_json({"store": str(store.path), "credentials": amount})
    elif amount:
        say(f"The key opens {count(amount, 'stored credential')}.")
    else:
        say("Nothing is stored.")
    return OK


def _check_package(path: Path, *, as_json: bool) -> int:
    with stdout_for_result(is_on=as_json):
        package = load_package(path)
    settings = load_settings()
    needs = needs_of(package, settings, load_credentials(settings.home))
    missing = list(dict.fromkeys(need.name for need in needs if not need.is_met))
    if as_json:
        say_json(
            {"name": package.name, "credentials": [_need_record(need) for need in needs], "missing": missing}
        )
    else:
        _show_needs(package.name, needs, missing)
    return USAGE if missing else OK


def _show_needs(package: str, needs: Sequence[Need], missing: Sequence[str]) -> None:
    if not needs:
        say(f"{printable(package)} needs no credentials.")
        return
    rows = [(need.name, need.origin or "missing", printable(need.needed_by)) for need in needs]
    say_table(rows, ("NAME", "FROM", "NEEDED BY"))
    for name in missing:
        say(Text(f"Set it with: hive credentials set {name}"))


def _need_record(need: Need) -> dict[str, Any]:
    return {"name": need.name, "needed_by": need.needed_by, "from": need.origin}
