from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from framework.credentials import CredentialStore, load_credentials

if TYPE_CHECKING:
    from pathlib import Path


def test_the_environment_wins_over_the_store(tmp_path: Path) -> None:
    CredentialStore(tmp_path, environ={}).set("API_KEY", "of the store")

    found = load_credentials(tmp_path, {"API_KEY": " of the environment\n"}).find("API_KEY")

    assert found is not None
    assert (found.origin, found.value) == ("environment", "of the environment")
    assert "of the environment'" not in repr(found).replace("origin='environment'", "")


def test_the_store_gives_what_the_environment_lacks(tmp_path: Path) -> None:
    CredentialStore(tmp_path, environ={}).set("API_KEY", "of the store")

    found = load_credentials(tmp_path, {"API_KEY": ""}).find("API_KEY")

    assert found is not None
    assert (found.origin, found.value) == ("store", "of the store")


def test_the_cipher_is_loaded_only_for_a_stored_credential(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; import framework.runner;"
        "from framework.credentials import load_credentials;"
        "load_credentials(Path(sys.argv[1])).get('ABSENT_KEY');"
        "print('cryptography' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env=os.environ,
    )

    assert done.stdout.strip() == "False"
