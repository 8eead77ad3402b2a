"""Agents as Python packages: load, check, describe and version them."""

from framework.packages.checks import check_package
from framework.packages.loader import load_package
from framework.packages.manifest import Manifest, discover, read_manifest
from framework.packages.package import AgentPackage, PackageMetadata
from framework.packages.runtime_config import RuntimeConfig

__all__ = [
    "AgentPackage",
    "Manifest",
    "PackageMetadata",
    "RuntimeConfig",
    "check_package",
    "discover",
    "load_package",
    "read_manifest",
]
