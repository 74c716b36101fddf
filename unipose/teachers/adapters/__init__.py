"""Adapters: one per kind of output, each turning what a model predicts into the student's `SimCCTarget`."""

from .adapter import Adapter, build_adapter
from .heatmap_adapter import HeatmapAdapter
from .regression_adapter import RegressionAdapter
from .score_map_adapter import ScoreMapAdapter
from .simcc_adapter import SimCCAdapter

__all__ = ['Adapter', 'HeatmapAdapter', 'RegressionAdapter', 'ScoreMapAdapter', 'SimCCAdapter', 'build_adapter']
