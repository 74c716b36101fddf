"""Whole pictures of several keypoint datasets as one, for models that find people themselves."""

from __future__ import annotations

from mmpose.registry import DATASETS

from .picture_source import PictureSource
from .unified_keypoint_dataset import UnifiedKeypointDataset


@DATASETS.register_module()
class WholePictureDataset(UnifiedKeypointDataset):
    """UnifiedKeypointDataset whose samples are pictures with everybody in them, see :class:`PictureSource`.

    Sources, seeds, views, damaged images and the union are as there.
    """

    source_kind = PictureSource
