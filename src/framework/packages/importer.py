"""Importing the modules of one package under its own name, fresh from their files."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from contextlib import contextmanager, suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from framework.errors import PackageError
from framework.packages.import_failure import import_failure
from framework.packages.manifest import AGENT_FILE

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from types import CodeType, ModuleType

_VERSION = "__agent_version__"

# sys.modules, sys.path and sys.meta_path belong to the whole process: one package is imported at a time.
_lock = RLock()


class PackageImporter:
    """Imports modules of one package; made by ``importing``."""

    def __init__(self, folder: Path) -> None:
        """Import from ``folder``, an absolute path without links."""
        self.folder = folder
        self.name = folder.name

    def has_module(self, name: str) -> bool:
        """Whether the package holds a module ``name``, a dotted path below the package."""
        place = self.folder.joinpath(*name.split("."))
        files = (place.with_name(f"{place.name}.py"), place / "__init__.py")
        return any(file.is_file() and file.resolve().is_relative_to(self.folder) for file in files)

    def import_module(self, name: str = "") -> ModuleType:
        """Return the module ``name`` of the package, or the package itself.

        Raises:
            PackageError: if it does not import, with the line that fails.
        """
        full_name = f"{self.name}.{name}" if name else self.name
        try:
            return importlib.import_module(full_name)
        except (Exception, SystemExit) as error:  # whatever the package's own code raises is its fault
            raise import_failure(error, self.folder, full_name) from error


@contextmanager
def importing(folder: Path, version: str) -> Generator[PackageImporter]:
    """Give an importer for the package in ``folder``, with the folder above on the path meanwhile.

    Modules imported before are used again while ``version`` is theirs. Modules
    of another version, or of a package with the same name elsewhere, are
    replaced; if the import fails they are put back.

    Raises:
        PackageError: if the folder's name belongs to another Python module.
    """
    with _lock:
        _check_name(folder)
        before = _modules(folder.name)
        if not _is_loaded(folder, version):
            _forget(folder.name)
        finder = _Finder(folder)
        above = str(folder.parent)
        sys.meta_path.insert(0, finder)
        sys.path.append(above)
        try:
            importer = PackageImporter(folder)
            setattr(importer.import_module(), _VERSION, version)
            yield importer
        except BaseException:
            _forget(folder.name)
            sys.modules.update(before)
            raise
        finally:
            sys.meta_path.remove(finder)
            _remove_last(sys.path, above)


class _Loader(SourceFileLoader):
    """Compiles a file as it stands: a cache made within the same second may be of the text before."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class _Finder(MetaPathFinder):
    """Finds the modules of one package, whatever else bears its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        root, *parts = fullname.split(".")
        if root != self._folder.name:
            return None
        place = self._folder.joinpath(*parts)
        initial = place / "__init__.py"
        if initial.is_file():
            return _spec(fullname, initial, [str(place)])
        file = place.with_name(f"{place.name}.py")
        if parts and file.is_file():
            return _spec(fullname, file, None)
        if not place.is_dir():
            return None
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [str(place)]
        return spec


def _spec(fullname: str, file: Path, locations: list[str] | None) -> ModuleSpec | None:
    loader = _Loader(fullname, str(file))
    return importlib.util.spec_from_file_location(
        fullname, file, loader=loader, submodule_search_locations=locations
    )


def _check_name(folder: Path) -> None:
    name = folder.name
    if "." in name:
        raise PackageError(
            f"The folder name {name!r} holds a dot and cannot be imported; rename it, for example "
            f"to {name.replace('.', '_')!r}."
        )
    other = _owner(name)
    if name in sys.stdlib_module_names or (other is not None and not (other / AGENT_FILE).is_file()):
        raise PackageError(
            f"The folder name {name!r} is the name of another Python module; rename the folder "
            f"{str(folder)!r}, for example to {f'{name}_agent'!r}."
        )


def _owner(name: str) -> Path | None:
    """Return the folder of what bears the name now; None if nothing does."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:  # a folder without __init__.py owns no name
        return None
    return Path(spec.origin).resolve().parent if spec.submodule_search_locations else Path(spec.origin)


def _is_loaded(folder: Path, version: str) -> bool:
    """Whether these very files are imported; a module without a version came by an ordinary import."""
    module = sys.modules.get(folder.name)
    if module is None:
        return False
    folders = {Path(path).resolve() for path in getattr(module, "__path__", ())}
    return folder in folders and getattr(module, _VERSION, version) == version


def _modules(name: str) -> dict[str, ModuleType]:
    return {key: module for key, module in sys.modules.items() if key.partition(".")[0] == name}


def _forget(name: str) -> None:
    for key in _modules(name):
        del sys.modules[key]


def _remove_last(items: list[str], item: str) -> None:
    with suppress(ValueError):
        del items[len(items) - 1 - items[::-1].index(item)]
