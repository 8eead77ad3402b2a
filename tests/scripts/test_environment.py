"""The environment script says in a sentence what the machine lacks."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "environment.sh"
OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_ENSUREPIP = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that is the whole PATH of a machine, with a shell and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    return folder


def install(machine: Path, name: str, source: str) -> None:
    program = machine / name
    program.write_text(source)
    program.chmod(0o755)


def set_up(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPT), str(machine.parent / "venv")],
        env={"PATH": str(machine), **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_machine_without_a_recent_python_is_told_to_install_one(machine: Path) -> None:
    install(machine, "python3", OLD)
    result = set_up(machine)
    assert result.returncode == 1
    assert result.stderr.startswith("error: No Python 3.11 or newer was found. Install Python 3.11")


def test_a_chosen_python_that_is_too_old_is_named(machine: Path) -> None:
    install(machine, "mypython", OLD)
    assert "was found at PYTHON=mypython." in set_up(machine, PYTHON="mypython").stderr


def test_a_python_without_ensurepip_is_told_which_package_brings_it(machine: Path) -> None:
    install(machine, "python3.11", OLD)
    install(machine, "python3", WITHOUT_ENSUREPIP)
    result = set_up(machine)
    assert result.returncode == 1
    assert result.stderr.startswith("error: python3 cannot create virtual environments")
    assert "apt-get install python3-venv" in result.stderr
