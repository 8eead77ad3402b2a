"""From the text of an expression to its tokens."""

from __future__ import annotations

import re
import sys
from enum import Enum
from typing import Final, NamedTuple, NoReturn

from framework.errors import ExpressionSyntaxError
from framework.model.expression.limits import MAX_INT_BITS, MAX_NUMERAL_LENGTH, MAX_TEXT_LENGTH

_SHOWN = 120
_LAST_SURROGATE = 0xDFFF
_FIRST_SURROGATE = 0xD800


class TokenKind(Enum):
    """What a token is."""

    NUMBER = "number"
    STRING = "string"
    NAME = "name"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """One word of an expression; a named tuple because one text makes many.

    Attributes:
        text: as written; empty at the end.
        position: characters before it.
        word: the text of a name or symbol, otherwise empty.
        value: what a number or a string stands for.
    """

    kind: TokenKind
    text: str
    position: int
    word: str = ""
    value: int | float | str | None = None


_DIGITS = r"[0-9](?:_?[0-9])*"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space>[ \t\r\n\f]+)
    | (?P<number>(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<string>'(?:[^'\\\n\r\0\ud800-\udfff]|\\.)*'|"(?:[^"\\\n\r\0\ud800-\udfff]|\\.)*")
    | (?P<symbol>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\]{{}},:.])
    """,
    re.VERBOSE,
)
_WHOLE: Final = re.compile(_DIGITS)
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_PLAIN_ESCAPES: Final = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "r": "\r"}
_QUOTES: Final = frozenset("'\"")
_PREFIXES: Final = frozenset({"f", "r", "b", "u", "fr", "rf", "br", "rb"})
_HINTS: Final = {
    "=": "compare with '=='; nothing can be assigned",
    "!": "write 'not', or '!=' to compare",
    "&": "write 'and'",
    "|": "write 'or'",
    "^": "bit operations are not part of expressions",
    "~": "bit operations are not part of expressions",
    "#": "comments are not part of expressions",
    "\\": "write the expression without backslashes outside strings",
    "'": "end the string on its line with the quote it began with",
    '"': "end the string on its line with the quote it began with",
    "`": "write strings in single or double quotes",
    ";": "write one expression",
    "@": "write one of + - * / // % **",
    "$": "write a memory key by its bare name",
    "?": "write a choice as 'A if CONDITION else B'",
}


def refuse(text: str, position: int, problem: str) -> NoReturn:
    """Report ``problem`` at ``position`` of ``text``.

    Raises:
        ExpressionSyntaxError: always.
    """
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    raise ExpressionSyntaxError(f"Expression {shown!r} is refused at position {position + 1}: {problem}.")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of ``text``, the last of kind ``END``.

    Raises:
        ExpressionSyntaxError: at the first character that begins no token.
    """
    if len(text) > MAX_TEXT_LENGTH:
        refuse(text, MAX_TEXT_LENGTH, f"it is longer than {MAX_TEXT_LENGTH} characters; use a function node")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _refuse_character(text, position)
        if match.lastgroup != "space":
            tokens.append(_token(text, match))
        position = match.end()
    tokens.append(Token(TokenKind.END, "", len(text)))
    return tokens


def _token(text: str, match: re.Match[str]) -> Token:
    kind = match.lastgroup
    word, position = match.group(), match.start()
    if kind == "symbol":
        return Token(TokenKind.SYMBOL, word, position, word)
    following = text[match.end() : match.end() + 1]
    if kind == "name":
        if following in _QUOTES and word.lower() in _PREFIXES:
            refuse(text, position, f"the string prefix {word!r} is not allowed; write a plain string")
        return Token(TokenKind.NAME, word, position, word)
    if kind == "number":
        if following == "_" or following.isalnum():
            refuse(text, match.end(), f"{following!r} cannot follow a number; write decimal numbers")
        return Token(TokenKind.NUMBER, word, position, "", _number(text, word, position))
    if word in {"''", '""'} and following == word[0]:
        refuse(text, position, "strings in triple quotes are not allowed; use one quote")
    return Token(TokenKind.STRING, word, position, "", _string(text, word, position))


def _refuse_character(text: str, position: int) -> NoReturn:
    character = text[position]
    hint = _HINTS.get(character, "names are ASCII letters, digits and '_'; reach other keys by memory['KEY']")
    refuse(text, position, f"{character!r} is not allowed here; {hint}")


def _number(text: str, word: str, position: int) -> int | float:
    if len(word) > MAX_NUMERAL_LENGTH:
        refuse(text, position, f"a number has at most {MAX_NUMERAL_LENGTH} digits; write a smaller one")
    if not word.isdigit() and not _WHOLE.fullmatch(word):
        return float(word)
    if word[0] == "0" and word.strip("0_"):
        refuse(text, position, "a number may not begin with 0; drop the leading zeros")
    value = int(word)
    if value.bit_length() > MAX_INT_BITS:
        refuse(text, position, f"the number has more than {MAX_INT_BITS} bits; write a smaller one")
    return value


def _string(text: str, word: str, position: int) -> str:
    if "\\" not in word:
        return word[1:-1]

    def replaced(match: re.Match[str]) -> str:
        code = match.group(1)
        if code in _PLAIN_ESCAPES:
            return _PLAIN_ESCAPES[code]
        at = position + 1 + match.start()
        if len(code) == 1:
            refuse(text, at, f"the escape '\\{code}' is not allowed; write \\\\ for a backslash")
        number = int(code[1:], 16)
        if number > sys.maxunicode or _FIRST_SURROGATE <= number <= _LAST_SURROGATE:
            refuse(text, at, f"the escape '\\{code}' names no character; write the character itself")
        return chr(number)

    return _ESCAPE.sub(replaced, word[1:-1])
