"""What becomes of a stored run when its disk, or a person, damages it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMAT = b'{"v":2,'


class Damage(NamedTuple):
    """Something that happens to the journal or the content of a run.

    Attributes:
        to_journal: changes the bytes of the journal.
        to_blob: changes the bytes of every blob; returns None for one that is to go.
        told: what an error says of it.
    """

    name: str
    told: str
    to_journal: Callable[[bytes], bytes] = lambda content: content
    to_blob: Callable[[bytes], bytes | None] = lambda content: content

    def happen(self, storage: Path) -> None:
        """Damage the one run that is stored in ``storage``."""
        (journal,) = storage.glob("runs/*/journal.jsonl")
        journal.write_bytes(self.to_journal(journal.read_bytes()))
        for blob in storage.glob("blobs/*/*"):
            content = self.to_blob(blob.read_bytes())
            if content is None:
                blob.unlink()
            else:
                blob.write_bytes(content)


def flipped(content: bytes) -> bytes:
    """Return the content with one bit changed in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _changed_line(at: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        lines = content.split(b"\n")
        lines[at] = change(lines[at])
        return b"\n".join(lines)

    return changed


def _cut(line: bytes) -> bytes:
    return line[: len(line) // 2]


def _instead(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda line: line.replace(old, new)


def _last(content: bytes) -> bytes:
    return content[: content.rindex(b"}") - 5]


TORN = Damage("torn-last-line", "", _last)
"""Not damage that is refused: what a crash leaves, which reading ignores and the next writer cuts off."""

DAMAGES = (
    Damage("flipped-byte", "Entry 3 of run", _changed_line(2, _instead(b'"size":9', b'"size":8'))),
    Damage("flipped-name", "Entry 3 of run", _changed_line(2, _instead(b'"at"', b'"bt"'))),
    Damage("flipped-brace", "Line 3 of", _changed_line(2, lambda line: b"[" + line[1:])),
    Damage("flipped-byte-of-last-line", " of ", _changed_line(-2, _instead(b'"kind":', b'"kind"8'))),
    Damage("cut-middle-line", "Line 3 of", _changed_line(2, _cut)),
    Damage("later-format", "upgrade the program", _instead(FORMAT, b'{"v":99,')),
    Damage("no-format", "Entry 1 of run", _instead(FORMAT, b'{"v":"x",')),
    Damage("empty", "has no entry", lambda _: b""),
    Damage("garbage", "Line 1 of", lambda _: bytes(range(256)) * 9),
    Damage("garbage-without-lines", "has no entry", lambda _: b"garbage"),
    Damage("missing-blob", "is not stored in", to_blob=lambda _: None),
    Damage("flipped-blob", "is not what was written", to_blob=flipped),
    Damage("empty-blob", "is not what was written", to_blob=lambda _: b""),
)
"""What every command that reads a run refuses."""


def contents(storage: Path) -> dict[str, bytes]:
    """Return every file of a storage but the locks, by its path."""
    files = [path for path in sorted(storage.rglob("*")) if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(storage)): path.read_bytes() for path in files}
