"""The engine speaks to the library in its words and turns its failures into our errors."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from framework.errors import ModelNotFoundError, ProviderError
from framework.llm.engine import Answer, Question, load_engine

QUESTION = Question(messages=[{"role": "user", "content": "hi"}], max_tokens=9, seed=4)


class Library:
    """Stands in for the extension module: the weights are a list of chunks."""

    def __init__(self, chunks: list[dict[str, Any]], failure: Exception | None = None) -> None:
        self.chunks = chunks
        self.failure = failure
        self.body: dict[str, Any] = {}
        self.taken = 0

    def CommonParams(self) -> SimpleNamespace:  # noqa: N802  (the library's name)
        return SimpleNamespace(
            model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace()
        )

    def Server(self, parameters: SimpleNamespace) -> Library:  # noqa: N802  (the library's name)
        self.parameters = parameters
        return self

    def json_schema_to_grammar(self, schema: dict[str, Any]) -> str:
        return f"grammar of {schema['type']}, flexible: {schema['x-guidance']['whitespace_flexible']}"

    def handle_chat_completions(self, body: dict[str, Any], callback) -> None:
        self.body = body
        if self.failure:
            raise self.failure
        for chunk in self.chunks:
            self.taken += 1
            if callback(chunk):
                return


def said(text: str | None, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}, "finish_reason": finish}]}


@pytest.fixture
def load(monkeypatch, tmp_path):
    def loaded(library: Library):
        monkeypatch.setitem(sys.modules, "xllamacpp", library)
        return load_engine(tmp_path / "w.gguf", threads=2, context_tokens=77)

    return loaded


USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}


def test_pieces_are_handed_over_and_joined(load):
    pieces: list[str] = []
    library = Library(
        [said(None), said("a"), said("b"), said(None, "length"), {"choices": [], "usage": USAGE}]
    )

    answer = load(library).answer(QUESTION, lambda piece: bool(pieces.append(piece)))

    assert "".join(pieces) == "ab"
    assert answer == Answer(text="ab", stop_reason="length", input_tokens=5, output_tokens=2, cached_tokens=3)


def test_a_true_return_stops_the_library(load):
    library = Library([said("a"), said("b")])

    load(library).answer(QUESTION, lambda _: True)

    assert library.taken == 1


def test_the_request_is_greedy_and_constrained_when_there_is_a_schema(load):
    library = Library([])

    load(library).answer(Question(messages=[], max_tokens=9, schema={"type": "null"}), lambda _: False)

    assert library.body["temperature"] == 0.0
    assert library.body["grammar"] == "grammar of null, flexible: False"


def test_text_is_not_constrained(load):
    library = Library([])

    load(library).answer(QUESTION, lambda _: False)

    assert "grammar" not in library.body
    assert (library.body["seed"], library.body["max_tokens"]) == (4, 9)


def test_the_librarys_own_server_is_locked_and_silent(load):
    library = Library([])

    load(library)

    [key] = library.parameters.api_keys
    assert len(key) == 64
    assert library.parameters.verbosity < 0
    assert library.parameters.cpuparams.n_threads == 2


def test_every_kept_conversation_has_the_whole_context(load):
    library = Library([])

    load(library)

    assert library.parameters.n_parallel > 1
    assert library.parameters.n_ctx == 77 * library.parameters.n_parallel


def test_too_long_a_conversation_says_how_long_it_may_be(load):
    failure = {"type": "exceed_context_size_error", "n_prompt_tokens": 90, "n_ctx": 77, "message": "m"}

    with pytest.raises(ProviderError, match="has 90 tokens and the local model reads at most 77"):
        load(Library([{"error": failure}])).answer(QUESTION, lambda _: False)


def test_other_failures_repeat_the_librarys_words(load):
    with pytest.raises(ProviderError, match="could not answer: slot gone"):
        load(Library([{"error": {"message": "slot gone"}}])).answer(QUESTION, lambda _: False)
    with pytest.raises(ProviderError, match="could not answer: bad template"):
        load(Library([], ValueError("bad template"))).answer(QUESTION, lambda _: False)


def test_a_missing_extra_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "xllamacpp", None)

    with pytest.raises(ModelNotFoundError, match=r"pip install 'hive-agents\[local\]'"):
        load_engine(tmp_path / "w.gguf", threads=1, context_tokens=64)


def test_a_file_that_is_no_model_is_refused_without_a_word_on_the_terminal(tmp_path, capfd):
    pytest.importorskip("xllamacpp")
    path = tmp_path / "w.gguf"
    path.write_bytes(b"junk")

    with pytest.raises(ProviderError, match="could not be loaded"):
        load_engine(path, threads=1, context_tokens=64)
    assert capfd.readouterr() == ("", "")
