"""Keypoint skeletons: what a dataset or a model calls its keypoints, and how two of them correspond."""

from .keypoint_map import KeypointMap
from .loading import load_skeleton
from .midpoints import with_midpoints
from .skeleton import Skeleton
from .union import union

__all__ = ['KeypointMap', 'Skeleton', 'load_skeleton', 'union', 'with_midpoints']
