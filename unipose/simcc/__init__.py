"""SimCC distributions over bins, and the windows of a canvas that they live in."""

from .bins import SimCCBins
from .constants import constant
from .dynamic_bins import DynamicBins, Frame, without_tail
from .midpoint import midpoint, midpoints
from .moved import moved, zooms_of
from .padded_window import PaddedWindow
from .persons import Persons
from .placement import Axis, Placement
from .rebin import rebin
from .target import SimCCTarget
from .window import Canvas, Window

__all__ = [
    'Axis',
    'Canvas',
    'DynamicBins',
    'Frame',
    'PaddedWindow',
    'Persons',
    'Placement',
    'SimCCBins',
    'SimCCTarget',
    'Window',
    'constant',
    'midpoint',
    'midpoints',
    'moved',
    'rebin',
    'without_tail',
    'zooms_of',
]
