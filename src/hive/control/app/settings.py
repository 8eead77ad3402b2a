"""What the control plane is told by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from framework import settings as framework_settings
from framework.database_address import ADVICE, is_usable
from hive.control.stores.database import APPLICATION_ROLE
from hive.control.stores.embedded import Addresses, default_folder
from hive.control.stores.profiles import Profile
from hive.errors import ControlSetupError
from hive.lobby import WAITS, Waits

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN = "open"
_CLOSED = "closed"
_LARGEST_NUMBER = 1_000_000
_DATABASE_URL = "HIVE_DATABASE_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """Where the parts are, and who may ask.

    Attributes:
        home: the folder of secrets and embedded data.
        postgres_folder: where the embedded database lies.
        database_url: a PostgreSQL server; None starts the embedded one.
        owner_url: the same server as the role that owns the tables, for migrations.
        replica_url: a server that only reads, for analytics.
        profile: how events lie in the database; None leaves that as it is.
        redis_url: a Redis; None keeps hot state in this process.
        signing_keys: ``ID:KEY,ID:KEY`` in URL-safe base64, the first signs; None keeps one at home.
        is_sign_up_open: whether anybody may register.
        allowed_hosts: names this server answers to; empty takes the one it listens on.
        allowed_origins: web pages elsewhere that may ask.
        trusted_proxies: addresses whose word about the client is taken.
        waits: for requests that have not come as a whole.
    """

    home: Path
    postgres_folder: Path
    database_url: str | None = field(default=None, repr=False)
    owner_url: str | None = field(default=None, repr=False)
    replica_url: str | None = field(default=None, repr=False)
    profile: Profile | None = None
    redis_url: str | None = field(default=None, repr=False)
    signing_keys: str | None = field(default=None, repr=False)
    is_sign_up_open: bool = True
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    waits: Waits = WAITS

    @property
    def spool_file(self) -> Path:
        """The file that keeps what comes while the database is away."""
        return self.home / "control-spool.sqlite"


def load_control_settings(environ: Mapping[str, str] | None = None) -> ControlSettings:
    """Return what the environment says.

    Raises:
        ControlSetupError: if something of it cannot be used.
    """
    variables = os.environ if environ is None else environ

    def said(name: str) -> str | None:
        return variables.get(name, "").strip() or None

    home = framework_settings.home(variables)
    folder = said("HIVE_POSTGRES_FOLDER")
    sign_up = said("HIVE_SIGN_UP") or _OPEN
    if sign_up not in {_OPEN, _CLOSED}:
        raise ControlSetupError(f"HIVE_SIGN_UP is {sign_up!r}; set it to {_OPEN!r} or {_CLOSED!r}.")
    profile = said("HIVE_DATABASE_PROFILE")
    if profile not in {None, *Profile}:
        raise ControlSetupError(
            f"HIVE_DATABASE_PROFILE is {profile!r}; set it to {' or '.join(map(repr, map(str, Profile)))}."
        )
    if "*" in _listed(variables, "HIVE_ALLOWED_ORIGINS"):
        raise ControlSetupError("HIVE_ALLOWED_ORIGINS names every page there is; list the ones that may ask.")
    return ControlSettings(
        home=home,
        postgres_folder=default_folder(home) if folder is None else Path(folder).absolute(),
        database_url=_database(variables, _DATABASE_URL),
        owner_url=_database(variables, "HIVE_DATABASE_OWNER_URL"),
        replica_url=_database(variables, "HIVE_DATABASE_REPLICA_URL"),
        profile=None if profile is None else Profile(profile),
        redis_url=said("HIVE_REDIS_URL"),
        signing_keys=said("HIVE_SIGNING_KEYS"),
        is_sign_up_open=sign_up == _OPEN,
        allowed_hosts=_hosts(variables, "HIVE_ALLOWED_HOSTS"),
        allowed_origins=_listed(variables, "HIVE_ALLOWED_ORIGINS"),
        trusted_proxies=_networks(variables, "HIVE_TRUSTED_PROXIES"),
        waits=Waits(
            head_s=_number(variables, "HIVE_HEAD_SECONDS", WAITS.head_s),
            body_s=_number(variables, "HIVE_BODY_SECONDS", WAITS.body_s),
            most=round(_number(variables, "HIVE_MOST_WAITING", WAITS.most)),
            most_open=round(_number(variables, "HIVE_MOST_CONNECTIONS", WAITS.most_open)),
        ),
    )


def server_addresses(settings: ControlSettings, app_password: str) -> tuple[Addresses, bool]:
    """Return the addresses of a server of the user's, and whether its owner's is known.

    A lone ``HIVE_DATABASE_URL`` may name the owner: the application then comes
    as its own role, with a password that only this home folder knows.

    Raises:
        ControlSetupError: if the address names no user.
    """
    url = settings.database_url or ""
    user = conninfo_to_dict(url).get("user")
    if not user:
        raise _unusable(_DATABASE_URL)
    if user == APPLICATION_ROLE:
        return Addresses(owner=settings.owner_url or "", app=url), settings.owner_url is not None
    own = make_conninfo(url, user=APPLICATION_ROLE, password=app_password)
    return Addresses(owner=settings.owner_url or url, app=own), True


def _database(variables: Mapping[str, str], name: str) -> str | None:
    url = variables.get(name, "").strip() or None
    if url is not None and not is_usable(url):
        raise _unusable(name)
    return url


def _unusable(name: str) -> ControlSetupError:
    return ControlSetupError(f"{name} cannot be used; {ADVICE}.")


def _hosts(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    words = _listed(variables, name)
    for word in words:
        if "*" in word.removeprefix("*.") and word != "*":
            raise ControlSetupError(
                f"{name} holds {word!r}; write a name, '*.example.org' for all below it, or '*' for any."
            )
    return words


def _networks(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    words = _listed(variables, name)
    for word in words:
        try:
            is_everybody = ip_network(word).prefixlen == 0
        except ValueError:
            is_everybody = True
        if is_everybody:
            raise ControlSetupError(
                f"{name} holds {word!r}; list the addresses or networks of your proxies, such as 10.0.0.0/8."
            )
    return words


def _number(variables: Mapping[str, str], name: str, default: float) -> float:
    text = variables.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or not 0 < int(text) <= _LARGEST_NUMBER:
        raise ControlSetupError(
            f"{name} is {text!r}; set it to a whole number from 1 to {_LARGEST_NUMBER}, or leave it out."
        )
    return float(text)


def _listed(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word for each in variables.get(name, "").split(",") if (word := each.strip()))
