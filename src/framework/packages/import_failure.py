"""Why a module of a package could not be imported, as one sentence about the user's own file."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from framework.errors import PackageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType, TracebackType

_MAX_CHARS = 400
_NAME = re.compile(r"cannot import name '(\w+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    file: Path
    line: int


def import_failure(error: BaseException, folder: Path, module: str) -> PackageError:
    """Return the error that says where in ``folder`` importing ``module`` failed, why, and what to do."""
    place = _place(error, folder)
    if place is None:
        where = f"The module {module!r}"
    else:
        where = f"{folder.name}/{place.file.relative_to(folder).as_posix()}, line {place.line}"
    return PackageError(f"{where}: {_reason(error)} {_advice(error, folder)}")


def complaints(error: ValidationError) -> str:
    """Return what is wrong with the fields of a spec, in one line."""
    details = error.errors(include_url=False, include_context=False)
    lines = [f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}" for item in details[:5]]
    return f"{error.title}: {'; '.join(lines)}"


def _place(error: BaseException, folder: Path) -> _Place | None:
    if isinstance(error, SyntaxError) and error.filename and _is_inside(error.filename, folder):
        return _Place(file=Path(error.filename).resolve(), line=error.lineno or 1)
    places = [
        _Place(file=Path(frame.tb_frame.f_code.co_filename).resolve(), line=frame.tb_lineno)
        for frame in _frames(error.__traceback__)
        if _is_inside(frame.tb_frame.f_code.co_filename, folder)
    ]
    return places[-1] if places else None


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_inside(file: str, folder: Path) -> bool:
    path = Path(file)
    return path.is_file() and path.resolve().is_relative_to(folder)


def _reason(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "SystemExit: importing it ends the program."
    if isinstance(error, SyntaxError):
        text = f"{type(error).__name__}: {error.msg}"
    elif isinstance(error, ValidationError):
        text = complaints(error)
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"{' '.join(text.split())[:_MAX_CHARS].rstrip('.')}."


def _advice(error: BaseException, folder: Path) -> str:
    if isinstance(error, SystemExit):
        return 'Move what runs the agent below `if __name__ == "__main__":`.'
    if not isinstance(error, ImportError) or not error.name:
        return "Mend that line."
    if not isinstance(error, ModuleNotFoundError):
        return _advice_on_name(error, sys.modules.get(error.name))
    missing = error.name.partition(".")[0]
    if (folder / f"{missing}.py").is_file() or (folder / missing).is_dir():
        return f"It is a module of the package: write `from .{missing} import ...`."
    return f"Install what gives {missing!r} into this Python environment, or correct the import."


def _advice_on_name(error: ImportError, module: ModuleType | None) -> str:
    wanted = _NAME.search(error.msg)
    known = [name for name in vars(module) if not name.startswith("_")] if module else []
    near = get_close_matches(wanted[1], known, n=1) if wanted else []
    return f"Did you mean {near[0]!r}?" if near else "Define the name there, or correct the import."
