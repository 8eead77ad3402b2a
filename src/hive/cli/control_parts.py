"""The modules of the control plane, loaded when a command needs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hive.errors import ControlSetupError


def control_part(name: str) -> Any:
    """Return a module of the control plane.

    Raises:
        ControlSetupError: if what it needs is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ControlSetupError(
            f"The control plane needs {error.name}, which is not installed; "
            "install it with: pip install 'hive-agents[control]'"
        ) from error
