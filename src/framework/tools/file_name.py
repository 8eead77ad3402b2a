"""Which names a file in a data folder may have."""

from __future__ import annotations

import unicodedata

from framework.errors import ToolError

_MAX_BYTES = 200
_MAX_SHOWN_CHARS = 80
_MARKS = frozenset(" ._-+=,@#()")
_LETTERS_MARKS_AND_NUMBERS = frozenset("LMN")
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL"} | {f"{port}{number}" for port in ("COM", "LPT") for number in range(10)}
)


def checked_name(name: object) -> str:
    """Return ``name`` in composed form if it is a plain file name on every system.

    Raises:
        ToolError: if it is anything else: a path, a hidden or reserved name,
            control or invisible characters, too long.
    """
    if not isinstance(name, str):
        raise ToolError(f"A file name is text, not {type(name).__name__}; send a name such as 'notes.txt'.")
    plain = unicodedata.normalize("NFC", name)
    complaint = _complaint(plain)
    if complaint is not None:
        raise ToolError(
            f"The file name {name[:_MAX_SHOWN_CHARS]!a} is refused because {complaint}. "
            "Use a plain name such as 'notes.txt', without any folder."
        )
    return plain


def _complaint(name: str) -> str | None:
    if not name:
        return "it is empty"
    strange = next((char for char in name if not _is_allowed(char)), None)
    if strange is not None:
        return (
            f"it holds the character {strange!a}; letters, digits, spaces and . _ - + = , @ # ( ) are allowed"
        )
    if len(name.encode()) > _MAX_BYTES:
        return f"it is longer than {_MAX_BYTES} bytes"
    if not (name[0].isalnum() or name[0] == "_"):
        return "it does not begin with a letter, a digit or an underscore"
    if name[-1] in " .":
        return "it ends with a space or a dot"
    stem = unicodedata.normalize("NFKC", name).split(".", 1)[0].strip().upper()
    return "the name is reserved by some systems" if stem in _DEVICES else None


def _is_allowed(char: str) -> bool:
    return char in _MARKS or unicodedata.category(char)[0] in _LETTERS_MARKS_AND_NUMBERS
