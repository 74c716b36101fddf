"""Pictures: skeletons on images, and what each model sees."""

from .draw_skeleton import draw_skeleton
from .draw_views import draw_views

__all__ = ['draw_skeleton', 'draw_views']
