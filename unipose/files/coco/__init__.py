"""Annotations in COCO's format: what they mean is decided here, for check, training and scoring alike."""

from .boxes import CocoBoxes, read_boxes
from .coco_people import CocoPeople
from .halpe import HALPE_BODY, HALPE_WHOLE
from .kinds import KINDS, LEVELS, Kind
from .read_people import read_people
from .told import AnnotationError, refuse_faults, warnings

__all__ = [
    'HALPE_BODY',
    'HALPE_WHOLE',
    'KINDS',
    'LEVELS',
    'AnnotationError',
    'CocoBoxes',
    'CocoPeople',
    'Kind',
    'read_boxes',
    'read_people',
    'refuse_faults',
    'warnings',
]
