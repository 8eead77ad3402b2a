"""The echo of the terminal: off while a view is drawn, since keys echoed into it would shift its lines."""

from __future__ import annotations

import sys
import termios

_LOCAL_MODES = 3


class Echo:
    """Turns the echo of standard input off and on again; does nothing where that is no terminal."""

    def __init__(self) -> None:
        """Leave the echo as it is."""
        self._before: list[object] | None = None

    def off(self) -> None:
        """Stop echoing what is typed; it still reaches whoever reads next."""
        if self._before is None and sys.stdin is not None and sys.stdin.isatty():
            try:
                self._before = termios.tcgetattr(sys.stdin)
                quiet = list(self._before)
                quiet[_LOCAL_MODES] = int(str(quiet[_LOCAL_MODES])) & ~termios.ECHO
                _set(quiet)
            except termios.error:
                self._before = None

    def on(self) -> None:
        """Echo again as before."""
        before, self._before = self._before, None
        if before is not None:
            _set(before)


def _set(modes: list[object]) -> None:
    try:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, modes)  # pyright: ignore[reportArgumentType]  (what tcgetattr gave)
    except termios.error:
        return  # The terminal is gone, and its modes with it.
