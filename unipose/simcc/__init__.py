"""SimCC distributions over bins, and the windows of a canvas that they live in."""

from .bins import SimCCBins
from .midpoint import midpoint, midpoints
from .rebin import rebin
from .target import SimCCTarget
from .views import Canvas, View

__all__ = ['Canvas', 'SimCCBins', 'SimCCTarget', 'View', 'midpoint', 'midpoints', 'rebin']
