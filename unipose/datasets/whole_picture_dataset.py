"""Whole pictures of several keypoint datasets as one, for models that find people themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from mmpose.registry import DATASETS

from .picture_source import PictureSource
from .unified_keypoint_dataset import UnifiedKeypointDataset


@DATASETS.register_module()
class WholePictureDataset(UnifiedKeypointDataset):
    """UnifiedKeypointDataset whose samples are pictures with everybody in them, see :class:`PictureSource`.

    Sources, seeds, views, damaged images and the union are as there.

    Args:
        sources: Arguments of :class:`PictureSource` by name, in order; None is no source.
        partly_annotated: See there.
        **options: What :class:`UnifiedKeypointDataset` takes beside them.
    """

    def __init__(
        self, sources: Mapping[str, Mapping[str, Any] | None], partly_annotated: bool = False, **options: Any
    ) -> None:
        self.source_kind = partial(PictureSource, partly_annotated=partly_annotated)
        super().__init__(sources, **options)
