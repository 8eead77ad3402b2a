"""Taking secrets out of a run: each becomes a placeholder that is the same wherever it stood."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from framework.credentials.base import MIN_CHARS
from framework.credentials.secret_patterns import E_MAIL, PATTERNS, expressions_for, is_named_secret
from framework.credentials.written_forms import written_forms
from framework.model.events import FileFound, FileWritten
from framework.model.value import Value
from framework.tools.written_file import file_content

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACEHOLDER = re.compile(r"\[secret [0-9a-f]{8}\]")
"""What stands where a secret was; two are the same where the secret was the same."""

_MIN_CHARS = 8
"""A shorter one is replaced where it is recognised, but not looked for everywhere else."""

_MOST_CHARS, _MOST_VALUES = 8192, 2000
"""Longer secrets, and those beyond this number, are replaced only where they are recognised."""

_KEPT_FIELDS = frozenset({"digest", "effect", "encoding", "head", "key", "version"})
"""Fields of events that hold hashes and words of ours."""


class Redactor:
    """Replaces secrets: those it is told, and those that look like secrets.

    ``learn`` sees everything before anything is replaced, so that a value recognised
    in one place is replaced in every other, in whatever form it is written there. The
    salt is thrown away with the redactor: nobody can try guesses against a placeholder.
    """

    def __init__(self, known: Iterable[str] = (), *, with_emails: bool = False) -> None:
        """Replace ``known`` values besides what is recognised.

        Args:
            known: values of credentials.
            with_emails: whether e-mail addresses are replaced, too.
        """
        self._salt = secrets.token_bytes(16)
        self._patterns = (*PATTERNS, E_MAIL) if with_emails else PATTERNS
        self._forms: dict[str, str] = {}
        self._longest_first: list[str] = []
        self._known: set[str] = set()
        for value in known:
            self._remember(value, MIN_CHARS)

    def stand_in(self, text: str, mark: str) -> None:
        """Replace ``text``, which is no secret but says where a machine keeps its files, by ``mark``."""
        self._forms |= dict.fromkeys(written_forms(text), mark)
        self._longest_first.clear()

    def learn(self, value: Any) -> None:
        """Note the secrets in an event, or in JSON data."""
        for name, text in _texts(value):
            if is_named_secret(name, text):
                self._remember(text)
            for pattern in expressions_for(text, self._patterns):
                for match in pattern.finditer(text):
                    self._remember(match[_group(pattern)])

    def text(self, text: str) -> str:
        """Return ``text`` with a placeholder for every secret."""
        for form in self._in_order():
            if form in text:
                text = text.replace(form, self._forms[form])
        for pattern in expressions_for(text, self._patterns):
            text = pattern.sub(self._replaced, text)
        return text

    def data(self, data: Any, name: str = "") -> Any:
        """Return JSON data with a placeholder for every secret; ``name`` is the key it stands under."""
        match data:
            case str():
                return self._placeholder(data) if is_named_secret(name, data) else self.text(data)
            case dict():
                items = cast("dict[str, Any]", data).items()
                return {self.text(key): self.data(value, key) for key, value in items}
            case list():
                return [self.data(item, name) for item in cast("list[Any]", data)]
            case _:
                return data

    def event(self, value: Any, name: str = "") -> Any:
        """Return an event, or a part of one, with a placeholder for every secret."""
        if isinstance(value, Value):
            return self._value(value, name)
        if isinstance(value, (FileWritten, FileFound)):
            return self._file_event(value)
        if is_dataclass(value) and not isinstance(value, type):
            parts = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in _KEPT_FIELDS}
            return replace(value, **{key: self.event(part) for key, part in parts.items()})
        if isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {self.text(key): self.event(item, key) for key, item in items}
        if isinstance(value, tuple):
            return tuple(self.event(item, name) for item in cast("tuple[Any, ...]", value))
        return self.text(value) if isinstance(value, str) else value

    def _file_event(self, event: FileWritten | FileFound) -> FileWritten | FileFound:
        changed = replace(event, name=self.text(event.name), content=self._file(event))
        if isinstance(changed, FileWritten):
            return changed
        return replace(changed, size=0, digest="")  # They were those of the content with its secrets.

    def _file(self, event: FileWritten | FileFound) -> Value | None:
        if event.content is None:
            return None
        text: str = event.content.load()
        if event.encoding != "base64":
            return Value.of(self.text(text))
        content = base64.b64decode(text).decode("utf-8", "surrogateescape")
        redacted = self.text(content).encode("utf-8", "surrogateescape")
        return Value.of(base64.b64encode(redacted).decode())

    def _value(self, value: Value, name: str) -> Value:
        found: object = value.load()
        redacted = self.data(found, name)
        if redacted == found:
            return value
        return Value.blob(redacted) if value.digest is not None else Value.of(redacted)

    def _remember(self, value: str, min_chars: int = _MIN_CHARS) -> None:
        value = value.encode("utf-8", "ignore").decode().strip()
        if not value or value in self._known or PLACEHOLDER.search(value):
            return
        self._known.add(value)
        if min_chars <= len(value) <= _MOST_CHARS and len(self._known) <= _MOST_VALUES:
            mark = self._placeholder(value)
            for form in written_forms(value):
                self._forms.setdefault(form, mark)
            self._longest_first.clear()

    def _in_order(self) -> list[str]:
        """Return the forms of all secrets, so that none hides a longer one that it begins."""
        if not self._longest_first:
            self._longest_first = sorted(self._forms, key=len, reverse=True)
        return self._longest_first

    def _replaced(self, match: re.Match[str]) -> str:
        group = _group(match.re)
        whole, found = match[0], match[group]
        if PLACEHOLDER.search(found):
            return whole
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return whole[:start] + self._placeholder(found) + whole[end:]

    def _placeholder(self, value: str) -> str:
        if PLACEHOLDER.fullmatch(value):
            return value
        content = value.strip().encode("utf-8", "replace")
        return f"[secret {hmac.new(self._salt, content, sha256).hexdigest()[:8]}]"


def _group(pattern: re.Pattern[str]) -> str | int:
    return "part" if "part" in pattern.groupindex else 0


def _texts(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Yield every text in an event or in JSON data, with the key it stands under."""
    match value:
        case str():
            yield name, value
        case FileWritten() | FileFound() if value.encoding == "base64":
            yield name, file_content(value).decode("utf-8", "surrogateescape")
        case Value():
            yield from _texts(value.load(), name)
        case dict():
            for key, item in cast("dict[str, Any]", value).items():
                yield "", key
                yield from _texts(item, key)
        case list() | tuple():
            for item in cast("list[Any]", value):
                yield from _texts(item, name)
        case _ if is_dataclass(value):
            for field in fields(value):
                yield from _texts(getattr(value, field.name))
        case _:
            return
