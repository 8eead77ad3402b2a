# ruff: noqa: RUF001 -- letters that look like others are among the attacks
"""Whatever the text, an expression ends soon, stays small and never leaves its language."""

from __future__ import annotations

import itertools
import os
import threading
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.errors import ExpressionError
from framework.model.expression import safe_eval

EXAMPLES = int(os.environ.get("HIVE_FUZZ_EXAMPLES", "2000"))
pytestmark = pytest.mark.timeout(60 + EXAMPLES // 50)
SECONDS = 0.05
BYTES = 10_000_000
RUNS = 4

NAMES: dict[str, object] = {
    "output": {"approved": True, "text": "abc " * 500, "rows": [[i, str(i)] for i in range(9_000)]},
    "memory": {
        "big": list(range(200_000)),
        "long": "a" * 2_000_000,
        "wide": {str(i): i for i in range(20_000)},
    },
    "x": 3,
    "s": "é" * 100_000,
    "y": [[i] for i in range(6_000)],
}

ROOTS = ["output", "x", "''", "()", "[]", "{}", "1.5", "true", "len", "output.get", "x.__class__", "s[0]"]
ATTRIBUTES = [
    ".__class__.__mro__[1].__subclasses__()",
    ".__class__.__base__",
    ".__init__.__globals__['os']",
    ".__dict__",
    ".__getattribute__('x')",
    ".__reduce_ex__(2)",
    ".gi_frame.f_back.f_globals",
    ".cr_frame.f_builtins",
    ".__traceback__.tb_frame",
    ".format(x)",
    ".format_map(output)",
    ".join(['a', 'b'])",
    ".constructor.constructor('return process')()",
    ".mro()",
    ".__len__()",
    "['__class__']",
]
CODE = [
    "__import__('os').system('true')",
    "eval('1')",
    "exec('x = 1')",
    "open('/etc/passwd').read()",
    "compile('1', '', 'eval')",
    "globals()",
    "locals()",
    "vars()",
    "dir()",
    "getattr(output, 'x')",
    "setattr(output, 'x', 1)",
    "type(x)",
    "type('X', (), {})",
    "object()",
    "super()",
    "id(x)",
    "input()",
    "breakpoint()",
    "help()",
    "exit()",
    "print(x)",
    "range(10 ** 9)",
    "map(len, output)",
    "iter(output)",
    "bytearray(10 ** 9)",
    "memoryview(x)",
    "__builtins__",
    "__builtins__['eval']",
    "__name__",
    "lambda: 1",
    "(lambda: 1)()",
    "(lambda f: f(f))(lambda f: f(f))",
    "[i for i in y]",
    "{i for i in y}",
    "{i: i for i in y}",
    "(i for i in y)",
    "[i async for i in y]",
    "(x := 10 ** 9)",
    "[x := 1, x]",
    "await x",
    "yield x",
    "(yield)",
    "yield from y",
    "x; x",
    "x\nimport os",
    "import os",
    "from os import system",
    "def f(): pass",
    "class A: pass",
    "x = 1",
    "x += 1",
    "del x",
    "assert x",
    "raise x",
    "global x",
    "return x",
    "pass",
    "with x: pass",
    "try: x",
    "while true: x",
    "for i in y: i",
    "@x",
    "x -> y",
    "x => y",
    "...",
    "x[...]",
    "*y",
    "[*y]",
    "{*y}",
    "{**output}",
    "len(*y)",
    "max(**output)",
    "max(y, key=len)",
    "sorted(y, reverse=True)",
    "f'{x}'",
    "f'{x.__class__}'",
    "f'{x:>1000000000}'",
    'F"{x!r}"',
    "rb'x'",
    "b'x'",
    "u'x'",
    "r'\\'",
    "'''x'''",
    '"""x"""',
    "`x`",
    "$x",
    "x?.y",
    "x ?? y",
    "${x}",
    "{{x}}",
    "{% x %}",
    "{{ ''.__class__ }}",
    "x if",
    "if x",
    "else",
    "x and",
    "or x",
    "not",
    "in",
    "is",
    "x is x",
    "x is 3",
    "is is is",
    "1 is 1",
    "x not",
    "x in in y",
    "1 2",
    "1..real",
    "1.real",
    "1_",
    "1__0",
    "_1",
    "0b1",
    "0o7",
    "0xFF",
    "1e",
    "1e400",
    "1e-400",
    "1j ** 1j",
    "1L",
    "00",
    "0_0",
    "0777",
    ".",
    "..",
    ".5.5",
    "x.",
    ".x",
    "x..y",
    "x.1",
    "x['a'",
    "x]",
    ")(",
    "())",
    "[}",
    "{]",
    "{:}",
    "{1:}",
    "{,}",
    "[,]",
    "(,)",
    "x[:,:]",
    "x[::,]",
    "x[]",
    ",",
    "x,",
    "x, x",
    ":",
    "\\",
    "x\\",
    "# x",
    "x # comment",
    "!",
    "~x",
    "x ^ x",
    "x & x",
    "x | x",
    "x >> 1",
    "x <> x",
    "x === x",
    "x !== x",
    "x @ x",
]
FORMATS = [
    "'%s' % x",
    "'%999999999d' % 1",
    "'%(a)s' % output",
    "'{0.__class__}'.format(x)",
    "'{:>999999999}'.format(x)",
    "'{0[__class__]}'.format(output)",
    "'x'.ljust(10 ** 9)",
    "'x'.zfill(10 ** 9)",
    "'x'.center(10 ** 9)",
    "'x\\t'.expandtabs(10 ** 9)",
    "'x'.encode()",
    "'x'.translate(output)",
    "str(x, 'utf8')",
    "str(output.rows)",
    "str(memory)",
    "int('9' * 400)",
    "int('9' * 5000)",
    "int('_' * 300)",
    "int('1', 2)",
    "float('1' * 400 + 'e-999999999')",
    "float('nan') == float('nan')",
    "sorted([float('nan'), 1, 2])",
    "{float('nan'), float('nan')}",
    "round(float('nan'))",
    "int(float('inf'))",
    "round(1, -10 ** 9)",
    "round(1.5, 10 ** 9)",
    "round(10 ** 300, -1000)",
    "-(10 ** 308) * 1.0",
]
GROWTH = [
    "9**9**9",
    "9**9**9**9",
    "(-9)**9**9",
    "9**-9**9",
    "2**(10**9)",
    "(2**1000)**1000",
    "10**9**0.5",
    "1e308**2",
    "9.9**9999",
    "2**1023*2**1023",
    "1<<10**9",
    "'a'*10**9",
    "10**9*'a'",
    "('a'*1000)*1000*1000",
    "'a'*10**300",
    "[0]*10**9",
    "(0,)*10**9",
    "[[0]*1000]*1000*1000",
    "y*100000",
    "s*100",
    "s+s+s+s",
    "s.upper()+s.lower()",
    "s.replace('é','é'*1000)",
    "('a'*9999).replace('a','a'*9999)",
    "('a'*9999).replace('','b'*9999)",
    "memory.long.replace('a','bb')",
    "memory.long.split('a')",
    "memory.long.split()",
    "('a '*100000).split()",
    "('a'*100000).split('a'*5000+'b')",
    "memory.long.count('a')",
    "memory.long.count('')",
    "memory.long.upper()",
    "memory.long.strip('a')",
    "('a'*9999).strip('b'*9999+'a')",
    "memory.long + memory.long",
    "memory.long == memory.long + ''",
    "'aaaaab' in memory.long",
    "'a'*5000+'b' in memory.long",
    "memory.long[::-1]",
    "memory.long[::-1000000000000000000000000]",
    "memory.long[10**300]",
    "memory.long[-10**300:10**300]",
    "list(memory.long)",
    "set(memory.long)",
    "sorted(memory.long)",
    "tuple(s)",
    "min(s)",
    "memory.big",
    "memory.big + memory.big",
    "memory.big == memory.big[:]",
    "memory.big < memory.big + [1]",
    "memory.big.count(-1)",
    "-1 in memory.big",
    "[-1] in memory.big",
    "sorted(memory.big)",
    "set(memory.big)",
    "sum(memory.big)",
    "max(memory.big)",
    "str(memory.big)",
    "dict(memory.big)",
    "memory.wide",
    "memory.wide.items()",
    "memory.wide.keys()",
    "dict(memory.wide)",
    "dict(memory.wide.items())",
    "memory.wide == dict(memory.wide)",
    "str(memory.wide)",
    "sorted(memory.wide)",
    "output.rows",
    "dict(output.rows)",
    "[1] in output.rows",
    "[[1]] in y",
    "max(output.rows)",
    "y == y + []",
    "y + [] < y + [1]",
    "[y, y, y, y] == [y, y, y, y]",
    "[y] * 1000 == [y + []] * 1000",
    "str([[[y] * 9] * 9] * 9)",
    "[[[[y] * 9] * 9] * 9] * 9",
    "[[[[[[[[[[0] * 9] * 9] * 9] * 9] * 9] * 9] * 9] * 9] * 9] * 9",
    "str([[[[[[[[[[0] * 9] * 9] * 9] * 9] * 9] * 9] * 9] * 9] * 9] * 9)",
    "{'a' * 9999: 1}.get('a' * 9999)",
    "{'a' * 99999, 'b' * 99999}",
    "sorted(['a' * 9999 + 'b', 'a' * 9999 + 'c'] * 500)",
    "['a' * 9999] * 9999 == ['a' * 9999] * 9999",
    "'a' * 9999 + 'b' in ['a' * 10000] * 50000",
    "['a' * 9999 + 'c'].count('a' * 9999 + 'b')",
    "[[['a' * 9999] * 99] * 99].count(1)",
]
REPEATED = [
    "(",
    "[",
    "{",
    "not ",
    "-",
    "+",
    "- -",
    "2**",
    "2**-",
    "x if x else ",
    "x or ",
    "x and ",
    "x<",
    "x==x!=",
    "x in ",
    "1+",
    "1-",
    "1*",
    "1//",
    "'a'+",
    "'a' ",
    "x.",
    "x[",
    "x(",
    "len(",
    "str(",
    "[[",
    "{'a':",
    "{1:",
    "((),",
    "lambda:",
    "await ",
    "*",
    "**",
    "~",
    "x,",
    "[x for x in ",
    "f'{",
    "'",
    '"',
    "\\",
    "\\\n",
    "\x00",
    "\n",
    "\t",
    "#",
    "@",
    ":",
    ":=",
    "9",
    "0",
    "_",
    "é",
    "0x",
    "1e",
    ".",
    "..",
    "is ",
    "not in ",
    "is not ",
    "if ",
    "else ",
    "\ud800",
    "\U0001f600",
]
UNICODE = [
    "ｏｕｔｐｕｔ.approved",
    "output.__ｃｌａｓｓ__",
    "ｌｅｎ(y)",
    "𝓸𝓾𝓽𝓹𝓾𝓽",
    "output.ﬁ",
    "x\u2024__class__",
    "x＋1",
    "１２",
    "٣ + 1",
    "²",
    "x\u00a0+\u00a0x",
    "x\u200b",
    "\ufeffx",
    "\u202ex",
    "x\x00",
    "'\x00'",
    "'\\x00'",
    "'\ud800'",
    "'\\ud800'",
    "'\\U00110000'",
    "'\\N{BULLET}'",
    "'\\1'",
    "'\\x4'",
    "'\\u12'",
    "'\\\n'",
    "'\n'",
    "'\\'",
    "ⅷ",
    "ª",
    "İ",
    "'İ'.lower() + 'ß'.upper() * 9999",
    "'ﬃ'.upper() * 99999",
    "\x85x",
    "x\x0b",
    "x\x1f",
]


def _hostile() -> list[str]:
    chains = [root + attribute for root, attribute in itertools.product(ROOTS, ATTRIBUTES)]
    repeats = [piece * times for piece in REPEATED for times in (30, 2_000 // len(piece), 5_000)]
    closed = [
        a * 500 + "1" + b * 500
        for a, b in ("()", "[]", ("{'a':", "}"), ("len(", ")"), ("x[", "]"), ("-(", ")"))
    ]
    ended = [(piece * 2_000)[: 1_990 // len(piece) * len(piece)] + "x" for piece in REPEATED]
    return [*chains, *CODE, *FORMATS, *GROWTH, *UNICODE, *repeats, *closed, *ended]


HOSTILE = _hostile()


def _outcome(text: str) -> object:
    try:
        return safe_eval(text, NAMES)
    except ExpressionError:
        return None


def _is_plain(value: object) -> bool:
    if type(value) is dict:
        return all(type(key) is str and _is_plain(item) for key, item in value.items())
    if type(value) is list:
        return all(map(_is_plain, value))
    return value is None or type(value) in {str, int, float, bool}


def _in_worker(work: object, results: list[object]) -> None:
    def run() -> None:
        try:
            results.append(work() if callable(work) else None)
        except BaseException as error:  # noqa: BLE001 -- the caller compares what came out of the thread
            results.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join(50)
    assert not thread.is_alive(), "an expression hangs"


def _best_time(text: str) -> float:
    best = float("inf")
    for _ in range(RUNS):
        started = time.perf_counter()
        _outcome(text)
        best = min(best, time.perf_counter() - started)
        if best < SECONDS / 2:
            break
    return best


def test_there_are_enough_hostile_texts() -> None:
    assert len(set(HOSTILE)) >= 300


def test_no_hostile_text_escapes_or_gives_more_than_plain_data() -> None:
    results: list[object] = []

    _in_worker(lambda: [text for text in HOSTILE if not _is_plain(_outcome(text))], results)

    assert results == [[]]


def test_no_hostile_text_takes_long() -> None:
    results: list[object] = []

    _in_worker(lambda: {text[:80]: took for text in HOSTILE if (took := _best_time(text)) > SECONDS}, results)

    assert results == [{}]


@pytest.mark.parametrize("part", range(4))
def test_no_hostile_text_takes_much_memory(part: int) -> None:
    sample = [*GROWTH[part::4], *HOSTILE[part::40]]
    peaks: dict[str, int] = {}
    tracemalloc.start()
    try:
        for text in sample:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            _outcome(text)
            peaks[text[:80]] = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()

    assert {text: peak for text, peak in peaks.items() if peak > BYTES} == {}


def test_calls_and_dunders_have_no_value() -> None:
    reached = [text for text in CODE[:31] if _outcome(text) is not None]

    assert reached == []


WORDS = """
and or not output memory x s y approved text rows big long wide get keys values items lower upper strip split
startswith endswith replace count len int float str bool list dict tuple set min max sum abs round
all any sorted in is if else true false none None lambda for await __class__ __mro__ f _ 0 1 2 9 10
999 1e9 1.5 'a' 'ab' '' "%s" ( ) ( ) [ ] { } , . . : + - * ** / // % < > == != <= >= = := | & ^ ~ @
! \\ ' " é １
"""
words = st.sampled_from([*WORDS.split(), "\n"])
operands = st.sampled_from(
    [
        "x",
        "y",
        "s",
        "output",
        "memory.big",
        "memory.long",
        "memory.wide",
        "output.rows",
        "9",
        "'a'",
        "[]",
        "{}",
        "10 ** 9",
        "-1",
    ]
)
forms = st.sampled_from(
    [
        "({} + {})",
        "({} * {})",
        "({} ** {})",
        "({} % {})",
        "[{}, {}]",
        "({}, {})",
        "({} in {})",
        "({} == {})",
        "({} < {})",
        "{}[{}]",
        "{}[:{}]",
        "{}.count({})",
        "{}.replace({}, s)",
        "{}.split({})",
        "max({}, {})",
        "round({}, {})",
        "{}.strip({})",
        "str([{}, {}])",
        "sorted([{}, {}])",
        "set({}) == set({})",
        "dict([({}, {})])",
        "{{'a': {}}}.get({})",
        "({} or {})",
        "list({}) + list({})",
        "tuple({}) * {}",
        "{} if {} else 1",
        "sum([{}, {}])",
        "{}.startswith(({}, s))",
        "{}.items() == {}",
    ]
)
grammar = st.recursive(
    operands,
    lambda inner: st.builds(str.format, forms, inner, inner),
    max_leaves=12,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.lists(words, max_size=25).map(" ".join), st.lists(words, max_size=25).map("".join), st.text()
    )
)
def test_random_words_end_in_plain_data_or_an_expression_error(text: str) -> None:
    assert _is_plain(_outcome(text))


@settings(max_examples=max(EXAMPLES // 10, 200), deadline=None, suppress_health_check=list(HealthCheck))
@given(grammar)
def test_random_expressions_over_large_data_end_soon(text: str) -> None:
    assert _is_plain(_outcome(text))
    assert _best_time(text) <= SECONDS
