"""The forms of texts on the wire: as JSON Schema writes them, and in words."""

from __future__ import annotations

NO_NUL = r"^[^\x00]*$"
_UNSEEN = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
"""Characters that show nothing and are no white space."""

SEEN = rf"[^\x00\s{_UNSEEN}]"
NOT_BLANK = rf"^[^\x00]*{SEEN}[^\x00]*$"
NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
NAME = rf"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s{_UNSEEN}][^\x00-\x1f\x7f]*$"
# ASCII alone: PostgreSQL and Python agree on what is lower case there.
EMAIL = r"^[!-?A-~]+@[!-?A-~]+$"
DIGITS = "^[0-9]*$"
VERSION = "^[0-9a-f]{8}$"
SHORT_ID = "^[0-9a-f]{16}$"
SHA256 = "^[0-9a-f]{64}$"

WORDS = {
    NO_NUL: "a text without NUL characters",
    NOT_BLANK: "a text that is not blank, without NUL characters",
    NO_CONTROLS: "a text that is not empty, without control characters",
    NAME: "a text that is not blank, without control characters",
    EMAIL: "an e-mail address in ASCII",
    DIGITS: "digits alone",
    VERSION: "8 hexadecimal digits in lower case",
    SHORT_ID: "16 hexadecimal digits in lower case",
    SHA256: "64 hexadecimal digits in lower case",
}
"""What a text of each form is, after "should be"."""
