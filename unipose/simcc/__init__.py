"""SimCC distributions over bins, and the windows of a canvas that they live in."""

from .bins import SimCCBins
from .constants import constant
from .midpoint import midpoint, midpoints
from .moved import moved, zooms_of
from .padded_view import PaddedView
from .persons import Persons
from .placement import Axis, Placement
from .rebin import rebin
from .target import SimCCTarget
from .views import Canvas, View

__all__ = [
    'Axis',
    'Canvas',
    'PaddedView',
    'Persons',
    'Placement',
    'SimCCBins',
    'SimCCTarget',
    'View',
    'constant',
    'midpoint',
    'midpoints',
    'moved',
    'rebin',
    'zooms_of',
]
