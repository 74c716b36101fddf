"""Hooks of the training loop."""

from .damaged_image_hook import DamagedImageHook
from .distillation_log_hook import DistillationLogHook

__all__ = ['DamagedImageHook', 'DistillationLogHook']
