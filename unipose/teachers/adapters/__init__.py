"""Adapters: one per kind of output, each turning what a model predicts into the student's `SimCCTarget`."""

from .adapter import Adapter, build_adapter
from .simcc_adapter import SimCCAdapter

__all__ = ['Adapter', 'SimCCAdapter', 'build_adapter']
