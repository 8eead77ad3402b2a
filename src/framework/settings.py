"""What a person configured: environment variables first, then ``configuration.json``.

The file lives in the home folder (``$HIVE_HOME``, or ``~/.hive``) and holds one
JSON object, for example ``{"model": "openai/gpt-4o-mini", "api_key": "..."}``.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import SplitResult, parse_qs, urlsplit

from framework.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIGURATION_FILE = "configuration.json"
_TEXT_KEYS = ("model", "api_key", "api_base", "journal_url")
_DATABASES = ("postgresql://", "postgres://")
_NUMBER_KEYS = ("temperature", "max_tokens")
_KNOWN_KEYS = frozenset({*_TEXT_KEYS, *_NUMBER_KEYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment and the configuration file say; None means not said.

    Attributes:
        home: the folder that holds runs, weights and the configuration file.
        model: the model of runs that name none.
        api_key: the key of the model's service; never shown.
        api_base: address of an OpenAI-compatible service.
        temperature: of requests that say nothing about it.
        max_tokens: tokens of one answer, of agents that say nothing about it.
        journal_url: the PostgreSQL database that keeps the runs; in files when not said. Never shown.
        unknown: keys of the file that nothing reads, for the caller to report.
    """

    home: Path
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    api_base: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    journal_url: str | None = field(default=None, repr=False)
    unknown: tuple[str, ...] = ()

    @property
    def models(self) -> Path:
        """The folder of the local weights."""
        return self.home / "models"


def home(environ: Mapping[str, str] | None = None) -> Path:
    """Return the absolute home folder: ``$HIVE_HOME``, or ``~/.hive``."""
    variables = os.environ if environ is None else environ
    return Path(variables.get("HIVE_HOME", "").strip() or "~/.hive").expanduser().absolute()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of this environment.

    ``HIVE_MODEL``, ``HIVE_API_KEY``, ``HIVE_API_BASE``, ``HIVE_TEMPERATURE``,
    ``HIVE_MAX_TOKENS`` and ``HIVE_JOURNAL_URL`` win over the file, the file over ``OPENAI_BASE_URL``. The
    keys of vendors are no settings: they go to their vendor alone, except that
    ``OPENAI_API_KEY`` goes with ``OPENAI_BASE_URL``.

    Raises:
        SettingsError: if the file, an address or a number cannot be used.
    """
    variables = os.environ if environ is None else environ
    folder = home(variables)
    path = folder / CONFIGURATION_FILE
    stored = _read(path)
    own = {key: _said(variables, f"HIVE_{key.upper()}") or _text(stored, key, path) for key in _TEXT_KEYS}
    temperature, max_tokens = (_number(variables, stored, key, path) for key in _NUMBER_KEYS)
    api_base = own["api_base"] or _said(variables, "OPENAI_BASE_URL")
    vendor_key = None if own["api_base"] or not api_base else _said(variables, "OPENAI_API_KEY")
    return Settings(
        home=folder,
        model=own["model"],
        api_key=own["api_key"] or vendor_key,
        api_base=_checked_address(api_base),
        temperature=temperature,
        max_tokens=None if max_tokens is None else int(max_tokens),
        journal_url=_checked_database(own["journal_url"]),
        unknown=tuple(sorted(stored.keys() - _KNOWN_KEYS)),
    )


def _said(variables: Mapping[str, str], name: str) -> str | None:
    return variables.get(name, "").strip() or None


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {str(path)!r} cannot be read: {error}.") from error
    try:
        content: object = json.loads(text)
    except json.JSONDecodeError as error:
        # The decoder's own error keeps the whole text, keys included: it must not be chained.
        place = f"line {error.lineno}, column {error.colno}"
        raise SettingsError(
            f"The settings file {str(path)!r} is not valid JSON at {place}: {error.msg}."
        ) from None
    if not isinstance(content, dict):
        raise SettingsError(
            f"The settings file {str(path)!r} must hold one JSON object; line 1 starts another value."
        )
    return cast("dict[str, object]", content)


def _text(stored: Mapping[str, object], key: str, path: Path) -> str | None:
    value = stored.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise SettingsError(
            f"The settings file {str(path)!r}, line {_line_of(key, path)}: {key!r} must be text in quotes."
        )
    return value.strip() or None


def _number(variables: Mapping[str, str], stored: Mapping[str, object], key: str, path: Path) -> float | None:
    """Return the number of the environment or the file: a whole one from 1 on for ``max_tokens``."""
    name = f"HIVE_{key.upper()}"
    said = _said(variables, name)
    value: object = stored.get(key) if said is None else _as_number(said)
    if value is None:
        return None
    least, kinds, words = (1, int, "a whole number") if key == "max_tokens" else (0, (int, float), "a number")
    if isinstance(value, kinds) and not isinstance(value, bool) and least <= value < float("inf"):
        return value
    where = f"The variable {name}"
    if said is None:
        where = f"The settings file {str(path)!r}, line {_line_of(key, path)}: {key!r}"
    raise SettingsError(f"{where} must be {words} from {least} on.")


def _as_number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _line_of(key: str, path: Path) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if f'"{key}"' in line), 1)


def has_port(address: SplitResult) -> bool:
    """Whether the port of an address, if it names one, can be a port."""
    try:
        return address.port != 0
    except ValueError:
        return False


def _checked_database(address: str | None) -> str | None:
    """Return a database's address; what it leaves out, a driver would take from the machine."""
    if address is None:
        return None
    advice = "write it as postgresql://USER@HOST/DATABASE"
    if not address.startswith(_DATABASES):
        raise SettingsError(f"The journal_url cannot be used; {advice}.")
    try:
        parts = urlsplit(address)
        options = parse_qs(parts.query)
    except ValueError:
        raise SettingsError(f"The journal_url cannot be parsed; {advice}.") from None
    host = parts.netloc.rpartition("@")[2].partition(":")[0]
    is_named = {
        "host": bool(host or options.keys() & {"host", "hostaddr", "service"}),
        "database": bool(parts.path.strip("/") or options.keys() & {"dbname", "service"}),
    }
    missing = [part for part, is_there in is_named.items() if not is_there]
    if missing:
        raise SettingsError(f"The journal_url names no {' and no '.join(missing)}; {advice}.")
    return address


def _checked_address(address: str | None) -> str | None:
    if address is None:
        return None
    advice = "write it as https://HOST/v1, without a user name or password"
    try:
        parts = urlsplit(address)
    except ValueError:
        raise SettingsError(f"The API address cannot be parsed; {advice}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise SettingsError(f"The API address cannot be used; {advice}.")
    if not has_port(parts):
        raise SettingsError("The API address cannot be used: its port must be a number from 1 to 65535.")
    return address.rstrip("/")
