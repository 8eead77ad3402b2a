"""Configurations and the credentials in them."""

from __future__ import annotations

import pytest

from framework.credentials import MemoryCredentials
from framework.errors import McpServerError
from framework.tools.mcp.config import parse_server
from framework.tools.mcp.launch import credential_names, fill


def test_the_names_in_a_configuration_are_told_once_each() -> None:
    server = parse_server(
        {"command": "x", "args": ["--key=${FIRST}", "${SECOND}"], "env": {"A": "${FIRST}", "B": "plain"}},
        "file",
        name="s",
    )

    assert credential_names(server) == ("FIRST", "SECOND")


def test_a_name_that_is_no_credentials_is_told_with_the_server() -> None:
    server = parse_server({"command": "x", "env": {"A": "${lower_case}"}}, "file", name="s")

    with pytest.raises(McpServerError, match="'s' needs the credential 'lower_case', which cannot be read"):
        fill(server, credentials=MemoryCredentials().get, folder=None)
