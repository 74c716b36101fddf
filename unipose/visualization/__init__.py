"""Pictures: skeletons on images, and what each model sees."""

from .canvas_samples import CanvasSample, CanvasSamples
from .draw_skeleton import draw_skeleton
from .draw_views import draw_views

__all__ = ['CanvasSample', 'CanvasSamples', 'draw_skeleton', 'draw_views']
