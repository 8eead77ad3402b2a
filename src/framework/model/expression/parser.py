"""From the tokens of an expression to its tree, by recursive descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from framework.model.expression.base import Node, Operation, Relation, Step
from framework.model.expression.functions import FUNCTIONS
from framework.model.expression.limits import MAX_NESTING
from framework.model.expression.methods import METHODS
from framework.model.expression.nodes import (
    Arithmetic,
    Call,
    Choice,
    Comparison,
    Constant,
    DictDisplay,
    ListDisplay,
    Logic,
    Name,
    Path,
    SetDisplay,
    Sign,
    Truth,
    TupleDisplay,
)
from framework.model.expression.operators import ARITHMETIC, RELATIONS
from framework.model.expression.steps import IndexStep, KeyStep, MethodStep, SliceStep
from framework.model.expression.tokens import Token, TokenKind, refuse, tokenize

CONSTANTS: Final[Mapping[str, bool | None]] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "none": None,
    "None": None,
}
_WORDS: Final = frozenset({"and", "or", "not", "in", "is", "if", "else"})
_FOREIGN: Final[Mapping[str, str]] = {
    "for": "loops and comprehensions are not part of expressions; use any(), all(), sum() or a function node",
    "lambda": "functions cannot be defined; use a function node",
    "await": "nothing can be awaited; use a function node",
    "async": "nothing can be awaited; use a function node",
    "yield": "nothing can be yielded; use a function node",
    "import": "nothing can be imported; use a function node",
}
_STATEMENTS: Final = frozenset(
    {
        "as",
        "assert",
        "break",
        "class",
        "continue",
        "def",
        "del",
        "except",
        "finally",
        "from",
        "global",
        "nonlocal",
        "pass",
        "raise",
        "return",
        "try",
        "while",
        "with",
    }
)
_RANKS: Final = (frozenset({"+", "-"}), frozenset({"*", "/", "//", "%"}))
_STARS: Final = frozenset({"*", "**"})
_STEPS: Final = frozenset({".", "[", "("})
_SLICE_ENDS: Final = frozenset({":", "]"})
_SYMBOL_RELATIONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text says.

    Attributes:
        names: bare names it reads.
        keys: name -> text keys it is visibly asked for.
    """

    root: Node
    names: frozenset[str]
    keys: Mapping[str, frozenset[str]]


def parse_text(text: str) -> Parsed:
    """Return the tree of ``text`` and the names it reads.

    Raises:
        ExpressionSyntaxError: naming the position, the problem and the way out.
    """
    parser = _Parser(text)
    root = parser.whole()
    keys = {name: frozenset(found) for name, found in parser.keys.items()}
    return Parsed(root=root, names=frozenset(keys), keys=keys)


class _Parser:
    """Reads the tokens of one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        self._at = 0
        self._nesting = 0
        self.keys: dict[str, set[str]] = {}

    # Tokens.

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next_is(self, words: frozenset[str]) -> bool:
        return self._tokens[self._at].word in words

    def _accept(self, word: str) -> bool:
        if self._tokens[self._at].word != word:
            return False
        self._at += 1
        return True

    def _expect(self, word: str, purpose: str) -> None:
        if not self._accept(word):
            self._refuse_token(f"{word!r} is missing {purpose}")

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _refuse(self, token: Token, problem: str) -> NoReturn:
        refuse(self._text, token.position, problem)

    def _refuse_token(self, expected: str) -> NoReturn:
        """Refuse the next token; ``expected`` says what should stand there."""
        token = self._peek()
        if token.kind is TokenKind.NAME and token.text in _FOREIGN:
            self._refuse(token, f"{token.text!r} is not allowed: {_FOREIGN[token.text]}")
        if token.kind is TokenKind.NAME and token.text in _STATEMENTS:
            self._refuse(token, f"{token.text!r} is not allowed; an expression only computes a value")
        found = f"before {token.text[:40]!r}" if token.text else "at the end"
        self._refuse(token, f"{expected} {found}; complete or correct it")

    # Grammar, from the loosest binding to the tightest.

    def whole(self) -> Node:
        if self._peek().kind is TokenKind.END:
            self._refuse(self._peek(), "it is empty; write a condition such as output.get('KEY') is not None")
        root = self._expression()
        if self._peek().kind is not TokenKind.END:
            if self._peek().word == ",":
                self._refuse(self._peek(), "',' is not allowed here; put a tuple in parentheses")
            self._refuse_token("an operator is missing")
        return root

    def _expression(self) -> Node:
        self._enter()
        value = self._logic("or")
        branches: list[tuple[Node, Node]] = []
        while self._accept("if"):
            condition = self._logic("or")
            self._expect("else", "after the condition of a choice")
            branches.append((condition, value))
            value = self._logic("or")
        self._nesting -= 1
        return Choice(branches=tuple(branches), otherwise=value) if branches else value

    def _enter(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self._refuse(
                self._peek(), f"it nests deeper than {MAX_NESTING} levels; split it or use a function node"
            )

    def _logic(self, word: str) -> Node:
        part: Callable[[], Node] = self._conjunction if word == "or" else self._truth
        parts = [part()]
        while self._accept(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logic(stops_at=word == "or", parts=tuple(parts))

    def _conjunction(self) -> Node:
        return self._logic("and")

    def _truth(self) -> Node:
        count = 0
        while self._accept("not"):
            count += 1
        operand = self._comparison()
        return Truth(is_negative=count % 2 == 1, operand=operand) if count else operand

    def _comparison(self) -> Node:
        first = self._arithmetic(0)
        rest: list[tuple[Relation, Node]] = []
        left = first
        while (symbol := self._relation()) is not None:
            word = self._tokens[self._at - 1]
            right = self._arithmetic(0)
            if symbol.startswith("is") and not (_is_singleton(left) or _is_singleton(right)):
                self._refuse(word, "'is' compares with none, true or false only; use '=='")
            rest.append((RELATIONS[symbol], right))
            left = right
        return Comparison(first=first, rest=tuple(rest)) if rest else first

    def _relation(self) -> str | None:
        """Take the comparison operator that comes next, if one does."""
        word = self._peek().word
        if word in _SYMBOL_RELATIONS or word == "in":
            return self._take().text
        if self._accept("is"):
            return "is not" if self._accept("not") else "is"
        if self._accept("not"):
            self._expect("in", "after 'not'")
            return "not in"
        return None

    def _arithmetic(self, rank: int) -> Node:
        if rank == len(_RANKS):
            return self._sign()
        first = self._arithmetic(rank + 1)
        rest: list[tuple[Operation, Node]] = []
        while self._next_is(_RANKS[rank]):
            operation = ARITHMETIC[self._take().text]
            rest.append((operation, self._arithmetic(rank + 1)))
        return Arithmetic(first=first, rest=tuple(rest)) if rest else first

    def _sign(self) -> Node:
        signs = ""
        while self._next_is(_RANKS[0]):
            signs += self._take().text
        operand = self._power()
        return Sign(is_negative=signs.count("-") % 2 == 1, operand=operand) if signs else operand

    def _power(self) -> Node:
        base = self._path()
        if not self._accept("**"):
            return base
        self._enter()
        exponent = self._sign()
        self._nesting -= 1
        return Arithmetic(first=base, rest=((ARITHMETIC["**"], exponent),))

    # Look-ups and calls.

    def _path(self) -> Node:
        root = self._atom()
        steps: list[Step] = []
        while self._next_is(_STEPS):
            step, key = self._step()
            if not steps and key is not None and isinstance(root, Name):
                self.keys[root.name].add(key)
            steps.append(step)
        return Path(root=root, steps=tuple(steps)) if steps else root

    def _step(self) -> tuple[Step, str | None]:
        """Read one step, and the text key it visibly asks for."""
        symbol = self._take()
        if symbol.text == "[":
            return self._subscript()
        if symbol.text == "(":
            self._refuse(symbol, f"only these functions can be called: {', '.join(FUNCTIONS)}")
        if self._peek().kind is not TokenKind.NAME:
            self._refuse_token("a key is missing after '.'")
        name = self._take()
        if not self._accept("("):
            return KeyStep(key=name.text), name.text
        method = METHODS.get(name.text)
        if method is None:
            self._refuse(name, f"there is no method {name.text!r}; the methods are: {', '.join(METHODS)}")
        arguments = self._items(")")
        self._check_count(name, len(arguments), method.least, method.most)
        key = _text_constant(arguments[0]) if name.text == "get" else None
        return MethodStep(name=name.text, method=method, arguments=arguments), key

    def _subscript(self) -> tuple[Step, str | None]:
        parts: list[Node | None] = [self._slice_part()]
        while len(parts) < 3 and self._accept(":"):  # noqa: PLR2004 -- start, stop and step
            parts.append(self._slice_part())
        index = parts[0]
        if len(parts) == 1 and index is None:
            self._refuse_token("a key or position is missing")
        self._expect("]", "after a key or position")
        if len(parts) == 1 and index is not None:
            return IndexStep(index=index), _text_constant(index)
        parts += [None] * (3 - len(parts))
        return SliceStep(start=parts[0], stop=parts[1], step=parts[2]), None

    def _slice_part(self) -> Node | None:
        return None if self._next_is(_SLICE_ENDS) else self._expression()

    def _items(self, closing: str) -> tuple[Node, ...]:
        """Read expressions between commas up to ``closing``."""
        items: list[Node] = []
        while not self._accept(closing):
            if self._next_is(_STARS):
                self._refuse(self._peek(), "'*' unpacking is not allowed; write the elements out")
            items.append(self._expression())
            if not self._accept(","):
                self._expect(closing, "after an element")
                break
        return tuple(items)

    def _check_count(self, name: Token, count: int, least: int, most: int) -> None:
        if least <= count <= most:
            return
        wanted = f"at least {least}" if count < least else f"at most {most}"
        self._refuse(name, f"{name.text}() takes {wanted} argument(s) and got {count}; correct the call")

    # Atoms.

    def _atom(self) -> Node:
        token = self._peek()
        if token.kind is TokenKind.NUMBER:
            return Constant(value=self._take().value)
        if token.kind is TokenKind.STRING:
            return self._string()
        if token.kind is TokenKind.NAME and not _is_reserved(token.text):
            return self._named()
        if self._accept("("):
            return self._parenthesis()
        if self._accept("["):
            return ListDisplay(items=self._items("]"))
        if not self._accept("{"):
            self._refuse_token("a value is missing")
        return self._braces()

    def _string(self) -> Constant:
        parts: list[str] = []
        while self._peek().kind is TokenKind.STRING:
            parts.append(str(self._take().value))
        return Constant(value="".join(parts))

    def _named(self) -> Node:
        name = self._take()
        if name.text in CONSTANTS:
            return Constant(value=CONSTANTS[name.text])
        if self._peek().word != "(":
            self.keys.setdefault(name.text, set())
            return Name(name=name.text)
        function = FUNCTIONS.get(name.text)
        if function is None:
            self._refuse(name, f"there is no function {name.text!r}; there are: {', '.join(FUNCTIONS)}")
        self._take()
        arguments = self._items(")")
        self._check_count(name, len(arguments), function.least, function.most)
        return Call(function=function, arguments=arguments)

    def _parenthesis(self) -> Node:
        """Read a value in parentheses, or a tuple."""
        start = self._at
        items = self._items(")")
        has_comma = self._tokens[self._at - 2].text == "," and self._at - 2 >= start
        if len(items) == 1 and not has_comma:
            return items[0]
        return TupleDisplay(items=items)

    def _braces(self) -> Node:
        """Read a dictionary or a set."""
        if self._accept("}"):
            return DictDisplay(items=())
        if self._next_is(_STARS):
            self._refuse(self._peek(), "'*' unpacking is not allowed; write the elements out")
        first = self._expression()
        if not self._accept(":"):
            rest = self._items("}") if self._accept(",") else self._closed()
            return SetDisplay(items=(first, *rest))
        pairs = [(first, self._expression())]
        while self._accept(",") and self._peek().word != "}":
            key = self._expression()
            self._expect(":", "after a key")
            pairs.append((key, self._expression()))
        self._expect("}", "after an element")
        return DictDisplay(items=tuple(pairs))

    def _closed(self) -> tuple[Node, ...]:
        self._expect("}", "after an element")
        return ()


def _is_reserved(word: str) -> bool:
    return word in _WORDS or word in _FOREIGN or word in _STATEMENTS


def _is_singleton(node: Node) -> bool:
    return isinstance(node, Constant) and (node.value is None or isinstance(node.value, bool))


def _text_constant(node: Node) -> str | None:
    return node.value if isinstance(node, Constant) and isinstance(node.value, str) else None
