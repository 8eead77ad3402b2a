"""What the process measures of itself, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from prometheus_client.metrics_core import Metric

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Figures:
    """Counts requests; other parts add figures of theirs to ``registry``.

    Attributes:
        registry: what ``/metrics`` shows.
    """

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "hive_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "hive_http_request_seconds",
            "Seconds until a request was answered.",
            ["method", "route"],
            buckets=_BOUNDS_S,
            registry=self.registry,
        )
        self._open = Gauge("hive_http_requests_open", "Requests under way.", registry=self.registry)

    def begin(self) -> None:
        """Count a request that begins."""
        self._open.inc()

    def end(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that ended; ``route`` is its template, so that ids make no new figure."""
        self._open.dec()
        named = method if method in _METHODS else "other"  # A client may invent as many as it likes.
        self._requests.labels(named, route, str(status)).inc()
        self._seconds.labels(named, route).observe(seconds)

    def show(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Show what ``read`` gives whenever somebody asks."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def show_each(
        self, name: str, text: str, labels: Sequence[str], read: Callable[[], Mapping[tuple[str, ...], float]]
    ) -> None:
        """Show each of what ``read`` gives, by the values of ``labels``; ``_total`` in a name counts up."""
        self.registry.register(_Each(name, text, labels, read))

    def measured(self, name: str, text: str) -> Callable[[float], None]:
        """Return what takes seconds, which are shown as a histogram."""
        return Histogram(name, text, buckets=_BOUNDS_S, registry=self.registry).observe

    def text(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        return generate_latest(self.registry)


class _Each:
    """Reads figures when somebody asks for them."""

    def __init__(
        self, name: str, text: str, labels: Sequence[str], read: Callable[[], Mapping[tuple[str, ...], float]]
    ) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._read = read

    def collect(self) -> Iterator[Metric]:
        kind = CounterMetricFamily if self._name.endswith("_total") else GaugeMetricFamily
        family = kind(self._name, self._text, labels=self._labels)
        for values, figure in self._read().items():
            family.add_metric(values, figure)
        yield family
