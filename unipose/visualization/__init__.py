"""Pictures: skeletons on images, what each model sees, and what it says."""

from .draw_people import draw_people
from .draw_skeleton import draw_skeleton
from .draw_targets import draw_targets
from .draw_views import draw_views

__all__ = ['draw_people', 'draw_skeleton', 'draw_targets', 'draw_views']
