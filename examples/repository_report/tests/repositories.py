"""Real git repositories with fixed dates and people, made for one test."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ADA = ("Ada Lovelace", "ada@example.org")
BO = ("Bo Ødegård", "bo@example.org")

_ALONE = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A repository in ``path``; nothing of the machine's own settings reaches it."""

    path: Path

    def git(self, *arguments: str, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(  # noqa: S603  (the arguments are our tests' own)
            ["git", "-C", str(self.path), *arguments],  # noqa: S607  (git is found on the PATH)
            env={"PATH": os.environ["PATH"], **_ALONE, **(env or {})},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, subject: str, day: str, person: tuple[str, str] = ADA) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", subject, env=_signed(day, person))

    def merge(self, branch: str, day: str) -> None:
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch, env=_signed(day, ADA))


def empty(path: Path) -> Made:
    """Return a repository without a commit."""
    path.mkdir(parents=True, exist_ok=True)
    made = Made(path)
    made.git("init", "-q", "-b", "main")
    return made


def small(path: Path) -> Made:
    """Return a repository of six commits: two people, a renamed file, a merge, names beyond ASCII."""
    made = empty(path)
    made.write("src/app.py", "one\ntwo\nthree\nfour\nfive\n")
    made.commit("feat: begin the app", "2026-01-05")
    made.write("docs/Größe und Maß.md", "eins\n")
    made.commit("docs(guide): explain sizes", "2026-01-20", BO)
    made.git("switch", "-q", "-c", "side")
    made.write("src/app.py", "one\ntwo\nthree\nfour\nfive\nsix\n")
    made.commit("fix: count to six", "2026-02-01", BO)
    made.git("switch", "-q", "main")
    made.git("mv", "docs/Größe und Maß.md", "docs/sizes.md")
    made.commit("Rename the guide\twith a tab", "2026-02-02")
    made.merge("side", "2026-02-03")
    made.git("mv", "src/app.py", "src/main.py")
    made.write("logo.bin", "\0\1\2")
    made.commit("fix!: rename the app", "2026-02-04")
    return made


def _signed(day: str, person: tuple[str, str]) -> dict[str, str]:
    name, email = person
    date = f"{day}T12:00:00+0000"
    return {
        "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email, "GIT_COMMITTER_DATE": date,
    }  # fmt: skip
