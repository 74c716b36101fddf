"""Transforms from an annotation to a canvas, or to a picture."""

from .canvas_affine import CanvasAffine
from .cut_people import CutPeople, KeepPicture
from .draw_photometric import DrawPhotometric
from .get_source_bbox_center_scale import GetSourceBBoxCenterScale
from .keep_seen_people import KeepSeenPeople
from .load_checked_image import LoadCheckedImage
from .load_prepared_crop import LoadPreparedCrop
from .mark_random_flip import MarkRandomFlip
from .mask_others import MaskOthers
from .pack_people import PackPeople
from .pack_unified_inputs import PackUnifiedInputs
from .quick_random_bbox_transform import QuickRandomBBoxTransform
from .seeded import Seeded
from .topdown_affine import TopdownAffine

__all__ = [
    'CanvasAffine',
    'CutPeople',
    'DrawPhotometric',
    'GetSourceBBoxCenterScale',
    'KeepPicture',
    'KeepSeenPeople',
    'LoadCheckedImage',
    'LoadPreparedCrop',
    'MarkRandomFlip',
    'MaskOthers',
    'PackPeople',
    'PackUnifiedInputs',
    'QuickRandomBBoxTransform',
    'Seeded',
    'TopdownAffine',
]
