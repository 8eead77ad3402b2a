"""Credentials: keys and passwords that tools, servers and models name and get when they need them."""

from __future__ import annotations

from framework.credentials.address import has_user
from framework.credentials.base import Credentials, check_name, check_value
from framework.credentials.chain import CredentialChain, FoundCredential, load_credentials
from framework.credentials.environment import EnvironmentCredentials
from framework.credentials.memory import MemoryCredentials
from framework.credentials.store import CredentialStore, StoredCredential
from framework.credentials.tracked import TrackedCredentials

__all__ = [
    "Credentials",
    "CredentialChain",
    "CredentialStore",
    "EnvironmentCredentials",
    "FoundCredential",
    "MemoryCredentials",
    "StoredCredential",
    "TrackedCredentials",
    "check_name",
    "check_value",
    "has_user",
    "load_credentials",
]
