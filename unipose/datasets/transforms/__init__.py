"""Transforms from an annotation to a canvas."""

from .canvas_affine import CanvasAffine
from .get_source_bbox_center_scale import GetSourceBBoxCenterScale
from .load_checked_image import LoadCheckedImage
from .pack_unified_inputs import PackUnifiedInputs
from .seeded import Seeded

__all__ = [
    'CanvasAffine',
    'GetSourceBBoxCenterScale',
    'LoadCheckedImage',
    'PackUnifiedInputs',
    'Seeded',
]
