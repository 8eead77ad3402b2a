"""``hive admin``: what the operator of an installation does from its machine."""

from __future__ import annotations

import click

from hive.cli.control_parts import control_part
from hive.cli.debugging import debug_option
from hive.cli.faults import FAILED, OK
from hive.cli.groups import SuggestingGroup
from hive.cli.interrupts import drive
from hive.cli.printing import errors_as_json, say, say_json, say_table
from hive.cli.text import printable

_SCOPES = ["sdk:ingest", "policy:read"]


@click.group(name="admin", cls=SuggestingGroup, no_args_is_help=True)
def admin() -> None:
    """Administer the control plane of this machine."""


@admin.command()
@debug_option
def migrate() -> int:
    """Bring the schema of the database up to date."""
    settings = control_part("hive.control.app.settings").load_control_settings()
    applied = drive(control_part("hive.control.app.admin").migrate_now(settings))
    say(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")
    return OK


@admin.command("create-key")
@click.option("--team", required=True, help="The name or the id of the team.")
@click.option("--name", default="made by the operator", show_default=True, help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(_SCOPES),
    default=_SCOPES,
    show_default=True,
    help="What it may be used for.",
)
@click.option("--days", type=click.IntRange(1), help="Days until it expires; never unless given.")
@debug_option
def create_key(team: str, name: str, scopes: tuple[str, ...], days: int | None) -> int:
    """Make an API key of a team and print it, once."""
    app = control_part("hive.control.app.admin")
    settings = control_part("hive.control.app.settings").load_control_settings()
    order = app.KeyOrder(team=team, name=name, scopes=scopes, days=days)
    made = drive(app.create_key(settings, order))
    say(made.text)
    return OK


@admin.command("first-login")
@debug_option
def first_login() -> int:
    """Make a new link for the first login and print it, once; the one before counts no more."""
    settings = control_part("hive.control.app.settings").load_control_settings()
    path = drive(control_part("hive.control.app.admin").renew_first_login(settings))
    say(f"Open this below the address of the control plane, once, within a day: {path}")
    return OK


@admin.command("verify-audit")
@debug_option
def verify_audit() -> int:
    """Check that no entry of the audit log was changed or taken out."""
    settings = control_part("hive.control.app.settings").load_control_settings()
    verdict = drive(control_part("hive.control.app.admin").verify_audit(settings))
    for fault in verdict.faults:
        say(printable(f"The log of team {fault.team_id} is broken at entry {fault.seq}."))
    say(f"Entries checked: {verdict.entries:,}.")
    return FAILED if verdict.faults else OK


@admin.command()
@click.option("--events", type=click.IntRange(1), help="Days to keep events; their hourly sums stay.")
@click.option(
    "--content", type=click.IntRange(1), help="Days to keep prompts and answers after their last use."
)
@click.option("--quarantine", type=click.IntRange(1), help="Days to keep what was refused.")
@debug_option
def retention(**days: int | None) -> int:
    """Say for how long things are kept, and change what is given."""
    settings = control_part("hive.control.app.settings").load_control_settings()
    wanted = {kind: count for kind, count in days.items() if count is not None}
    kept = drive(control_part("hive.control.app.admin").retain(settings, wanted))
    for kind, count in kept.items():
        say(f"{kind}: {count} days")
    return OK


@admin.command()
@click.option(
    "--retry", "is_retried", is_flag=True, help="Let what was set aside wait for the database again."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@debug_option
def spool(*, is_retried: bool, as_json: bool) -> int:
    """List what waits for the database in this home folder, and what was set aside, with the reason."""
    with errors_as_json(is_on=as_json):
        settings = control_part("hive.control.app.settings").load_control_settings()
        look = control_part("hive.control.app.admin").look_into_spool
        found = drive(look(settings, is_retried=is_retried))
        if as_json:
            counts = {"waiting": found.waiting, "retried": found.retried, "set_aside": found.count_aside}
            say_json({**counts, "things": [each._asdict() for each in found.aside]})
            return OK
        if is_retried:
            say(f"Waiting again: {found.retried:,}.")
        say(f"Waiting: {found.waiting:,}. Set aside: {found.count_aside:,}.")
        if found.aside:
            head = ("NUMBER", "TEAM", "KIND", "CAME", "BYTES", "REASON")
            say_table([tuple(printable(str(cell)) for cell in each) for each in found.aside], head)
    return OK


@admin.command("rotate-signing-key")
@debug_option
def rotate_signing_key() -> int:
    """Let a new key sign access tokens from the next start on."""
    settings = control_part("hive.control.app.settings").load_control_settings()
    kid = control_part("hive.control.app.secrets_file").rotate_signing_key(settings.home)
    say(f"Key {kid} signs from the next start on; tokens signed before still count.")
    return OK
