"""Validation: what is wrong with a graph, and what a run of it can cost, before it runs."""

from framework.model.validation.bounds import Bounds, bound_run, calls_per_visit
from framework.model.validation.finding import Finding, Severity
from framework.model.validation.suite import validate_graph

__all__ = ["Bounds", "Finding", "Severity", "bound_run", "calls_per_visit", "validate_graph"]
