"""SimCC distributions over bins, and the windows of a canvas that they live in."""

from .bins import SimCCBins
from .midpoint import midpoint, midpoints
from .persons import Persons
from .rebin import rebin
from .target import SimCCTarget
from .views import Axis, Canvas, PaddedView, Placement, View

__all__ = [
    'Axis',
    'Canvas',
    'PaddedView',
    'Persons',
    'Placement',
    'SimCCBins',
    'SimCCTarget',
    'View',
    'midpoint',
    'midpoints',
    'rebin',
]
