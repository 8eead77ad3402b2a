"""How far the predicted visits of random graphs lie above the visits of their busiest runs."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from framework.model.validation import bound_run
from tests.support.random_graphs import random_graph
from tests.support.reference_walk import Walker

if TYPE_CHECKING:
    from framework.model.graph import GraphSpec

WALKS = 300


class Tape(Random):
    """Random numbers that begin with those of an earlier run."""

    def __init__(self, begin: list[float], rng: Random) -> None:
        super().__init__(rng.getrandbits(64))
        self.begin = begin
        self.drawn: list[float] = []

    def random(self) -> float:
        at = len(self.drawn)
        self.drawn.append(self.begin[at] if at < len(self.begin) else super().random())
        return self.drawn[-1]


def busiest(graph: GraphSpec, rng: Random, count: int = WALKS) -> int:
    """The visits of the busiest of ``count`` random runs, many of which begin like the busiest so far."""
    walker = Walker(graph, rng)
    most, best = 0, Tape([], rng)
    for number in range(count):
        begin = best.drawn[: rng.randrange(len(best.drawn) + 1)] if number % 4 else []
        walker.rng = tape = Tape(begin, rng)
        steps = walker.run(success=0.85, goes_on=True).steps
        if steps >= most:
            most, best = steps, tape
    return most


def bound_tightness(count: int, seed: int) -> list[float]:
    """Predicted over observed visits of ``count`` random graphs, each at least 1.0."""
    ratios: list[float] = []
    for number in range(count):
        rng = Random(f"{seed}:{number}")
        graph = random_graph(rng)
        ratios.append(bound_run(graph).node_visits / busiest(graph, rng))
    return ratios
