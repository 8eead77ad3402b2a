"""The configuration that an agent's ``config.py`` builds."""

from framework.packages.runtime_config import RuntimeConfig

__all__ = ["RuntimeConfig"]
