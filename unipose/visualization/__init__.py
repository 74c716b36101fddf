"""Pictures for training: what each model sees, and what it says."""

from .draw_targets import draw_targets
from .draw_windows import draw_windows

__all__ = ['draw_targets', 'draw_windows']
